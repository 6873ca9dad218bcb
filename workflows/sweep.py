"""The sweep: compares forges, workflows and everything that carries our mark, in both directions."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.failures import message_of
    from activities.sweeping import SweepActivities
    from domain.sweeping import Act, Finding, Sighting, Survey, SweepInput, SweepReport, Verdicts, judged, repaired
    from workflows import options
    from workflows.options import do

LOOK_AGAIN = timedelta(seconds=10)
"""Between two looks at a preview that did not answer: longer than a restart of the proxy or of a crashed service."""


@workflow.defn(name="SweepWorkflow")
class SweepWorkflow:
    """One run of the sweep. Its result is the report, which the next run reads for what was seen before."""

    @workflow.run
    async def run(self, sweep: SweepInput) -> SweepReport:
        """What was found and done; a dry run only says what it would do."""
        earlier = sweep.earlier or _earlier()
        survey = await do(SweepActivities.survey, sweep.light, options.SURVEY, summary="look everywhere")
        questions = survey.questions()
        words = await do(SweepActivities.ask, questions, options.SURVEY, summary=f"ask for {len(questions)} numbers")
        verdicts = judged(survey, dict(zip(questions, words, strict=True)), earlier, sweep, workflow.now())
        silent, unsure = repaired(await self._silent(survey), len(survey.ready()), sweep.approved)
        verdicts = replace(verdicts, held_back=(*verdicts.held_back, *unsure))
        findings = (*verdicts.act_on, *silent)
        failed = () if sweep.dry_run else await self._act(findings)
        report = replace(self._report(sweep, survey, verdicts, findings, failed), stale=await self._stale(sweep))
        workflow.set_current_details(described(report))
        return report

    async def _silent(self, survey: Survey) -> tuple[Finding, ...]:
        """The ready previews that did not answer twice, LOOK_AGAIN apart."""
        first = await do(SweepActivities.unanswering, survey.ready(), options.SURVEY, summary="look at ready previews")
        if not first:
            return ()
        await workflow.sleep(LOOK_AGAIN, summary=f"look again at {len(first)} that did not answer")
        suspects = tuple(owned for owned in survey.ready() if owned.key in {finding.key for finding in first})
        return await do(SweepActivities.unanswering, suspects, options.SURVEY, summary="look at those again")

    async def _act(self, findings: tuple[Finding, ...]) -> tuple[str, ...]:
        failed: list[str] = []
        for finding in findings:
            if finding.act is Act.WATCH:
                continue
            try:
                summary = f"{finding.act.value} {finding.key}"
                await do(SweepActivities.act_on, finding, options.ACT, summary=summary)
            except ActivityError as error:
                failed.append(f"{finding.key}: {message_of(error)}")
        return tuple(failed)

    async def _stale(self, sweep: SweepInput) -> tuple[str, ...]:
        """What the light run, which comes every few minutes, could not keep up to date."""
        if not sweep.light:
            return ()
        return await do(SweepActivities.refresh, sweep.dry_run, options.SURVEY, summary="follow changed Secrets")

    def _report(
        self,
        sweep: SweepInput,
        survey: Survey,
        verdicts: Verdicts,
        findings: tuple[Finding, ...],
        failed: tuple[str, ...],
    ) -> SweepReport:
        return SweepReport(
            at=workflow.now(),
            dry_run=sweep.dry_run,
            light=sweep.light,
            previews=len(survey.owned),
            done=findings,
            held_back=verdicts.held_back,
            sightings=verdicts.sightings,
            unreachable=survey.unreachable,
            failed=failed,
        )


def _earlier() -> tuple[Sighting, ...]:
    """What the run before saw; nothing if there was none, which makes this run a first sighting."""
    if not workflow.has_last_completion_result():
        return ()
    report = workflow.get_last_completion_result(SweepReport)
    return report.sightings if report else ()


def described(report: SweepReport) -> str:
    """The report as lines for a person."""
    verb = "would " if report.dry_run else ""
    lines = [f"{report.previews} previews, {len(report.done)} findings, {len(report.held_back)} held back"]
    lines += [f"- {verb}{finding.act.value} {finding.key}: {finding.why}" for finding in report.done]
    lines += [f"- held back: {finding.act.value} {finding.key}: {finding.why}" for finding in report.held_back]
    lines += [f"- no answer from forge {name}" for name in report.unreachable]
    lines += [f"- could not tell {problem}" for problem in report.failed]
    lines += [f"- not kept up to date: {problem}" for problem in report.stale]
    return "\n".join(lines)

"""Rollouts: what a preview's state becomes as one begins, moves on and ends."""

from dataclasses import replace
from datetime import datetime

from domain.phases import Phase, Reason, StepName, StepState
from domain.pulls import Revision, continues
from domain.reports import Step
from domain.requests import Plan
from domain.states import Live, PreviewState, in_phase


def needs_branch(state: PreviewState, plan: Plan) -> bool:
    """Whether this plan needs a new copy of the seed rather than the database that is there."""
    return state.database is None or not state.clean or not continues(state.applied, plan.migrations)


def rollout_begun(state: PreviewState, revision: Revision, now: datetime) -> PreviewState:
    """The state as a rollout of this revision begins, with a checklist of which nothing is done."""
    return replace(
        state,
        rolling=revision,
        tried=revision.commit,
        roll_wanted=False,
        repair_wanted=False,
        reset_wanted=False,
        steps=tuple(Step(name=name) for name in StepName),
        receipt=(),
        clean=state.clean and not state.reset_wanted,
        phase=Phase.QUEUED,
        phase_since=now,
        reason=Reason.NONE,
        detail="",
    )


def rollout_ended(state: PreviewState, phase: Phase, reason: Reason, detail: str, now: datetime) -> PreviewState:
    """The state after a rollout; what of its checklist was under way has failed, or was cancelled with it."""
    broken = StepState.FAILED if phase is Phase.FAILED else StepState.CANCELLED
    steps = _broken(state.steps, broken, now)
    # What answers still is what flags are set in.
    declared = state.live.plan.definition.flags if state.live else state.declared
    return replace(
        state,
        rolling=None,
        steps=steps,
        phase=phase,
        phase_since=now,
        reason=reason,
        detail=detail,
        declared=declared,
    )


def step_failed(state: PreviewState, now: datetime) -> PreviewState:
    """The state in which what was under way has failed, while the rollout still has something to put right."""
    return replace(state, steps=_broken(state.steps, StepState.FAILED, now))


def rollout_cancelled(state: PreviewState, now: datetime) -> PreviewState:
    """The state after a rollout that was ended because it was no longer wanted; its commit counts as not tried."""
    return replace(rollout_ended(state, Phase.QUEUED, Reason.NONE, "", now), tried="")


def made_live(state: PreviewState, live: Live) -> PreviewState:
    """The state in which this revision answers, and is the one to bring back."""
    return replace(state, live=live, good=live)


def must_restore(state: PreviewState) -> bool:
    """Whether the data of the last good revision were touched by a rollout that failed."""
    return state.good is not None and not state.clean


def repair_begun(state: PreviewState, live: Live, now: datetime) -> PreviewState:
    """The state as the live revision is deployed again; image and data stay, so their steps are skipped."""
    kept = (StepName.DEFINITION, StepName.IMAGE, StepName.DATABASE, StepName.MIGRATION)
    steps = tuple(
        Step(
            name=name,
            state=StepState.SKIPPED if name in kept else StepState.WAITING,
            note="kept" if name in kept else "",
        )
        for name in StepName
    )
    begun = replace(
        state,
        rolling=live.revision,
        repair_wanted=False,
        steps=steps,
        repaired_from=state.reason,
        repaired_detail=state.detail,
    )
    return in_phase(begun, Phase.DEPLOYING, now, detail=state.detail)


def repaired(state: PreviewState, now: datetime) -> PreviewState:
    """The state after a repair: ready, or failed as before if a newer commit than the live one had failed."""
    if state.live and state.live.revision.commit == state.tried:
        return rollout_ended(state, Phase.READY, Reason.NONE, "", now)
    return rollout_ended(state, Phase.FAILED, state.repaired_from, state.repaired_detail, now)


def with_step(
    state: PreviewState, name: StepName, step_state: StepState, now: datetime, note: str = ""
) -> PreviewState:
    """The state whose checklist shows this step so, in the phase of the earliest step that is not finished."""
    steps = tuple(_moved(step, step_state, now, note) if step.name is name else step for step in state.steps)
    unfinished = next((step.name for step in steps if step.state not in (StepState.DONE, StepState.SKIPPED)), None)
    moved = replace(state, steps=steps)
    return in_phase(moved, _PHASES[unfinished], now) if unfinished else moved


_PHASES = {
    StepName.DEFINITION: Phase.QUEUED,
    StepName.IMAGE: Phase.BUILDING,
    StepName.DATABASE: Phase.BRANCHING,
    StepName.MIGRATION: Phase.MIGRATING,
    StepName.DEPLOY: Phase.DEPLOYING,
    StepName.URL: Phase.PROBING,
}


def _broken(steps: tuple[Step, ...], broken: StepState, now: datetime) -> tuple[Step, ...]:
    return tuple(_moved(step, broken, now, step.note) if step.state is StepState.RUNNING else step for step in steps)


def _moved(step: Step, state: StepState, now: datetime, note: str) -> Step:
    if state is StepState.RUNNING:
        return replace(step, state=state, began_at=step.began_at or now, note=note)
    if state is StepState.WAITING:
        return replace(step, state=state, note=note)
    return replace(step, state=state, began_at=step.began_at or now, ended_at=now, note=note)

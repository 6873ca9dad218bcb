"""Checklists: a report as plain lines for a terminal, all at once or only what is new since the last one."""

from domain.cures import cure
from domain.escaping import one_line, plain
from domain.phases import Phase, Reason, StepName, StepState
from domain.reports import Report, Step

MARKS = {
    StepState.WAITING: "·",
    StepState.RUNNING: "…",
    StepState.DONE: "✓",
    StepState.SKIPPED: "»",
    StepState.FAILED: "✗",
    StepState.CANCELLED: "◦",
}
"""What stands before, or in a terminal after, the name of a step."""

TEARDOWNS = frozenset({Phase.CLOSING, Phase.GONE, Phase.STOPPED, Phase.EXPIRED, Phase.WAITING_FOR_APPROVAL})
"""The phases in which a report's receipt tells of what was just taken away, and not of an earlier teardown."""

NOTE_LIMIT = 200
COMMIT_LENGTH = 10
_DETAIL_LINES = 60
_WIDTH = max(len(name) for name in StepName)


def checklist_lines(report: Report) -> tuple[str, ...]:
    """Everything that the report says, a line each: steps, revision, URLs, what went wrong, what was removed."""
    steps = () if report.phase is Phase.GONE else tuple(_step_line(step) for step in report.steps)
    return steps + _closing_lines(report)


def progress(before: Report | None, after: Report) -> tuple[str, ...]:
    """The lines that are new since `before`, a step that only waits left out; a new revision begins anew.

    URLs are told once the rollout has ended, as the last lines, where a person looks for them.
    """
    waiting = {_step_line(step) for step in after.steps if step.state is StepState.WAITING and not step.note}
    same = before is not None and before.key == after.key and before.commit == after.commit
    said = set(checklist_lines(before)) if before is not None and same else set[str]()
    heading = () if same or not after.commit else (f"revision {one_line(after.commit[:COMMIT_LENGTH], COMMIT_LENGTH)}",)
    urls = _url_lines(after)
    fresh = tuple(line for line in checklist_lines(after) if line not in said | waiting | set(urls))
    ended = after.phase in {Phase.READY, Phase.FAILED} and not (same and before and before.phase is after.phase)
    return heading + fresh + (urls if ended else ())


def step_label(step: Step) -> str:
    """The name of a step as people write it."""
    return "URL" if step.name is StepName.URL else step.name.value


def step_facts(step: Step) -> tuple[str, ...]:
    """How long a step took, a word where its mark says too little, and its note; whatever there is of these."""
    took = duration(step.seconds) if step.seconds is not None and step.state is not StepState.SKIPPED else ""
    word = step.state.value if step.state in {StepState.SKIPPED, StepState.CANCELLED} else ""
    return tuple(fact for fact in (took, word, one_line(step.note, NOTE_LIMIT)) if fact)


def tally(report: Report) -> str:
    """How much of what there was is gone: `7 of 7 removed and verified`; empty if there was nothing."""
    total = len(report.receipt) + len(report.remaining)
    return f"{len(report.receipt)} of {total} removed and verified" if total else ""


def duration(seconds: float) -> str:
    """The time in the two largest units that matter: `1.2 s`, `2 min 5 s`, `3 h 10 min`, `6 days 4 h`."""
    whole = max(0, round(seconds))
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{max(0.0, seconds):.1f} s"
    for size, name, smaller, part in ((86_400, "days", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            unit = "day" if name == "days" and whole // size == 1 else name
            return f"{whole // size} {unit} {rest} {part}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def _step_line(step: Step) -> str:
    return " ".join((f"{step_label(step):<{_WIDTH}}", MARKS[step.state], *step_facts(step)))


def _closing_lines(report: Report) -> tuple[str, ...]:
    return _url_lines(report) + _failure_lines(report) + _teardown_lines(report) + _phase_lines(report)


def _url_lines(report: Report) -> tuple[str, ...]:
    return tuple(f"{one_line(url.service, 50)}: {one_line(url.url, 300)}" for url in report.urls)


def _failure_lines(report: Report) -> tuple[str, ...]:
    if report.reason is Reason.NONE:
        return ()
    details = plain(report.detail).strip("\n").split("\n")[-_DETAIL_LINES:]
    shown = tuple(f"  {one_line(line, 500)}" for line in details if line.strip())
    return (f"{report.phase.value}: {report.reason.value}", *shown, f"what to do: {cure(report.reason)}")


def _teardown_lines(report: Report) -> tuple[str, ...]:
    """What is gone, as it goes; what is left only once something blocks it, and the tally at the end."""
    if report.phase not in TEARDOWNS or not tally(report):
        return ()
    blocked = report.reason is Reason.TEARDOWN_BLOCKED
    gone = tuple(f"  ✓ {one_line(str(entry), NOTE_LIMIT)}" for entry in report.receipt)
    left = tuple(f"  ✗ {one_line(str(entry), NOTE_LIMIT)} is still there" for entry in report.remaining if blocked)
    return (*gone, *left, *((tally(report),) if blocked or not report.remaining else ()))


def _phase_lines(report: Report) -> tuple[str, ...]:
    if report.reason is not Reason.NONE or report.phase not in {Phase.READY, *TEARDOWNS}:
        return ()
    return (": ".join(part for part in (report.phase.value, one_line(report.detail, 500)) if part),)

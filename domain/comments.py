"""Comments: a report as the Markdown that a pull request shows, in place of the comment before it.

Every word in it that is not ours goes through domain/escaping.py. Each part has a limit of its own, so that the
whole stays below what forges take (65,536 characters at GitHub). For terminals: domain/checklists.py.
"""

from domain.checklists import (
    COMMIT_LENGTH,
    MARKS,
    NOTE_LIMIT,
    TEARDOWNS,
    checklist_lines,
    duration,
    progress,
    step_facts,
    step_label,
    tally,
)
from domain.costs import cost_of, told
from domain.cures import cure
from domain.escaping import code, fenced, link, prose
from domain.names import Key
from domain.phases import Phase, Reason, StepState
from domain.reports import Report, Step
from domain.resources import Entry

__all__ = ["COMMENT_LIMIT", "checklist_lines", "marker", "progress", "render_comment"]

COMMENT_LIMIT = 60_000
"""Characters of a comment."""

_DETAIL_LIMIT = 2_000
_URL_LIMIT = 300
_URLS_SHOWN = 20
_ENTRIES_SHOWN = 50
_FLAGS_SHOWN = 20
_NAME_LIMIT = 100
_SOON = 24 * 3600.0


def marker(installation: str, key: Key) -> str:
    """The hidden first line by which an installation finds its own comment on a pull request."""
    return f"<!-- matinee:{installation}:{key} -->"


def render_comment(report: Report, *, installation: str) -> str:
    """The whole comment in at most COMMENT_LIMIT characters, its marker first and nowhere else."""
    parts = (
        marker(installation, report.key),
        f"### Preview: {report.phase.value}",
        _steps(report),
        _revision(report),
        _urls(report),
        _failure(report),
        _teardown(report),
        _flags(report),
        _keeping(report),
        _cost(report),
        f"<sub>{report.at:%Y-%m-%d %H:%M:%S %Z}</sub>",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _steps(report: Report) -> str:
    begun = any(step.state is not StepState.WAITING or step.note for step in report.steps)
    return "\n".join(_step(step) for step in report.steps) if begun and report.phase is not Phase.GONE else ""


def _step(step: Step) -> str:
    since = f"since {step.began_at:%H:%M:%S %Z}" if step.state is StepState.RUNNING and step.began_at else ""
    facts = (*(prose(fact, NOTE_LIMIT) for fact in step_facts(step)), since)
    return " · ".join((f"- {MARKS[step.state]} {step_label(step)}", *(fact for fact in facts if fact)))


def _revision(report: Report) -> str:
    """Which commit is meant and which one answers; two sentences only where they differ."""
    wanted, live = (code(commit[:COMMIT_LENGTH], COMMIT_LENGTH) for commit in (report.commit, report.live_commit))
    if report.phase in TEARDOWNS:
        return f"{live} is live still." if live else ""
    if live and report.live_commit == report.commit:
        return f"{live} is live."
    intended = f"{wanted} {'failed' if report.phase is Phase.FAILED else 'is being rolled out'}" if wanted else ""
    answering = f"{live} is live still" if live else "nothing is live"
    return f"{intended}; {answering}." if intended else f"{answering[0].upper()}{answering[1:]}." if live else ""


def _urls(report: Report) -> str:
    shown = [f"- {prose(url.service, 50)}: {link(url.url, _URL_LIMIT)}" for url in report.urls[:_URLS_SHOWN]]
    return _listed("", shown, len(report.urls))


def _failure(report: Report) -> str:
    if report.reason is Reason.NONE:
        return prose(report.detail, _DETAIL_LIMIT)
    detail = fenced(report.detail, _DETAIL_LIMIT) if report.detail.strip() else ""
    return "\n\n".join(
        part for part in (f"**{report.reason.value}**", detail, f"What to do: {cure(report.reason)}") if part
    )


def _teardown(report: Report) -> str:
    if report.phase not in TEARDOWNS or not tally(report):
        return ""
    # What is still there comes first: it is what somebody may have to act on.
    left = [f"- ✗ {_entry(entry)} is still there" for entry in report.remaining[:_ENTRIES_SHOWN]]
    gone = [f"- ✓ {_entry(entry)}" for entry in report.receipt[:_ENTRIES_SHOWN]]
    return _listed(f"**{tally(report)}**", left + gone, len(report.receipt) + len(report.remaining))


def _entry(entry: Entry) -> str:
    return f"{prose(entry.kind, 50)} {code(entry.name, _NAME_LIMIT)}".strip()


def _listed(heading: str, shown: list[str], total: int) -> str:
    more = [f"- and {total - len(shown)} more"] if total > len(shown) else []
    return "\n".join((*([heading, ""] if heading else []), *shown, *more))


def _flags(report: Report) -> str:
    """The flags that were set by hand, because whoever reviews would wonder; those of the definition are in it."""
    if report.phase in TEARDOWNS:
        return ""
    shown = [
        f"- {code(flag.name, _NAME_LIMIT)} is {code(flag.value, _NAME_LIMIT)}, "
        f"{code(flag.default, _NAME_LIMIT) or 'empty'} in the definition"
        for flag in report.flags[:_FLAGS_SHOWN]
    ]
    return _listed("Flags set by hand:", shown, len(report.flags)) if shown else ""


def _keeping(report: Report) -> str:
    if report.phase in TEARDOWNS:
        return ""
    database = f"Database: {code(report.database, _NAME_LIMIT)}." if report.database.strip() else ""
    return " ".join(part for part in (database, _lifetime(report)) if part)


def _cost(report: Report) -> str:
    words = told(cost_of(report.meter, report.prices, report.at))
    return f"Requested: {prose(words, NOTE_LIMIT)}." if words else ""


def _lifetime(report: Report) -> str:
    if report.pinned:
        return "Pinned: it lives until the pull request is closed."
    if report.expires is None:
        return ""
    left = (report.expires - report.at).total_seconds()
    ends = f"Lives until {report.expires:%Y-%m-%d %H:%M %Z} ({duration(left)})"
    if left > _SOON:
        return f"{ends}; a push begins its lifetime anew."
    return f"**{ends}.** To keep it: push, or {code(f'matinee extend {report.key} 2d', _NAME_LIMIT)}, or pin it."

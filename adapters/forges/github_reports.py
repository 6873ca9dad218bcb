"""What GitHub shows of a report beside the comment: a commit status, and Deployments. Pure.

A status is a verdict about a commit. It outlives the preview: when a preview ends, a commit that was once good
stays good, and one that never came up is an error rather than pending for ever.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from domain.names import Key
from domain.phases import Phase, Reason
from domain.reports import Report

DESCRIPTION_LIMIT = 140
"""Characters that GitHub takes for the description of a status or a Deployment."""

OURS = frozenset(
    {
        Reason.DATABASE_UNAVAILABLE,
        Reason.PLATFORM_UNAVAILABLE,
        Reason.FORGE_UNAVAILABLE,
        Reason.TEARDOWN_BLOCKED,
        Reason.SETTINGS,
        Reason.NOT_OURS,
        Reason.UNKNOWN,
    }
)
"""Reasons that say nothing about the commit; GitHub calls these an error, the others a failure."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a status or a Deployment says: GitHub's word for it, a line for people, an address to open."""

    state: str
    description: str
    url: str = ""


def context_of(installation: str) -> str:
    """The name of our status, which a repository may require: `matinee/preview`."""
    return f"{installation}/preview"


def environment_of(installation: str, key: Key) -> str:
    """The name of the GitHub environment of one preview; it is unique within its repository."""
    return f"{installation}/pr-{key.number}"


def status_of(report: Report, before: Shown | None) -> Shown:
    """The status of the report's commit, given the one that it has now."""
    match report.phase:
        case Phase.READY:
            return Shown(state="success", description=_line(report, "the preview is ready"), url=_url(report))
        case Phase.FAILED:
            return Shown(state=_failure(report.reason), description=_line(report, "the preview failed"))
        case Phase.STOPPED | Phase.EXPIRED | Phase.CLOSING | Phase.GONE:
            return _ended(report, before)
        case _:
            return Shown(state="pending", description=_line(report, report.phase.value.replace("-", " ")))


def deployments_of(report: Report) -> dict[str, Shown]:
    """The commits that have a Deployment now, and what each says. Whatever else there is becomes inactive."""
    wanted: dict[str, Shown] = {}
    if report.live_commit and report.urls:
        wanted[report.live_commit] = Shown(state="success", description="answers now", url=_url(report))
    match report.phase:
        case Phase.READY | Phase.WAITING_FOR_APPROVAL:
            return wanted
        case Phase.STOPPED | Phase.EXPIRED | Phase.CLOSING | Phase.GONE:
            return {}
        case Phase.FAILED:
            rolling = Shown(state=_failure(report.reason), description=_line(report, "the preview failed"))
        case Phase.QUEUED:
            rolling = Shown(state="queued", description=_line(report, "queued"))
        case Phase.BUILDING | Phase.BRANCHING | Phase.MIGRATING | Phase.DEPLOYING | Phase.PROBING:
            rolling = Shown(state="in_progress", description=_line(report, report.phase.value))
        case _:
            assert_never(report.phase)
    # A failed redeploy of the very commit that still answers takes nothing away from its URL.
    return {report.commit: rolling} | wanted if report.commit else wanted


def _ended(report: Report, before: Shown | None) -> Shown:
    words = _line(report, f"the preview is {report.phase.value}")
    if before is None or before.state == "pending":
        return Shown(state="error", description=words)
    return replace(before, description=words, url="")


def _failure(reason: Reason) -> str:
    return "error" if reason in OURS else "failure"


def _url(report: Report) -> str:
    return report.urls[0].url if report.urls else ""


def _line(report: Report, otherwise: str) -> str:
    words = " ".join(report.detail.split()) or otherwise
    return words if len(words) <= DESCRIPTION_LIMIT else f"{words[: DESCRIPTION_LIMIT - 1]}…"

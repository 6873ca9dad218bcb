"""What GitHub shows of a report beside the comment, as pure functions."""

from datetime import UTC, datetime

import pytest

from adapters.forges.github_reports import (
    DESCRIPTION_LIMIT,
    OURS,
    Shown,
    context_of,
    deployments_of,
    environment_of,
    status_of,
)
from domain.definitions import ServiceUrl
from domain.names import Key
from domain.phases import Phase, Reason
from domain.reports import Report

URL = "http://shop-12.localhost:8080"
BUSY = [Phase.QUEUED, Phase.BUILDING, Phase.BRANCHING, Phase.MIGRATING, Phase.DEPLOYING, Phase.PROBING]
ENDED = [Phase.STOPPED, Phase.EXPIRED, Phase.CLOSING, Phase.GONE]


def report(
    phase: Phase, *, live: str = "", reason: Reason = Reason.NONE, detail: str = "", commit: str = "new"
) -> Report:
    """A report about the commit `new`; with a live commit there is a URL."""
    return Report(
        key=Key("acme/shop", 12),
        forge="github",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        phase=phase,
        reason=reason,
        detail=detail,
        commit=commit,
        live_commit=live,
        urls=(ServiceUrl("web", URL), ServiceUrl("api", "http://shop-12-api.localhost:8080")) if live else (),
    )


def test_names_carry_the_installation() -> None:
    """Two Matinees on one repository do not write over each other."""
    assert context_of("matinee") == "matinee/preview"
    assert environment_of("matinee", Key("acme/shop", 12)) == "matinee/pr-12"


@pytest.mark.parametrize("phase", [*BUSY, Phase.WAITING_FOR_APPROVAL])
def test_while_a_rollout_goes_on_the_commit_is_pending(phase: Phase) -> None:
    """A required check waits for the preview."""
    assert status_of(report(phase), None).state == "pending"


def test_a_ready_preview_is_a_success_with_its_url() -> None:
    """From the checks of a pull request one click leads to the preview."""
    assert status_of(report(Phase.READY, live="new"), None) == Shown(
        state="success", description="the preview is ready", url=URL
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_only_the_commits_own_mistakes_are_failures(reason: Reason) -> None:
    """An author is told apart: your migration failed, or our database is away."""
    shown = status_of(report(Phase.FAILED, reason=reason), None)

    assert shown.state == ("error" if reason in OURS else "failure")


@pytest.mark.parametrize("phase", ENDED)
@pytest.mark.parametrize("state", ["success", "failure", "error"])
def test_the_verdict_outlives_the_preview(phase: Phase, state: str) -> None:
    """A good commit stays good after its preview expired, and its dead URL is no longer linked."""
    shown = status_of(report(phase), Shown(state=state, description="x", url=URL))

    assert (shown.state, shown.url) == (state, "")


@pytest.mark.parametrize("phase", ENDED)
def test_what_never_came_up_does_not_stay_pending(phase: Phase) -> None:
    """A pull request that was closed too early shows no check that runs for ever."""
    assert status_of(report(phase), Shown(state="pending", description="building")).state == "error"
    assert status_of(report(phase), None).state == "error"


def test_a_description_fits_into_one_line_of_githubs() -> None:
    """A long log is cut, as GitHub would refuse the whole status."""
    shown = status_of(report(Phase.FAILED, detail="migration\nfailed: " + "x" * 500), None)

    assert len(shown.description) == DESCRIPTION_LIMIT
    assert shown.description.startswith("migration failed: x")


@pytest.mark.parametrize("phase", BUSY)
def test_the_live_revision_stays_deployed_while_a_new_one_comes(phase: Phase) -> None:
    """The button that opens the preview works during a rollout."""
    shown = deployments_of(report(phase, live="old"))

    assert shown["old"] == Shown(state="success", description="answers now", url=URL)
    assert shown["new"].state == ("queued" if phase is Phase.QUEUED else "in_progress")


def test_a_failed_rollout_keeps_the_live_one() -> None:
    """A mistake in a push does not take the preview from reviewers."""
    shown = deployments_of(report(Phase.FAILED, live="old", reason=Reason.BUILD_FAILED))

    assert {commit: each.state for commit, each in shown.items()} == {"old": "success", "new": "failure"}


def test_a_ready_preview_has_one_deployment() -> None:
    """Only what answers is called deployed."""
    assert list(deployments_of(report(Phase.READY, live="new"))) == ["new"]


@pytest.mark.parametrize("phase", [*ENDED, Phase.WAITING_FOR_APPROVAL])
def test_without_a_preview_there_is_no_deployment(phase: Phase) -> None:
    """What was torn down, or never allowed, is not shown as deployed."""
    assert deployments_of(report(phase)) == {}

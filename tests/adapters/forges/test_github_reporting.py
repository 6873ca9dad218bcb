"""Reports on GitHub: one comment, one status, Deployments, and no more writes than there are changes."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.comments import marker
from domain.definitions import ServiceUrl
from domain.errors import PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Phase, Reason
from domain.reports import Report
from tests.contracts.benches_github import BOT, GitHubBench, github_bench

URL = "http://shop-1.localhost:8080"


@pytest.fixture
async def bench() -> AsyncGenerator[GitHubBench]:
    """A GitHub, looked at with a token."""
    async with github_bench(app=False) as opened:
        yield opened


def report(key: Key, phase: Phase, commit: str, *, live: str = "") -> Report:
    """A report with a URL if something is live."""
    urls = (ServiceUrl("web", URL),) if live else ()
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Report(key=key, forge="github", at=at, phase=phase, commit=commit, live_commit=live, urls=urls)


def states(bench: GitHubBench) -> list[tuple[str, str]]:
    """Each Deployment's commit and newest status, the oldest first."""
    return [(each.sha, each.state) for each in bench.repo.deployments]


async def opened(bench: GitHubBench) -> tuple[Key, str]:
    """A pull request and its head."""
    key = await bench.open("blue", {"page": b"blue"})
    return key, (await bench.forge.pull_request(key)).head.commit


async def test_the_same_report_again_writes_nothing(bench: GitHubBench) -> None:
    """A repeated activity costs none of the writes that GitHub allows, and sends nobody mail."""
    key, commit = await opened(bench)
    ready = report(key, Phase.READY, commit, live=commit)
    await bench.forge.report(ready)
    written = list(bench.github.writes)

    await bench.forge.report(ready)

    assert bench.github.writes == written
    assert len(written) == 4  # the comment, the status, the Deployment and its status


async def test_a_comment_that_somebody_deleted_is_made_again(bench: GitHubBench) -> None:
    """Deleting the comment hides it until there is something to say."""
    key, commit = await opened(bench)
    await bench.forge.report(report(key, Phase.QUEUED, commit))
    bench.repo.comments.clear()

    await bench.forge.report(report(key, Phase.READY, commit, live=commit))

    [text] = await bench.shown(key)
    assert "ready" in text


async def test_a_marker_in_a_strangers_comment_is_not_ours(bench: GitHubBench) -> None:
    """Nobody can have us edit a comment of theirs, or hide ours, by copying the marker."""
    key, commit = await opened(bench)
    copied = marker("matinee", key) + "\n\nmine"
    theirs = bench.github.comment(key, copied, author="mallory")

    await bench.forge.report(report(key, Phase.QUEUED, commit))

    assert theirs.body == copied
    assert [comment.author for comment in bench.repo.comments] == ["mallory", BOT]


async def test_another_installations_comment_is_left_alone(bench: GitHubBench) -> None:
    """Two Matinees with one bot keep a comment each."""
    key, commit = await opened(bench)
    other = bench.github.comment(key, marker("staging", key) + "\n\nstaging", author=BOT)

    await bench.forge.report(report(key, Phase.QUEUED, commit))

    assert other.body.endswith("staging")
    assert len(bench.repo.comments) == 2


async def test_our_comment_is_found_on_a_later_page(bench: GitHubBench) -> None:
    """In a long discussion the comment is still edited, not made twice."""
    key, commit = await opened(bench)
    for number in range(150):
        bench.github.comment(key, f"remark {number}", author="ann")
    await bench.forge.report(report(key, Phase.QUEUED, commit))

    await bench.forge.report(report(key, Phase.READY, commit, live=commit))

    assert [comment.author for comment in bench.repo.comments].count(BOT) == 1


async def test_the_status_follows_the_preview(bench: GitHubBench) -> None:
    """The checks of the pull request show how far the preview is, and lead to it."""
    key, commit = await opened(bench)
    for phase in (Phase.QUEUED, Phase.BUILDING):
        await bench.forge.report(report(key, phase, commit))
    await bench.forge.report(report(key, Phase.READY, commit, live=commit))

    shown = [(status.context, status.state, status.target_url) for status in bench.repo.statuses]
    context = "matinee/preview"
    assert shown == [(context, "pending", None), (context, "pending", None), (context, "success", URL)]


async def test_a_new_revision_takes_over_the_deployment(bench: GitHubBench) -> None:
    """During an update two Deployments are shown; afterwards the old one is inactive."""
    key, old = await opened(bench)
    await bench.forge.report(report(key, Phase.READY, old, live=old))
    new = await bench.push(key, {"page": b"green"})

    await bench.forge.report(report(key, Phase.BUILDING, new, live=old))
    during = states(bench)
    await bench.forge.report(report(key, Phase.READY, new, live=new))

    assert during == [(old, "success"), (new, "in_progress")]
    assert states(bench) == [(old, "inactive"), (new, "success")]
    assert bench.repo.environments == ("matinee/pr-1",)
    assert bench.repo.deployments[1].statuses[-1].environment_url == URL
    assert all(each.transient for each in bench.repo.deployments)


async def test_after_teardown_no_deployment_is_active(bench: GitHubBench) -> None:
    """A closed pull request has no button that opens nothing."""
    key, commit = await opened(bench)
    await bench.forge.report(report(key, Phase.READY, commit, live=commit))

    await bench.forge.report(report(key, Phase.GONE, commit))

    assert states(bench) == [(commit, "inactive")]
    assert [status.state for status in bench.repo.statuses] == ["success", "success"]


async def test_a_stopped_preview_that_starts_again_is_deployed_again(bench: GitHubBench) -> None:
    """The same commit goes up, down, up and down, under one Deployment that says so each time."""
    key, commit = await opened(bench)
    shown: list[list[tuple[str, str]]] = []

    for _ in range(2):
        await bench.forge.report(report(key, Phase.READY, commit, live=commit))
        shown.append(states(bench))
        await bench.forge.report(report(key, Phase.STOPPED, commit))
        shown.append(states(bench))

    assert shown == [[(commit, "success")], [(commit, "inactive")]] * 2


async def test_other_peoples_deployments_are_left_alone(bench: GitHubBench) -> None:
    """A Deployment that somebody else made in an environment of that name stays as it is."""
    key, commit = await opened(bench)
    await bench.forge.report(report(key, Phase.READY, commit, live=commit))
    theirs = bench.repo.deployments[0]
    theirs.creator = "mallory"

    await bench.forge.report(report(key, Phase.GONE, commit))

    assert theirs.state == "success"


async def test_without_a_permission_the_cure_names_it(bench: GitHubBench) -> None:
    """An operator reads which permission to give; the comment is there all the same."""
    key, commit = await opened(bench)
    bench.github.limits.denied["/deployments"] = "deployments=write"

    with pytest.raises(PermanentError, match="deployments=write") as caught:
        await bench.forge.report(report(key, Phase.READY, commit, live=commit))

    assert caught.value.reason is Reason.FORGE_REFUSED
    assert len(await bench.shown(key)) == 1


async def test_before_a_commit_is_known_only_the_comment_is_written(bench: GitHubBench) -> None:
    """The very first report has no commit to put a status on."""
    key, _ = await opened(bench)

    await bench.forge.report(replace(report(key, Phase.QUEUED, ""), detail="looking"))

    assert (len(bench.repo.comments), bench.repo.statuses, bench.repo.deployments) == (1, [], [])


async def test_too_many_writes_wait_and_go_on_where_they_stopped(bench: GitHubBench) -> None:
    """After GitHub's pause the rest of the report is written, and nothing twice."""
    key, commit = await opened(bench)
    ready = report(key, Phase.READY, commit, live=commit)
    bench.github.limits.writes = 2
    with pytest.raises(TemporaryError) as caught:
        await bench.forge.report(ready)
    bench.github.limits.writes = None

    await bench.forge.report(ready)

    assert caught.value.retry_after == 60
    assert (len(bench.repo.comments), len(bench.repo.statuses)) == (1, 1)
    assert states(bench) == [(commit, "success")]


async def test_a_deployment_that_was_made_and_not_yet_marked_is_found(bench: GitHubBench) -> None:
    """A worker that died between two requests leaves no second Deployment behind."""
    key, commit = await opened(bench)
    ready = report(key, Phase.READY, commit, live=commit)
    bench.github.limits.writes = 3
    with pytest.raises(TemporaryError):
        await bench.forge.report(ready)
    assert states(bench) == [(commit, "pending")]
    bench.github.limits.writes = None

    await bench.forge.report(ready)

    assert states(bench) == [(commit, "success")]

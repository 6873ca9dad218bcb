"""GitHub from end to end: real webhooks to a real receiver, and what a real worker makes of them on GitHub.

GitHub itself is a complete fake with state, reached over HTTP; its commits are real ones, fetched by git.
"""

from collections.abc import AsyncIterator

import pytest

from domain.names import Key
from tests.endtoend.hubs import Hub, hub
from tests.faults import tiny
from tests.faults.sites import shop_files

pytestmark = [pytest.mark.server, pytest.mark.slow]

WRITES_OF_A_PUSH = 12
"""The most that one ordinary push may write to GitHub, which allows 500 in an hour."""

BADGES = {"migrations/0003_badges.sql": b"ALTER TABLE products ADD COLUMN badge text;\n"}
NOTES = {"migrations/0004_notes.sql": b"CREATE TABLE notes (words text);\n"}


@pytest.fixture(scope="module", name="served")
async def serve() -> AsyncIterator[Hub]:
    """One GitHub and one Matinee for all tests here; each has a repository of its own."""
    async with hub() as running:
        yield running


def _status(served: Hub, key: Key) -> list[tuple[str, str | None]]:
    """What the head's status said, the newest last."""
    repo, pull = served.github.pull(key)
    return [(each.state, each.target_url) for each in repo.statuses if each.sha == pull.head]


async def test_a_pull_request_has_its_preview_from_its_opening_to_its_end(served: Hub) -> None:
    """One comment tells all of it, the commit has a status, and GitHub's own button leads to the preview."""
    repo = served.add("shop", shop_files())

    key = await served.github.open(repo, "badges", BADGES)
    status = await served.ready(key)
    (comment,) = served.comments(key)
    url, first = status.urls[0].url, served.head(key)
    assert url in comment.body
    assert comment.author == "matinee-tests[bot]"
    assert _status(served, key)[-1] == ("success", url)
    assert {(one.state, one.statuses[-1].environment_url) for one in served.deployments(key).values()} == {
        ("success", url)
    }
    assert first[:7] in await served.page(status)

    before = len(served.github.writes)
    await served.github.push(key, NOTES)
    status = await served.ready(key)
    assert len(served.github.writes) - before <= WRITES_OF_A_PUSH, served.github.writes[before:]
    assert [each.id for each in served.comments(key)] == [comment.id]
    assert _status(served, key)[-1] == ("success", url)
    assert {sha: one.state for sha, one in served.deployments(key).items()} == {
        first: "inactive",
        served.head(key): "success",
    }
    assert served.head(key)[:7] in await served.page(status)

    await served.github.close(key)
    await served.gone(key)
    assert [each.id for each in served.comments(key)] == [comment.id]
    assert "removed and verified" in served.comments(key)[0].body
    assert {one.state for one in served.deployments(key).values()} == {"inactive"}


async def test_commits_are_fetched_with_a_token_of_their_own(served: Hub) -> None:
    """A private repository is built, and whoever has no token gets nothing of it."""
    repo = served.add("private", tiny.FILES)

    key = await served.github.open(repo, "change", {"words.txt": b"one"})
    await served.ready(key)
    anonymous = await served.hook.client.get(f"{served.address}/{repo.full_name}.git/info/refs?service=git-upload-pack")

    assert ("matinee-tests[bot]", repo.full_name) in served.clones.fetched
    assert anonymous.status_code == 401
    await served.github.close(key)
    await served.gone(key)


async def test_a_webhook_that_was_lost_is_made_good_within_minutes(served: Hub) -> None:
    """Nobody told Matinee that a pull request was opened, moved or closed; it finds out by itself."""
    repo = served.add("lost", tiny.FILES)

    with served.unheard():
        key = await served.github.open(repo, "change", {"words.txt": b"one"})
    await served.heal()
    await served.ready(key)
    with served.unheard():
        await served.github.close(key)
    await served.heal()

    await served.gone(key)


async def test_a_webhook_with_a_wrong_signature_starts_nothing(served: Hub) -> None:
    """Whoever does not know the secret is refused before anything is read, and nothing happens."""
    repo = served.add("forged", tiny.FILES)

    with served.forged() as deliveries:
        key = await served.github.open(repo, "change", {"words.txt": b"one"})

    assert [each.status for each in deliveries] == [401]
    assert await served.workflows(key) == []
    with served.unheard():
        await served.github.close(key)


async def test_deliveries_in_any_order_and_twice_come_to_the_same(served: Hub) -> None:
    """`synchronize` before `opened`, each of them twice, and all again after the end: one preview, and no trace."""
    repo = served.add("disorder", tiny.FILES)

    with served.unheard() as late:
        key = await served.github.open(repo, "change", {"words.txt": b"one"})
        await served.github.push(key, {"words.txt": b"two"})
    opened, moved = late
    assert await served.deliver(moved, opened, moved, opened) == [202] * 4
    await served.ready(key)
    assert len(served.comments(key)) == 1
    assert len(await served.workflows(key)) == 1

    await served.github.close(key)
    await served.gone(key)
    assert await served.deliver(opened, moved, served.hook.deliveries[-1]) == [202] * 3
    await served.gone(key)
    assert len(served.comments(key)) == 1


async def test_a_close_that_overtakes_the_opening_leaves_nothing(served: Hub) -> None:
    """`closed` is delivered first and `opened` after it: GitHub is asked, and nothing comes up."""
    repo = served.add("overtaken", tiny.FILES)

    with served.unheard() as late:
        key = await served.github.open(repo, "change", {"words.txt": b"one"})
        await served.github.close(key)
    opened, closed = late
    assert await served.deliver(closed, opened) == [202] * 2

    await served.ended(key)
    assert await served.up.remains(served.label(key)) == {}
    assert not served.deployments(key)


async def test_of_five_pushes_within_seconds_only_the_last_is_live(served: Hub) -> None:
    """Whoever pushes again and again sees the newest commit, told in one comment, without a flood of writes."""
    repo = served.add("hurry", tiny.FILES)
    key = await served.github.open(repo, "change", {"words.txt": b"0"})

    before = len(served.github.writes)
    for number in range(1, 6):
        await served.github.push(key, {"words.txt": b"%d" % number})
        await served.rolling(key)
    status = await served.ready(key)

    assert await served.page(status) == served.head(key)
    assert len(served.comments(key)) == 1
    assert [sha for sha, one in served.deployments(key).items() if one.state == "success"] == [served.head(key)]
    assert len(served.github.writes) - before <= 5 * WRITES_OF_A_PUSH
    await served.github.close(key)
    await served.gone(key)

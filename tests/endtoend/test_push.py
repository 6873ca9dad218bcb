"""`git push matinee my-branch`: what a person sees of it, and what is there afterwards."""

import asyncio
from pathlib import Path

import pytest

from domain.phases import Phase
from starter.commands.trying import OWNER
from tests.endtoend.repositories import Repository, page_repository, shop_repository, web_url
from tests.endtoend.sets import Up
from tests.waiting import until

pytestmark = pytest.mark.server

BROKEN = "ALTER TABLE no_such_table ADD COLUMN colour text;\n"


async def test_a_push_ends_with_the_url_and_a_second_one_updates_it(up: Up, own: Path) -> None:
    """Nothing but git is needed: the last line is where to look, and another push changes what is seen there."""
    repository = await page_repository(own / "pushing", "one")
    await repository.connect(up)
    await repository.commit({"index.html": "two"}, "change")

    first = await repository.push("change")
    url = web_url(first)
    seen = (await up.get(url)).text
    await repository.commit({"index.html": "three"}, "change")
    second = await repository.push("change")

    assert "local/pushing#1 opened for change" in first.text
    assert "ready" in first.lines
    assert seen == "two"
    assert "local/pushing#1 moved to" in second.text
    assert f"web: {url}" in second.lines
    assert (await up.get(url)).text == "three"


async def test_a_front_end_finds_the_urls_of_its_preview_at_its_own_host(up: Up, own: Path) -> None:
    """A bundle that was built once reads them there, and the application itself has to do nothing for it."""
    repository = await page_repository(own / "siblings", "one")
    await repository.connect(up)
    await repository.commit({"index.html": "two"}, "change")
    url = web_url(await repository.push("change"))

    async def told() -> bool:
        # Temporal's visibility store hears of it a moment after the workflow.
        answer = await up.get(f"{url}/.matinee/config.json")
        return answer.status_code == 200 and answer.json()["urls"] == {"web": url}

    await until(told, "the document names the preview's services")


async def test_the_hook_tells_nothing_of_the_revision_before(up: Up, own: Path) -> None:
    """Whoever reads the lines of a push reads of that push only."""
    repository = await page_repository(own / "telling", "one")
    await repository.connect(up)
    old = await repository.commit({"index.html": "two"}, "change")
    await repository.push("change")
    new = await repository.commit({"index.html": "three"}, "change")

    told = await repository.push("change")

    assert f"revision {new[:10]}" in told.lines
    assert f"revision {old[:10]}" not in told.lines
    assert sum(line.startswith("URL") and "✓" in line for line in told.lines) == 1


async def test_deleting_the_branch_closes_and_shows_the_receipt(up: Up, own: Path) -> None:
    """The end is as visible as the beginning: by name, what was removed, and nothing is left of it."""
    repository = await page_repository(own / "deleting")
    await repository.connect(up)
    await repository.push("main:change")

    closed = await repository.push(":change")

    assert "local/deleting#1 closed; what its preview made is being removed" in closed.lines
    assert not any("✗" in line or line.startswith("revision") for line in closed.lines)
    assert "4 of 4 removed and verified" in closed.lines
    assert "gone" in closed.lines
    assert await up.remains("deleting-1") == {}


async def test_two_branches_at_once_get_a_number_each(up: Up, own: Path) -> None:
    """One push may open several previews; a number is never given twice."""
    repository = await page_repository(own / "numbering")
    await repository.connect(up)

    both = await repository.push("main:left", "main:right")
    await repository.push(":left")
    again = await repository.push("main:left")

    assert {number for number in (1, 2) if any(f"://numbering-{number}." in line for line in both.lines)} == {1, 2}
    assert "local/numbering#3 opened for left" in again.text


async def test_a_push_of_the_default_branch_makes_no_preview(up: Up, own: Path) -> None:
    """The default branch is what others are compared with, and tags are no pull requests either."""
    repository = await page_repository(own / "defaulting")
    await repository.connect(up)
    await repository.git("tag", "v1")

    pushed = await repository.push("main", "v1")

    assert pushed.code == 0
    assert "preview" not in pushed.text
    assert "local/defaulting" not in (await up.matinee("list")).text


async def test_a_failing_migration_says_why_and_where_the_last_good_revision_is(up: Up, own: Path) -> None:
    """A mistake is seen in the terminal that made it, and does not take away what worked."""
    repository = await shop_repository(own / "migrating")
    await repository.connect(up)
    good = await repository.push("main:change")
    await repository.commit({"migrations/0003_broken.sql": BROKEN})

    failed = await repository.push("main:change")

    assert "ready" in good.lines
    assert "failed: migration-failed" in failed.lines
    assert any('"no_such_table" does not exist' in line for line in failed.lines)
    assert web_url(failed) == web_url(good)
    assert (await up.get(web_url(failed))).status_code == 200
    await repository.push(":change")
    assert await up.remains("migrating-1") == {}


async def test_five_pushes_in_a_row_leave_the_newest_and_only_that(up: Up, own: Path) -> None:
    """Whoever corrects a mistake quickly gets the correction, however many rollouts were begun meanwhile."""
    repository = await page_repository(own / "hurrying")
    await repository.connect(up)
    commits = [await repository.commit({"index.html": str(number)}, "change") for number in range(5)]

    async def push(commit: str) -> None:
        await repository.push(f"{commit}:refs/heads/change")

    pushing: list[asyncio.Task[None]] = []
    for commit in commits:
        pushing.append(asyncio.create_task(push(commit)))
        await until(lambda commit=commit: _is_at(up, repository, commit), "the push has landed")
    await asyncio.gather(*pushing)
    status = await up.reached(repository.key(1), Phase.READY, commits[-1])

    assert status.commit == commits[-1]
    assert (await up.get(status.urls[0].url)).text == "4"
    releases = list((up.data / "previews" / "hurrying-1" / "releases").iterdir())
    assert [release.name[:8] for release in releases] == [commits[-1][:8]]


async def test_what_no_hook_told_is_found_within_minutes(up: Up, own: Path) -> None:
    """A lost message costs time and nothing else: opened, moved and deleted branches are all found."""
    repository = await page_repository(own / "losing", "one")
    remote = await repository.connect(up)
    (remote / "hooks" / "post-receive").unlink()
    first = await repository.commit({}, "change")
    await repository.push("change")
    await up.reached(repository.key(1), Phase.READY, first)

    second = await repository.commit({"index.html": "two"}, "change")
    await repository.push("change")
    status = await up.reached(repository.key(1), Phase.READY, second)
    seen = (await up.get(status.urls[0].url)).text
    await repository.push(":change")
    await until(lambda: _is_gone(up, "losing-1"), "everything is gone", seconds=60)

    assert seen == "two"


@pytest.mark.slow
async def test_while_no_worker_answers_the_push_is_kept_and_says_so(up: Up, own: Path) -> None:
    """A push never hangs and is never lost: it says who does not answer, and the preview comes up once they do."""
    repository = await page_repository(own / "waiting")
    await repository.connect(up)
    worker = up.child("worker")
    assert worker is not None

    worker.suspend()
    try:
        pushed = await repository.push("main:change", seconds=60)
    finally:
        worker.resume()
    await up.reached(repository.key(1), Phase.READY)

    assert "matinee: no worker answers for local/waiting#1; start one: `matinee up` or `matinee worker`" in pushed.lines
    assert "The push is kept; the preview follows within minutes once this is mended." in pushed.lines


async def _is_at(up: Up, repository: Repository, commit: str) -> bool:
    found = up.data / "forge" / OWNER / f"{repository.folder.name}.git" / "refs" / "heads" / "change"
    return found.exists() and found.read_text().strip() == commit


async def _is_gone(up: Up, label: str) -> bool:
    return not await up.remains(label)

"""The local forge beyond what every forge promises: lost and late hooks, bases, installing the hook."""

from pathlib import Path

import pytest

from adapters.forges.git import GitForge
from domain.names import Key
from domain.pulls import PullEvent, RefUpdate
from tests.fakes.gitplaces import REPOSITORY, Clock, Place
from tests.fakes.worktrees import Worktree

NONE = "0" * 40


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """A forge whose main branch has one commit."""
    return await Place.made(tmp_path)


async def test_a_push_opens_moves_and_closes(place: Place) -> None:
    """The hook's lines tell me in order what happened to which pull request."""
    first = place.pushed("feature")
    opened = await place.forge.record(REPOSITORY, (RefUpdate(NONE, first, "refs/heads/feature"),))
    second = place.pushed("feature", title="Better")
    moved = await place.forge.record(REPOSITORY, (RefUpdate(first, second, "refs/heads/feature"),))
    place.work.delete(place.bare, "feature")
    closed = await place.forge.record(REPOSITORY, (RefUpdate(second, NONE, "refs/heads/feature"),))

    told = [(change.event, change.key.number, change.commit) for change in opened + moved + closed]
    assert told == [(PullEvent.OPENED, 1, first), (PullEvent.PUSHED, 1, second), (PullEvent.CLOSED, 1, second)]


async def test_the_default_branch_and_tags_are_no_pull_requests(place: Place) -> None:
    """I push main and a tag; nothing opens."""
    commit = place.pushed("main")
    place.work.git("tag", "v1")
    place.work.push(place.bare, "v1")

    updates = (RefUpdate(NONE, commit, "refs/heads/main"), RefUpdate(NONE, commit, "refs/tags/v1"))

    assert await place.forge.record(REPOSITORY, updates) == ()
    assert await place.forge.open_pull_requests() == ()


async def test_what_no_hook_told_is_seen_all_the_same(place: Place) -> None:
    """No hook ever ran; the pull request is there, moves, and is closed once its branch is gone."""
    place.pushed("feature", title="Show the price")
    opened = await place.forge.pull_request(Key(REPOSITORY, 1))
    head = place.pushed("feature", title="Show it better")
    moved = await place.forge.pull_request(Key(REPOSITORY, 1))
    place.work.delete(place.bare, "feature")
    closed = await place.forge.pull_request(Key(REPOSITORY, 1))

    assert (opened.title, opened.author, opened.is_open) == ("Show the price", "Alice", True)
    assert (moved.title, moved.head.commit, moved.is_open) == ("Show it better", head, True)
    assert moved.head.pushed_at > opened.head.pushed_at
    assert (closed.head, closed.is_open) == (moved.head, False)


async def test_news_of_what_was_already_seen_is_told_again(place: Place) -> None:
    """The worker looked before the hook did; the hook still learns what to show me, and no number is spent."""
    commit = place.pushed("feature")
    await place.forge.open_pull_requests()

    [change] = await place.forge.record(REPOSITORY, (RefUpdate(NONE, commit, "refs/heads/feature"),))

    assert (change.event, change.key.number) == (PullEvent.OPENED, 1)
    assert await place.forge.refresh(REPOSITORY) == ()


async def test_a_branch_that_comes_back_gets_a_new_number(place: Place) -> None:
    """Deleting closes for ever: the same branch at the same commit is a new pull request, the old one stays closed."""
    commit = place.pushed("feature")
    await place.forge.refresh(REPOSITORY)
    place.work.delete(place.bare, "feature")
    await place.forge.refresh(REPOSITORY)
    place.work.push(place.bare, "feature")

    [change] = await place.forge.refresh(REPOSITORY)

    assert (change.event, change.key.number, change.commit) == (PullEvent.OPENED, 2, commit)
    assert not (await place.forge.pull_request(Key(REPOSITORY, 1))).is_open


async def test_a_deletion_is_believed_when_the_branch_is_back_already(place: Place) -> None:
    """Two quick pushes, and the hooks come afterwards: the first pull request is closed, the second is open."""
    first = place.pushed("feature")
    await place.forge.refresh(REPOSITORY)
    place.work.delete(place.bare, "feature")
    second = place.pushed("feature", title="Anew")

    told = await place.forge.record(REPOSITORY, (RefUpdate(first, NONE, "refs/heads/feature"),))
    again = await place.forge.record(REPOSITORY, (RefUpdate(NONE, second, "refs/heads/feature"),))

    assert [(change.event, change.key.number) for change in told] == [(PullEvent.CLOSED, 1), (PullEvent.OPENED, 2)]
    assert [(change.event, change.key.number) for change in again] == [(PullEvent.OPENED, 2)]


async def test_a_branch_without_a_common_past_is_based_on_main(place: Place) -> None:
    """My branch shares no commit with main; its base is main as it is."""
    main = place.work.git("rev-parse", "main")
    place.work.git("checkout", "--quiet", "--orphan", "island")
    place.work.commit("island", {"page.txt": b"alone"})
    place.work.push(place.bare, "island")

    assert (await place.forge.pull_request(Key(REPOSITORY, 1))).base_commit == main


async def test_a_branch_pushed_before_main_has_no_base_yet(tmp_path: Path) -> None:
    """The repository is empty but for my branch, which is a pull request all the same."""
    forge = GitForge(instance="git", folder=tmp_path / "forge", now=Clock(), python="/bin/true")
    bare = await forge.create("acme/fresh", default_branch="trunk")
    work = Worktree(tmp_path / "work")
    work.commit("main", {"page.txt": b"one"})
    work.push(bare, "main")

    [pull] = await forge.open_pull_requests()

    assert (pull.base_branch, pull.base_commit, pull.head_branch) == ("trunk", "", "main")


async def test_a_default_branch_that_has_moved_on_leaves_the_base_where_it_was(place: Place) -> None:
    """Main gets new commits after I branched; my base is where I branched."""
    base = place.work.git("rev-parse", "main")
    place.pushed("feature")
    place.pushed("main", title="Meanwhile")

    assert (await place.forge.pull_request(Key(REPOSITORY, 1))).base_commit == base


async def test_the_hook_gets_the_repository_and_what_was_pushed(tmp_path: Path) -> None:
    """Git runs the installed hook with its lines, wherever Python lives, and I see what it says."""
    python = tmp_path / "odd 'place'" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "ran: $*"\nexec cat\n')
    python.chmod(0o755)
    forge = GitForge(instance="git", folder=tmp_path / "forge", now=Clock(), python=str(python))
    bare = await forge.create(REPOSITORY)
    work = Worktree(tmp_path / "work")
    commit = work.commit("main", {"README.md": b"# Shop\n"})

    said = work.push(bare, "main")

    assert "remote: ran: -P -m starter.commands.hook acme/shop" in said
    assert f"remote: {NONE} {commit} refs/heads/main" in said


async def test_making_a_repository_again_keeps_it(place: Place) -> None:
    """The next start installs the hook anew and leaves numbers and branches alone."""
    place.pushed("feature")
    before = await place.forge.open_pull_requests()
    (place.bare / "hooks" / "post-receive").unlink()

    again = await place.forge.create(REPOSITORY)

    assert again == place.bare
    assert (again / "hooks" / "post-receive").stat().st_mode & 0o111
    assert await place.forge.open_pull_requests() == before


async def test_a_git_that_works_needs_no_cure(place: Place) -> None:
    """The examination of a working forge finds nothing."""
    assert await place.forge.examine() == ()

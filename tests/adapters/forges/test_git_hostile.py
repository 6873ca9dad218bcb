"""The local forge and repositories that mean no good: nothing of theirs is run, followed or read without end."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.forges.gitting import run
from adapters.gitting import environment
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from tests.fakes.gitplaces import REPOSITORY, Place

LAZY = ("GIT_NO_LAZY_FETCH",)
FETCHING = ("GIT_ALLOW_PROTOCOL",)


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """A forge whose main branch has one commit."""
    return await Place.made(tmp_path)


async def test_names_that_are_no_utf8_stay_apart(place: Place) -> None:
    """Two branches whose names differ in a byte that is no text are two pull requests that can be shown."""
    commit = place.work.git("rev-parse", "main")
    for byte in (b"\xfe", b"\xff"):
        ref = place.bare / "refs" / "heads" / byte.decode(errors="surrogateescape")
        ref.write_text(f"{commit}\n")

    pulls = await place.forge.open_pull_requests()

    assert [pull.head_branch for pull in pulls] == [r"\xfe", r"\xff"]
    assert [pull.key.number for pull in pulls] == [1, 2]


@dataclass
class Trap:
    """A command that leaves a file behind when it is run."""

    file: Path

    @property
    def has_sprung(self) -> bool:
        """Whether it was run since it was set."""
        return self.file.exists()

    def set(self) -> None:
        """It has not been run."""
        self.file.unlink(missing_ok=True)


@pytest.fixture
def trap(place: Place, tmp_path: Path) -> Trap:
    """What git runs when it obeys the repository's configuration, which names it for everything."""
    script = tmp_path / "trap.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    script.chmod(0o755)
    hostile = (
        ("core.fsmonitor", str(script)),
        ("core.sshCommand", str(script)),
        ("core.pager", str(script)),
        ("core.alternateRefsCommand", str(script)),
        ("alias.ls-tree", f"!{script}"),
        ("protocol.ext.allow", "always"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::{script}"),
        ("core.repositoryFormatVersion", "1"),
    )
    for name, value in hostile:
        place.work.git("config", "--file", str(place.bare / "config"), name, value)
    return Trap(tmp_path / "sprung")


async def test_nothing_that_a_repository_brings_along_is_run(place: Place, trap: Trap) -> None:
    """Its configuration names commands for everything; reading it, even what it lacks, runs none of them."""
    place.pushed("feature")
    trap.set()
    pull = await place.forge.pull_request(Key(REPOSITORY, 1))

    await place.forge.blobs(REPOSITORY, pull.head.commit, "")
    with pytest.raises(PermanentError):
        await place.forge.blobs(REPOSITORY, "1" * 40, "")

    assert not trap.has_sprung


@pytest.mark.parametrize(("left_out", "springs"), [((), False), (LAZY, False), ((*LAZY, *FETCHING), True)])
async def test_an_older_git_fetches_nothing_either(
    place: Place, trap: Trap, left_out: tuple[str, ...], *, springs: bool
) -> None:
    """A git before 2.39.4 knows only one of the two; without either, the trap is a real one."""
    variables = {name: value for name, value in environment(place.bare).items() if name not in left_out}

    process = await asyncio.create_subprocess_exec(
        "git", "ls-tree", "1" * 40, env=variables, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()

    assert trap.has_sprung == springs


async def test_a_replaced_commit_shows_its_own_files(place: Place) -> None:
    """Somebody pushes a replacement for my commit; what is deployed is still my commit."""
    mine = place.pushed("feature", title="mine")
    theirs = place.pushed("other", title="theirs")
    place.work.push(place.bare, f"{theirs}:refs/replace/{mine}")

    assert await place.forge.file(REPOSITORY, mine, "page.txt") == b"mine"


@pytest.mark.parametrize("commit", ["", "main", "HEAD", "--help", "-p", "abc", "A" * 40, "1" * 41, f"{'1' * 40}\n"])
async def test_what_is_no_whole_commit_is_refused(place: Place, commit: str) -> None:
    """A branch, an option, half an id: git never sees it."""
    with pytest.raises(PermanentError) as caught:
        await place.forge.file(REPOSITORY, commit, "README.md")

    assert caught.value.reason is Reason.FORGE_REFUSED


@pytest.mark.parametrize("path", ["-x", "--help", "/etc/passwd", "../config", "a/../../b", "a//b", "a\0b", "./a"])
async def test_what_is_no_path_in_a_repository_is_refused(place: Place, path: str) -> None:
    """A path that is an option, or leads out, is refused by name."""
    commit = place.work.git("rev-parse", "main")

    for verb in (place.forge.file, place.forge.blobs):
        with pytest.raises(PermanentError) as caught:
            await verb(REPOSITORY, commit, path)
        assert caught.value.reason is Reason.FORGE_REFUSED


@pytest.mark.parametrize("repository", ["shop", "../shop", "acme/../shop", "-a/b", "a/-b", "a/b/c", "a/.b", "a/b.git"])
async def test_what_is_no_name_of_a_repository_is_refused(place: Place, repository: str) -> None:
    """No repository outside the forge's folder is made or read."""
    for verb in (place.forge.create, place.forge.refresh):
        with pytest.raises(PermanentError) as caught:
            await verb(repository)
        assert caught.value.reason is Reason.FORGE_REFUSED


async def test_a_commit_and_a_repository_that_are_not_there_are_named(place: Place) -> None:
    """I am told which of them is missing."""
    with pytest.raises(PermanentError, match=r"not a tree object|valid object"):
        await place.forge.file(REPOSITORY, "1" * 40, "README.md")
    with pytest.raises(PermanentError, match="no repository acme/other"):
        await place.forge.refresh("acme/other")


async def test_a_symbolic_link_is_no_file_but_counts_as_a_change(place: Place) -> None:
    """A definition that is a link elsewhere is not followed; a seed that is one has a digest."""
    place.work.git("checkout", "--quiet", "-b", "feature")
    (place.work.folder / "link").symlink_to("/etc/passwd")
    commit = place.work.commit("feature", {})
    place.work.push(place.bare, "feature")

    assert await place.forge.file(REPOSITORY, commit, "link") is None
    assert [blob.path for blob in await place.forge.blobs(REPOSITORY, commit, "link")] == ["link"]


async def test_a_file_too_large_to_read_is_refused(place: Place) -> None:
    """A definition of two megabytes is refused with its size, and not read."""
    commit = place.work.commit("main", {"big": bytes(2 * 1024 * 1024)})
    place.work.push(place.bare, "main")

    with pytest.raises(PermanentError, match="2097152 bytes"):
        await place.forge.file(REPOSITORY, commit, "big")


async def test_an_answer_without_end_is_cut_off(place: Place) -> None:
    """A command that answers more than it may is ended and refused."""
    with pytest.raises(PermanentError, match="more than 10 bytes"):
        await run(place.bare, "for-each-ref", limit=10)

"""The git image store with real commits and real builds: what a build gets, leaves, and cannot do."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.processes.finding import under
from adapters.processes.users import Users
from domain.definitions import Service
from domain.errors import PermanentError
from domain.phases import Reason
from domain.requests import ImageRequest
from tests.adapters.images.trees import KEY, LABEL, Trees, tree_of

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="users of their own need a worker that is root")
_KNOWN_VARIABLES = {
    *("PATH", "LANG", "HOME", "TMPDIR", "MATINEE_PROCESS", "MATINEE_COMMIT", "MATINEE_NUMBER"),
    *("PWD", "OLDPWD", "SHLVL", "_"),  # The shell's own.
}
_ENDLESS = "echo begun > begun; sleep 600 & sleep 600"


@pytest.fixture
def trees(open_folder: Path) -> Trees:
    """A store and a repository without a commit."""
    return Trees(open_folder)


async def _until(place: Path, pattern: str) -> Path:
    """The first file that matches, once it is there."""
    async with asyncio.timeout(20):
        while not (found := list(place.glob(pattern))):  # noqa: ASYNC110, ASYNC240 - a build sets no event of ours
            await asyncio.sleep(0.05)
    return found[0]


def _marked(folder: Path) -> list[int]:
    """The processes that belong to builds in this folder."""
    return [process.pid for process in under(str(folder))]


async def test_a_build_knows_its_commit_and_number_and_nothing_of_ours(trees: Trees) -> None:
    """My build writes the commit into my page; nothing of the worker's own environment is there to be read."""
    commit = trees.commit({"page.txt": b"one"})

    image = await trees.built(commit, "env > variables; cat page.txt > built.txt")

    lines = (tree_of(image) / "variables").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    assert (variables["MATINEE_COMMIT"], variables["MATINEE_NUMBER"]) == (commit, "12")
    assert set(variables) <= _KNOWN_VARIABLES
    assert (tree_of(image) / "built.txt").read_text() == "one"


@needs_root
async def test_a_build_runs_as_a_user_of_its_own_and_owns_nothing_afterwards(trees: Trees) -> None:
    """A build cannot read what is ours, and whoever gets its user next cannot change the tree."""
    image = await trees.built(trees.commit({"a": b"1"}), "id -u > user; cat /etc/shadow > stolen 2> refused; true")

    assert int((tree_of(image) / "user").read_text()) >= 61_000
    assert "Permission denied" in (tree_of(image) / "refused").read_text()
    assert {path.lstat().st_uid for path in (tree_of(image), *tree_of(image).iterdir())} == {0}
    assert '"images:' not in (trees.folder / "users.json").read_text()


async def test_files_keep_their_names_bits_and_links(trees: Trees) -> None:
    """What I committed is what is built: programs can be run, links lead where they led, names may be any."""
    files = {"bin/run": b"#!/bin/sh\n", "übung/a b": b"x", "big": b"0123456789" * 300_000}
    trees.commit(files)
    (trees.work.folder / "bin/run").chmod(0o755)
    (trees.work.folder / "link").symlink_to("bin/run")

    image = await trees.built(trees.commit({}))

    tree = tree_of(image)
    assert os.access(tree / "bin/run", os.X_OK)
    assert not (tree / "big").stat().st_mode & 0o111
    assert (tree / "link").readlink() == Path("bin/run")
    assert {name: (tree / name).read_bytes() for name in files} == files


@pytest.mark.parametrize("target", ["/etc/passwd", "../../mark.json", "inner/deep/up/../mark.json"])
async def test_a_link_out_of_the_tree_is_refused(trees: Trees, target: str) -> None:
    """A stranger commits a link to our files, straight or by way of another link: nothing is built."""
    (trees.work.folder / "inner" / "deep").mkdir(parents=True)
    (trees.work.folder / "inner" / "deep" / "up").symlink_to("../..")
    (trees.work.folder / "link").symlink_to(target)

    with pytest.raises(PermanentError, match="'link' leads out of the repository") as refused:
        await trees.built(trees.commit({}))

    assert refused.value.reason is Reason.BUILD_FAILED
    assert trees.drafts() == []


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
async def test_a_path_that_no_clone_would_write_is_refused(trees: Trees, name: str) -> None:
    """A stranger makes a commit by hand that would write beside the tree or configure git: nothing is written."""
    blob = trees.work.git("rev-parse", f"{trees.commit({'mark.json': b'{}'})}:mark.json")
    inner = trees.made_by_hand(f"100644 blob {blob}\tconfig\n")
    commit = trees.work.git("commit-tree", "-m", "Out", trees.made_by_hand(f"040000 tree {inner}\t{name}\n"))

    with pytest.raises(PermanentError, match="leads out of the repository"):
        await trees.built(commit)

    assert not list(trees.root.glob(f"{LABEL}/*-*"))[1:]


async def test_the_repositorys_own_configuration_runs_nothing(trees: Trees) -> None:
    """A stranger's repository names filters, hooks and a remote helper: none of them runs while it is exported."""
    trap = trees.folder / "sprung"
    for name in ("filter.evil.smudge", "filter.evil.process", "core.fsmonitor", "tar.tar.command"):
        trees.work.git("config", name, f"touch {trap}; cat")
    trees.work.git("config", "extensions.partialClone", "origin")
    trees.work.git("config", "remote.origin.url", f"ext::touch% {trap}")
    (trees.work.folder / ".git/info/attributes").write_text("* filter=evil export-subst\n")
    commit = trees.commit_without_filters({"page.txt": b"$Format:%H$"})

    image = await trees.built(commit)

    assert (tree_of(image) / "page.txt").read_bytes() == b"$Format:%H$"
    assert not trap.exists()


@pytest.mark.parametrize("commit", ["main", "--output=/tmp/x", "0" * 39, "g" * 40])
async def test_only_a_whole_commit_id_is_a_commit(trees: Trees, commit: str) -> None:
    """What could be a branch or an option of git never reaches it."""
    with pytest.raises(PermanentError, match="is no commit"):
        await trees.built(commit)


async def test_a_commit_that_is_not_there_is_said_so(trees: Trees) -> None:
    """A commit was pushed away: whoever waits reads what to do."""
    trees.commit({})

    with pytest.raises(PermanentError, match=r"no commit 000000000000 .*push it again"):
        await trees.built("0" * 40)


async def test_a_command_that_is_not_there_and_a_build_that_takes_too_long_fail(open_folder: Path) -> None:
    """I misspell my build command, or it hangs: I am told which of both."""
    trees = Trees(open_folder, build_limit=1.0)
    commit = trees.commit({})

    with pytest.raises(PermanentError, match="not found") as missing:
        await trees.built(commit, "exec no-such-builder")
    with pytest.raises(PermanentError, match="ended after the 1 s it had") as endless:
        await trees.built(commit, "sleep 600")

    assert missing.value.reason is endless.value.reason is Reason.BUILD_FAILED
    assert trees.drafts() == []


async def test_a_cancelled_build_ends_with_all_that_it_started(trees: Trees) -> None:
    """I push again while it builds: the old build is over before the new one begins."""
    commit = trees.commit({})
    building = asyncio.ensure_future(trees.built(commit, _ENDLESS))
    await _until(trees.root, "*/*.draft/tree/begun")

    building.cancel()
    await asyncio.wait((building,))

    assert building.cancelled()
    assert _marked(trees.root) == []
    assert trees.drafts() == []


async def test_a_build_that_was_overtaken_takes_no_newer_tree_away(trees: Trees) -> None:
    """A worker that was frozen in a build wakes up when a newer push is live, and does not decide what is needed."""
    old, new = trees.commit({"a": b"1"}), trees.commit({"a": b"2"})
    waiting = trees.request(old, "echo begun > begun; until [ -e ../../go ]; do sleep 0.05; done")
    frozen = asyncio.ensure_future(trees.images.resolve(replace(waiting, generation=1, needed=()), lambda: None))
    await _until(trees.root, "*/*.draft/tree/begun")
    live = await trees.images.resolve(replace(trees.request(new, "true"), generation=2, needed=()), lambda: None)

    (trees.root / LABEL / "go").touch()
    with pytest.raises(PermanentError) as refused:
        await frozen

    assert refused.value.reason is Reason.IMAGE_REFUSED
    assert tree_of(live).is_dir()


async def test_what_a_lost_worker_left_is_replaced(trees: Trees) -> None:
    """The worker was killed in the middle of a build: the next attempt ends what still runs and begins anew."""
    commit = trees.commit({"a": b"1"})
    image = await trees.built(commit)
    draft = tree_of(image).with_name(f"{tree_of(image).name}.draft")
    tree_of(image).rename(draft)
    lost = await asyncio.create_subprocess_exec("sleep", "600", env={"MATINEE_PROCESS": str(draft)})

    again = await trees.built(commit)

    assert await lost.wait() < 0
    assert (tree_of(again) / "a").read_bytes() == b"1"
    assert trees.drafts() == []


async def test_removing_ends_the_build_that_runs(trees: Trees) -> None:
    """The pull request is closed while somebody else's worker still builds it: nothing is left of that."""
    building = asyncio.ensure_future(trees.built(trees.commit({}), _ENDLESS))
    await _until(trees.root, "*/*.draft/tree/begun")

    removed = await trees.images.remove(trees.removal())
    await asyncio.wait((building,))

    assert isinstance(building.exception(), PermanentError)
    assert removed == trees.images.entries("git", LABEL)
    assert _marked(trees.root) == []
    assert list(trees.root.iterdir()) == []


@needs_root
async def test_removing_ends_what_a_lost_worker_left_and_hid_itself(trees: Trees) -> None:
    """The worker was killed, and what the build had started without its mark does not outlive the pull request."""
    await trees.built(trees.commit({}))
    user = Users(trees.folder).of(f"images:{LABEL}/lost/")
    lost = await asyncio.create_subprocess_exec("sleep", "600", env={}, user=user)

    await trees.images.remove(trees.removal())

    assert await lost.wait() < 0
    assert Users(trees.folder).under(f"images:{LABEL}/") == {}


async def test_a_repository_elsewhere_is_fetched_by_its_url(trees: Trees) -> None:
    """My repository is at a forge with a server: the commit is fetched from there, and no copy of it is kept."""
    commit = trees.commit({"page.txt": b"far"})
    trees.work.git("config", "uploadpack.allowAnySHA1InWant", "true")
    trees.images = trees.store(f"file://{trees.work.folder}/.git")

    image = await trees.built(commit)

    assert (tree_of(image) / "page.txt").read_bytes() == b"far"
    assert trees.drafts() == []


async def test_a_service_with_an_image_of_a_registry_is_refused_with_the_cure(trees: Trees) -> None:
    """My definition names an image where only commits are built: I read what to write in its place."""
    service = Service(name="web", image="registry.example.com/shop:{commit}")
    wish = ImageRequest(key=KEY, label=LABEL, instance="git", commit="0" * 40, service=service)

    with pytest.raises(PermanentError, match="write build: and its command") as refused:
        await trees.images.resolve(wish, lambda: None)

    assert refused.value.reason is Reason.IMAGE_REFUSED


async def test_a_label_cannot_name_another_folder(trees: Trees) -> None:
    """Whatever a label says, no folder but a preview's own is touched."""
    removal = replace(trees.removal(), label="../work")

    with pytest.raises(PermanentError, match="no label"):
        await trees.images.remove(removal)

    assert trees.work.folder.is_dir()

"""`matinee try`: a repository of the user's own gets a preview, or its owner learns what is missing."""

from pathlib import Path

import httpx
import psutil
import pytest

from settings import load
from starter.commands.trying import FIRST_VERSION
from tests.endtoend.processes import Done, belonging, matinee, ran
from tests.endtoend.repositories import Repository, page_repository, web_url
from tests.endtoend.sets import Up
from tests.waiting import until

pytestmark = pytest.mark.server


async def tried(repository: Repository, data: Path, *arguments: str) -> Done:
    """How `matinee try` ended in this repository."""
    return await ran(*matinee("try", str(repository.folder), "--data", str(data), *arguments))


async def test_without_a_definition_it_teaches_and_offers_one_that_works(up: Up, own: Path) -> None:
    """Whoever has only a repository is shown what to write, may have it written, and it runs as it is."""
    repository = await page_repository(own / "teaching", "hello")
    await repository.git("rm", "--quiet", ".matinee.yaml")
    await repository.commit({})

    taught = await tried(repository, up.data)
    written = await tried(repository, up.data, "--write")
    uncommitted = await tried(repository, up.data)
    await repository.commit({})
    ready = await tried(repository, up.data)

    assert (taught.code, written.code, uncommitted.code, ready.code) == (1, 0, 1, 0), ready.text
    assert FIRST_VERSION in taught.text
    assert "--write" in taught.text
    assert (repository.folder / ".matinee.yaml").read_text() == FIRST_VERSION
    assert "is not committed on main" in uncommitted.text
    assert (await up.get(web_url(ready))).text == "hello"


async def test_it_ends_with_the_url_and_a_second_try_updates_it(up: Up, own: Path) -> None:
    """The default branch can be tried as well as any other, again and again, at one URL."""
    repository = await page_repository(own / "trying", "one")

    first = await tried(repository, up.data)
    (repository.folder / "index.html").write_text("two")
    unchanged = await tried(repository, up.data)
    await repository.commit({})
    second = await tried(repository, up.data)

    assert (first.code, unchanged.code, second.code) == (0, 0, 0), second.text
    assert first.lines[-1] == unchanged.lines[-1] == second.lines[-1]
    assert first.lines[-1].startswith("web: http://trying-1.localhost")
    assert "Uncommitted changes are not in the preview" in unchanged.text
    assert (await up.get(web_url(second))).text == "two"


async def test_another_branch_is_another_preview(up: Up, own: Path) -> None:
    """A branch need not be checked out to be tried; one that is not there is answered with those that are."""
    repository = await page_repository(own / "branching", "one")
    await repository.commit({"index.html": "other"}, "other")
    await repository.git("checkout", "--quiet", "main")

    other = await tried(repository, up.data, "--branch", "other")
    absent = await tried(repository, up.data, "--branch", "absent")

    assert (await up.get(web_url(other))).text == "other"
    assert absent.code == 1
    assert "has no branch absent; it has main, other" in absent.text


async def test_two_repositories_of_one_name_do_not_meet(up: Up, own: Path) -> None:
    """Two folders that happen to be called alike get previews of their own."""
    one = await page_repository(own / "here" / "alike", "one")
    two = await page_repository(own / "there" / "alike", "two")

    first, second = await tried(one, up.data), await tried(two, up.data)

    assert (await up.get(web_url(first))).text == "one"
    assert (await up.get(web_url(second))).text == "two"


async def test_a_service_that_ends_is_shown_with_its_last_words(up: Up, own: Path) -> None:
    """A preview that does not come up says why where it was asked for, by exit code too, and so do its logs."""
    repository = await page_repository(own / "ending")
    definition = (repository.folder / ".matinee.yaml").read_text()
    crashing = definition.replace("exec python3 -m http.server", "echo out of cheese >&2; exit 3;")
    await repository.commit({".matinee.yaml": crashing})

    failed = await tried(repository, up.data)
    shown = await up.matinee("show", "local/ending#1")

    assert failed.code == 1
    assert "failed: service-failed" in failed.lines
    assert "out of cheese" in failed.text
    assert "ended with exit code 3" in shown.text
    assert "out of cheese" in shown.text


async def test_a_service_that_dies_later_is_started_again_and_its_logs_say_so(up: Up, own: Path) -> None:
    """A crash costs a moment, and whoever asks for the logs reads of it."""
    repository = await page_repository(own / "crashing", "still here")
    url = web_url(await tried(repository, up.data))
    before = _service(up, "crashing-1")

    before.kill()
    await until(lambda: _answers(up, url, "still here"), "it answers again")
    logs = await up.matinee("logs", "local/crashing#1")

    assert _service(up, "crashing-1").pid != before.pid
    assert "SIGKILL" in logs.text
    assert "it is started again in" in logs.text


async def test_what_is_missing_is_said_with_its_cure(own: Path) -> None:
    """No repository, no commit, no branch, nothing that runs: each is one sentence that says what to do."""
    (own / "none").mkdir()
    empty = Repository(own / "empty")
    empty.folder.mkdir()
    await empty.git("init", "--quiet")
    detached = await page_repository(own / "detached")
    await detached.git("checkout", "--quiet", "--detach")
    idle = await page_repository(own / "idle")
    data = own / "data"

    said = [await tried(each, data) for each in (Repository(own / "none"), empty, detached, idle)]

    assert [done.code for done in said] == [1, 1, 1, 1]
    assert [len(done.lines) for done in said] == [1, 1, 1, 1]
    cures = ("run `git init` there", "commit something", "name one with --branch", "start `matinee up`")
    assert [cure in done.text for cure, done in zip(cures, said, strict=True)] == [True] * 4
    assert load(data).data == data
    assert not data.exists()


def _service(up: Up, label: str) -> psutil.Process:
    """The process of the preview's one service."""
    found = belonging(up.data / "previews" / label)
    return next(each for each in found if "http.server" in each.cmdline())


async def _answers(up: Up, url: str, text: str) -> bool:
    try:
        answer = await up.get(url)
    except httpx.TransportError:
        return False
    return answer.is_success and answer.text == text

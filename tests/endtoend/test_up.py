"""`matinee up`: one process to start and to end, whatever happens between."""

import signal
from pathlib import Path

import httpx
import psutil
import pytest

from starter.commands.trying import OWNER
from tests.endtoend import sets
from tests.endtoend.processes import belonging, matinee, ran
from tests.endtoend.repositories import page_repository, shop_repository
from tests.endtoend.sets import Up
from tests.servers import open_folder
from tests.waiting import until

pytestmark = pytest.mark.server

LOST = "matinee: no Temporal answers at"


async def test_a_second_start_on_the_same_folder_is_refused(up: Up) -> None:
    """Two servers never write to one database: the second start says who is there, and changes nothing."""
    second = await ran(*matinee("up", "--data", str(up.data), "--port", "0"))

    assert second.code == 1
    assert f"Matinee already runs on {up.data}, as process {up.process.pid}." in second.text
    assert (await up.get(f"{up.page}/readyz")).status_code == 200


async def test_all_that_it_prints_can_be_used(up: Up) -> None:
    """Page, Temporal UI, webhook and git remote are where it says."""
    said = dict(line.strip().split(None, 1) for line in up.printed.splitlines() if line.startswith("  "))
    async with httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(said["page"])
        unsigned = await client.post(said["webhook"].split()[0], content=b"{}")
        interface = await client.get(up.facts["temporal"]["ui"])

    assert page.status_code == 200
    assert unsigned.status_code == 401
    assert interface.status_code == 200
    assert (await ran("git", "ls-remote", said["git"].split()[-1])).code == 0
    assert said["data"] == str(up.data)


async def test_a_killed_worker_or_receiver_is_started_again_and_no_preview_notices(up: Up, own: Path) -> None:
    """What runs the previews may die: it comes back with a line that says so, and previews go on untouched."""
    repository = await page_repository(own / "surviving")
    tried = await ran(*matinee("try", str(repository.folder), "--data", str(up.data)))
    previews = {each.pid for each in belonging(up.data / "previews" / "surviving-1")}

    for name in ("worker", "receiver"):
        await _kill_and_wait(up, name)

    assert tried.code == 0, tried.text
    assert {each.pid for each in belonging(up.data / "previews" / "surviving-1")} == previews
    assert "worker ended by itself (signal SIGKILL)" in up.printed
    assert "It is started again in 1 s." in up.printed
    assert (await up.matinee("close", f"{OWNER}/surviving#1")).code == 0


@pytest.mark.slow
async def test_stopped_or_killed_it_comes_back_with_the_same_previews_and_data(own: Path) -> None:
    """Switching the machine off costs nothing but the time: same URL, same rows, and no push is lost meanwhile."""
    repository = await shop_repository(own / "shop")
    with open_folder() as folder:
        data = folder / "data"
        async with sets.running(data) as up:
            url = await _tried(repository.folder, data)
            await up.rows("pr_shop_1", "CREATE TABLE kept AS SELECT 7 AS number")
            code = await up.end(signal.SIGINT)
        assert code == 0, up.printed
        assert belonging(folder) == []

        async with sets.running(data) as up:
            await until(lambda: _is_well(up, url), "the preview answers again", seconds=60)
            assert await up.rows("pr_shop_1", "SELECT number FROM kept") == [(7,)]
            await up.end(signal.SIGKILL)
            left = {each.pid for each in belonging(folder)}
            previews = {each.pid for each in belonging(data / "previews")}
            commit = await repository.commit({"README.md": "changed"})
            pushed = await repository.git("push", str(data / "forge" / "local" / "shop.git"), "main:try-main")
            await until(lambda: _only(folder, previews), "only previews are left")

            async with sets.running(data) as again:
                await until(lambda: _has(again, commit), "the lost push is found", seconds=90)
                assert await _is_well(again, url)
                assert await again.rows("pr_shop_1", "SELECT number FROM kept") == [(7,)]
        assert previews <= left
        assert LOST in pushed.text
        assert "The push is kept" in pushed.text
        assert belonging(folder) == []
        assert {path.name for path in folder.iterdir()} <= {"data", "printed"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "part"), [("temporal", "Temporal"), ("postgres", "PostgreSQL"), ("traefik", "Traefik")]
)
async def test_it_ends_when_a_part_does_and_says_which(program: str, part: str) -> None:
    """A part that dies is not missed in silence: everything ends, with its last lines and exit code 1."""
    async with sets.fresh() as up:
        found = [each for each in belonging(up.data) if Path(each.exe()).name == program]
        min(found, key=psutil.Process.create_time).kill()
        await until(lambda: _has_ended(up), "up ended", seconds=60)

        assert up.process.returncode == 1
        assert f"{part} ended by itself (signal SIGKILL)" in up.printed
        assert belonging(up.data) == []


async def _tried(folder: Path, data: Path) -> str:
    tried = await ran(*matinee("try", str(folder), "--data", str(data)))
    assert tried.code == 0, tried.text
    return next(line.removeprefix("web: ") for line in tried.lines if line.startswith("web: "))


async def _kill_and_wait(up: Up, name: str) -> None:
    child = up.child(name)
    assert child is not None
    child.kill()

    async def is_back() -> bool:
        return f"{name} runs again." in up.printed

    await until(is_back, f"{name} runs again", seconds=60)


async def _is_well(up: Up, url: str) -> bool:
    try:
        return (await up.get(url)).status_code == 200
    except httpx.TransportError:
        return False


async def _has(up: Up, commit: str) -> bool:
    return commit[:10] in (await up.matinee("list")).text


async def _only(folder: Path, pids: set[int]) -> bool:
    return {each.pid for each in belonging(folder)} <= pids


async def _has_ended(up: Up) -> bool:
    return up.process.returncode is not None

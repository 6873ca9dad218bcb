"""What only real processes can show: crashes, lost supervisors, secrets, users and files."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from adapters.processes.confinements import MARK
from adapters.processes.finding import under, variables_of
from domain.definitions import Resources
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.phases import Reason
from domain.requests import DeployRequest, LogsRequest
from domain.resources import Connection, Deployment, Image
from tests.contracts.benches_local import LocalPlatformBench, open_local
from tests.contracts.platform_bench import SECRET, eventually
from tests.contracts.test_platforms import begun, deploying, removal, running, settled

pytestmark = pytest.mark.server

_HOST = "shop-12.localhost"
_URL = f"postgresql://pr_shop_12:{SECRET}@127.0.0.1:1/pr_shop_12"


@pytest.fixture
async def bench() -> AsyncGenerator[LocalPlatformBench]:
    """A local platform, with users of their own where we are root."""
    async with open_local(own_users=os.geteuid() == 0) as opened:
        yield opened


async def up(bench: LocalPlatformBench, release: str = "r1") -> Deployment:
    """A release that answers."""
    return await settled(bench, await bench.platform.deploy(deploying(bench, release), Connection(url=_URL)))


def marked(bench: LocalPlatformBench, ending: str) -> list[psutil.Process]:
    """The processes whose mark ends so: `/web` are services, `/.own` their supervisor."""
    previews = under(str(bench.data / "previews"))
    return [process for process in previews if variables_of(process)[MARK].endswith(ending)]


def with_service(request: DeployRequest, **changes: object) -> DeployRequest:
    """The same wish with another service."""
    web = request.services[0]
    changed = replace(web, service=replace(web.service, **changes))  # pyright: ignore[reportArgumentType] - names of fields
    return replace(request, services=(changed,))


async def test_a_crashed_service_is_started_again(bench: LocalPlatformBench) -> None:
    """Somebody kills my service; a moment later it answers again at the same place, and its log says why."""
    deployment = await up(bench)
    (first,) = marked(bench, "/web")

    first.send_signal(signal.SIGKILL)

    async def answers() -> bool:
        return await bench.answer(_HOST) == "hello from r1" and first not in marked(bench, "/web")

    await eventually(answers)
    logs = await bench.platform.logs(LogsRequest(key=deployment.key, label=deployment.label, instance="local"))
    assert "SIGKILL; it is started again in 1 s" in logs


async def test_a_lost_supervisor_takes_nothing_down_and_is_replaced(bench: LocalPlatformBench) -> None:
    """The preview answers without its supervisor; settling gives it one, and no service runs twice."""
    deployment = await up(bench)
    (supervisor,) = marked(bench, "/.own")

    supervisor.kill()
    psutil.wait_procs([supervisor], timeout=5)
    assert await bench.answer(_HOST) == "hello from r1"
    with pytest.raises(NotYet):
        await bench.platform.settle(deployment)
    await settled(bench, deployment)

    assert await bench.answer(_HOST) == "hello from r1"
    assert len(marked(bench, "/web")) == len(marked(bench, "/.own")) == 1


async def test_removing_without_a_supervisor_ends_everything(bench: LocalPlatformBench) -> None:
    """Services whose supervisor was killed are found by their marks, and their users are free again."""
    deployment = await up(bench)
    marked(bench, "/.own")[0].kill()

    await bench.platform.remove(removal(deployment.entries))

    assert under(str(bench.data / "previews")) == []
    assert [*(bench.data / "previews").iterdir()] == []
    assert bench.users is None or bench.users.under("") == {}


async def test_a_newer_release_is_the_only_one(bench: LocalPlatformBench) -> None:
    """After an update no process, folder or user of the older release is left."""
    await up(bench, "r1")

    await up(bench, "r2")

    assert [folder.name for folder in (bench.data / "previews/shop-12/releases").iterdir()] == ["r2"]
    assert len(marked(bench, "/web")) == 1
    assert bench.users is None or [*bench.users.under("")] == ["shop-12/releases/r2/web"]


async def test_a_superseded_release_ends_when_the_next_begins(bench: LocalPlatformBench) -> None:
    """A rollout that was cancelled does not go on beside the next one; the live release does."""
    await up(bench, "r1")
    await bench.platform.deploy(deploying(bench, "r2"), None)

    await bench.platform.deploy(deploying(bench, "r3"), None)

    folders = (bench.data / "previews/shop-12/releases").iterdir()
    assert sorted(folder.name for folder in folders) == ["r1", "r3"]
    assert await bench.answer(_HOST) == "hello from r1"


async def test_no_secret_is_seen_from_outside(bench: LocalPlatformBench) -> None:
    """The password is in no argument of any process and in no file that others may read."""
    task = await begun(bench, running(bench, bench.commands.endless))
    await up(bench)

    arguments = _arguments()
    readable = [path for path in bench.data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]

    assert SECRET.encode() not in arguments
    assert not [path for path in readable if SECRET.encode() in path.read_bytes()]
    task.cancel()
    await asyncio.wait((task,))


async def test_a_finished_command_leaves_no_secret_and_no_tree(bench: LocalPlatformBench) -> None:
    """Only the result of a migration is kept, without its connection."""
    runs = bench.data / "previews/shop-12/runs"

    async def tidied() -> bool:
        return not under(str(runs))

    await bench.platform.run(running(bench, bench.commands.telling), Connection(url=_URL), lambda: None)
    # The result is there first, and then the runner takes away what is no longer needed.
    await eventually(tidied)

    files = [path for path in runs.rglob("*") if path.is_file()]
    assert {path.name for path in files} <= {"result.json", "own.log", ".lock"}
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


async def test_a_failure_hides_the_password(bench: LocalPlatformBench) -> None:
    """A service that writes its connection and crashes does not put it into a comment."""
    command = ("sh", "-c", "echo cannot reach $DATABASE_URL; exit 1")
    deployment = await bench.platform.deploy(deploying(bench, "r1", command), Connection(url=_URL))

    with pytest.raises(PermanentError) as caught:
        await settled(bench, deployment)

    assert "cannot reach ***" in caught.value.message
    assert SECRET not in caught.value.message


async def test_a_failure_is_told_again_after_a_lost_worker(bench: LocalPlatformBench) -> None:
    """The worker died after it had ended the failed release: the next one still knows why."""
    deployment = await bench.platform.deploy(deploying(bench, "r1", bench.commands.failing), None)
    with pytest.raises(PermanentError) as first:
        await settled(bench, deployment)

    with pytest.raises(PermanentError) as again:
        await bench.platform.settle(deployment)

    assert again.value.message == first.value.message


async def test_a_service_over_its_memory_fails_with_the_reason(bench: LocalPlatformBench) -> None:
    """I read how much my service used and may use; it is not tried three times."""
    hungry = ("python3", "-c", "x = b'x' * 200_000_000; import time; time.sleep(60)")
    request = with_service(deploying(bench, "r1", hungry), resources=Resources(memory_mib=100))

    with pytest.raises(PermanentError, match=r"failed once: it used .* MiB of memory, and may use 100"):
        await settled(bench, await bench.platform.deploy(request, None))


async def test_a_lost_runner_is_no_result(bench: LocalPlatformBench) -> None:
    """Whatever ran my migration is killed: I am told to ask again, and the remains have ended by then."""
    request = running(bench, bench.commands.endless)
    task = await begun(bench, request)
    await eventually(lambda: _runs_something(bench))

    for runner in marked(bench, "/.own"):
        runner.kill()
    with pytest.raises(TemporaryError):
        await task
    again = await begun(bench, request)
    await eventually(lambda: _runs_something(bench))
    again.cancel()
    await asyncio.wait((again,))

    assert under(str(bench.data / "previews")) == []


async def test_stopping_all_keeps_the_folders(bench: LocalPlatformBench) -> None:
    """When the whole set stops nothing runs or is routed to; settling brings the same revision back."""
    deployment = await up(bench)

    await bench.local.stop_all()

    assert under(str(bench.data)) == []
    assert await bench.answer(_HOST) is None
    await settled(bench, deployment)
    assert await bench.answer(_HOST) == "hello from r1"


async def test_an_image_of_a_registry_is_refused_with_the_cure(bench: LocalPlatformBench) -> None:
    """This machine has no container runtime of ours, and says what to do."""
    request = deploying(bench, "r1")
    image = Image(service="web", reference="registry.example.com/web@sha256:1", digest="sha256:1")

    with pytest.raises(PermanentError, match="built from the commit") as caught:
        await bench.platform.deploy(replace(request, services=(replace(request.services[0], image=image),)), None)

    assert caught.value.reason is Reason.PLATFORM_REFUSED


async def test_a_folder_without_a_mark_is_not_touched(bench: LocalPlatformBench) -> None:
    """A folder that somebody made by hand where a preview would be is no preview."""
    folder = bench.data / "previews" / "shop-12"
    folder.mkdir(parents=True)
    (folder / "precious").write_text("mine")

    with pytest.raises(PermanentError) as caught:
        await bench.platform.remove(removal())

    assert caught.value.reason is Reason.NOT_OURS
    assert (folder / "precious").exists()


@pytest.mark.parametrize("name", ["../r1", "", "a/b", ".."])
async def test_a_name_leads_nowhere_else(bench: LocalPlatformBench, name: str) -> None:
    """A release or a label that is a path is refused."""
    with pytest.raises(PermanentError, match="no name for a file"):
        await bench.platform.deploy(replace(deploying(bench, "r1"), release=name), None)
    with pytest.raises(PermanentError, match="no name for a file"):
        await bench.platform.remove(replace(removal(), label=name))


async def test_services_run_as_users_of_their_own(bench: LocalPlatformBench) -> None:
    """Where we are root no service is; wherever we are, nobody else can look into its folder."""
    await up(bench)

    (service,) = marked(bench, "/web")

    expected = bench.users.of("shop-12/releases/r1/web") if bench.users else os.getuid()
    assert set(service.uids()) == {expected}
    tree = bench.data / "previews/shop-12/releases/r1/web/tree"
    assert (tree.stat().st_uid, tree.stat().st_mode & 0o077) == (expected, 0)


async def test_examining_names_a_closed_folder_and_the_cure(bench: LocalPlatformBench) -> None:
    """The doctor is content with this machine, and says what to do about a folder that users cannot enter."""
    assert await bench.local.examine() == ()
    if bench.users is None:
        return

    bench.data.chmod(0o700)

    (problem,) = await bench.local.examine()
    assert f"chmod o+x {bench.data}" in problem


async def _runs_something(bench: LocalPlatformBench) -> bool:
    return len(marked(bench, "/run")) > 0 < len(marked(bench, "/.own"))


def _arguments() -> bytes:
    return b"".join(_bytes(file) for file in Path("/proc").glob("[0-9]*/cmdline"))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""

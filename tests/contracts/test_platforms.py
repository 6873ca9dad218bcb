"""What every platform promises, the fake one included."""

import asyncio
import importlib
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.definitions import Definition, Service, ServiceUrl
from domain.errors import NotYet, PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.pulls import Revision
from domain.requests import DeployRequest, FlagsRequest, LogsRequest, RunRequest, ServiceRequest
from domain.resources import Connection, DatabaseRef, Deployment, Entry, Removal
from tests.contracts.platform_bench import SECRET, PlatformBench, PlatformBenchOpener, eventually

_KEY = Key("acme/shop", 12)
_LABEL = "shop-12"
_URL = f"postgresql://pr_shop_12:{SECRET}@127.0.0.1:1/pr_shop_12"
_DATABASE = DatabaseRef(instance="main", name="pr_shop_12", label=_LABEL, generation=1)
_WITHIN = 60.0
_TOKEN = "t1"


def _benches() -> list[Any]:
    """A parameter for every bench that a `benches_*.py` beside this file offers, with the server that it needs."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("benches_*.py"))
    modules = [importlib.import_module(f"tests.contracts.{name}") for name in names]
    return [
        pytest.param(
            (opener, getattr(module, "PLATFORM_SERVERS", {}).get(name)),
            id=name,
            marks=getattr(module, "PLATFORM_MARKS", ()),
        )
        for module in modules
        for name, opener in getattr(module, "PLATFORM_BENCHES", {}).items()
    ]


@pytest.fixture(params=_benches())
def opener(request: pytest.FixtureRequest) -> PlatformBenchOpener:
    """What opens the bench. It is not async, because no loop may run while pytest fetches a server."""
    opening, server = request.param
    return partial(opening, request.getfixturevalue(server)) if server else opening


@pytest.fixture
async def bench(opener: PlatformBenchOpener) -> AsyncGenerator[PlatformBench]:
    """One platform without previews, afresh for every test."""
    async with opener() as opened:
        yield opened


def deploying(
    bench: PlatformBench,
    release: str,
    command: tuple[str, ...] | None = None,
    *,
    key: Key = _KEY,
    generation: int = 0,
    flags: dict[str, str] | None = None,
) -> DeployRequest:
    """The wish to deploy one public service `web` that greets with its release's name."""
    service = Service(name="web", command=command or bench.commands.answering, port=8000, public=True)
    web = ServiceRequest(
        service=service,
        image=bench.image("web"),
        environment={"GREETING": f"hello from {release}"},
        url=ServiceUrl("web", f"http://{bench.host}:8080"),
    )
    return DeployRequest(
        key=key,
        label=_LABEL,
        instance="local",
        revision=Revision(commit="c0ffee", pushed_at=datetime(2026, 1, 1, tzinfo=UTC)),
        release=release,
        services=(web,),
        database=_DATABASE,
        variable="DATABASE_URL",
        generation=generation,
        flags=flags or {},
    )


def flagging(flags: dict[str, str], *, generation: int = 1, key: Key = _KEY) -> FlagsRequest:
    """The wish that the preview reads these flags."""
    return FlagsRequest(key=key, label=_LABEL, instance="local", flags=flags, generation=generation)


def running(
    bench: PlatformBench, command: tuple[str, ...], *, token: str = _TOKEN, seconds: float = 60.0
) -> RunRequest:
    """The wish to run this command within so many seconds."""
    return RunRequest(
        key=_KEY,
        label=_LABEL,
        instance="local",
        token=token,
        image=bench.image("web"),
        command=command,
        environment={},
        resources=Service(name="web").resources,
        database=_DATABASE,
        variable="DATABASE_URL",
        deadline=datetime.now(UTC) + timedelta(seconds=seconds),
    )


async def variants(bench: PlatformBench) -> dict[str, str]:
    """Which variant of each flag the service reads now, nothing while it does not answer."""
    text = await bench.answer(bench.host, "/flags")
    return {name: flag["defaultVariant"] for name, flag in json.loads(text)["flags"].items()} if text else {}


async def reads(bench: PlatformBench, wanted: dict[str, str]) -> bool:
    """Whether the service reads these variants."""
    return await variants(bench) == wanted


async def settled(bench: PlatformBench, deployment: Deployment) -> Deployment:
    """The deployment once it has settled, asked again as Temporal would."""
    async with asyncio.timeout(_WITHIN):
        while True:
            try:
                return await bench.platform.settle(deployment)
            except NotYet:
                await asyncio.sleep(0.05)


async def begun(bench: PlatformBench, request: RunRequest) -> asyncio.Task[Any]:
    """The run, once the platform says that it is busy with it."""
    task = asyncio.create_task(bench.platform.run(request, Connection(url=_URL), _beat))
    await eventually(lambda: bench.platform.busy(_LABEL))
    return task


def removal(entries: tuple[Entry, ...] = (), key: Key = _KEY, *, generation: int = 9) -> Removal:
    """The wish to take the preview away."""
    return Removal(key=key, label=_LABEL, port="platform", instance="local", generation=generation, entries=entries)


def _beat() -> None:
    """Nobody listens."""


async def test_what_is_made_was_named_before(bench: PlatformBench) -> None:
    """The ledger knows each process, route and folder before it exists, and the deployment has just these."""
    request = deploying(bench, "r1")
    definition = Definition(version=1, services=(request.services[0].service,))

    named = bench.platform.entries("local", _LABEL, definition, (ServiceUrl("web", f"http://{bench.host}:8080"),))
    deployment = await bench.platform.deploy(request, Connection(url=_URL))

    assert set(named) == set(deployment.entries)
    assert {(entry.kind, entry.name) for entry in named} == bench.named


async def test_what_comes_late_from_a_frozen_worker_changes_nothing(bench: PlatformBench) -> None:
    """A newer push or a new start is not undone by what an earlier request does when its worker wakes up."""
    old = await bench.platform.deploy(deploying(bench, "r1", generation=1), Connection(url=_URL))
    new = await settled(bench, await bench.platform.deploy(deploying(bench, "r3", generation=3), Connection(url=_URL)))

    late = (
        bench.platform.deploy(deploying(bench, "r2", generation=2), Connection(url=_URL)),
        bench.platform.settle(old),
        bench.platform.run(running(bench, bench.commands.fortune), Connection(url=_URL), _beat),
        bench.platform.remove(removal(new.entries, generation=2)),
    )
    for attempt in late:
        with pytest.raises(PermanentError) as refused:
            await attempt
        assert refused.value.reason is Reason.PLATFORM_REFUSED

    assert await bench.answer(bench.host) == "hello from r3"
    assert {resource.generation for resource in await bench.platform.list()} == {3}


async def test_a_settled_deployment_answers(bench: PlatformBench) -> None:
    """After settling, a visitor of the host reads what the service says."""
    deployment = await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL))

    assert await settled(bench, deployment) == deployment

    assert await bench.answer(bench.host) == "hello from r1"


async def test_a_deployment_says_what_it_requests(bench: PlatformBench) -> None:
    """What a preview costs is counted from what its platform reserves, which is never more than it may use."""
    request = deploying(bench, "r1")

    requested = (await bench.platform.deploy(request, Connection(url=_URL))).requested

    assert 0 < requested.cores <= request.requested.cores
    assert 0 < requested.memory_mib <= request.requested.memory_mib


async def test_deploying_a_release_twice_is_deploying_it_once(bench: PlatformBench) -> None:
    """A repetition after a crash of the worker makes nothing anew and disturbs nothing."""
    first = await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL))
    await settled(bench, first)

    second = await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL))

    assert second == first
    assert await bench.answer(bench.host) == "hello from r1"
    resources = await bench.platform.list()
    assert len({resource.entry for resource in resources}) == len(resources) == len(first.entries)


async def test_the_old_release_answers_until_the_new_one_settles(bench: PlatformBench) -> None:
    """An update is never seen half done: visitors read the old page, then the new one."""
    await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))

    update = await bench.platform.deploy(deploying(bench, "r2"), Connection(url=_URL))
    assert await bench.answer(bench.host) == "hello from r1"
    await settled(bench, update)

    assert await bench.answer(bench.host) == "hello from r2"


async def test_an_unwell_service_is_not_yet_settled(bench: PlatformBench) -> None:
    """A service that answers 503 gets no visitors, and I am told so in words."""
    deployment = await bench.platform.deploy(deploying(bench, "r1", bench.commands.unwell), Connection(url=_URL))

    async with asyncio.timeout(_WITHIN):
        told = ""
        while "503" not in told:
            with pytest.raises(NotYet) as caught:
                await bench.platform.settle(deployment)
            told = caught.value.message

    assert "web answers 503" in told
    assert await bench.answer(bench.host) is None


async def test_flags_change_in_what_runs_and_nothing_is_started_anew(bench: PlatformBench) -> None:
    """A service reads another value of a flag soon after it was set, said once or twice, and goes on running."""
    request = deploying(bench, "r1", flags={"banner": "false", "limit": "3"})
    await settled(bench, await bench.platform.deploy(request, Connection(url=_URL)))
    before = await variants(bench)

    for _ in range(2):
        await bench.platform.set_flags(flagging({"banner": "true", "limit": "3"}))
    await eventually(lambda: reads(bench, {"banner": "on", "limit": "value"}), within=_WITHIN)

    assert before == {"banner": "off", "limit": "value"}
    log = await bench.platform.logs(LogsRequest(key=_KEY, label=_LABEL, instance="local"))
    assert log.count("listening") == 1


async def test_a_flag_can_be_set_while_a_revision_is_rolled_out(bench: PlatformBench) -> None:
    """A rollout that is under way goes on when somebody sets a flag, and the newest wish is what counts."""
    deployment = await bench.platform.deploy(deploying(bench, "r1", flags={"banner": "false"}), Connection(url=_URL))

    await bench.platform.set_flags(flagging({"banner": "true"}, generation=5))
    with pytest.raises(PermanentError):
        await bench.platform.set_flags(flagging({"banner": "false"}, generation=4))
    await settled(bench, deployment)

    await eventually(lambda: reads(bench, {"banner": "on"}), within=_WITHIN)


async def test_flags_of_what_is_not_there_or_not_ours_are_not_set(bench: PlatformBench) -> None:
    """Setting a flag makes no preview, and does not reach into that of another pull request."""
    await bench.platform.set_flags(flagging({"banner": "true"}))
    left = await bench.platform.list()
    await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL))

    with pytest.raises(PermanentError) as refused:
        await bench.platform.set_flags(flagging({"banner": "true"}, key=Key("rival/shop", 12)))

    assert left == ()
    assert refused.value.reason is Reason.NOT_OURS


async def test_a_failing_service_is_named_and_the_old_release_stays(bench: PlatformBench) -> None:
    """A revision that cannot start tells me which service, why and its last words; the last good one answers."""
    await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))
    update = await bench.platform.deploy(deploying(bench, "r2", bench.commands.failing), Connection(url=_URL))

    with pytest.raises(PermanentError) as caught:
        await settled(bench, update)

    assert caught.value.reason is Reason.SERVICE_FAILED
    assert "web" in caught.value.message
    assert "exit code 3" in caught.value.message
    assert "cannot find the moon" in caught.value.message
    assert await bench.answer(bench.host) == "hello from r1"


async def test_settling_a_release_that_is_not_there_says_so(bench: PlatformBench) -> None:
    """A deployment that somebody removed meanwhile never settles, which is no reason to wait."""
    deployment = await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL))
    await bench.platform.remove(removal(deployment.entries))

    with pytest.raises(PermanentError, match="not there"):
        await bench.platform.settle(deployment)


async def test_removing_returns_what_is_gone_and_may_be_repeated(bench: PlatformBench) -> None:
    """The receipt has every entry; nothing answers or is listed; a second removal succeeds as well."""
    deployment = await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))

    first = await bench.platform.remove(removal(deployment.entries))
    second = await bench.platform.remove(removal(deployment.entries))

    assert first == second == deployment.entries
    assert await bench.answer(bench.host) is None
    assert await bench.platform.list() == ()


async def test_only_ours_is_listed(bench: PlatformBench) -> None:
    """Another installation on the same machine does not see our preview; we see it with its key."""
    deployment = await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))

    ours = await bench.platform.list()

    assert {resource.entry for resource in ours} == set(deployment.entries)
    assert {(resource.key, resource.label) for resource in ours} == {(_KEY, _LABEL)}
    assert all(resource.made_at for resource in ours)
    assert await bench.other.list() == ()


@pytest.mark.parametrize("key", [_KEY, Key("rival/shop", 12)])
async def test_what_has_another_mark_is_not_touched(bench: PlatformBench, key: Key) -> None:
    """A preview of another installation, or of another key, is neither removed nor deployed over."""
    await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))
    stranger = bench.other if key == _KEY else bench.platform

    with pytest.raises(PermanentError) as removing:
        await stranger.remove(removal(key=key))
    with pytest.raises(PermanentError) as taking:
        await stranger.deploy(deploying(bench, "r2", key=key), None)

    assert removing.value.reason is taking.value.reason is Reason.NOT_OURS
    assert await bench.answer(bench.host) == "hello from r1"


async def test_a_command_ends_with_its_code_and_its_last_lines(bench: PlatformBench) -> None:
    """A migration that fails is a result to read, not a crash of ours."""
    result = await bench.platform.run(running(bench, bench.commands.failing), Connection(url=_URL), _beat)

    assert result.exit_code == 3
    assert "cannot find the moon" in result.log


async def test_a_token_runs_its_command_once(bench: PlatformBench) -> None:
    """A migration that has run is not run again because a worker forgot; another token runs it anew."""
    first = await bench.platform.run(running(bench, bench.commands.fortune), None, _beat)
    again = await bench.platform.run(running(bench, bench.commands.fortune), None, _beat)
    other = await bench.platform.run(running(bench, bench.commands.fortune, token="t2"), None, _beat)

    assert first == again
    assert other.log != first.log


async def test_a_cancelled_command_has_ended(bench: PlatformBench) -> None:
    """When a newer push cancels a migration, nothing of it runs any more, and nobody takes it for done."""
    task = await begun(bench, running(bench, bench.commands.endless))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not await bench.platform.busy(_LABEL)


async def test_a_command_ends_at_its_deadline(bench: PlatformBench) -> None:
    """What runs under a lease is over when the lease is, and its log says so."""
    request = running(bench, bench.commands.endless, seconds=1.0)

    result = await bench.platform.run(request, Connection(url=_URL), _beat)

    assert result.exit_code == 124
    assert "it was ended" in result.log
    assert not await bench.platform.busy(_LABEL)


async def test_a_command_is_watched_while_it_runs(bench: PlatformBench) -> None:
    """A long migration beats, so that a worker that died is noticed."""
    beats: list[None] = []

    await bench.platform.run(running(bench, bench.commands.endless, seconds=1.0), None, lambda: beats.append(None))

    assert beats


async def test_removing_ends_what_is_being_run(bench: PlatformBench) -> None:
    """A close in the middle of a migration leaves no process behind."""
    task = await begun(bench, running(bench, bench.commands.endless, seconds=5.0))

    await bench.platform.remove(removal())
    with pytest.raises(PermanentError, match="removed"):
        await task

    assert not await bench.platform.busy(_LABEL)
    assert await bench.platform.list() == ()


async def test_what_is_given_no_secrets_has_none_to_refresh(bench: PlatformBench) -> None:
    """Where an operator gives previews nothing, looking for what has changed finds nothing and harms nothing."""
    deployment = await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))

    assert await bench.platform.refresh() == ()
    assert {resource.entry for resource in await bench.platform.list()} == set(deployment.entries)


async def test_logs_name_the_service_and_hide_the_password(bench: PlatformBench) -> None:
    """I read what my service wrote; its connection, which it was careless enough to write too, is masked."""
    await settled(bench, await bench.platform.deploy(deploying(bench, "r1"), Connection(url=_URL)))

    written = await bench.platform.logs(LogsRequest(key=_KEY, label=_LABEL, instance="local"))

    assert "web | listening" in written
    assert SECRET not in written


async def test_the_result_of_a_command_hides_the_password(bench: PlatformBench) -> None:
    """A migration that writes its connection does not put it into a history."""
    result = await bench.platform.run(running(bench, bench.commands.telling), Connection(url=_URL), _beat)

    assert "***" in result.log
    assert SECRET not in result.log

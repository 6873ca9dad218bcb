"""An image that was built for another processor is told as such, with the cure, however the mistake was made."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from domain.errors import PermanentError
from domain.phases import Reason
from tests.adapters.platforms.kubernetes.asking import CONNECTION, beat, deploying, running, service, settled
from tests.cluster import bases, images
from tests.cluster.layers import layer
from tests.contracts.benches_kubernetes import KubernetesBench

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

_OTHER = {"amd64": "arm64", "arm64": "amd64"}
_MACHINES = {"amd64": 0xB7, "arm64": 0x3E}
"""By the architecture of this machine, how the header of a program names that of the other."""

_HEADER = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"


def foreign_program() -> bytes:
    """The start of a program of 64 bits for the processor that this machine has not, which no kernel here runs."""
    return _HEADER + bytes([_MACHINES[bases.ARCHITECTURE], 0]) + b"\x01\x00\x00\x00" + bytes(40)


async def declared(bench: KubernetesBench) -> str:
    """An image that says itself that it is for another processor, as one does that was built on such a laptop."""
    return await images.push_index(bases.busybox(), bench.cluster.registry, "declared", _OTHER[bases.ARCHITECTURE])


async def undeclared(bench: KubernetesBench) -> str:
    """An image that names the node's architecture, and whose program is for another."""
    image = replace(bases.busybox(), layers=(layer({"/app": foreign_program()}),), command=("/app",))
    return await images.push(image, bench.cluster.registry, "undeclared")


WAYS: dict[str, tuple[Callable[[KubernetesBench], Awaitable[str]], str]] = {
    "declared": (declared, "has no variant for the processor architecture of the node"),
    "undeclared": (undeclared, "its program is for another processor architecture than the node's"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_for_another_processor_is_told_within_seconds(bench: KubernetesBench, way: str) -> None:
    """Whoever built on another kind of machine reads that, and for what to build."""
    made, cause = WAYS[way]
    wanted = service(bench, image=await made(bench), command=("/app",))
    deployment = await bench.platform.deploy(deploying("r1", wanted), CONNECTION)
    began = time.monotonic()

    with pytest.raises(PermanentError) as caught:
        await settled(bench.kubernetes, deployment)

    assert caught.value.reason is Reason.SERVICE_FAILED
    assert "Deployment web" in caught.value.message
    assert cause in caught.value.message
    assert "linux/amd64" in caught.value.message
    assert time.monotonic() - began < 25


async def test_a_migration_for_another_processor_is_told_within_seconds(bench: KubernetesBench) -> None:
    """An image that no node can take is no command that failed: it is taken away and told at once."""
    made, cause = WAYS["declared"]
    image = replace(bench.image("web"), reference=await made(bench))

    with pytest.raises(PermanentError, match=cause) as caught:
        await bench.platform.run(running(bench, ("/app",), image=image), CONNECTION, beat)

    assert "linux/amd64" in caught.value.message
    assert not await bench.platform.busy("shop-12")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("/app",), 1, "its program is for another processor architecture than the node's. Build the image for"),
        (("/migrate",), 128, "its program /migrate is not in the image. Correct the command"),
    ],
)
async def test_a_migration_whose_program_never_ran_says_why(
    bench: KubernetesBench, command: tuple[str, ...], code: int, said: str
) -> None:
    """Not an exit code alone, for which there are no last lines."""
    image = replace(bench.image("web"), reference=await undeclared(bench))

    result = await bench.platform.run(running(bench, command, image=image), CONNECTION, beat)

    assert result.exit_code == code
    assert said in result.log

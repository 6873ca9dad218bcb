"""One preview on a real cluster, with real pods: what Matinee takes, against kubectl and the bare API calls.

In each round the same objects are made three times, each time in a namespace of their own: by Matinee's platform, by
`kubectl apply --server-side`, and by bare requests, one after another. Then all three are deleted.
"""

import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.requesting import Api, Thing
from benchmarks._measuring import measure, say, spread, told
from benchmarks.on_clusters._counting import Counted
from benchmarks.on_clusters._sides import Bare, Matinee, Side, Took
from tests.cluster.available import available
from tests.contracts.benches_kubernetes import opened
from tests.servers import open_folder

GOALS = (("applied", "kubectl", 0.5), ("answered", "bare requests", 1.2), ("gone", "kubectl", 1.2))
"""What Matinee is to take of what others take."""

KNOWN = 1.0
"""Seconds from pods that are ready until Matinee says so."""


async def benchmark(quick: bool) -> None:
    """The three take turns, on a cluster that is there for nothing else."""
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(available(stack.enter_context(open_folder())))
        bench = await stack.enter_async_context(opened(cluster))
        administrator = await stack.enter_async_context(connected(Access(kubeconfig=cluster.kubeconfig)))
        sides = await _sides(Matinee(bench=bench, counted=Counted(bench.api), administrator=administrator))
        rounds = [await _round(sides, turn) for turn in range(1 if quick else 10)]
    _tell(rounds)


async def _sides(matinee: Matinee) -> dict[str, Side]:
    """All three, once the node has the image, the client knows the kinds, and the objects of a preview are known."""
    bench, counted = matinee.bench, matinee.counted
    asked = 0
    for label in ("pulled", "warm"):
        counted.requests.clear()
        await matinee.up(label)
        asked = counted.requests.total()
        await matinee.down(label)
    objects = partial(counted.objects, f"{bench.prefix}warm")
    say(f"{len(objects('any'))} objects; {asked} requests until they were known to be ready")
    by_kubectl = Bare(bench=bench, objects=objects, apply=lambda things: bench.cluster.kubectl.apply(*things))
    by_requests = Bare(bench=bench, objects=objects, apply=partial(_requested, matinee.administrator))
    return {"matinee": matinee, "kubectl": by_kubectl, "bare requests": by_requests}


async def _round(sides: dict[str, Side], turn: int) -> dict[str, Took]:
    """What each took; who is first in one round is last in the next, as all share a cluster."""
    names = [*sides][turn % len(sides) :] + [*sides][: turn % len(sides)]
    up = {name: await sides[name].up(_label(name, turn)) for name in names}
    return {name: replace(up[name], gone=await _seconds(sides[name].down(_label(name, turn)))) for name in names}


def _label(name: str, turn: int) -> str:
    return f"{name.replace(' ', '-')}-{turn}"


def _tell(rounds: list[dict[str, Took]]) -> None:
    for name in rounds[0]:
        applied, first, gone = (
            spread([getattr(one[name], step) for one in rounds]) for step in ("applied", "answered", "gone")
        )
        say(f"{name}: applied in {applied} s, answered after {first} s, gone in {gone} s")
    for step, other, goal in GOALS:
        shares = [getattr(one["matinee"], step) / getattr(one[other], step) for one in rounds]
        told(f"{step}, matinee to {other}", shares, goal)
    told("from pods ready until that is known", [one["matinee"].known for one in rounds], KNOWN, unit=" s")


async def _requested(administrator: Api, objects: list[Thing]) -> None:
    for one in objects:
        await administrator.apply(one)


async def _seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


if __name__ == "__main__":
    measure("previews on a cluster: Matinee against kubectl and bare requests", benchmark)

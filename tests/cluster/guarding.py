"""Guarding: enforces NetworkPolicies on the node of the test cluster.

    python -m tests.cluster.guarding FOLDER

It hears of a pod's address from the network plugin beside it (tests/cluster/guard_plugin.py), which lets the pod start
only after the rules for it stand. So a pod is never free for the moment before its policies are enforced. Packets that
come from the node itself are always allowed, as Kubernetes wants it: the kubelet probes, and Traefik runs there too.
Processes of the node that play pods, such as the name server, have EndpointSlices with the label PLAYS.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.addresses import NODE_NAME
from tests.cluster.commands import found, output
from tests.cluster.guard_plugin import SOCKET
from tests.cluster.isolation import ENTRY, Pod, State, chains
from tests.cluster.plans import read
from tests.cluster.watching import NAMESPACES, PODS, POLICIES, SLICES, Watched, client
from tests.waiting import until

PLAYS = "matinee.dev/plays-pod"
"""The label of an EndpointSlice whose address counts as a pod's with the labels of the slice."""

_HOOKS: Mapping[str, tuple[str, ...]] = {"FORWARD": (), "INPUT": ("-i", "pods0")}
_ENDED = {"Succeeded", "Failed"}


class Guard:
    """Keeps the packet filter as the policies want it."""

    def __init__(self, folder: Path) -> None:
        self._changed = asyncio.Event()
        self._applying = asyncio.Lock()
        self._addresses: dict[tuple[str, str], str] = {}
        self._applied: dict[str, list[str]] = {}
        connection = client(read(folder).server, folder / "certificates", "admin")
        self._watched = {
            path: Watched(connection, path, self._changed) for path in (PODS, NAMESPACES, POLICIES, SLICES)
        }

    async def run(self) -> None:
        """The rules follow the cluster until this is cancelled."""
        async with asyncio.TaskGroup() as group:
            for watched in self._watched.values():
                group.create_task(watched.run())
            for watched in self._watched.values():
                await watched.listed.wait()
            await self._apply()
            await asyncio.start_unix_server(self._asked, SOCKET)
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._apply()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The plugin is answered after the rules know of the pod's address, or forget it."""
        asked = json.loads(await reader.readline())
        pod = (asked["namespace"], asked["name"])
        if asked["command"] == "ADD":
            await self._known(pod)
            self._addresses[pod] = asked["address"]
        elif self._addresses.get(pod) is not None:
            del self._addresses[pod]
        await self._apply()
        writer.write(b"done\n")
        await writer.drain()
        writer.close()

    async def _known(self, pod: tuple[str, str]) -> None:
        """The pod is known to be here; the API server tells us in the same moment as the kubelet."""

        async def known() -> bool:
            return "nodeName" in self._watched[PODS].objects.get(pod, {"spec": {}})["spec"]

        await until(known, f"the pod {pod} is known")

    async def _apply(self) -> None:
        """The packet filter has the rules that follow from what is known now, all at once."""
        async with self._applying:
            wanted = chains(self._state())
            if wanted == self._applied:
                return
            stale = self._applied.keys() - wanted.keys()
            lines = [
                "*filter",
                *(f":{name} - [0:0]" for name in (*wanted, *stale)),
                *(f"-A {name} {rule}" for name, rules in wanted.items() for rule in rules),
                *(f"-X {name}" for name in stale),
                "COMMIT\n",
            ]
            await output(found("iptables-restore"), "--noflush", "--wait", stdin="\n".join(lines))
            await _hook()
            self._applied = wanted

    def _state(self) -> State:
        """What is known, as tests/cluster/isolation.py reads it."""
        pods = [_pod(one, self._address(key, one)) for key, one in self._watched[PODS].objects.items()]
        slices = [_played(one) for one in self._watched[SLICES].objects.values() if PLAYS in _labels(one)]
        return State(
            pods=[pod for pod in (*pods, *slices) if pod.address],
            namespaces={name: _labels(one) for (_, name), one in self._watched[NAMESPACES].objects.items()},
            policies=list(self._watched[POLICIES].objects.values()),
        )

    def _address(self, key: tuple[str, str], pod: Mapping[str, Any]) -> str:
        """The pod's own address; none if it has ended, only borrows the node's, or is on a node that is only played."""
        status = pod.get("status", {})
        here = pod["spec"].get("nodeName") == NODE_NAME and not pod["spec"].get("hostNetwork")
        if not here or status.get("phase") in _ENDED:
            return ""
        return self._addresses.get(key) or str(status.get("podIP", ""))


async def _hook() -> None:
    """All packets of pods come to our chain first, before kube-proxy can allow them."""
    iptables = found("iptables")
    for chain, match in _HOOKS.items():
        ours = " ".join(["-A", chain, *match, "-j", ENTRY])
        rules = [line for line in (await output(iptables, "--wait", "-S", chain)).splitlines() if line.startswith("-A")]
        if rules[:1] == [ours]:
            continue
        await output(iptables, "--wait", "-I", chain, "1", *match, "-j", ENTRY)
        if ours in rules:
            # The one further down is taken away; the new one stands before it.
            await output(iptables, "--wait", "-D", chain, str(rules.index(ours) + 2))


def _labels(one: Mapping[str, Any]) -> dict[str, str]:
    return one["metadata"].get("labels") or {}


def _pod(one: Mapping[str, Any], address: str) -> Pod:
    """A pod, as the API server describes it."""
    ports: list[Mapping[str, Any]] = [
        port for container in one["spec"]["containers"] for port in container.get("ports", [])
    ]
    return Pod(
        namespace=one["metadata"]["namespace"],
        name=one["metadata"]["name"],
        address=address,
        labels=_labels(one),
        ports={it["name"]: (it.get("protocol", "TCP").lower(), it["containerPort"]) for it in ports if "name" in it},
    )


def _played(one: Mapping[str, Any]) -> Pod:
    """The process of the node that an EndpointSlice describes."""
    return Pod(
        namespace=one["metadata"]["namespace"],
        name=one["metadata"]["name"],
        address=one["endpoints"][0]["addresses"][0],
        labels=_labels(one),
        only=frozenset((port["protocol"].lower(), port["port"]) for port in one["ports"]),
    )


if __name__ == "__main__":
    asyncio.run(Guard(Path(sys.argv[1])).run())

"""Isolation: what NetworkPolicies mean for the pods of one node, written as rules of the kernel's packet filter.

Kubernetes stores NetworkPolicies and leaves it to others to enforce them. Nothing here does input or output;
tests/cluster/guarding.py brings the state of the cluster and applies the rules.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

ENTRY = "MATINEE"
"""The chain that all packets of pods pass."""

_REFUSED = "REJECT --reject-with icmp-admin-prohibited"
"""A pod learns at once that it may not, which a test need not wait for."""

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod with an address; `only` are the ports of a process of the node that plays a pod."""

    namespace: str
    name: str
    address: str
    labels: Mapping[str, str]
    ports: Mapping[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    only: frozenset[tuple[str, int]] | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """What a cluster has; namespaces by name with their labels."""

    pods: Sequence[Pod]
    namespaces: Mapping[str, Mapping[str, str]]
    policies: Sequence[Json]


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One of the two ways of packets: how policies name it, and where the two ends stand in a packet."""

    kind: str
    rules: str
    peers: str
    own: str
    other: str


INGRESS = Direction(kind="Ingress", rules="ingress", peers="from", own="-d", other="-s")
EGRESS = Direction(kind="Egress", rules="egress", peers="to", own="-s", other="-d")


def chains(state: State) -> dict[str, list[str]]:
    """The rules of each chain, by its name; whatever no chain refuses is allowed."""
    # What was allowed to begin is allowed to go on, in both directions.
    result = {ENTRY: ["-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"]}
    for pod in state.pods:
        for direction in (EGRESS, INGRESS):
            chosen = [one for one in state.policies if pod.only is None and _applies(one, pod, direction)]
            if not chosen:
                continue
            name = f"{ENTRY}-{direction.kind[0]}-{pod.address}"
            result[ENTRY].append(f"{direction.own} {pod.address} -j {name}")
            allowed = [line for policy in chosen for line in _allowed(policy, pod, direction, state)]
            result[name] = [*dict.fromkeys(allowed), f"-j {_REFUSED}"]
    return result


def _list(source: Json, name: str) -> Sequence[Any]:
    """What is there under this name; nothing if it was left out, which Kubernetes does with empty lists."""
    return source.get(name) or []


def _map(source: Json, name: str) -> Json:
    """The same for what has names."""
    return source.get(name) or {}


def _applies(policy: Json, pod: Pod, direction: Direction) -> bool:
    """Whether the policy isolates the pod in this direction."""
    spec: Json = policy["spec"]
    default = ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        policy["metadata"]["namespace"] == pod.namespace
        and direction.kind in (_list(spec, "policyTypes") or default)
        and selects(_map(spec, "podSelector"), pod.labels)
    )


def _allowed(policy: Json, pod: Pod, direction: Direction, state: State) -> Iterator[str]:
    """A line for everything that the policy allows the pod."""
    for rule in _list(policy["spec"], direction.rules):
        for peer, place in _ends(_list(rule, direction.peers), policy["metadata"]["namespace"], state):
            # Names of ports are those of the pod that listens.
            listener = pod if direction is INGRESS else peer
            for port in _ports(_list(rule, "ports"), listener, peer):
                yield " ".join([*([f"{direction.other} {place}"] if place else []), *port, "-j RETURN"])


def _ends(peers: Sequence[Json], namespace: str, state: State) -> Iterator[tuple[Pod | None, str]]:
    """The other ends: a pod with its address, or a range of addresses; nothing of either means everybody."""
    if not peers:
        yield None, ""
    for peer in peers:
        if "ipBlock" in peer:
            yield from ((None, str(block)) for block in blocks(peer["ipBlock"]))
        else:
            yield from ((pod, pod.address) for pod in state.pods if _is_peer(peer, pod, namespace, state))


def _is_peer(peer: Json, pod: Pod, namespace: str, state: State) -> bool:
    """Whether the pod is meant; without a selector of namespaces only those of the policy's own are."""
    if "namespaceSelector" not in peer:
        near = pod.namespace == namespace
    else:
        near = selects(_map(peer, "namespaceSelector"), _map(state.namespaces, pod.namespace))
    return near and selects(_map(peer, "podSelector"), pod.labels)


def _ports(ports: Sequence[Json], listener: Pod | None, peer: Pod | None) -> Iterator[list[str]]:
    """What a packet to one of these ports looks like; no ports mean all, or all that the peer has to offer."""
    only = peer.only if peer else None
    for protocol, first, last in [_range(one, listener) for one in ports] or [("", 0, 65535)]:
        if only is not None:
            yield from (
                _dport(each, port, port) for each, port in sorted(only) if _within(each, port, protocol, first, last)
            )
        elif first <= last:
            yield _dport(protocol, first, last)


def _within(each: str, port: int, protocol: str, first: int, last: int) -> bool:
    return protocol in {"", each} and first <= port <= last


def _range(port: Json, listener: Pod | None) -> tuple[str, int, int]:
    """The protocol and the ports; an empty range for a name that the listener does not have."""
    protocol = str(port.get("protocol") or "TCP").lower()
    number = port.get("port")
    if number is None:
        return protocol, 0, 65535
    if isinstance(number, str):
        found = listener.ports.get(number) if listener else None
        return (protocol, found[1], found[1]) if found and found[0] == protocol else (protocol, 1, 0)
    return protocol, number, port.get("endPort") or number


def _dport(protocol: str, first: int, last: int) -> list[str]:
    """How the packet filter is told."""
    if not protocol:
        return []
    return ["-p", protocol, "--dport", f"{first}:{last}"]


def blocks(block: Json) -> list[IPv4Network]:
    """The addresses of the block without its exceptions, as ranges; none of version 6, which nothing here has."""
    if ":" in block["cidr"]:
        return []
    result = [IPv4Network(block["cidr"], strict=False)]
    for text in _list(block, "except"):
        hole = IPv4Network(text, strict=False)
        result = [part for one in result for part in _without(one, hole)]
    return sorted(result)


def _without(block: IPv4Network, hole: IPv4Network) -> Iterable[IPv4Network]:
    """The block, without the addresses of the hole."""
    if hole.supernet_of(block):
        return []
    return block.address_exclude(hole) if hole.subnet_of(block) else [block]


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Whether the selector means something with these labels; an empty one means everything."""
    wanted = _map(selector, "matchLabels")
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _holds(one, labels) for one in _list(selector, "matchExpressions")
    )


def _holds(expression: Json, labels: Mapping[str, str]) -> bool:
    """Whether one expression is true of the labels."""
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case operator:
            return operator == "DoesNotExist" and value is None

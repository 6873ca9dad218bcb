"""Networks: who may reach a preview, whom it may reach, and what no preview ever reaches.

Peers as NetworkPolicy knows them: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

METADATA = (
    "169.254.0.0/16",  # Every cloud's address for metadata and credentials of a node, and all of link-local.
    "100.100.100.200/32",  # Alibaba Cloud.
    "168.63.129.16/32",  # Azure's host.
    "192.0.0.192/32",  # Oracle Cloud, classic.
    "fd00:ec2::254/128",  # AWS.
    "fd00:ec2::23/128",  # AWS, identities of pods.
    "fd20:ce::254/128",  # Google Cloud.
    "fe80::/10",
)
"""Where nodes get their credentials: never reachable, whatever the operator allows."""

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128")
"""What is left out of a wider network, because neighbours and the cluster live there; a narrower one may be named."""

AnyNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Network:
    """A range of addresses, such as 10.1.2.3/32."""

    cidr: str


@dataclass(frozen=True)
class Pods:
    """The pods of a namespace that have these labels; all of it without any."""

    namespace: str
    labels: dict[str, str] = field(default_factory=dict[str, str])


Peer = Network | Pods
"""Who may be at the other end of a connection."""

INTERNET = (Network("0.0.0.0/0"), Network("::/0"))
"""Egress to everywhere but private networks and metadata."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A port and who listens there, such as the server of the preview's database."""

    peers: tuple[Peer, ...]
    port: int


def peers_of(peers: tuple[Peer, ...]) -> list[dict[str, Any]]:
    """The peers as NetworkPolicy writes them; those that lie within metadata addresses are left out."""
    written = (_pods(peer) if isinstance(peer, Pods) else _block(peer) for peer in peers)
    return [peer for peer in written if peer]


def _pods(peer: Pods) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}},
        "podSelector": {"matchLabels": peer.labels} if peer.labels else {},
    }


def _block(peer: Network) -> dict[str, Any]:
    network = ip_network(peer.cidr, strict=False)
    if any(_within(network, ip_network(one)) for one in METADATA):
        return {}
    inner = [one for one in map(ip_network, (*METADATA, *PRIVATE)) if _within(one, network) and one != network]
    block: dict[str, Any] = {"cidr": str(network)}
    # The API wants every exception to lie strictly within the range.
    return {"ipBlock": block | ({"except": [str(one) for one in _collapsed(inner)]} if inner else {})}


def _within(inner: AnyNetwork, outer: AnyNetwork) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _collapsed(networks: list[AnyNetwork]) -> list[AnyNetwork]:
    fours = [one for one in networks if isinstance(one, IPv4Network)]
    sixes = [one for one in networks if isinstance(one, IPv6Network)]
    return [*collapse_addresses(fours), *collapse_addresses(sixes)]

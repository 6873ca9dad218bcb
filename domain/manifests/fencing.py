"""Fencing: the network policies of a preview. All is closed; each further policy opens one thing.

Policies add up and never take away (https://kubernetes.io/docs/concepts/services-networking/network-policies/), so
metadata addresses are left out of every range that is opened. A rule without peers would open to everybody, so a
policy whose peers are all refused is not made at all.
"""

from collections.abc import Iterator
from typing import Any

from domain.manifests.networks import Peer, peers_of
from domain.manifests.objects import made
from domain.manifests.rules import Rules

API = "networking.k8s.io/v1"
"""The API of network policies."""


def policies(rules: Rules) -> tuple[dict[str, Any], ...]:
    """Every network policy of this preview."""
    neighbours: list[dict[str, Any]] = [{"podSelector": {}}]
    database = rules.database
    return (
        _policy("matinee-closed", policyTypes=["Ingress", "Egress"]),
        _policy(
            "matinee-within",
            policyTypes=["Ingress", "Egress"],
            ingress=[{"from": neighbours}],
            egress=[{"to": neighbours}],
        ),
        *_entrances(rules.entrances),
        *_egress("matinee-names", rules.dns, (("UDP", 53), ("TCP", 53))),
        *(_egress("matinee-database", database.peers, (("TCP", database.port),)) if database else ()),
        *_egress("matinee-egress", rules.egress),
    )


def _entrances(peers: tuple[Peer, ...]) -> Iterator[dict[str, Any]]:
    if written := peers_of(peers):
        yield _policy("matinee-entrances", policyTypes=["Ingress"], ingress=[{"from": written}])


def _egress(name: str, peers: tuple[Peer, ...], ports: tuple[tuple[str, int], ...] = ()) -> Iterator[dict[str, Any]]:
    if written := peers_of(peers):
        doors = [{"protocol": protocol, "port": port} for protocol, port in ports]
        yield _policy(name, policyTypes=["Egress"], egress=[{"to": written, **({"ports": doors} if doors else {})}])


def _policy(name: str, **spec: Any) -> dict[str, Any]:
    return made(API, "NetworkPolicy", name, spec={"podSelector": {}, **spec})

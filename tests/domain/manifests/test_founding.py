"""Founding: a preview's namespace is closed, limited and marked before anything of a pull request is in it."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.manifests.founding import connection_secret, flags_map, foundation
from domain.manifests.networks import INTERNET, METADATA, Door, Network, Pods, peers_of
from domain.manifests.rules import Quota, Rules
from domain.resources import Connection
from tests.domain.manifests.cases import RULES

_SERVERS = ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
_VERSIONS: tuple[tuple[Literal[4, 6], int], ...] = ((4, 32), (6, 128))


@st.composite
def _range(draw: st.DrawFn) -> str:
    version, longest = draw(st.sampled_from(_VERSIONS))
    return f"{draw(st.ip_addresses(v=version))}/{draw(st.integers(0, longest))}"


def _named(rules: Rules, kind: str, name: str) -> dict[str, Any]:
    return next(one for one in foundation(rules) if (one["kind"], one["metadata"]["name"]) == (kind, name))


def _reaches(peer: dict[str, Any], address: str) -> bool:
    block = peer["ipBlock"]
    inside = ip_address(address) in ip_network(block["cidr"])
    return inside and not any(ip_address(address) in ip_network(one) for one in block.get("except", ()))


def test_the_namespace_comes_first_and_says_whose_it_is() -> None:
    """The sweep finds it by its labels, admission reads the hosts, a person the pull request."""
    namespace = foundation(RULES)[0]["metadata"]
    assert namespace["name"] == "preview-shop-12"
    assert namespace["labels"]["matinee.dev/label"] == "shop-12"
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["annotations"] == {
        "matinee.dev/key": "acme/shop#12",
        "matinee.dev/hosts": "shop-12.preview.localhost,shop-12-api.preview.localhost",
    }


def test_everything_else_lies_in_the_namespace_and_carries_the_marks() -> None:
    """Deleting the namespace deletes it all."""
    for one in foundation(RULES)[1:]:
        assert one["metadata"]["namespace"] == "preview-shop-12"
        assert one["metadata"]["labels"] == RULES.labels


def test_a_preview_has_two_cores_and_two_gibibytes_unless_the_operator_says_otherwise() -> None:
    """The defaults of the quota and of what a container gets that says nothing."""
    hard = _named(RULES, "ResourceQuota", "matinee-quota")["spec"]["hard"]
    assert (hard["limits.cpu"], hard["limits.memory"], hard["services.loadbalancers"]) == ("2000m", "2048Mi", "0")
    (item,) = _named(RULES, "LimitRange", "matinee-limits")["spec"]["limits"]
    assert item["default"] == {"cpu": "500m", "memory": "512Mi"}

    more = replace(RULES, quota=Quota(cpu=4, memory_mib=8192))
    assert _named(more, "ResourceQuota", "matinee-quota")["spec"]["hard"]["limits.cpu"] == "4000m"


def test_no_pod_gets_a_token() -> None:
    """The one account of the namespace has none, and the kubelet pulls images with the operator's secrets."""
    account = _named(RULES, "ServiceAccount", "default")
    assert account["automountServiceAccountToken"] is False
    assert account["imagePullSecrets"] == [{"name": "registry-pull"}]


def test_the_deployer_may_work_in_this_namespace_only() -> None:
    """It is bound by a RoleBinding to the role that the chart made."""
    binding = _named(RULES, "RoleBinding", "matinee-deployer")
    assert binding["roleRef"]["name"] == "matinee-preview"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "matinee-deployer", "namespace": "preview-shop-12"}
    ]


def test_the_worker_gives_itself_its_rights_first() -> None:
    """Matinee may do in a preview what its role says, and nowhere else; without a name it needs no binding."""
    rules = replace(RULES, worker="system:serviceaccount:matinee-system:matinee-worker")

    first = foundation(rules)[1]

    assert (first["kind"], first["roleRef"]["name"]) == ("RoleBinding", "matinee-worker")
    assert [subject["name"] for subject in first["subjects"]] == [rules.worker]
    assert foundation(RULES)[1]["metadata"]["name"] == "matinee-deployer"


def test_all_traffic_is_denied_but_what_is_opened() -> None:
    """Neighbours are out of reach; names, gateway, siblings and the own database are not."""
    policies = {one["metadata"]["name"]: one["spec"] for one in foundation(RULES) if one["kind"] == "NetworkPolicy"}
    assert policies["matinee-closed"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert set(policies) == {
        "matinee-closed",
        "matinee-within",
        "matinee-entrances",
        "matinee-names",
        "matinee-database",
    }
    assert policies["matinee-database"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.2.0.5/32"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    ]


def test_the_internet_is_neither_the_cluster_nor_a_metadata_server() -> None:
    """Egress to everywhere reaches package registries, and no neighbour by the back door."""
    four, six = peers_of(INTERNET)
    assert _reaches(four, "93.184.216.34")
    assert _reaches(six, "2606:2800:220:1::1")
    for address in (*_SERVERS, "10.96.0.1", "192.168.1.1", "fd00::1", "127.0.0.1", "::1"):
        assert not _reaches(four if "." in address else six, address), address


@given(st.lists(_range(), max_size=4))
def test_metadata_is_never_reachable_whatever_the_operator_opens(ranges: list[str]) -> None:
    """A slip in a setting gives no preview the credentials of its node; the API takes every exception."""
    for peer in peers_of(tuple(Network(one) for one in (*ranges, *METADATA))):
        six = ":" in peer["ipBlock"]["cidr"]
        assert not any(_reaches(peer, address) for address in _SERVERS if (":" in address) is six)
        whole = ip_network(peer["ipBlock"]["cidr"])
        for one in map(ip_network, peer["ipBlock"].get("except", ())):
            assert one.version == whole.version
            assert one != whole
            assert one.network_address in whole


@pytest.mark.parametrize("cidr", ["169.254.169.254/32", "169.254.0.0/16", "fd00:ec2::254/128"])
def test_an_opening_to_metadata_alone_opens_nothing(cidr: str) -> None:
    """A rule without peers would be open to everybody, so there is no rule."""
    rules = replace(RULES, egress=(Network(cidr),), database=Door(peers=(Network(cidr),), port=5432))
    names = {one["metadata"]["name"] for one in foundation(rules)}
    assert not names & {"matinee-egress", "matinee-database"}


def test_pods_are_named_by_namespace_and_labels_together() -> None:
    """Two entries would mean either; one means both."""
    assert peers_of((Pods("kube-system", {"k8s-app": "kube-dns"}),)) == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ]


def test_the_connection_stands_in_one_secret() -> None:
    """Services read it from there; it stands in no Deployment."""
    secret = connection_secret(RULES, Connection(url="postgres://u:p@h/d"))
    assert (secret["metadata"]["name"], secret["stringData"]) == ("matinee-database", {"url": "postgres://u:p@h/d"})


def test_flags_are_what_an_openfeature_client_reads() -> None:
    """A switch is a switch, a number a number, and a version number stays text."""
    text = flags_map(RULES, {"new_checkout": "true", "limit": "12", "version": "1.2.3", "code": "007"})
    written = text["data"]["flags.flagd.json"]
    assert '"defaultVariant": "on"' in written
    assert '"value": 12' in written
    assert '"value": "1.2.3"' in written
    assert '"value": "007"' in written

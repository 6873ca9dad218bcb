"""Siblings: one path of each host leads to Matinee's receiver, unless the preview answers for it itself."""

from dataclasses import replace
from typing import Any

import pytest

from domain.manifests.rules import Receiver
from domain.manifests.siblings import PATH, claims_path, siblings_route
from tests.domain.manifests.cases import RULES
from tests.domain.manifests.requests import URLS

RECEIVER = Receiver(namespace="matinee-system", name="matinee-receiver", port=8080)
HOSTS = ["shop-12.preview.localhost", "shop-12-api.preview.localhost"]


def test_the_route_stands_beside_the_receiver_and_goes_with_the_preview() -> None:
    """No grant into another namespace is needed, and none is given."""
    route = siblings_route(RULES, RECEIVER, URLS, "u-1")

    assert (route["kind"], route["metadata"]["namespace"]) == ("HTTPRoute", "matinee-system")
    assert route["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "Namespace", "name": "preview-shop-12", "uid": "u-1"}
    ]
    assert route["spec"]["hostnames"] == HOSTS
    (rule,) = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": PATH}}]
    assert rule["backendRefs"] == [{"name": "matinee-receiver", "port": 8080}]


def test_without_a_gateway_it_is_an_ingress() -> None:
    """By the class of previews, with the controller's own certificate."""
    route = siblings_route(replace(RULES, gateway=None), RECEIVER, URLS, "u-1")

    assert [one["host"] for one in route["spec"]["rules"]] == HOSTS
    assert route["spec"]["tls"] == [{"hosts": HOSTS}]
    assert route["spec"]["ingressClassName"] == "traefik"


def test_more_hosts_than_a_route_may_have_are_left_out() -> None:
    """Twenty public services are served all the same; the first sixteen have the document."""
    urls = tuple(replace(URLS[0], service=f"s{n}", url=f"https://s{n}.preview.localhost") for n in range(20))

    assert len(siblings_route(RULES, RECEIVER, urls, "u-1")["spec"]["hostnames"]) == 16


@pytest.mark.parametrize(
    ("kind", "rule", "claims"),
    [
        ("HTTPRoute", {"matches": [{"path": {"type": "Exact", "value": PATH}}]}, True),
        ("Ingress", {"http": {"paths": [{"path": PATH, "pathType": "Exact"}]}}, True),
        ("HTTPRoute", {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}, False),
        ("HTTPRoute", {"backendRefs": []}, False),
        ("ConfigMap", {"matches": [{"path": {"value": PATH}}]}, False),
    ],
)
def test_who_answers_for_the_path_itself_does_so(kind: str, rule: dict[str, Any], *, claims: bool) -> None:
    """A repository's own route of that very path wins over ours."""
    assert claims_path([{"kind": kind, "spec": {"rules": [rule]}}]) is claims

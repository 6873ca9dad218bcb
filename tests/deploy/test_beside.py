"""The routes that the worker makes beside Matinee: one path of a preview's hosts, to the receiver, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.definitions import ServiceUrl
from domain.manifests.rules import IngressClass, Receiver, Rules
from domain.manifests.siblings import PATH, siblings_route
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.installing import Installed

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def test_beside_itself_the_worker_makes_routes_of_one_path_to_the_receiver(
    installed: Installed, preview: Rules
) -> None:
    """It cannot put the page, or another Service of Matinee's namespace, behind a preview's host."""
    route = await siblings(installed, preview)
    named = {**route, "metadata": {**route["metadata"], "name": "production"}}

    assert await installed.worker.applied(route) == ""
    assert "(namespace)" in await installed.worker.applied(named)
    for fault, changed in faulty_routes(route).items():
        assert "(siblings)" in await installed.worker.applied(changed), fault


async def test_an_ingress_beside_itself_holds_no_orders_to_its_controller(cluster: Cluster, tmp_path: Path) -> None:
    """The same where previews are reached through an Ingress, whose annotations can be configuration of a proxy."""
    values = {"gateway": {"name": ""}, "ingress": {"className": "traefik", "controller": "nginx"}}
    async with installing.installed(cluster, tmp_path, previews=values) as one, one.preview("shop-12") as rules:
        annotations = {"nginx.ingress.kubernetes.io/custom-headers": f"{one.name}/matinee-noindex"}
        usual = IngressClass(name="traefik", annotations=annotations)
        route = await siblings(one, replace(rules, gateway=None, ingress=usual))

        assert await one.worker.applied(route) == ""
        for fault, changed in faulty_ingresses(route).items():
            assert "(siblings)" in await one.worker.applied(changed), fault


async def siblings(installed: Installed, rules: Rules) -> dict[str, Any]:
    """The route beside Matinee that its worker makes for this preview."""
    receiver = Receiver(namespace=installed.name, name=f"{installed.name}-receiver", port=8080)
    found = await installed.kubectl.get("namespace", rules.namespace)
    return siblings_route(rules, receiver, (ServiceUrl("web", f"https://{rules.hosts[0]}"),), found["metadata"]["uid"])


def faulty_routes(route: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The same route, each with one thing that is not for the worker to order."""
    (rule,) = route["spec"]["rules"]
    (backend,) = rule["backendRefs"]
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "database", "port": 5432}}}
    spec: dict[str, dict[str, Any]] = {
        "another Service": {"backendRefs": [{**backend, "name": "database"}]},
        "another namespace": {"backendRefs": [{**backend, "namespace": "kube-system"}]},
        "the proxy's own pages": {"backendRefs": [{**backend, "group": "traefik.io", "kind": "TraefikService"}]},
        "another path": {"matches": [{"path": {"type": "Exact", "value": "/"}}]},
        "all below it": {"matches": [{"path": {"type": "PathPrefix", "value": PATH}}]},
        "every path": {"matches": []},
        "a copy of each request": {"filters": [mirror]},
        "a filter at the backend": {"backendRefs": [{**backend, "filters": [mirror]}]},
    }
    changed = {fault: {**route["spec"], "rules": [{**rule, **part}]} for fault, part in spec.items()}
    changed["every host"] = {**route["spec"], "hostnames": []}
    changed["every path by default"] = {key: one for key, one in route["spec"].items() if key != "rules"}
    return {fault: {**route, "spec": one} for fault, one in changed.items()}


def faulty_ingresses(ingress: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The same Ingress, each with one thing that is not for the worker to order."""
    whole, (rule,) = json.dumps(ingress), ingress["spec"]["rules"]
    snippet = {"nginx.ingress.kubernetes.io/server-snippet": "return 200;"}
    other = {"nginx.ingress.kubernetes.io/custom-headers": "kube-system/any"}
    backend = {"service": {"name": "database", "port": {"number": 5432}}}
    return {
        "another path": json.loads(whole.replace(PATH, "/")),
        "all below it": json.loads(whole.replace("Exact", "Prefix")),
        "another Service": json.loads(whole.replace("-receiver", "-database")),
        "every host": {**ingress, "spec": {**ingress["spec"], "rules": [{"http": rule["http"]}]}},
        "a default": {**ingress, "spec": {**ingress["spec"], "defaultBackend": backend}},
        "a certificate": {
            **ingress,
            "spec": {**ingress["spec"], "tls": [{"hosts": [rule["host"]], "secretName": "x"}]},
        },
        "configuration": {**ingress, "metadata": {**ingress["metadata"], "annotations": snippet}},
        "others' headers": {**ingress, "metadata": {**ingress["metadata"], "annotations": other}},
    }

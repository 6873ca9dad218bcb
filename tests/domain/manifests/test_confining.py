"""Confining: what passed policy is applied in its place, and what it left out is filled in."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from domain.manifests.confining import confined
from domain.manifests.policy import Manifest, refusals
from domain.manifests.rules import Gateway, IngressClass
from tests.domain.manifests.cases import RULES, good

_OBJECTS = tuple(
    pytest.param(manifest.content, id=f"{name}-{manifest.content['kind']}")
    for name, manifests in good()
    for manifest in manifests
)

_SECRETS = tuple(
    one.content["metadata"]["name"] for _, manifests in good() for one in manifests if one.content["kind"] == "Secret"
)


def _of(kind: str) -> Any:
    return next(one.content for _, manifests in good() for one in manifests if one.content["kind"] == kind)


@pytest.mark.parametrize("content", _OBJECTS)
def test_a_confined_object_is_marked_in_place_and_still_passes(content: Any) -> None:
    """Everything of a preview is found by its labels, and admission, which has the same rules, lets it in."""
    before = copy.deepcopy(content)
    done = confined(content, RULES)

    assert done["metadata"]["namespace"] == "preview-shop-12"
    assert RULES.labels.items() <= done["metadata"]["labels"].items()
    assert refusals([Manifest("a.yaml", done)], replace(RULES, own=_SECRETS)) == ()
    assert confined(done, RULES) == done
    assert content == before


def test_a_plain_deployment_becomes_one_that_pod_security_admits() -> None:
    """What `kubectl create` prints runs at the level restricted as it is."""
    minimal = good()[1][1][0].content
    pod = confined(minimal, RULES)["spec"]["template"]["spec"]

    assert pod["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}, "runAsNonRoot": True}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (pod["automountServiceAccountToken"], pod["serviceAccountName"]) == (False, "default")


def test_pods_run_in_the_pool_with_its_priority() -> None:
    """Spot nodes are used without a word in any chart."""
    pod = confined(good()[1][1][0].content, RULES)["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"pool": "previews"}
    assert pod["tolerations"] == [{"key": "previews", "effect": "NoSchedule", "operator": "Exists"}]
    assert pod["priorityClassName"] == "matinee-preview"
    assert pod["imagePullSecrets"] == [{"name": "registry-pull"}]


def test_a_new_release_starts_new_pods() -> None:
    """A redeploy of the same commit restarts what a person wanted restarted."""
    first = confined(_of("Deployment"), RULES)
    second = confined(_of("Deployment"), replace(RULES, release="r2"))
    assert first["spec"]["template"]["metadata"]["annotations"]["matinee.dev/release"] == "r1"
    assert first != second


def test_what_is_null_hides_nothing_that_is_filled_in() -> None:
    """`securityContext: {runAsNonRoot: null}` is no way around."""
    content = copy.deepcopy(good()[1][1][0].content)
    content["spec"]["template"]["spec"]["securityContext"] = {"runAsNonRoot": None}
    content["spec"]["template"]["spec"]["automountServiceAccountToken"] = None
    assert refusals([Manifest("a.yaml", content)], RULES) == ()
    pod = confined(content, RULES)["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False


def test_routes_of_a_pull_request_are_kept_out_of_search_engines() -> None:
    """Its own response headers stay, and ours is added to each rule."""
    (rule,) = confined(_of("HTTPRoute"), RULES)["spec"]["rules"]
    modifiers = [one for one in rule["filters"] if one["type"] == "ResponseHeaderModifier"]
    assert modifiers[0]["responseHeaderModifier"]["set"] == [
        {"name": "X-Api", "value": "1"},
        {"name": "X-Robots-Tag", "value": "noindex"},
    ]
    assert len(modifiers) == 1


def test_a_route_attaches_to_the_listener_that_the_operator_named() -> None:
    """Where only the encrypted one is allowed, a route that names none does not open the other."""
    gateway = Gateway(namespace="matinee-system", name="preview", section="https")
    content = copy.deepcopy(_of("HTTPRoute"))
    content["spec"]["parentRefs"][0].pop("sectionName")
    done = confined(content, replace(RULES, gateway=gateway))
    assert done["spec"]["parentRefs"] == [{"name": "preview", "namespace": "matinee-system", "sectionName": "https"}]

    content["spec"]["parentRefs"][0]["sectionName"] = "http"
    (refusal,) = refusals([Manifest("a.yaml", content)], replace(RULES, gateway=gateway))
    assert str(refusal.rule) == "gateway"


def test_no_route_can_take_the_header_away() -> None:
    """Neither by removing it nor by setting another value."""
    content = copy.deepcopy(_of("HTTPRoute"))
    modifier = {"set": [{"name": "x-robots-tag", "value": "all"}], "remove": ["X-ROBOTS-TAG", "Server"]}
    content["spec"]["rules"][0]["filters"] = [{"type": "ResponseHeaderModifier", "responseHeaderModifier": modifier}]
    (rule,) = confined(content, RULES)["spec"]["rules"]
    assert rule["filters"][0]["responseHeaderModifier"] == {
        "set": [{"name": "X-Robots-Tag", "value": "noindex"}],
        "remove": ["Server"],
    }


def test_an_ingress_gets_the_annotations_of_its_class() -> None:
    """What the controller needs to send our header stands at every Ingress, and passes policy."""
    ingress = IngressClass(
        name="traefik", annotations={"traefik.ingress.kubernetes.io/router.middlewares": "a-b@kubernetescrd"}
    )
    rules = replace(RULES, ingress=ingress)
    done = confined(_of("Ingress"), rules)
    assert ingress.annotations.items() <= done["metadata"]["annotations"].items()
    assert refusals([Manifest("a.yaml", done)], rules) == ()


@pytest.mark.parametrize("spec", [{"minAvailable": 1}, {"maxUnavailable": 1}, {}])
def test_a_preview_holds_no_node_back_from_its_end(spec: dict[str, Any]) -> None:
    """A usual chart's budget would keep the only pod, and with it a spot node, for ever."""
    content = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec},
    }

    assert confined(content, RULES)["spec"] == {
        "selector": {"matchLabels": {"app": "web"}},
        "maxUnavailable": "100%",
    }

"""Building: the built-in service definition becomes objects that pass the policy for strangers."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.definitions import Resources, Service, ServiceUrl
from domain.errors import PermanentError
from domain.manifests.building import built, job
from domain.manifests.pinning import images_of
from domain.manifests.routing import hosts_of, nginx, traefik
from domain.manifests.rules import Gateway, Quota
from domain.requests import DeployRequest
from tests.domain.examples import NOON
from tests.domain.manifests.cases import IMAGE, RULES
from tests.domain.manifests.requests import API, WEB, WORKER, deploy_request, judged, one_of, run_request

_NAMES = st.from_regex(r"(?!kube-|matinee-)[a-z][a-z0-9]{0,6}(-[a-z][a-z0-9]{0,5})?", fullmatch=True)
_VARIABLES = st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}", fullmatch=True), st.text(max_size=20), max_size=3)


@st.composite
def _definitions(draw: st.DrawFn) -> tuple[DeployRequest, tuple[ServiceUrl, ...]]:
    """A request that the reader of definitions could have made, within the quota."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    services = [
        Service(
            name=name,
            command=tuple(draw(st.lists(st.text(min_size=1, max_size=8), max_size=3))),
            port=draw(st.none() | st.integers(1, 65535)),
            environment=draw(_VARIABLES),
            resources=Resources(cpu=draw(st.floats(0.05, 0.5)), memory_mib=draw(st.integers(1, 512))),
        )
        for name in names
    ]
    urls = tuple(
        ServiceUrl(service.name, f"https://shop-12-{service.name}.preview.localhost")
        for service in services
        if service.port is not None and draw(st.booleans())
    )
    return deploy_request(*services, urls=urls, database=draw(st.booleans())), urls


@given(_definitions(), st.booleans(), st.sampled_from(["restricted", "baseline"]))
@settings(max_examples=80, deadline=None)
def test_whatever_is_built_passes_the_policy_for_strangers(
    made: tuple[DeployRequest, tuple[ServiceUrl, ...]], gateway: bool, level: Any
) -> None:
    """The platform asks of nobody what its own services do not keep."""
    request, urls = made
    rules = replace(RULES, hosts=hosts_of(urls), level=level, gateway=RULES.gateway if gateway else None)
    objects = built(request, rules)
    assert judged(objects, rules) == []
    assert set(images_of(objects)) == {IMAGE}
    assert objects == built(request, rules)


@given(st.text(min_size=1, max_size=20), _VARIABLES)
@settings(max_examples=30)
def test_whatever_is_run_passes_the_policy_for_strangers(token: str, environment: dict[str, str]) -> None:
    """Migrations and seeds are held to the same rules as services."""
    made = job(run_request(token=token, environment=environment), RULES, NOON)
    assert judged((made,), RULES) == []


def test_the_job_of_a_command_goes_a_day_after_its_end() -> None:
    """I can look at a migration that failed, and a preview that lives for weeks does not keep them all."""
    assert job(run_request(), RULES, NOON)["spec"]["ttlSecondsAfterFinished"] == 24 * 60 * 60


def test_a_service_becomes_a_deployment_a_service_and_a_route() -> None:
    """One that nobody can reach is a Deployment alone."""
    objects = built(deploy_request(WEB, API, WORKER), RULES)
    assert [(one["kind"], one["metadata"]["name"]) for one in objects] == [
        ("Service", "api"),
        ("Service", "web"),
        ("Deployment", "api"),
        ("Deployment", "web"),
        ("Deployment", "worker"),
        ("HTTPRoute", "api"),
        ("HTTPRoute", "web"),
    ]


def test_a_route_has_the_exact_host_and_keeps_search_engines_out() -> None:
    """The URL on the pull request is the host of the route, without its port."""
    spec = one_of(built(deploy_request(WEB), RULES), "HTTPRoute")["spec"]
    assert spec["hostnames"] == ["shop-12.preview.localhost"]
    assert spec["parentRefs"] == [{"name": "preview", "namespace": "matinee-system"}]
    (rule,) = spec["rules"]
    assert rule["backendRefs"] == [{"name": "web", "port": 8000}]
    assert rule["filters"][0]["responseHeaderModifier"]["set"] == [{"name": "X-Robots-Tag", "value": "noindex"}]


def test_a_route_attaches_to_the_listener_that_the_operator_names() -> None:
    """Only the encrypted one, if that is what the operator wants."""
    rules = replace(RULES, gateway=Gateway(namespace="matinee-system", name="preview", section="https"))
    objects = built(deploy_request(WEB), rules)
    assert one_of(objects, "HTTPRoute")["spec"]["parentRefs"][0]["sectionName"] == "https"
    assert judged(objects, rules) == []


@pytest.mark.parametrize("ingress", [nginx("nginx", "matinee-system"), traefik("traefik", "matinee-system")])
def test_an_ingress_stands_in_for_a_route(ingress: Any) -> None:
    """Its certificate is the controller's own, so that no key lies in a preview."""
    rules = replace(RULES, gateway=None, ingress=ingress)
    objects = built(deploy_request(WEB), rules)
    made = one_of(objects, "Ingress")
    assert made["spec"]["ingressClassName"] == ingress.name
    assert made["spec"]["tls"] == [{"hosts": ["shop-12.preview.localhost"]}]
    assert ingress.annotations.items() <= made["metadata"]["annotations"].items()
    assert judged(objects, rules) == []


def test_a_trusted_preview_may_have_the_certificate_as_a_secret() -> None:
    """Where the operator copies it, the Ingress names it, and no pod may read it."""
    rules = replace(RULES, gateway=None, certificate="wildcard")
    objects = built(deploy_request(WEB), rules)
    assert one_of(objects, "Ingress")["spec"]["tls"][0]["secretName"] == "wildcard"
    assert judged(objects, rules) == []


def test_without_gateway_and_class_a_public_service_is_refused_with_a_cure() -> None:
    """An operator reads what to set, not a traceback."""
    with pytest.raises(PermanentError, match="set one of them"):
        built(deploy_request(WEB), replace(RULES, gateway=None, ingress=None))


def test_old_pods_stay_while_there_is_room_for_both() -> None:
    """A push is without a gap where the quota allows it, and does not get stuck where it does not."""
    # Left open, Kubernetes makes the new pod of a single one first, and waits for it.
    assert "strategy" not in one_of(built(deploy_request(WEB, API), RULES), "Deployment")["spec"]

    tight = replace(RULES, quota=Quota(cpu=1.5))
    made = one_of(built(deploy_request(WEB, API), tight), "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert made == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_definition_that_needs_more_than_the_quota_is_refused_in_words() -> None:
    """Its pods would never appear, and nobody would say why."""
    tight = replace(RULES, quota=Quota(cpu=0.6))

    with pytest.raises(PermanentError, match=r"quota is too small .* cpu of 1 cores in limits: .*0\.6 cores"):
        built(deploy_request(WEB, API), tight)
    with pytest.raises(PermanentError, match="memory of 512 MiB"):
        job(run_request(), replace(RULES, quota=Quota(memory_mib=256)), NOON)

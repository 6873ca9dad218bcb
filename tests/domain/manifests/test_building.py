"""Building: the built-in service definition becomes objects that pass the policy for strangers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.definitions import Resources, Service, ServiceUrl
from domain.errors import PermanentError
from domain.manifests.building import built, job
from domain.manifests.pinning import images_of
from domain.manifests.policy import Manifest, refusals
from domain.manifests.routing import hosts_of, nginx, traefik
from domain.manifests.rules import Gateway, Quota, Rules
from domain.requests import DeployRequest, RunRequest, ServiceRequest
from domain.resources import Image
from tests.domain.examples import KEY, NOON, pull, reference
from tests.domain.manifests.cases import DIGEST, IMAGE, RULES

_NAMES = st.from_regex(r"(?!kube-|matinee-)[a-z][a-z0-9]{0,6}(-[a-z][a-z0-9]{0,5})?", fullmatch=True)
_VARIABLES = st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}", fullmatch=True), st.text(max_size=20), max_size=3)
_URLS = (
    ServiceUrl("web", "https://shop-12.preview.localhost:8443", "/healthz"),
    ServiceUrl("api", "https://shop-12-api.preview.localhost:8443"),
)


def _request(*services: Service, urls: tuple[ServiceUrl, ...] = _URLS, database: bool = True) -> DeployRequest:
    by_name = {url.service: url for url in urls}
    return DeployRequest(
        key=KEY,
        label="shop-12",
        instance="main",
        revision=pull().head,
        release="r1",
        services=tuple(
            ServiceRequest(
                service=service,
                image=Image(service=service.name, reference=IMAGE, digest=DIGEST),
                environment=service.environment,
                url=by_name.get(service.name),
            )
            for service in services
        ),
        database=reference() if database else None,
        variable="DATABASE_URL",
        flags={"new-checkout": "true"},
    )


def _run(**rest: Any) -> RunRequest:
    request = RunRequest(
        key=KEY,
        label="shop-12",
        instance="main",
        token="migrate:r1",
        image=Image(service="api", reference=IMAGE, digest=DIGEST),
        command=("migrate", "--all"),
        environment={"A": "b"},
        resources=Resources(),
        database=reference(),
        variable="DATABASE_URL",
        deadline=NOON + timedelta(minutes=10),
    )
    return replace(request, **rest)


def _judged(objects: tuple[dict[str, Any], ...], rules: Rules) -> list[str]:
    return [str(refusal) for refusal in refusals([Manifest("built", one) for one in objects], rules)]


def _one(objects: tuple[dict[str, Any], ...], kind: str, name: str = "web") -> dict[str, Any]:
    return next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))


WEB = Service(name="web", command=("serve", "--path=$HOME"), port=8000, public=True, health="/healthz")
API = Service(name="api", port=8001, public=True)
WORKER = Service(name="worker", command=("work",))


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
    return _request(*services, urls=urls, database=draw(st.booleans())), urls


@given(_definitions(), st.booleans(), st.sampled_from(["restricted", "baseline"]))
@settings(max_examples=80, deadline=None)
def test_whatever_is_built_passes_the_policy_for_strangers(
    made: tuple[DeployRequest, tuple[ServiceUrl, ...]], gateway: bool, level: Any
) -> None:
    """The platform asks of nobody what its own services do not keep."""
    request, urls = made
    rules = replace(RULES, hosts=hosts_of(urls), level=level, gateway=RULES.gateway if gateway else None)
    objects = built(request, rules)
    assert _judged(objects, rules) == []
    assert set(images_of(objects)) == {IMAGE}
    assert objects == built(request, rules)


@given(st.text(min_size=1, max_size=20), _VARIABLES)
@settings(max_examples=30)
def test_whatever_is_run_passes_the_policy_for_strangers(token: str, environment: dict[str, str]) -> None:
    """Migrations and seeds are held to the same rules as services."""
    made = job(_run(token=token, environment=environment), RULES, NOON)
    assert _judged((made,), RULES) == []


def test_a_service_becomes_a_deployment_a_service_and_a_route() -> None:
    """One that nobody can reach is a Deployment alone."""
    objects = built(_request(WEB, API, WORKER), RULES)
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
    spec = _one(built(_request(WEB), RULES), "HTTPRoute")["spec"]
    assert spec["hostnames"] == ["shop-12.preview.localhost"]
    assert spec["parentRefs"] == [{"name": "preview", "namespace": "matinee-system"}]
    (rule,) = spec["rules"]
    assert rule["backendRefs"] == [{"name": "web", "port": 8000}]
    assert rule["filters"][0]["responseHeaderModifier"]["set"] == [{"name": "X-Robots-Tag", "value": "noindex"}]


def test_a_route_attaches_to_the_listener_that_the_operator_names() -> None:
    """Only the encrypted one, if that is what the operator wants."""
    rules = replace(RULES, gateway=Gateway(namespace="matinee-system", name="preview", section="https"))
    objects = built(_request(WEB), rules)
    assert _one(objects, "HTTPRoute")["spec"]["parentRefs"][0]["sectionName"] == "https"
    assert _judged(objects, rules) == []


@pytest.mark.parametrize("ingress", [nginx("nginx", "matinee-system"), traefik("traefik", "matinee-system")])
def test_an_ingress_stands_in_for_a_route(ingress: Any) -> None:
    """Its certificate is the controller's own, so that no key lies in a preview."""
    rules = replace(RULES, gateway=None, ingress=ingress)
    objects = built(_request(WEB), rules)
    made = _one(objects, "Ingress")
    assert made["spec"]["ingressClassName"] == ingress.name
    assert made["spec"]["tls"] == [{"hosts": ["shop-12.preview.localhost"]}]
    assert ingress.annotations.items() <= made["metadata"]["annotations"].items()
    assert _judged(objects, rules) == []


def test_a_trusted_preview_may_have_the_certificate_as_a_secret() -> None:
    """Where the operator copies it, the Ingress names it, and no pod may read it."""
    rules = replace(RULES, gateway=None, certificate="wildcard")
    objects = built(_request(WEB), rules)
    assert _one(objects, "Ingress")["spec"]["tls"][0]["secretName"] == "wildcard"
    assert _judged(objects, rules) == []


def test_without_gateway_and_class_a_public_service_is_refused_with_a_cure() -> None:
    """An operator reads what to set, not a traceback."""
    with pytest.raises(PermanentError, match="set one of them"):
        built(_request(WEB), replace(RULES, gateway=None, ingress=None))


def test_a_container_runs_without_root_on_a_root_that_it_cannot_write() -> None:
    """It writes to /tmp, which goes with it."""
    (container,) = _one(built(_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108 - the container's own


def test_health_is_asked_as_the_public_host() -> None:
    """A framework that knows only its own host does not refuse the probe."""
    (container,) = _one(built(_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {
            "path": "/healthz",
            "port": 8000,
            "httpHeaders": [{"name": "Host", "value": "shop-12.preview.localhost"}],
        }


def test_the_connection_is_named_and_never_written() -> None:
    """Whoever reads a Deployment reads no password."""
    (container,) = _one(built(_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    by_name = {one["name"]: one for one in container["env"]}
    assert by_name["DATABASE_URL"]["valueFrom"]["secretKeyRef"] == {"name": "matinee-database", "key": "url"}
    assert by_name["PORT"]["value"] == "8000"
    assert by_name["MATINEE_FLAG_NEW_CHECKOUT"]["value"] == "true"


def test_dollars_reach_the_service_as_they_are_written() -> None:
    """Kubernetes would read `$(HOME)` and `$$` in its own way."""
    service = replace(WEB, environment={"PRICE": "$$5 $(HOME)"})
    (container,) = _one(built(_request(service), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["serve", "--path=$$HOME"]
    assert {"name": "PRICE", "value": "$$$$5 $$(HOME)"} in container["env"]


def test_old_pods_stay_while_there_is_room_for_both() -> None:
    """A push is without a gap where the quota allows it, and does not get stuck where it does not."""
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    assert _one(built(_request(WEB, API), RULES), "Deployment")["spec"]["strategy"]["rollingUpdate"] == rolling

    tight = replace(RULES, quota=Quota(cpu=1.5))
    made = _one(built(_request(WEB, API), tight), "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert made == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_definition_that_needs_more_than_the_quota_is_refused_in_words() -> None:
    """Its pods would never appear, and nobody would say why."""
    (refusal,) = refusals(
        [Manifest("a", one) for one in built(_request(WEB, API), RULES)], replace(RULES, quota=Quota(cpu=0.6))
    )
    assert refusal.value == '"cpu of 1 cores in limits"'
    assert "0.6 cores" in refusal.cure


def test_a_command_ends_by_its_deadline_and_runs_once() -> None:
    """A migration never outlives its lease, and a retry of the activity joins it."""
    made = job(_run(), RULES, NOON)
    assert made["spec"]["activeDeadlineSeconds"] == 600
    assert (made["spec"]["backoffLimit"], made["spec"]["template"]["spec"]["restartPolicy"]) == (0, "Never")
    assert made["metadata"]["name"] == job(_run(), replace(RULES, release="r2"), NOON)["metadata"]["name"]
    assert made["metadata"]["name"] != job(_run(token="migrate:r2"), RULES, NOON)["metadata"]["name"]


def test_a_repetition_after_a_newer_release_does_not_change_the_template() -> None:
    """A Job's template cannot be changed, so that applying it again would fail."""
    later = job(_run(), replace(RULES, release="r2"), NOON + timedelta(minutes=1))
    assert later["spec"]["template"] == job(_run(), RULES, NOON)["spec"]["template"]


def test_a_deadline_that_has_passed_still_makes_a_job_that_the_api_takes() -> None:
    """It fails at once, with the deadline as its reason."""
    assert job(_run(deadline=NOON), RULES, NOON + timedelta(hours=1))["spec"]["activeDeadlineSeconds"] == 1

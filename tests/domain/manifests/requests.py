"""Requests: what building is asked for in tests, and how its answers are looked at."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.definitions import Resources, Service, ServiceUrl
from domain.manifests.policy import Manifest, refusals
from domain.manifests.rules import Rules
from domain.requests import DeployRequest, RunRequest, ServiceRequest
from domain.resources import Image
from tests.domain.examples import KEY, NOON, pull, reference
from tests.domain.manifests.cases import DIGEST, IMAGE

WEB = Service(name="web", command=("serve", "--path=$HOME"), port=8000, public=True, health="/healthz")
API = Service(name="api", port=8001, public=True)
WORKER = Service(name="worker", command=("work",))

URLS = (
    ServiceUrl("web", "https://shop-12.preview.localhost:8443", "/healthz"),
    ServiceUrl("api", "https://shop-12-api.preview.localhost:8443"),
)


def deploy_request(*services: Service, urls: tuple[ServiceUrl, ...] = URLS, database: bool = True) -> DeployRequest:
    """A deployment of these services, the public ones among them by these URLs."""
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


def run_request(**rest: Any) -> RunRequest:
    """A migration of the example, with these fields changed."""
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


def judged(objects: tuple[dict[str, Any], ...], rules: Rules) -> list[str]:
    """What policy refuses of these objects, in words."""
    return [str(refusal) for refusal in refusals([Manifest("built", one) for one in objects], rules)]


def one_of(objects: tuple[dict[str, Any], ...], kind: str, name: str = "web") -> dict[str, Any]:
    """The object of this kind and name."""
    return next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))

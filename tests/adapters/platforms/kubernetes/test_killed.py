"""A worker that is killed after any request of any verb: once the verb is repeated, nothing shows that it was."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.platforms.kubernetes.platform import KubernetesPlatform
from domain.definitions import Resources, ServiceUrl
from domain.manifests.rules import Pool
from domain.names import Key
from domain.requests import DeployRequest, FlagsRequest
from domain.resources import Deployment
from tests.adapters.platforms.kubernetes.asking import CONNECTION, beat, deploying, removal, running, service, settled
from tests.adapters.platforms.kubernetes.rendered import Workshop, chart, deployed
from tests.adapters.platforms.kubernetes.scenes import Scene, Verb
from tests.adapters.platforms.kubernetes.templates import PLANTED, prepared
from tests.adapters.rendering.workshop import needs_programs
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.whole.listing import differences

pytestmark = needs_programs

_SMALL = Resources(cpu=0.5, memory_mib=64)
_SECRETS = ("stripe", "late", "pull")


@pytest.fixture
async def scene(bench: KubernetesBench) -> AsyncGenerator[Scene]:
    """No preview yet, and the Secrets that they will be given."""
    async with prepared(bench) as templates:
        for name in _SECRETS:
            await templates.keep(name, KEY=PLANTED)
        yield Scene(bench=bench, templates=templates, longest=30, given=_SECRETS)


async def test_services_end_as_they_do_undisturbed(scene: Scene) -> None:
    """My preview's command, rollouts, flags, Secrets and end do not show that a worker was killed in each of them."""
    before = await scene.everything()
    web, api = service(scene.bench, resources=_SMALL), service(scene.bench, "api", resources=_SMALL)
    # Its pods wait for a node: settling would change nothing yet, and they would take most of this test's time.
    nowhere = replace(scene, pool=Pool(selector={"nowhere": "true"}))
    requests = {
        "run": await scene.told(_command(scene)),
        "deploy": await nowhere.told(_deployment(scene, deploying("r1", web, api, generation=2))),
        "update": await scene.told(_rollout(scene, deploying("r2", web, generation=3))),
        "set_flags": await scene.told(_flags),
    }
    for name in _SECRETS:
        await scene.templates.keep(name, KEY=f"another-{PLANTED}")
    requests |= {
        "refresh": await replace(scene, given=_SECRETS[:2]).told(_refresh),
        "remove": await scene.told(_removal, nothing=True),
    }

    _tell(requests)
    assert differences(before, await scene.everything(), own="house") == []


async def test_a_chart_ends_as_it_does_undisturbed(scene: Scene, open_folder: Path) -> None:
    """The same of a chart, whose hooks come and go; its Deployment has no pods, as none of this is theirs to do."""
    workshop = Workshop(scene.bench, open_folder)
    scene = replace(scene, longest=32, revisions=workshop.revisions)
    before = await scene.everything()
    first = workshop.request("r1", _chart(scene, "one", extra=_map("extra"), once=_map("once", "pre-install")))
    second = workshop.request("r2", _chart(scene, "two", again=_map("again", "pre-upgrade", "hook-succeeded")))

    _tell(
        {
            "deploy": await scene.told(_rollout(scene, replace(first, generation=2))),
            "update": await scene.told(_rollout(scene, replace(second, generation=3))),
            "remove": await scene.told(_removal, nothing=True),
        }
    )

    assert differences(before, await scene.everything(), own="house") == []


def _command(scene: Scene) -> Callable[[int], Verb]:
    """To run a command, in the preview of a number."""
    command = running(scene.bench, ("python", "-c", "print('well')"), resources=_SMALL, trusted=True, generation=1)
    return lambda number: lambda platform: platform.run(replace(command, **_of(number)), CONNECTION, beat)


def _rollout(scene: Scene, request: DeployRequest) -> Callable[[int], Verb]:
    """To deploy this, and to see it settled."""
    deployment = _deployment(scene, request)

    def of(number: int) -> Verb:
        async def verb(platform: KubernetesPlatform) -> object:
            return await settled(platform, await deployment(number)(platform), within=240)

        return verb

    return of


def _deployment(
    scene: Scene, request: DeployRequest
) -> Callable[[int], Callable[[KubernetesPlatform], Awaitable[Deployment]]]:
    """To deploy this."""

    def of(number: int) -> Callable[[KubernetesPlatform], Awaitable[Deployment]]:
        host = f"{scene.bench.prefix}shop-{number}.{scene.bench.cluster.domain}"
        url = ServiceUrl("web", f"http://{host}")
        services = tuple(replace(one, url=one.url and url) for one in request.services)
        asked = replace(request, services=services, flags={"sale": "off"}, trusted=True, **_of(number))

        return lambda platform: deployed(platform, asked)

    return of


def _flags(number: int) -> Verb:
    request = FlagsRequest(instance="local", flags={"sale": "on"}, generation=4, **_of(number))
    return lambda platform: platform.set_flags(request)


def _refresh(_: int) -> Verb:
    return lambda platform: platform.refresh()


def _removal(number: int) -> Verb:
    return lambda platform: platform.remove(replace(removal(), **_of(number)))


def _of(number: int) -> dict[str, Any]:
    return {"key": Key("acme/shop", number), "label": f"shop-{number}"}


def _chart(scene: Scene, greeting: str, **templates: bytes) -> dict[str, bytes]:
    """The files of a chart without pods, which has a hook at the end of each release, and these templates."""
    files = chart(scene.bench, greeting, both=_map("both", '"post-install,post-upgrade"'), **templates)
    selector = b"  selector: {matchLabels"
    return {name: content.replace(selector, b"  replicas: 0\n" + selector) for name, content in files.items()}


def _map(name: str, hook: str = "", disposal: str = "before-hook-creation") -> bytes:
    """A template of a ConfigMap, which is a hook unless that is empty."""
    noted = f"  annotations: {{helm.sh/hook: {hook}, helm.sh/hook-delete-policy: {disposal}}}\n" if hook else ""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{noted}data: {{a: b}}\n".encode()


def _tell(requests: dict[str, int]) -> None:
    """Whoever runs the test with `-s` reads the figures."""
    sys.stdout.write(f"killed after each request: {requests}\n")

"""What previews usually hold is admitted, by the rights and the policies that the chart brings and no others."""

from dataclasses import replace
from typing import Any

import pytest

from domain.manifests.building import built, job
from domain.manifests.confining import confined
from domain.manifests.founding import connection_secret, flags_map
from domain.manifests.routing import nginx
from domain.manifests.rules import Rules
from domain.resources import Connection
from tests.deploy.installing import Installed, each_within
from tests.domain.examples import NOON
from tests.domain.manifests.cases import good
from tests.domain.manifests.requests import API, WEB, WORKER, deploy_request, run_request

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

PLACES = [(name, one.content) for name, manifests in good() for one in manifests]


def named(place: tuple[str, dict[str, Any]]) -> str:
    """The name of the example and of the object in it."""
    return f"{place[0]}:{place[1]['kind']}/{place[1]['metadata']['name']}"


async def test_what_charts_and_overlays_usually_hold_is_admitted(installed: Installed, preview: Rules) -> None:
    """A usual chart needs no change for the policies, once Matinee has labelled and confined it."""
    deployer = installed.deployer(preview)
    said = await each_within(4, *(deployer.applied(confined(content, preview)) for _, content in PLACES))

    refused = {named(place): words for place, words in zip(PLACES, said, strict=True) if words}
    assert refused == {}


async def test_what_matinee_makes_of_a_definition_is_admitted(installed: Installed, preview: Rules) -> None:
    """Services, routes and the Job of a migration come up under the same rules as what strangers write."""
    request = deploy_request(WEB, API, WORKER)
    objects = [*built(request, preview), job(run_request(), preview, NOON)]
    deployer = installed.deployer(preview)

    said = await each_within(4, *(deployer.applied(one) for one in objects))
    assert [words for words in said if words] == []


async def test_only_our_own_header_may_be_ordered_of_an_ingress_controller(
    installed: Installed, preview: Rules
) -> None:
    """What keeps search engines out is an annotation that nobody else may point anywhere else."""
    deployer = installed.deployer(preview)
    own, others = (replace(preview, gateway=None, ingress=nginx("traefik", one)) for one in (installed.name, "other"))

    assert await deployer.applied(ingress_by(own)) == ""
    assert "(annotation)" in await deployer.applied(ingress_by(others))


def ingress_by(rules: Rules) -> dict[str, Any]:
    """The Ingress of a service, as Matinee makes it by these rules."""
    return next(one for one in built(deploy_request(WEB), rules) if one["kind"] == "Ingress")


async def test_an_object_can_be_changed_after_controllers_have_written_to_it(
    installed: Installed, preview: Rules
) -> None:
    """What Kubernetes itself notes on an object does not keep the next release of it out."""
    rules = replace(preview, release="r2")
    (deployment, *_) = [one for one in built(deploy_request(WORKER), preview) if one["kind"] == "Deployment"]
    claim = confined(next(one for _, one in PLACES if one["kind"] == "PersistentVolumeClaim"), preview)
    deployer = installed.deployer(preview)
    for one in (deployment, claim):
        assert await deployer.applied(one, dry=False) == ""
    await installed.noticed(preview, "deployment", deployment["metadata"]["name"])

    (second, *_) = [one for one in built(deploy_request(WORKER), rules) if one["kind"] == "Deployment"]
    assert [await deployer.applied(one) for one in (second, claim)] == ["", ""]


async def test_the_worker_makes_its_own_objects_itself(installed: Installed, preview: Rules) -> None:
    """The connection of the database and the flags are out of the deployer's reach, and within the worker's."""
    objects = [connection_secret(preview, Connection(url="postgres://nowhere")), flags_map(preview, {"a": "true"})]

    assert [await installed.worker.applied(one) for one in objects] == ["", ""]
    said = [await installed.deployer(preview).applied(one) for one in objects]
    assert ["(reserved-name)" in words for words in said] == [True, True]


async def test_what_is_matinees_the_deployer_cannot_take_away(installed: Installed, preview: Rules) -> None:
    """A pruning that went wrong would leave the preview its connection."""
    secret = connection_secret(preview, Connection(url="postgres://nowhere"))
    assert await installed.worker.applied(secret, dry=False) == ""

    arguments = ("delete", "secret", secret["metadata"]["name"], f"--namespace={preview.namespace}")
    assert "(reserved-name)" in await installed.deployer(preview)(*arguments)

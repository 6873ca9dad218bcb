"""Preparing: from what was rendered to what is applied, or one error that says everything."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import MESSAGE_LIMIT, PermanentError
from domain.manifests.objects import made
from domain.manifests.policy import Manifest, refusals
from domain.manifests.preparing import prepared
from domain.manifests.rules import Rules
from tests.domain.manifests.cases import IMAGE, RULES, hostile

_TAGGED = "registry.localhost:5000/acme/shop/web:abc"
_ONE_HOST = replace(RULES, hosts=RULES.hosts[:1])
_REFERENCES = {_TAGGED: IMAGE}


def _pod(image: str = _TAGGED) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": image}]}


def _deployment(image: str = _TAGGED) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": _pod(image)}
    return made("apps/v1", "Deployment", "web", spec={"selector": {"matchLabels": labels}, "template": template})


def _route(*hosts: str) -> dict[str, Any]:
    parent = {"name": "preview", "namespace": "matinee-system"}
    spec = {"parentRefs": [parent], "hostnames": list(hosts), "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}
    return made("gateway.networking.k8s.io/v1", "HTTPRoute", "web", spec=spec)


def _ingress(*hosts: str) -> dict[str, Any]:
    return made(
        "networking.k8s.io/v1",
        "Ingress",
        "web",
        spec={
            "ingressClassName": "traefik",
            "rules": [{"host": host} for host in hosts],
        },
    )


def _hook(event: str, image: str = _TAGGED) -> dict[str, Any]:
    spec = {"template": {"spec": {**_pod(image), "restartPolicy": "Never"}}}
    job = made("batch/v1", "Job", "migrate", spec=spec)
    job["metadata"]["annotations"] = {"helm.sh/hook": event}
    return job


def _manifests(*contents: dict[str, Any]) -> list[Manifest]:
    return [Manifest("shop.yaml", one) for one in contents]


def _refused(*contents: dict[str, Any], rules: Rules = _ONE_HOST) -> str:
    with pytest.raises(PermanentError) as refused:
        prepared(_manifests(*contents), rules, _REFERENCES)
    return refused.value.message


def test_what_is_allowed_comes_out_pinned_confined_and_in_order() -> None:
    """My tags become digests, my objects get the preview's namespace and labels, routes come last."""
    stages = prepared(_manifests(_route(_ONE_HOST.hosts[0]), _deployment()), _ONE_HOST, _REFERENCES)

    deployment, route = stages.objects
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    assert route["metadata"]["namespace"] == deployment["metadata"]["namespace"] == RULES.namespace
    assert deployment["metadata"]["labels"].items() >= RULES.labels.items()
    assert refusals(_manifests(*stages.objects), _ONE_HOST) == ()


def test_hooks_are_judged_pinned_and_confined_as_well() -> None:
    """A migration that my chart runs before the rest is held to the same rules."""
    stages = prepared(_manifests(_route(*_ONE_HOST.hosts), _hook("pre-install,pre-upgrade")), _ONE_HOST, _REFERENCES)

    (hook,) = stages.before
    assert hook.content["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    assert hook.content["metadata"]["namespace"] == RULES.namespace
    assert "(image)" in _refused(_route(*_ONE_HOST.hosts), _hook("post-install", "a.test/other:1"))


def test_hooks_that_never_run_are_not_judged() -> None:
    """The test pod of a usual chart does not keep it from running."""
    test = made("v1", "Pod", "test", spec=_pod("busybox"))
    test["metadata"]["annotations"] = {"helm.sh/hook": "test"}

    assert len(prepared(_manifests(_route(*_ONE_HOST.hosts), test), _ONE_HOST, {}).objects) == 1


def test_an_image_that_no_service_names_is_refused_by_its_name() -> None:
    """I learn which image of my manifests has no service, with its file and object."""
    said = _refused(_route(*_ONE_HOST.hosts), _deployment("registry.localhost:5000/acme/cache:7"))

    assert said.startswith("shop.yaml: Deployment/web: spec.template.spec.containers[0].image: ")
    assert '"registry.localhost:5000/acme/cache:7" is not allowed (image)' in said


def test_an_image_may_be_written_without_its_registry() -> None:
    """`redis:7.2` is fine where its pinned reference is of a registry that is allowed."""
    stages = prepared(_manifests(_route(*_ONE_HOST.hosts), _deployment("web:7")), _ONE_HOST, {"web:7": IMAGE})

    assert len(stages.objects) == 2


@pytest.mark.parametrize("routed", [_route, _ingress])
def test_a_public_service_without_a_route_is_told_at_once(routed: Any) -> None:
    """I do not wait minutes for a URL that nothing would ever serve."""
    first, second = RULES.hosts

    said = _refused(routed(first), rules=RULES)

    assert said.startswith(f"no HTTPRoute or Ingress has the host {second}; give every public service one")
    assert prepared(_manifests(routed(first, second)), RULES, {}).objects


def test_every_hostile_manifest_is_refused_on_this_way_too() -> None:
    """Whatever policy refuses is not applied because it came from a chart."""
    for case in hostile():
        said = _refused(case.content, rules=RULES)
        assert any(f"({rule})" in said for rule in case.rules), case.name


def test_many_refusals_fit_into_one_message() -> None:
    """A comment on the pull request can hold what I am told, and says how much is left."""
    contents = [made("v1", "Secret", f"matinee-{number}", type="x") for number in range(100)]

    said = _refused(*contents)

    assert len(said) <= MESSAGE_LIMIT
    assert "more" in said.splitlines()[-1]


def test_a_job_stays_until_matinee_takes_it_away() -> None:
    """A Job that would delete itself is kept, so that its end is seen; what my chart says else stays."""
    job = _hook("")
    job["spec"] |= {"ttlSecondsAfterFinished": 0, "backoffLimit": 2}

    (found,) = prepared([Manifest("a.yaml", job)], replace(RULES, hosts=()), _REFERENCES).objects

    assert "ttlSecondsAfterFinished" not in found["spec"]
    assert found["spec"]["backoffLimit"] == 2

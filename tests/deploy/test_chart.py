"""The chart, rendered: what it makes is sound, and what would not work is refused in words."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.errors import PermanentError
from domain.manifests.rules import Rules
from domain.manifests.supplies import Supply
from domain.manifests.supplying import asking
from starter import serving
from tests.cluster.commands import output
from tests.deploy.charts import CHART, LEAST, Helm, merged, one_of, pods_of
from tools import settings_reference
from worker import DRAIN

pytestmark = [pytest.mark.cluster, pytest.mark.server]

PROMETHEUS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

ALL: dict[str, Any] = merged(
    LEAST,
    {
        "settings": {"MATINEE_HOME_OWNER": "acme"},
        "secrets": [
            {"variable": "MATINEE_KEY_RING", "secret": "matinee", "key": "ring", "for": ["worker"]},
            {"variable": "MATINEE_FORGES__GITHUB__TOKEN", "secret": "matinee", "key": "token"},
        ],
        "receiver": {"route": {"host": "hooks.example.com", "gateway": {"name": "public"}}},
        "previews": {
            "ingress": {"className": "nginx", "controller": "nginx"},
            "pool": {"selector": {"spot": "true"}, "tolerations": [{"key": "spot", "value": "true"}, {"key": "any"}]},
            "certificate": "wildcard",
            "pullSecrets": ["pull"],
            "runtimeClass": "gvisor",
        },
        "templates": {"namespace": "templates", "secrets": {"acme/*": ["shop"], "acme/shop": ["shop", "mail"]}},
        "gateway": {"create": True, "className": "traefik"},
        "metrics": {"enabled": True, "from": [PROMETHEUS], "monitor": {"create": True, "labels": {"release": "mine"}}},
        "certificate": {"create": True, "issuer": {"name": "letsencrypt"}},
        "externalSecrets": {
            "secrets": [
                {
                    "name": "stripe",
                    "store": "vault",
                    "repositories": ["acme/shop"],
                    "data": [{"secretKey": "a", "remoteRef": {"key": "b"}}],
                },
                {"name": "maps", "store": "vault", "data": [{"secretKey": "a", "remoteRef": {"key": "b"}}]},
            ]
        },
    },
)
"""Values with which the chart makes everything that it can make."""


ASKED = (
    "import json, pathlib, settings, sys; given = settings.load(pathlib.Path(sys.argv[1])); "
    "print(json.dumps(settings.masked(given)['platforms'][given.platform]))"
)
"""A program that prints, as Matinee understands it, the platform that its environment tells of."""


@pytest.fixture
async def objects(helm: Helm) -> list[dict[str, Any]]:
    """Everything that the chart can make."""
    return await helm.rendered(ALL)


async def test_helm_finds_nothing_wrong(helm: Helm) -> None:
    """The chart is one that Helm itself calls sound."""
    said = await helm("lint", "--strict", CHART, "--values", helm.written(ALL))
    assert "0 chart(s) failed" in said


async def test_the_least_values_are_enough(helm: Helm) -> None:
    """Who has an image and a domain can install."""
    assert set(pods_of(await helm.rendered(LEAST))) == {"matinee-worker", "matinee-receiver"}


async def test_pods_have_nothing_of_root(objects: list[dict[str, Any]]) -> None:
    """A pod that was broken into can neither write to its own files nor become more than it is."""
    for pod in pods_of(objects).values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


async def test_pods_say_what_they_need(objects: list[dict[str, Any]]) -> None:
    """The scheduler can place them, and none can take all of a node's memory or disk."""
    for pod in pods_of(objects).values():
        resources = pod["containers"][0]["resources"]
        assert set(resources["requests"]) == {"cpu", "memory"}
        assert "memory" in resources["limits"]
        assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"])


async def test_a_worker_may_drain_before_it_is_killed(objects: list[dict[str, Any]]) -> None:
    """An update of Matinee cuts nothing off."""
    pods = pods_of(objects)
    assert pods["matinee-worker"]["terminationGracePeriodSeconds"] >= DRAIN.total_seconds() + 10
    assert pods["matinee-receiver"]["terminationGracePeriodSeconds"] >= serving.GRACE + 5 + 5


async def test_a_budget_holds_receivers_and_nothing_else(objects: list[dict[str, Any]]) -> None:
    """Who drains a node waits for a receiver at most, never for a worker, and not for ever."""
    budgets = [one for one in objects if one["kind"] == "PodDisruptionBudget"]
    chosen = [one["spec"].pop("selector")["matchLabels"] for one in budgets]
    labels = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]
        for one in objects
        if one["kind"] == "Deployment"
    }

    assert [one["spec"] for one in budgets] == [{"maxUnavailable": 1}]
    assert [[name for name, own in labels.items() if wanted.items() <= own.items()] for wanted in chosen] == [
        ["matinee-receiver"]
    ]


async def test_only_the_worker_has_a_token(objects: list[dict[str, Any]]) -> None:
    """What is reached from outside has no way into the cluster's API."""
    tokens = {name: pod["automountServiceAccountToken"] for name, pod in pods_of(objects).items()}
    accounts = {one["automountServiceAccountToken"] for one in objects if one["kind"] == "ServiceAccount"}
    bound = {subject["name"] for one in objects for subject in one.get("subjects", [])}

    assert tokens == {"matinee-worker": True, "matinee-receiver": False}
    assert accounts == {False}
    assert bound == {"matinee-worker"}


async def test_secrets_are_given_by_reference_and_to_whom_they_are_for(objects: list[dict[str, Any]]) -> None:
    """Nothing secret stands in what Helm keeps, and the receiver does not get the key ring."""
    given = {
        name: {one["name"] for one in pod["containers"][0]["env"] if "valueFrom" in one}
        for name, pod in pods_of(objects).items()
    }
    assert given == {
        "matinee-worker": {"MATINEE_KEY_RING", "MATINEE_FORGES__GITHUB__TOKEN"},
        "matinee-receiver": {"MATINEE_FORGES__GITHUB__TOKEN"},
    }


async def test_every_setting_that_the_chart_makes_exists(objects: list[dict[str, Any]]) -> None:
    """A value of the chart does not end in a variable that Matinee no longer knows."""
    known = {tuple(part for part in name.split("__")) for name in settings_reference.variables()}
    for pod in pods_of(objects).values():
        names = {one["name"] for one in pod["containers"][0]["env"] if one["name"].startswith("MATINEE_")}
        unknown = [name for name in names if not any(_same(name.split("__"), other) for other in known)]
        assert unknown == []


@pytest.mark.parametrize("gateway", ["preview", ""], ids=["gateway", "ingress"])
async def test_matinee_understands_the_settings_that_the_chart_makes(helm: Helm, gateway: str, tmp_path: Path) -> None:
    """What is told to the policies of admission is told to Matinee too, so that both judge alike."""
    objects = await helm.rendered(
        merged(ALL, {"previews": {"gateway": {"name": gateway}}, "gateway": {"create": False}})
    )
    given = pods_of(objects)["matinee-worker"]["containers"][0]["env"]
    environment = {one["name"]: one["value"] for one in given if one["name"].startswith("MATINEE_PLATFORM")}
    platform = json.loads(await output(sys.executable, "-c", ASKED, str(tmp_path), environment=environment))

    assert platform["kind"] == "kubernetes"
    assert bool(platform["gateway"]) == bool(gateway)
    assert platform["tolerations"] == ["spot=true:NoSchedule", "any:NoSchedule"]
    assert (platform["pool"], platform["runtime_class"]) == ({"spot": "true"}, "gvisor")
    assert (platform["templates"], platform["pull_secrets"]) == ("templates", ["pull"])
    assert platform["secrets"] == {"acme/*": ["shop"], "acme/shop": ["shop", "mail"]}
    assert platform["external_secrets"] == {"acme/shop": ["stripe"], "*": ["maps"]}
    assert platform["certificate"] == ("" if gateway else "wildcard")


async def test_metrics_of_workers_are_found_and_reached_by_those_who_collect_them(
    objects: list[dict[str, Any]],
) -> None:
    """Each worker serves what its Service names, the monitor selects that Service, and the fence has a gate there."""
    (container,) = pods_of(objects)["matinee-worker"]["containers"]
    service, monitor = (one_of(objects, kind, "matinee-worker") for kind in ("Service", "ServiceMonitor"))
    labels, chosen = service["metadata"]["labels"], monitor["spec"]["selector"]["matchLabels"]
    (gate,) = one_of(objects, "NetworkPolicy", "matinee-worker")["spec"]["ingress"]

    assert container["ports"] == [{"name": "metrics", "containerPort": 9464}]
    assert {"name": "MATINEE_METRICS", "value": "0.0.0.0:9464"} in container["env"]
    assert [one["targetPort"] for one in service["spec"]["ports"]] == ["metrics"]
    assert [one["port"] for one in monitor["spec"]["endpoints"]] == ["metrics"]
    assert {name: labels[name] for name in chosen} == chosen
    assert monitor["metadata"]["labels"]["release"] == "mine"
    assert gate == {"ports": [{"port": "metrics", "protocol": "TCP"}], "from": [PROMETHEUS]}


async def test_a_worker_reaches_the_receiver_whoever_else_may(helm: Helm) -> None:
    """`matinee doctor` does not call the receiver dead because an operator closed it to others."""
    objects = await helm.rendered(merged(LEAST, {"networkPolicy": {"receiverFrom": [PROMETHEUS]}}))
    (gate,) = one_of(objects, "NetworkPolicy", "matinee-receiver")["spec"]["ingress"]
    worker, given = gate["from"]
    assert worker["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "worker"
    assert given == PROMETHEUS


async def test_without_metrics_a_worker_listens_nowhere(helm: Helm) -> None:
    """Nobody has to be fenced off from what is not there."""
    objects = await helm.rendered(LEAST)
    (container,) = pods_of(objects)["matinee-worker"]["containers"]
    assert "ports" not in container
    assert "ingress" not in one_of(objects, "NetworkPolicy", "matinee-worker")["spec"]


async def test_the_worker_reads_only_the_secrets_that_are_named(objects: list[dict[str, Any]]) -> None:
    """Beside what previews are given, the template namespace is closed to it: it can neither list nor watch."""
    (rule,) = one_of(objects, "Role", "matinee-worker-templates")["rules"]
    assert (rule["verbs"], rule["resourceNames"]) == (["get"], ["mail", "pull", "shop", "wildcard"])


async def test_no_template_namespace_gives_no_right(helm: Helm) -> None:
    """Without names to copy there is no role, and nothing that would let the worker read all of a namespace."""
    for values in (LEAST, merged(LEAST, {"templates": {"namespace": "templates"}})):
        roles = [one["metadata"]["name"] for one in await helm.rendered(values) if one["kind"] == "Role"]
        assert "matinee-worker-templates" not in roles


async def test_external_secrets_come_to_previews_that_ask_for_them(objects: list[dict[str, Any]]) -> None:
    """The label that chooses a namespace is the very one that the worker writes there, and nobody else."""
    secret = one_of(objects, "ClusterExternalSecret", "matinee-stripe")["spec"]
    labels, _ = asking(Supply(external=("stripe",)))
    assert secret["namespaceSelectors"] == [
        {"matchLabels": {"matinee.dev/preview": "true", "matinee.dev/installation": "matinee", **labels}}
    ]


async def test_a_setting_wins_over_what_the_chart_would_say(helm: Helm) -> None:
    """An installation whose previews have a port in their URL can say so."""
    url = "https://{label}.preview.example.com:8443"
    objects = await helm.rendered(merged(ALL, {"settings": {"MATINEE_URL": url}}))
    environment = {one["name"]: one.get("value") for one in pods_of(objects)["matinee-worker"]["containers"][0]["env"]}
    assert environment["MATINEE_URL"] == url
    assert environment["MATINEE_HOME_OWNER"] == "acme"


async def test_the_roles_are_called_what_matinee_binds(objects: list[dict[str, Any]]) -> None:
    """An installation of the usual name needs no setting for its roles."""
    rules = Rules.__dataclass_fields__
    for name in ("role", "worker_role"):
        assert one_of(objects, "ClusterRole", str(rules[name].default))
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        assert len([one for one in objects if one["kind"] == kind]) == 8


async def test_only_previews_bring_routes_to_the_gateway(objects: list[dict[str, Any]]) -> None:
    """A namespace that is nothing of this installation cannot put itself behind a preview's host."""
    gateway = one_of(objects, "Gateway", "preview")
    for listener in gateway["spec"]["listeners"]:
        selector = listener["allowedRoutes"]["namespaces"]["selector"]["matchLabels"]
        assert selector == {"matinee.dev/installation": "matinee"}
        assert listener["hostname"] == "*.preview.example.com"


async def test_only_webhooks_come_in_from_outside(objects: list[dict[str, Any]]) -> None:
    """The page has no login, so the route does not lead to it."""
    (rule,) = one_of(objects, "HTTPRoute", "matinee-receiver")["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/webhooks"}}]


async def test_two_installations_share_nothing(helm: Helm) -> None:
    """Two in one cluster do not take each other's objects away."""
    first = await helm.rendered(ALL, namespace="one")
    changed = {"installation": "second", "previews": {"priorityClass": {"name": "second-preview"}}}
    second = await helm.rendered(merged(ALL, changed), namespace="two")

    assert not cluster_wide(first) & cluster_wide(second)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"image": {"repository": ""}}, "image.repository is empty"),
        ({"previews": {"entrances": []}}, "a preview's network is closed to everybody else"),
        ({"image": {"digest": ""}}, "image.digest is empty"),
        ({"previews": {"domain": ""}}, "previews.domain is empty"),
        ({"previews": {"gateway": {"name": ""}}, "gateway": {"create": False}}, "could not be reached"),
        ({"gateway": {"className": ""}}, "kubectl get gatewayclass"),
        ({"certificate": {"issuer": {"name": ""}}}, "kubectl get clusterissuer"),
        ({"templates": {"namespace": ""}}, "templates.namespace is empty"),
        ({"receiver": {"route": {"gateway": {"name": ""}}}}, "the Gateway by which webhooks come in"),
        ({"receiver": {"route": {"host": "hooks.preview.example.com"}}}, "a preview could come to have that host"),
        ({"settings": {"MATINEE_KEY_RING": "a:b"}}, "settings.MATINEE_KEY_RING is a secret"),
        ({"settings": {"TEMPORAL_API_KEY": "a"}}, "settings.TEMPORAL_API_KEY is a secret"),
        ({"worker": {"replicas": "many"}}, "at '/worker/replicas': got string, want integer"),
        ({"previews": {"namespaceprefix": "x-"}}, "additional properties 'namespaceprefix' not allowed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_would_not_work_is_refused_in_words(helm: Helm, wrong: dict[str, Any], words: str) -> None:
    """Who installs is told the value and the cure, and nothing half-made is left."""
    ingressless = merged(ALL, {"previews": {"ingress": {"className": ""}}})
    with pytest.raises(PermanentError) as refused:
        await helm.rendered(merged(ingressless, wrong))
    assert words in str(refused.value)


async def test_the_notes_say_what_to_do_next(helm: Helm) -> None:
    """Who has installed reads the next command, by the names of this installation."""
    notes = await helm("install", "matinee", CHART, "--dry-run=client", "--values", helm.written(LEAST))
    assert "rollout status deployment/matinee-worker" in notes
    assert "/webhooks/github" in notes


async def test_the_notes_warn_of_a_controller_that_would_serve_nothing(helm: Helm) -> None:
    """Who has NGINX reads before the first preview which header it has to allow."""
    warned: dict[str, bool] = {}
    for controller in ("nginx", "traefik"):
        ingress = {"gateway": {"name": ""}, "ingress": {"className": "any", "controller": controller}}
        written = helm.written(merged(LEAST, {"previews": ingress}))
        notes = await helm("install", "matinee", CHART, "--dry-run=client", "--values", written)
        warned[controller] = "global-allowed-response-headers: X-Robots-Tag" in notes
    assert warned == {"nginx": True, "traefik": False}


def cluster_wide(objects: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """What of these is in no namespace, by kind and name."""
    kinds = ("ClusterRole", "ClusterRoleBinding", "PriorityClass", "ClusterExternalSecret", "ValidatingAdmissionPolicy")
    return {(one["kind"], one["metadata"]["name"]) for one in objects if one["kind"] in kinds}


def _same(name: list[str], known: tuple[str, ...]) -> bool:
    return len(name) == len(known) and all(other in (one, "<NAME>") for one, other in zip(name, known, strict=True))

"""Which Secrets a preview is given, and what of them its manifests and its definition may say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import PermanentError
from domain.manifests.building import built, job
from domain.manifests.policy import Manifest, refusals
from domain.manifests.refusals import Rule
from domain.manifests.supplies import Supplies, Supply
from domain.manifests.supplying import COPY, asked, asking, copy_of, given, is_same, supplied
from tests.domain.examples import NOON
from tests.domain.manifests.cases import IMAGE, RULES
from tests.domain.manifests.requests import WEB, deploy_request, one_of, run_request

SUPPLIES = Supplies(
    templates="templates",
    copied={"acme/*": ("stripe",), "acme/shop": ("mail", "stripe"), "other/*": ("hidden",)},
    external={"*": ("maps",)},
)
WITH_CERTIFICATE = replace(RULES, certificate="wildcard")


def source(kind: str = "Opaque", **data: str) -> Mapping[str, Any]:
    """A Secret of the template namespace, with what an API server writes on it."""
    metadata = {"name": "stripe", "namespace": "templates", "uid": "1", "labels": {"team": "payments"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data, "immutable": True}


def naming(name: str, *more: Mapping[str, Any]) -> list[Rule]:
    """The rules that a Deployment breaks which reads this Secret in every way, beside these objects."""
    container = {
        "name": "web",
        "image": IMAGE,
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "a"}}}],
        "envFrom": [{"secretRef": {"name": name}}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    volumes = [
        {"name": "one", "secret": {"secretName": name}},
        {"name": "two", "projected": {"sources": [{"secret": {"name": name}}]}},
    ]
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container], "volumes": volumes}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    rules = given(WITH_CERTIFICATE, SUPPLIES, trusted=True)
    return [one.rule for one in refusals([Manifest("a.yaml", one) for one in (deployment, *more)], rules)]


def test_a_repository_is_given_what_its_patterns_say() -> None:
    """Several lines that fit add up, each name once, and another team's are not among them."""
    rules = given(WITH_CERTIFICATE, SUPPLIES, trusted=True)

    assert rules.secrets == ("mail", "maps", "stripe")
    assert rules.supply.copies == ("mail", "registry-pull", "stripe", "wildcard")


def test_a_stranger_is_given_nothing() -> None:
    """Neither a Secret to read, nor one to pull by, nor the wildcard certificate."""
    rules = given(WITH_CERTIFICATE, SUPPLIES, trusted=False)

    assert rules.supply == Supply()
    assert rules.certificate == ""


def test_without_a_template_namespace_nothing_is_copied() -> None:
    """Whoever brings the Secrets for pulling in another way goes on doing so."""
    rules = given(RULES, Supplies(external={"*": ("maps", "registry-pull")}), trusted=True)

    assert rules.supply.copies == ()
    assert rules.secrets == ("maps",)


def test_what_is_for_pulling_is_not_to_be_read() -> None:
    """A Secret by which nodes pull images is none for containers, even if somebody lists it as both."""
    supplies = replace(SUPPLIES, copied={"*": ("registry-pull",)})

    assert "registry-pull" not in given(RULES, supplies, trusted=True).secrets


def test_keys_of_a_named_secret_become_variables() -> None:
    """My service says `secrets: [stripe]`, and each key is a variable that the definition's own win over."""
    request = replace(deploy_request(replace(WEB, secrets=("stripe",))), trusted=True)
    command = run_request(secrets=("stripe",), trusted=True)
    rules = given(RULES, SUPPLIES, trusted=True)

    web = one_of(built(request, rules), "Deployment")["spec"]["template"]["spec"]["containers"][0]
    migration = job(command, rules, NOON)["spec"]["template"]["spec"]["containers"][0]

    assert web["envFrom"] == migration["envFrom"] == [{"secretRef": {"name": "stripe"}}]
    assert not refusals([Manifest("built", one) for one in built(request, rules)], rules)


def test_a_strangers_service_runs_without() -> None:
    """The definition of the base names a Secret, and a fork's code never gets it, nor fails for want of it."""
    request = replace(deploy_request(replace(WEB, secrets=("stripe",))), trusted=False)
    rules = supplied(RULES, SUPPLIES, request)

    web = one_of(built(request, rules), "Deployment")["spec"]["template"]["spec"]["containers"][0]

    assert "envFrom" not in web


@pytest.mark.parametrize("request_of", ["deploy", "run"])
def test_a_secret_that_is_not_given_is_refused_with_those_that_are(request_of: str) -> None:
    """A slip, or another team's Secret, is told before anything is made."""
    deploy = replace(deploy_request(replace(WEB, secrets=("hidden",))), trusted=True)
    run = run_request(secrets=("hidden",), trusted=True)

    with pytest.raises(PermanentError, match=r"hidden, which previews of acme/shop .* mail, maps, stripe"):
        supplied(RULES, SUPPLIES, deploy if request_of == "deploy" else run)


@pytest.mark.parametrize("name", ["stripe", "maps", "matinee-database"])
def test_manifests_may_name_what_is_given(name: str) -> None:
    """As a variable, as all variables, as a file."""
    assert naming(name) == []


@pytest.mark.parametrize("name", ["hidden", "registry-pull", "wildcard", "matinee-other", "default-token-x", ""])
def test_manifests_may_name_no_other(name: str) -> None:
    """Another team's, the nodes', the Gateway's, and what nobody has heard of: each place is told."""
    assert naming(name) == [Rule.SECRET] * 4


def test_manifests_may_name_what_they_make() -> None:
    """A chart that brings its own Secret goes on working."""
    own = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own"}, "stringData": {"a": "b"}}

    assert naming("own", own) == []


@pytest.mark.parametrize("name", ["stripe", "maps", "hidden", "registry-pull", "wildcard"])
def test_manifests_cannot_take_a_name_that_is_given(name: str) -> None:
    """A Secret of the pull request's own never stands where one of the operator's is expected."""
    own = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"a": "b"}}

    assert Rule.RESERVED in naming("matinee-database", own)


def test_a_copy_is_the_previews_own() -> None:
    """It has the data and the type of its source, our labels, and nothing else of it."""
    copy = copy_of(source("kubernetes.io/tls", key="YQ=="), RULES)

    assert copy["metadata"] == {
        "name": "stripe",
        "namespace": RULES.namespace,
        "labels": {**RULES.labels, COPY: "true"},
    }
    assert (copy["type"], copy["data"]) == ("kubernetes.io/tls", {"key": "YQ=="})
    assert "immutable" not in copy


@pytest.mark.parametrize(
    "kind", ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "example.com/a"]
)
def test_no_token_of_the_cluster_is_copied(kind: str) -> None:
    """The refusal names the Secret and its type, and nothing that stands in it."""
    with pytest.raises(PermanentError, match="stripe is of the type") as caught:
        copy_of(source(kind, token="bW9vbmxpZ2h0"), RULES)

    assert "bW9vbmxpZ2h0" not in caught.value.message


def test_a_copy_is_stale_as_soon_as_anything_differs() -> None:
    """A changed value, a new key, one that was taken out, another type."""
    copy = copy_of(source(a="1", b="2"), RULES)

    assert is_same(source(a="1", b="2"), copy)
    for other in (source(a="1", b="3"), source(a="1"), source(a="1", b="2", c="3"), source("kubernetes.io/tls", a="1")):
        assert not is_same(other, copy)


def test_a_namespace_says_what_it_is_given() -> None:
    """External Secrets chooses by the label, and whoever refreshes copies reads the annotation."""
    labels, annotations = asking(given(RULES, SUPPLIES, trusted=True).supply)
    namespace = {"metadata": {"labels": {**RULES.labels, **labels}, "annotations": {**annotations, "a": "b"}}}

    assert labels == {"secrets.matinee.dev/maps": "true"}
    assert asked(namespace) == (labels, annotations)
    assert asked({"metadata": {}}) == asking(Supply()) == ({}, {})


def test_a_command_needs_what_it_names_and_what_nodes_need() -> None:
    """A migration does not wait for a Secret of a service that comes later."""
    supply = given(RULES, SUPPLIES, trusted=True).supply.needed(["mail"])

    assert (supply.copies, supply.external) == (("mail", "registry-pull"), ())

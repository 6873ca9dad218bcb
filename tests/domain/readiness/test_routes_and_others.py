"""Routes and others: gateways' answers, kinds that stand ready, and custom resources by their conditions."""

import pytest

from domain.readiness import State, overall
from tests.domain.readiness.looking import look
from tests.domain.readiness.objects import Json, ago, answer, condition, custom, metadata, over, route

ACCEPTED = condition("Accepted", "True", "Accepted")
RESOLVED = condition("ResolvedRefs", "True", "ResolvedRefs")
NO_HOST = condition("Accepted", "False", "NoMatchingListenerHostname", "no listener for the host")
NO_SERVICE = condition("ResolvedRefs", "False", "BackendNotFound", 'service "web" not found')


def old(found: Json) -> Json:
    """The condition, so for long."""
    return found | {"lastTransitionTime": ago(10)}


@pytest.mark.parametrize(
    ("thing", "state", "words"),
    [
        (route(answer(ACCEPTED, RESOLVED)), State.READY, ""),
        (route(answer(ACCEPTED)), State.READY, ""),
        (route(answer(RESOLVED)), State.PROGRESSING, "the gateway preview has not answered"),
        (route(), State.PROGRESSING, "the gateway preview has not answered"),
        (over(route(), {"metadata": {"creationTimestamp": ago(60)}}), State.FAILED, "the gateway preview has not"),
        (route(answer(ACCEPTED, RESOLVED, name="other")), State.PROGRESSING, "has not answered"),
        (over(route(answer(ACCEPTED, RESOLVED)), {"metadata": {"generation": 2}}), State.PROGRESSING, "newest version"),
        (route(answer(NO_HOST)), State.PROGRESSING, "no listener for the host"),
        (route(answer(old(NO_HOST), RESOLVED)), State.FAILED, "no listener for the host"),
        (route(answer(ACCEPTED, NO_SERVICE)), State.PROGRESSING, 'service "web" not found'),
        (route(answer(ACCEPTED, old(NO_SERVICE))), State.FAILED, 'service "web" not found'),
        (route(answer(old(condition("Accepted", "False", "Pending")))), State.PROGRESSING, "Pending"),
        (over(route(), {"spec": {"parentRefs": None}}), State.FAILED, "names no gateway"),
    ],
)
def test_a_route_is_ready_when_its_gateway_has_taken_it(thing: Json, state: State, words: str) -> None:
    """A host that no listener has, or a Service that is not there, is told instead of a 404 in the browser."""
    verdict = look(thing)
    assert verdict.state is state
    assert words in verdict.cause


def test_a_gateway_is_ready_when_it_is_programmed() -> None:
    """A gateway without an address is waited for."""
    group = "gateway.networking.k8s.io"
    waits = condition("Programmed", "False", "AddressNotAssigned", "no address yet")
    assert look(custom(group, "Gateway", ACCEPTED, old(waits))).state is State.PROGRESSING
    assert look(custom(group, "Gateway", ACCEPTED, old(waits | {"reason": "Invalid"}))).state is State.FAILED
    assert look(custom(group, "Gateway", ACCEPTED, condition("Programmed", "True"))).state is State.READY


def plain(version: str, kind: str, **spec: str) -> Json:
    """An object without a status."""
    return {"apiVersion": version, "kind": kind, "metadata": metadata("it", "uid-it"), "spec": spec}


NAMES = condition("NamesAccepted", "False", "ListKindConflict", "it is in use")
CERTIFICATE = ("cert-manager.io", "Certificate")
SECRET = ("external-secrets.io", "ExternalSecret")


@pytest.mark.parametrize(
    ("thing", "state"),
    [
        (plain("v1", "ConfigMap"), State.READY),
        (plain("v1", "Secret"), State.READY),
        (plain("v1", "ServiceAccount"), State.READY),
        (plain("networking.k8s.io/v1", "Ingress"), State.READY),
        (plain("networking.k8s.io/v1", "NetworkPolicy"), State.READY),
        (plain("v1", "Service", type="ClusterIP", clusterIP="10.96.0.7"), State.READY),
        (plain("v1", "Service", type="LoadBalancer"), State.PROGRESSING),
        (plain("v1", "Service", type="LoadBalancer", clusterIP="10.96.0.7"), State.READY),
        (plain("policy/v1", "PodDisruptionBudget"), State.PROGRESSING),
        (plain("policy/v1", "PodDisruptionBudget") | {"status": {"observedGeneration": 1}}, State.READY),
        (custom("apiextensions.k8s.io", "CustomResourceDefinition"), State.PROGRESSING),
        (custom("apiextensions.k8s.io", "CustomResourceDefinition", condition("Established", "True")), State.READY),
        (custom("apiextensions.k8s.io", "CustomResourceDefinition", NAMES), State.FAILED),
        (
            custom("apiextensions.k8s.io", "CustomResourceDefinition", condition("Established", "False", "Installing")),
            State.PROGRESSING,
        ),
        (
            custom(
                "apiextensions.k8s.io", "CustomResourceDefinition", condition("Established", "False", "NotAccepted")
            ),
            State.FAILED,
        ),
        (custom(*CERTIFICATE), State.PROGRESSING),
        (custom(*CERTIFICATE, condition("Ready", "False", "DoesNotExist", "Issuing")), State.PROGRESSING),
        (custom(*CERTIFICATE, old(condition("Issuing", "False", "Failed", "order is invalid"))), State.FAILED),
        (custom(*CERTIFICATE, condition("Ready", "True", "Ready")), State.READY),
        (custom(*SECRET, condition("Ready", "False", "SecretSyncedError", "no such key")), State.PROGRESSING),
        (custom(*SECRET, old(condition("Ready", "False", "SecretSyncedError", "no such key"))), State.FAILED),
        (custom("acme.dev", "Widget"), State.READY),
        (custom("acme.dev", "Widget", condition("Ready", "Unknown", "Working")), State.PROGRESSING),
        (custom("acme.dev", "Widget", condition("Ready", "True", observedGeneration=0)), State.PROGRESSING),
        (custom("acme.dev", "Widget", condition("Ready", "True", observedGeneration=1)), State.READY),
    ],
)
def test_all_other_kinds_are_judged_by_what_they_say_of_themselves(thing: Json, state: State) -> None:
    """A certificate, a secret from a vault or an operator's resource is waited for like a workload."""
    assert look(thing).state is state


def test_all_is_ready_when_each_is_and_has_failed_when_any_has() -> None:
    """One word for the whole preview."""
    ready, waits, broken = look(plain("v1", "Secret")), look(route()), look(over(route(), {"spec": {"parentRefs": []}}))
    assert overall(()) is State.READY
    assert overall((ready, ready)) is State.READY
    assert overall((ready, waits)) is State.PROGRESSING
    assert overall((waits, broken, ready)) is State.FAILED

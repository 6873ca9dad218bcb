"""Placing: configuration, nodes, volumes, quotas and probes, each with its cause and the time it is given."""

from typing import Any

import pytest

from domain.readiness import Readiness, State
from tests.domain.readiness.looking import look
from tests.domain.readiness.objects import (
    Json,
    ago,
    claim,
    coming,
    condition,
    event,
    over,
    pod,
    replica_set,
    running,
    stateful_set,
    waiting,
)

OWNER = replica_set(coming())
NONE: Json = {"kind": "", "metadata": {"name": "", "uid": ""}}


def web(made: Json, *events: Json) -> Readiness:
    """The verdict on a Deployment with this pod, of which these events tell."""
    about = tuple({**each, "involvedObject": {"uid": made["metadata"]["uid"]}} for each in events)
    return look(coming(), replica_sets=(OWNER,), pods=(made,), events=about)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ('secret "shop-db" not found', "the container web needs the secret shop-db, which does not exist"),
        ('configmap "flags" not found', "the container web needs the configmap flags, which does not exist"),
        (
            "couldn't find key URL in Secret shop-12/shop-db",
            "the container web needs the key URL of the Secret shop-12/shop-db, which has no such key",
        ),
    ],
)
def test_a_missing_secret_is_named_and_given_a_moment_to_come(message: str, cause: str) -> None:
    """What External Secrets copies a second later is no failure; what never comes is, by its name."""
    state = waiting("CreateContainerConfigError", message)
    early, late = web(pod(OWNER, state=state)), web(pod(OWNER, state=state, age=16))
    assert (early.state, late.state) == (State.PROGRESSING, State.FAILED)
    assert late.cause == cause
    assert cause in early.cause


def test_a_root_image_fails_at_once() -> None:
    """No waiting makes an image non-root."""
    words = 'container has runAsNonRoot and image will run as root (pod: "web_shop-12(1)", container: web)'
    verdict = web(pod(OWNER, age=1, state=waiting("CreateContainerConfigError", words)))
    assert verdict.state is State.FAILED
    assert "may not run as root" in verdict.cause


def unplaced(message: str, age: float) -> Json:
    """A pod that the scheduler found no node for."""
    found = condition("PodScheduled", "False", "Unschedulable", message)
    made = pod(OWNER, age=age)
    made["spec"].pop("nodeName")
    return made | {"status": {"phase": "Pending", "conditions": [found], "qosClass": "Guaranteed"}}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.", "too little free CPU ("),
        ("0/3 nodes are available: 3 Insufficient memory.", "too little free memory"),
        (
            "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {spot: true}.",
            "CPU and a taint",
        ),
        ("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "a volume that is not there"),
        ('0/1 nodes are available: persistentvolumeclaim "uploads" not found.', "a claim that does not exist"),
        ("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", "labels"),
        ("no nodes available to schedule pods", "no node that fits"),
    ],
)
def test_a_pod_without_a_place_says_what_the_cluster_lacks(message: str, words: str) -> None:
    """Processor, memory, taint or volume, after the 15 seconds that kstatus gives."""
    assert web(unplaced(message, 14)).state is State.PROGRESSING
    verdict = web(unplaced(message, 15))
    assert verdict.state is State.FAILED
    assert words in verdict.cause
    assert "preemption" not in verdict.cause


def test_a_node_that_an_autoscaler_adds_is_waited_for() -> None:
    """Previews on spot nodes may need a node first; if the autoscaler says no, they fail."""
    short = "0/1 nodes are available: 1 Insufficient cpu."
    grows, not_grows = event(NONE, "TriggeredScaleUp", "pod triggered scale-up"), event(NONE, "NotTriggerScaleUp", "no")
    assert web(unplaced(short, 100), grows).state is State.PROGRESSING
    assert web(unplaced(short, 301), grows).state is State.FAILED
    assert web(unplaced(short, 100), not_grows).state is State.FAILED


@pytest.mark.parametrize(
    ("reason", "message", "limit", "words"),
    [
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "c" : configmap "c" not found',
            15,
            "the configmap c, which",
        ),
        ("FailedMount", "MountVolume.SetUp failed: references non-existent secret key: tls.crt", 15, "the key tls.crt"),
        ("FailedAttachVolume", "Multi-Attach error for volume pvc-1", 60, "attached to another node"),
        ("FailedCreatePodSandBox", "Failed to create pod sandbox: plugin failed", 60, "the node cannot make its pod"),
        ("FailedMount", "MountVolume.MountDevice failed: driver away", 60, "driver away"),
    ],
)
def test_a_volume_that_cannot_be_mounted_is_named(reason: str, message: str, limit: float, words: str) -> None:
    """A pod that stays in ContainerCreating says why."""
    assert web(pod(OWNER, age=limit - 1), event(NONE, reason, message)).state is State.PROGRESSING
    verdict = web(pod(OWNER, age=limit), event(NONE, reason, message))
    assert verdict.state is State.FAILED
    assert words in verdict.cause


@pytest.mark.parametrize(
    ("answer", "limit", "words"),
    [
        ("HTTP probe failed with statuscode: 404", 30, "answers 404 to its readiness probe (/health on port 8080)"),
        ("HTTP probe failed with statuscode: 503", 120, "answers 503"),
        ('Get "http://10.0.0.7:8080/health": dial tcp 10.0.0.7:8080: connect: connection refused', 120, "not listen"),
        ('Get "http://10.0.0.7:8080/health": context deadline exceeded', 120, "not answer its readiness probe in time"),
        ("command failed", 120, "command failed"),
    ],
)
def test_a_failing_readiness_probe_is_told_and_in_the_end_believed(answer: str, limit: float, words: str) -> None:
    """A slow start is waited for with the answer shown; a wrong path is not waited for as long."""
    unready = event(NONE, "Unhealthy", f"Readiness probe failed: {answer}")
    early = web(pod(OWNER, state=running(limit - 1)), unready)
    late = web(pod(OWNER, state=running(limit)), unready)
    assert (early.state, late.state) == (State.PROGRESSING, State.FAILED)
    assert words in early.cause
    assert words in late.cause


QUOTA = (
    'pods "web-x" is forbidden: exceeded quota: preview, '
    "requested: limits.cpu={}, used: limits.cpu={}, limited: limits.cpu=2"
)
SECURITY = 'pods "web-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (container "web")'
WEBHOOK = 'Internal error occurred: failed calling webhook "v.example": failed to call webhook: connection refused'
POLICY = "pods \"web-x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: image not pinned"
ACCOUNT = 'pods "web-x" is forbidden: error looking up service account shop-12/web: serviceaccount "web" not found'


def refused(message: str, since: float, **seen: Any) -> Readiness:
    """The verdict on a Deployment whose ReplicaSet could not make its pod."""
    failure = condition("ReplicaFailure", "True", "FailedCreate", message, lastTransitionTime=ago(since))
    none: Json = {"replicas": 0, "readyReplicas": None, "availableReplicas": None}
    owner = over(OWNER, {"status": {**none, "conditions": [failure]}})
    return look(over(coming(), {"status": {"replicas": 0}}), replica_sets=(owner,), **seen)


@pytest.mark.parametrize(
    ("message", "patience", "words"),
    [
        (QUOTA.format("4", "0"), 0, "quota preview: limits.cpu=4 is asked for, limits.cpu=0 is used"),
        (QUOTA.format("500m", "1800m"), 5, "limits.cpu=1800m is used, limits.cpu=2 is allowed"),
        (SECURITY, 0, "the Pod Security standard restricted:latest: runAsNonRoot != true"),
        (POLICY, 0, "image not pinned"),
        (WEBHOOK, 60, "webhook v.example does not answer"),
        (ACCOUNT, 15, "the ServiceAccount web that its pods name does not exist"),
        ('pods "web-x" is forbidden: no PriorityClass with name spot was found', 15, "PriorityClass spot"),
        ('pods "w" is forbidden: status unknown for quota: preview, resources: limits.cpu', 60, "not been counted"),
        ('pods "w" is forbidden: maximum cpu usage per Container is 1, but limit is 2', 0, "maximum cpu usage"),
        ('Pod "w" is invalid: spec.containers[0].name: Required value', 0, "are invalid: "),
        ('pods "w" is forbidden: something new', 15, "something new"),
    ],
)
def test_a_refused_pod_fails_its_workload_as_soon_as_it_is_final(message: str, patience: float, words: str) -> None:
    """A Deployment that the server accepted and whose pods it does not is told within seconds."""
    if patience:
        assert refused(message, patience - 1).state is State.PROGRESSING
    verdict = refused(message, patience)
    assert verdict.state is State.FAILED
    assert words in verdict.cause
    assert verdict.cure


@pytest.mark.parametrize(
    ("kind", "reason"), [("ReplicaFailure", "FailedCreate"), ("Progressing", "ReplicaSetCreateError")]
)
def test_a_deployment_says_itself_what_nobody_below_it_can(kind: str, reason: str) -> None:
    """Without a ReplicaSet, made or read, the cause is found on the Deployment."""
    found = condition(kind, "True" if kind == "ReplicaFailure" else "False", reason, SECURITY)
    verdict = look(over(coming(), {"status": {"replicas": 0, "conditions": [found]}}))
    assert verdict.state is State.FAILED
    assert "runAsNonRoot" in verdict.cause


def test_a_quota_that_ending_pods_fill_is_waited_for() -> None:
    """The old version's pods make room for the new one's."""
    ending = over(pod(OWNER, "web-old-1"), {"metadata": {"deletionTimestamp": ago(3)}})
    assert refused(QUOTA.format("500m", "1800m"), 20, pods=(ending,)).state is State.PROGRESSING
    assert refused(QUOTA.format("4", "1800m"), 20, pods=(ending,)).state is State.FAILED


def test_a_refusal_that_stands_in_events_only_holds_until_the_object_changes() -> None:
    """A StatefulSet is not blamed for what its newest version has cured."""
    thing = stateful_set(replicas=0, readyReplicas=None)
    words = f"create Pod data-0 in StatefulSet data failed error: {SECURITY}"
    fresh, old = event(thing, "FailedCreate", words, seconds=3), event(thing, "FailedCreate", words, seconds=30)
    made = event(thing, "SuccessfulCreate", "create Pod data-0", seconds=1)
    assert look(thing, events=(fresh,)).state is State.FAILED
    assert look(thing, events=(old,)).state is State.PROGRESSING
    assert look(thing, events=(fresh, made)).state is State.PROGRESSING
    assert look(over(thing, {"status": {"replicas": 2}}), events=(fresh,)).state is State.PROGRESSING


def test_a_workload_that_nodes_reject_again_and_again_fails() -> None:
    """Three evicted pods are no accident."""
    said = {"status": {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}}
    evicted = tuple(over(pod(OWNER, f"web-7d4b9-{number}"), said) for number in range(3))
    assert look(coming(), replica_sets=(OWNER,), pods=evicted[:2]).state is State.PROGRESSING
    verdict = look(coming(), replica_sets=(OWNER,), pods=evicted)
    assert verdict.state is State.FAILED
    assert "low on resource" in verdict.cause


@pytest.mark.parametrize(
    ("phase", "reason", "message", "age", "state"),
    [
        ("Bound", "", "", 8, State.READY),
        ("Lost", "", "", 8, State.FAILED),
        ("Pending", "", "", 99, State.PROGRESSING),
        ("Pending", "WaitForFirstConsumer", "waiting for first consumer to be created", 8, State.READY),
        ("Pending", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', 14, State.PROGRESSING),
        ("Pending", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', 15, State.FAILED),
        ("Pending", "FailedBinding", "no persistent volumes available for this claim", 15, State.FAILED),
        ("Pending", "ProvisioningFailed", "failed to provision volume: driver away", 59, State.PROGRESSING),
        ("Pending", "ProvisioningFailed", "failed to provision volume: driver away", 60, State.FAILED),
    ],
)
def test_a_claim_is_ready_when_it_is_bound(phase: str, reason: str, message: str, age: float, state: State) -> None:
    """A volume that cannot be made is told with the driver's words."""
    thing = over(claim(phase), {"metadata": {"creationTimestamp": ago(age)}})
    verdict = look(thing, events=(event(thing, reason, message),))
    assert verdict.state is state
    assert message in verdict.cause or "fast" in verdict.cause or state is State.READY


def test_a_claim_that_waits_for_its_first_pod_waits_while_a_pod_wants_it() -> None:
    """What no pod uses yet holds nothing up; what a pod uses is waited for."""
    thing = claim("Pending")
    user = pod(OWNER)
    user["spec"]["volumes"] = [{"name": "uploads", "persistentVolumeClaim": {"claimName": "uploads"}}]
    waits = event(thing, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    assert look(thing, events=(waits,), pods=(user,)).state is State.PROGRESSING


def test_the_last_warnings_are_told_with_the_verdict() -> None:
    """Whoever reads the report sees the events too, the newest last and none twice."""
    made = pod(OWNER)
    seen = [event(made, "BackOff", f"number {number}", seconds=20 - number, count=number) for number in range(1, 8)]
    normal = event(made, "Pulled", "image is there", type="Normal")
    verdict = look(coming(), replica_sets=(OWNER,), pods=(made,), events=(*seen, normal))
    assert verdict.events == tuple(f"BackOff: number {number} (x{number})" for number in range(3, 8))

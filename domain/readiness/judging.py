"""Judging: from what was observed to a verdict on every object.

An object is asked in this order: what holds up any kind (preconditions), the rule of its kind, and, if that does not
call it ready, what troubles its pods. A trouble that is final makes a failure of what the kind alone would wait for.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from domain.readiness import claims, jobs, others, pods, routes, workloads
from domain.readiness.fields import Thing, group_kind, name_of
from domain.readiness.happenings import warnings
from domain.readiness.observations import Observation, pods_of, replica_set_of
from domain.readiness.preconditions import hindrance
from domain.readiness.starting import steadiness
from domain.readiness.troubles import WORKLOADS, trouble
from domain.readiness.verdicts import READY, Finding, Readiness, State, name, quoted

KINDS: dict[tuple[str, str], Callable[[Thing, Observation], Finding]] = {
    ("", "PersistentVolumeClaim"): claims.claim,
    ("", "Pod"): pods.pod,
    ("", "Service"): others.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): others.kind_definition,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("batch", "CronJob"): jobs.cron_job,
    ("batch", "Job"): jobs.job,
    ("gateway.networking.k8s.io", "GRPCRoute"): routes.route,
    ("gateway.networking.k8s.io", "Gateway"): routes.gateway,
    ("gateway.networking.k8s.io", "HTTPRoute"): routes.route,
    ("gateway.networking.k8s.io", "TLSRoute"): routes.route,
    ("networking.k8s.io", "Ingress"): others.ready_as_it_stands,
    ("policy", "PodDisruptionBudget"): others.ready_as_it_stands,
}
"""The rule of every kind that has one of its own; all others are asked for their Ready condition.

An Ingress is ready as it stands, as in kstatus: controllers write its address late or never, and whether it leads
anywhere is what a probe of its URL finds out.
"""


def judge(observation: Observation) -> tuple[Readiness, ...]:
    """The verdict on each of the observed objects, in their order. It never raises, whatever the objects are."""
    return tuple(judge_one(thing, observation) for thing in observation.objects)


def judge_one(thing: Thing, observation: Observation) -> Readiness:
    """The verdict on one object, which need not be among the observed ones."""
    finding = hindrance(thing) or _found(thing, observation)
    kind = group_kind(thing)[1]
    return Readiness(
        state=finding.state,
        component=name(f"{kind} {name_of(thing)}"),
        cause=quoted(finding.cause),
        cure=quoted(finding.cure),
        pod=finding.pod,
        container=finding.container,
        events=() if finding.state is State.READY else _warnings(thing, observation),
    )


def overall(verdicts: Iterable[Readiness]) -> State:
    """Failed if any has failed, ready if all are ready; nothing at all is ready."""
    states = {verdict.state for verdict in verdicts}
    return next((state for state in (State.FAILED, State.PROGRESSING) if state in states), State.READY)


def _found(thing: Thing, observation: Observation) -> Finding:
    finding = KINDS.get(group_kind(thing), others.by_conditions)(thing, observation)
    is_workload = group_kind(thing) in WORKLOADS
    if finding is READY:
        return steadiness(thing, observation) if is_workload else READY
    return _joined(finding, trouble(thing, observation))


def _joined(finding: Finding, troubled: Finding | None) -> Finding:
    """The trouble in the place of what the kind's rule says, but with its words before it if both are as bad."""
    if troubled is None:
        return finding
    if troubled.state is State.FAILED and finding.state is not State.FAILED:
        return troubled
    cause = f"{finding.cause}: {troubled.cause}"
    return replace(troubled, state=finding.state, cause=cause, cure=troubled.cure or finding.cure)


def _warnings(thing: Thing, observation: Observation) -> tuple[str, ...]:
    if group_kind(thing) not in WORKLOADS:
        return warnings((thing,), observation)
    maker = replica_set_of(thing, observation)
    return warnings((thing, *((maker,) if maker else ()), *pods_of(thing, observation)), observation)

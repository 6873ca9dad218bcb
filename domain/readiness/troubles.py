"""Troubles: what keeps the pods of a workload from being ready, the most telling first."""

from collections.abc import Iterator
from dataclasses import replace

from domain.readiness.admissions import admission_trouble
from domain.readiness.configurations import configuration_trouble
from domain.readiness.containers import Container, containers
from domain.readiness.crashes import crash
from domain.readiness.fields import Thing, group_kind, name_of
from domain.readiness.images import image_trouble
from domain.readiness.mounts import mount_trouble
from domain.readiness.observations import Observation, pods_of
from domain.readiness.probing import probe_trouble
from domain.readiness.rejections import rejection
from domain.readiness.scheduling import scheduling_trouble
from domain.readiness.verdicts import Finding, worst

WORKLOADS = frozenset(
    {
        ("", "Pod"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("batch", "Job"),
    }
)
"""The kinds that own pods, or are one."""

_OF_PODS = (scheduling_trouble, mount_trouble)
_OF_CONTAINERS = (image_trouble, configuration_trouble, crash, probe_trouble)


def trouble(thing: Thing, observation: Observation) -> Finding | None:
    """The worst trouble of the workload and its pods, None if there is none or the object has no pods."""
    return worst(_troubles(thing, observation)) if group_kind(thing) in WORKLOADS else None


def _troubles(thing: Thing, observation: Observation) -> Iterator[Finding]:
    pods = pods_of(thing, observation)
    found = [admission_trouble(thing, observation), rejection(pods)]
    yield from (each for each in found if each)
    yield from (each for pod in pods for each in _of_pod(pod, observation))


def _of_pod(pod: Thing, observation: Observation) -> Iterator[Finding]:
    for rule in _OF_PODS:
        found = rule(pod, observation)
        if found:
            yield replace(found, pod=name_of(pod))
    for container in containers(pod):
        yield from _of_container(pod, container, observation)


def _of_container(pod: Thing, container: Container, observation: Observation) -> Iterator[Finding]:
    for rule in _OF_CONTAINERS:
        found = rule(pod, container, observation)
        if found:
            has_log = container.ends > 0 or container.running_since is not None
            yield replace(found, pod=name_of(pod), container=container.name if has_log else "")

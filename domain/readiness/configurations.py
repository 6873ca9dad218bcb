"""Configurations: why a container cannot be created, though its image is there.

Source of the reasons: kubernetes, `pkg/kubelet/kuberuntime` and `pkg/kubelet/container/sync_result.go`. The kubelet
tries again for ever, so a Secret that comes late cures the pod: what is missing has patience.MISSING to come.
"""

from dataclasses import replace

from domain.readiness import patience
from domain.readiness.containers import Container
from domain.readiness.fields import Thing
from domain.readiness.observations import Observation
from domain.readiness.rules import Rule, read
from domain.readiness.verdicts import Finding, name

REASONS = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "PreCreateHookError",
        "PreStartHookError",
        "PostStartHookError",
        "VerifyNonRootError",
    }
)
"""The reasons with which a container waits to be created in vain."""

_RULES = (
    Rule(
        r'\b(secret|configmap) "([^"]{1,253})" not found',
        "needs the {0} {1}, which does not exist",
        "Add the {0} {1} to the preview, or let the operator provide it.",
        patience.MISSING,
    ),
    Rule(
        r"couldn't find key (\S{1,253}) in (secret|configmap) (\S{1,509})",
        "needs the key {0} of the {1} {2}, which has no such key",
        "Add the key {0} to the {1}, or use one that it has.",
        patience.MISSING,
    ),
    Rule(
        r"runAsNonRoot and image (will run as root|has non-numeric user)",
        "may not run as root, and its image {0}",
        "Give the image a USER by number, such as 10001, or set runAsUser.",
    ),
    Rule(
        r"no command specified",
        "has no command: its image names none",
        "Give the service a command, or the image an entry point.",
    ),
    Rule("", "cannot be created: {said}", "Correct what the platform complains of.", patience.STARTING),
)


def configuration_trouble(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """Why the container cannot be created, None if it can."""
    if container.waiting not in REASONS:
        return None
    finding = read(container.message or container.waiting, _RULES, age=observation.age(pod))
    return replace(finding, cause=f"the container {name(container.name)} {finding.cause}")

"""Images: why a container's image cannot be pulled, in the registry's words.

The kubelet tries at 0, 10 and 30 s and shows `ErrImagePull` after an attempt, `ImagePullBackOff` between two
(https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff). One refused attempt may be a registry that
has just been pushed to, or a node that had not seen the credentials yet: it waits a second for a Secret that is new to
it, and then asks the registry without. So a refusal is final at the second, and a server that does not answer after a
minute.
"""

import re
from dataclasses import replace

from domain.readiness import patience
from domain.readiness.containers import Container
from domain.readiness.fields import Thing
from domain.readiness.happenings import happenings, latest
from domain.readiness.observations import Observation
from domain.readiness.rules import Rule, read
from domain.readiness.verdicts import Finding, State, name, progressing

AT_ONCE = frozenset({"InvalidImageName", "ErrImageNeverPull"})
"""What no second attempt can change."""

REASONS = AT_ONCE | {
    "ErrImagePull",
    "ImagePullBackOff",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
"""The reasons with which a container waits for its image in vain."""

_CREATING = frozenset({"ContainerCreating", "PodInitializing"})

_RULES = (
    Rule(
        r"no match for platform|no matching manifest for|exec format error|does not match the specified platform",
        "has no variant for the processor architecture of the node",
        "Build the image for the node's architecture too, for instance linux/amd64.",
    ),
    Rule(
        r"429|too ?many ?requests|rate limit",
        "is refused by the registry because of too many requests",
        "Wait and retry, or let the operator give the platform credentials for the registry.",
        patience.NETWORK,
    ),
    Rule(
        r"may require authorization|may require 'docker login'",
        "does not exist, or the registry wants credentials for it",
        "Check the image's name; let the operator give the platform credentials for the registry.",
    ),
    Rule(
        r"unauthorized|authentication required|authorization failed|failed to authorize|no basic auth|forbidden|denied",
        "is refused by the registry: unauthorized",
        "Let the operator give the platform credentials that may pull this image.",
    ),
    Rule(
        r"x509|certificate|server gave HTTP response",
        "cannot be pulled, as the node does not trust the registry's certificate",
        "The operator should let the nodes trust the registry.",
    ),
    Rule(
        r"(manifest|name|repository)[ _]unknown|code = NotFound|not found|no such image|does not exist",
        "is not found in the registry",
        "Check the image's name and tag, and that the pipeline has pushed it; then retry.",
    ),
    Rule(
        r"no such host|dial tcp|i/o timeout|deadline exceeded|connection re|\bEOF\b|50[0-4]|unavailable",
        "cannot be pulled, as the registry does not answer",
        "See that the registry's name is right; the operator should see whether nodes reach it.",
        patience.NETWORK,
    ),
    Rule("", "cannot be pulled: {said}", "Correct what the registry complains of.", patience.MISSING),
)
_FIXED = {
    "InvalidImageName": ("is no valid name of an image", "Correct the image's name; it may not have capital letters."),
    "ErrImageNeverPull": ("is not on the node and may not be pulled", "Set imagePullPolicy to IfNotPresent."),
}


def image_trouble(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """Why the container waits for its image, in vain or not yet; None if it does not."""
    if container.waiting in _CREATING:
        return _pulling(pod, container, observation)
    if container.waiting not in REASONS:
        return None
    cause, cure = _FIXED.get(container.waiting, ("", ""))
    if cause:
        return _told(container, Finding(state=State.FAILED, cause=cause, cure=cure))
    message = _registry_words(pod, container, observation)
    finding = read(message, _RULES, age=observation.age(pod))
    # Events may be lost, so that after a while the refusal is believed without them.
    is_repeated = _attempts(pod, container, observation) > 1 or observation.age(pod) > patience.NETWORK
    return _told(container, finding if is_repeated else replace(finding, state=State.PROGRESSING))


def _pulling(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """That the image is on its way, as far as the newest event about it says so."""
    found = tuple(each for each in happenings(pod, observation) if f'image "{container.image}"' in each.message)
    pulling, pulled = latest(found, "Pulling"), latest(found, "Pulled", "Failed", "BackOff")
    is_pulled = pulling is not None and (pulled is None or pulled.last < pulling.last)
    return _told(container, progressing("is being pulled")) if is_pulled else None


def _told(container: Container, finding: Finding) -> Finding:
    image = name(container.image)
    return replace(finding, cause=f"the image {image} of the container {name(container.name)} {finding.cause}")


def _registry_words(pod: Thing, container: Container, observation: Observation) -> str:
    """What the registry said, without the image's name and digest, in which anything may stand.

    `ImagePullBackOff` repeats it since Kubernetes 1.32; before, it stands in the event of the attempt.
    """
    said = container.message
    if container.waiting == "ImagePullBackOff" and "ErrImagePull" not in said:
        said = _pull_events(pod, container, observation)[0] or said
    bare = container.image.partition("@")[0]
    plain = said.replace(container.image, "").replace(bare, "") if bare else said
    return re.sub(r"sha256:[0-9a-f]{64}", "", plain)


def _attempts(pod: Thing, container: Container, observation: Observation) -> int:
    return _pull_events(pod, container, observation)[1]


def _pull_events(pod: Thing, container: Container, observation: Observation) -> tuple[str, int]:
    """The newest event of a failed pull of this image, and how often that was seen; an empty one without any."""
    failures = [each for each in happenings(pod, observation) if each.reason == "Failed"]
    pulls = [each for each in failures if f'pull image "{container.image}"' in each.message]
    return (pulls[-1].message, sum(pull.count for pull in pulls)) if pulls else ("", 0)

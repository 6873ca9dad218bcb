"""Probing: what a container that runs and is not ready answers to its readiness probe.

Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/ and the kubelet's
`Unhealthy` events. No answer to a probe is final by itself, as slow applications start slowly; but after some time a
person should look, and an answer of 4xx says that something listens and will not become ready by waiting.
"""

import re
from dataclasses import replace

from domain.readiness import patience
from domain.readiness.containers import Container
from domain.readiness.fields import Thing, text, value
from domain.readiness.happenings import Happening, happenings
from domain.readiness.observations import Observation
from domain.readiness.rules import Rule, read
from domain.readiness.verdicts import Finding, name

_RULES = (
    Rule(
        r"statuscode: (4\d\d)",
        "answers {0} to its readiness probe",
        "Let it answer 200 there, or correct the path of the probe.",
        patience.WRONG_ANSWER,
    ),
    Rule(
        r"statuscode: (\d{3})",
        "answers {0} to its readiness probe",
        "Correct what its last lines complain of.",
        patience.NO_ANSWER,
    ),
    Rule(
        r"connection refused",
        "does not listen on the port of its readiness probe",
        "Let it listen on that port, on 0.0.0.0 and not on 127.0.0.1 only.",
        patience.NO_ANSWER,
    ),
    Rule(
        r"deadline exceeded|timeout|timed out",
        "does not answer its readiness probe in time",
        "Let it answer faster, or raise timeoutSeconds of the probe.",
        patience.NO_ANSWER,
    ),
    Rule("", "is not ready: {said}", "Let it pass its readiness probe.", patience.NO_ANSWER),
)


def probe_trouble(pod: Thing, container: Container, observation: Observation) -> Finding | None:
    """What the running container answers to its readiness probe, None if it is ready or was not asked yet."""
    if container.is_ready or container.running_since is None or not container.has_probe:
        return None
    said = [each.message for each in happenings(pod, observation) if is_about(each, container)]
    # Until a startup probe has passed, the readiness probe is not asked, and both ask the same of ours.
    answers = [message for message in said if message.startswith(("Readiness probe", "Startup probe"))]
    if not answers:
        return None
    finding = read(answers[-1], _RULES, age=observation.seconds_since(container.running_since))
    return replace(finding, cause=f"the container {name(container.name)} {finding.cause}{_where(container)}")


def is_about(happening: Happening, container: Container) -> bool:
    """Whether it says that a probe of this container failed."""
    return happening.reason == "Unhealthy" and happening.part in ("", f"spec.containers{{{container.name}}}")


def _where(container: Container) -> str:
    """Where the probe asks, as far as its definition says."""
    path, port = text(container.probe, "httpGet", "path"), value(container.probe, "httpGet", "port")
    place = f"{path} on port {port}" if isinstance(port, int | str) else path
    return f" ({name(re.sub(r'[?#].*', '', place))})" if path else ""

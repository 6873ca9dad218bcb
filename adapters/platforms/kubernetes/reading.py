"""Reading: what containers of a preview wrote, without what it was given to keep secret."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from adapters.platforms.kubernetes.applying import deployer_of, labels_of
from adapters.platforms.kubernetes.failures import AbsentError, DeniedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from adapters.processes.masking import masked, secrets_of
from domain.errors import PermanentError
from domain.escaping import plain
from domain.manifests.building import NAME
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of, mapping_of, text_of

_LINE = 16
"""Characters of a line of a longer text from which on it is a secret by itself: a key's is, a bracket's is not."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads logs in one preview."""

    api: Api
    rules: Rules

    async def secrets(self) -> tuple[str, ...]:
        """What may not be shown: every value of all Secrets in the preview, also of those that others make.

        With it goes the way in which the cluster writes it down, and what programs show of it: the passwords in URLs,
        the lines of a longer text.
        """
        try:
            found = await self.api.list("v1", "Secret", self.rules.namespace)
        except (AbsentError, DeniedError):
            # The worker's right to read them goes with the namespace that is being removed.
            return ()
        written = [text_of(value) for one in found for value in mapping_of(one.get("data")).values()]
        return tuple(secret for value in written for secret in _forms(value))

    async def container(self, pod: str, container: str, lines: int, *, mask: Iterable[str]) -> str:
        """The last lines of a container; those of the one before it if it has written nothing yet."""
        for previous in (False, True):
            try:
                text = await self._log(pod, container, lines, previous=previous)
            except PermanentError:
                # A container that is just being started, or that has no predecessor, has no log.
                continue
            if text.strip():
                return masked(plain(text).strip("\n"), mask)
        return ""

    async def services(self, service: str | None, lines: int) -> str:
        """The last lines of one service, or of all: `web | listening`. Empty if nothing runs."""
        mask = await self.secrets()
        labels, user = labels_of(self.rules), deployer_of(self.rules)
        pods = await self.api.list("v1", "Pod", self.rules.namespace, labels=labels, user=user)
        written: list[str] = []
        for name, pod in _newest(pods).items():
            for container in _containers(pod) if service in (None, name) else ():
                text = await self.container(pod["metadata"]["name"], container, lines, mask=mask)
                written += [f"{name} | {line}" for line in text.splitlines()[-lines:]]
        return "\n".join(written)

    async def _log(self, pod: str, container: str, lines: int, *, previous: bool) -> str:
        user = deployer_of(self.rules)
        return await self.api.log(self.rules.namespace, pod, container, lines, previous=previous, user=user)


def _newest(pods: Iterable[Thing]) -> dict[str, Thing]:
    """Of each service the pod that was made last, in the order of their names; a ready one before one that is not."""
    found = sorted(pods, key=lambda one: (_is_ready(one), text_of(at(one, "metadata", "creationTimestamp"))))
    named = {text_of(at(one, "metadata", "labels", NAME)): one for one in found}
    return {name: named[name] for name in sorted(named) if name}


def _is_ready(pod: Thing) -> bool:
    conditions = list_of(at(pod, "status", "conditions"))
    return any(at(one, "type") == "Ready" and at(one, "status") == "True" for one in conditions)


def _containers(pod: Thing) -> list[str]:
    return [text_of(at(one, "name")) for one in list_of(at(pod, "spec", "containers"))]


def _forms(written: str) -> tuple[str, ...]:
    """A value of a Secret, as its object has it, in every form in which it may be shown."""
    value = _decoded(written)
    # Who makes a Secret of a file often has the file's last line break in it, and no program shows that.
    lines = [line.strip() for line in value.splitlines()]
    parts = [line for line in lines if len(line) >= _LINE or len(lines) == 1]
    return (written, value, value.strip(), *parts, *_passwords(value.strip()))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _passwords(value: str) -> tuple[str, ...]:
    try:
        return secrets_of(value) if "://" in value else ()
    except ValueError:
        return ()

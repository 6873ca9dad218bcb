"""Failures: what the API server or the way to it refused, as our errors, in words that name a cure.

Refusals of RBAC and of quotas are 403, those of policies and of wrong objects 422; the text tells which it was.
https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.dynamic.exceptions import ResourceNotFoundError, ResourceNotUniqueError

from adapters.platforms.kubernetes.rights import Right
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.escaping import one_line
from domain.manifests.shapes import at, text_of
from domain.phases import Reason

FORBIDDEN, MISSING, CONFLICT, INVALID = 403, 404, 409, 422
_MALFORMED, _UNKNOWN_USER, _EXPIRED, _TOO_MANY, _BROKEN = 400, 401, 410, 429, 500
_LONGEST = 600
_RBAC = re.compile(
    r'User "(?P<user>[^"]+)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_QUOTA = re.compile(r"exceeded quota: ([^,]+), requested: (\S+), used: (\S+), limited: (\S+)")
_IMMUTABLE = re.compile(r"field is immutable|cannot change roleRef|Forbidden: updates to .{1,600}? are forbidden")
"""How the API server says so; of a StatefulSet it names the few fields that may be changed."""

_OTHER = re.compile(r"UID in (the )?precondition")
_GATEWAY_API = "gateway.networking.k8s.io"


class DeniedError(PermanentError):
    """RBAC refuses it. Right after a binding was made, that may pass."""


class ImmutableError(PermanentError):
    """What is there cannot be changed into what is wanted, only replaced by it."""


class AbsentError(PermanentError):
    """What is asked about is not there."""


class UnknownKindError(PermanentError):
    """The cluster knows no objects of this kind, so there are none."""


class ChangedError(TemporaryError):
    """Somebody else changed it, or made it, in the same moment."""


class OtherError(ChangedError):
    """What has this name is another object than the one that was meant."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was tried: a verb on an object, and in which namespace."""

    verb: str
    kind: str
    api: str = "v1"
    name: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        what = f"{self.kind} {self.name}".strip()
        return f"{self.verb} {what} in {self.namespace}" if self.namespace else f"{self.verb} {what}"


@contextmanager
def told(attempt: Attempt) -> Generator[None]:
    """Whatever the client raises within is raised as ours."""
    try:
        yield
    except (ResourceNotFoundError, ResourceNotUniqueError) as error:
        raise _unknown_kind(attempt) from error
    except ApiException as error:
        raise _refused(attempt, error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TemporaryError(
            f"the API server of Kubernetes does not answer ({type(error).__name__}), so Matinee cannot {attempt}",
            reason=Reason.PLATFORM_UNAVAILABLE,
        ) from error


def _unknown_kind(attempt: Attempt) -> UnknownKindError:
    project = "https://gateway-api.sigs.k8s.io/guides/" if _GATEWAY_API in attempt.api else "its project's manifests"
    return UnknownKindError(
        f"the cluster knows no {attempt.kind} of {attempt.api}: install its CustomResourceDefinition ({project})",
        reason=Reason.PLATFORM_REFUSED,
    )


def _refused(attempt: Attempt, error: Any) -> MatineeError:
    status, said = _status(error), _message(error, attempt)
    if status == FORBIDDEN:
        return _forbidden(attempt, said)
    if status == MISSING and not _is_status(error):
        return _unknown_kind(attempt)
    if status == MISSING:
        return AbsentError(f"cannot {attempt}: {said}", reason=Reason.PLATFORM_REFUSED)
    # Of a Job the whole template is quoted before the words that matter, so they are looked for in all of the answer.
    if status == INVALID and _IMMUTABLE.search(str(error.body)):
        return ImmutableError(f"cannot {attempt}: {said}", reason=Reason.PLATFORM_REFUSED)
    return _passing(attempt, status, said, _wait_of(error)) or PermanentError(
        f"the cluster refuses to {attempt}: {said}", reason=Reason.PLATFORM_REFUSED
    )


def _passing(attempt: Attempt, status: int, said: str, wait: float | None) -> TemporaryError | None:
    """What may be answered otherwise later, not before the seconds have passed that the server asks for."""
    if status == CONFLICT:
        kind = OtherError if _OTHER.search(said) else ChangedError
        return kind(f"cannot {attempt} now: {said}", reason=Reason.PLATFORM_UNAVAILABLE)
    if status == _UNKNOWN_USER:
        said = "it does not know who Matinee is; see the token or certificate of its kubeconfig or service account"
    elif status < _BROKEN and status not in (_TOO_MANY, _EXPIRED):
        return None
    words = f"the API server cannot {attempt} now ({status}): {said}"
    return TemporaryError(words, reason=Reason.PLATFORM_UNAVAILABLE, retry_after=wait)


def _forbidden(attempt: Attempt, said: str) -> MatineeError:
    if "is being terminated" in said:
        return NotYet(f"{attempt.namespace} is still being removed; what comes next waits for that")
    if found := _RBAC.search(said):
        return DeniedError(_lacking(attempt, found), reason=Reason.PLATFORM_REFUSED)
    if "attempting to grant RBAC permissions" in said:
        right = Right(group="rbac.authorization.k8s.io", resources=("clusterroles",), verbs=("bind",))
        words = f"Matinee may not bind that role; a role of its account needs {right}, with the role's name"
        return DeniedError(f"cannot {attempt}: {words}", reason=Reason.PLATFORM_REFUSED)
    if quota := _QUOTA.search(said):
        words = f"it needs {quota[2]}, {quota[3]} is used, and the preview has {quota[4]}"
        return PermanentError(
            f"cannot {attempt}, as the preview's quota is too small: {words}. Ask for less in the definition, or let "
            "the operator raise the quota.",
            reason=Reason.PLATFORM_REFUSED,
        )
    return PermanentError(f"the cluster refuses to {attempt}: {said}", reason=Reason.PLATFORM_REFUSED)


def _lacking(attempt: Attempt, found: re.Match[str]) -> str:
    # Whoever may read all Secrets of a namespace has more than it needs.
    one = found["verb"] in ("impersonate", "bind") or (found["verb"], found["resource"]) == ("get", "secrets")
    names = (attempt.name,) if one and attempt.name else ()
    right = Right(group=found["group"], resources=(found["resource"],), verbs=(found["verb"],), names=names)
    where = f" in {found['namespace']}" if found["namespace"] else ""
    return (
        f"{found['user']} may not {found['verb']} {found['resource']}{where}, which is needed to {attempt.verb} "
        f"{attempt.kind}; its role needs the rule {right}"
    )


def _is_status(error: Any) -> bool:
    """Whether the answer is an object; of a path that leads to no kind there is a line of text."""
    return str(error.body or "").lstrip().startswith("{")


def _wait_of(error: Any) -> float | None:
    """The seconds that the server wants to be left alone; priority and fairness gives whole ones."""
    headers: Any = error.headers or {}
    said = str(headers.get("Retry-After", "")).strip()
    return float(said) if said.isdecimal() else None


def _status(error: Any) -> int:
    return error.status if isinstance(error.status, int) else 0


def _message(error: Any, attempt: Attempt) -> str:
    """What the server said, in one line. Of a Secret nothing is repeated, because it may quote what stands in it."""
    if attempt.kind == "Secret" and _status(error) in (_MALFORMED, INVALID):
        return "what the server said of it is not repeated, as it may quote the secret"
    try:
        content: Any = json.loads(error.body or "{}")
    except ValueError:
        content = {}
    return one_line(text_of(at(content, "message")) or str(error.reason or "no reason is given"), _LONGEST)

"""What a webhook of GitHub means, as a pure function: headers and body go in, messages or a refusal come out.

The signature is checked before anything is parsed, because until then the body is whatever a stranger sent.
Nothing is remembered: the preview's workflow knows which deliveries it has seen, so two receivers are as good as
one. Own models of the few fields that are read replace the generated ones, which refuse real deliveries and take
seconds to load.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.messages import Close, Push
from domain.names import Key, parse_key

BODY_LIMIT = 25 * 1024 * 1024
"""Bytes of a body that are read: GitHub's own limit for what it sends."""

PUSHES = frozenset(
    {
        "opened",
        "reopened",
        "synchronize",
        "ready_for_review",
        "converted_to_draft",
        "labeled",
        "unlabeled",
        "edited",
    }
)
"""The actions on a pull request after which its preview should look at the forge again."""

_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Message:
    """A signal for the workflow of one preview."""

    key: Key
    signal: Push | Close

    @property
    def name(self) -> str:
        """The name of the signal, as the workflow knows it."""
        return "push" if isinstance(self.signal, Push) else "close"


@dataclass(frozen=True)
class Accepted:
    """The webhook is genuine and understood; without messages there is nothing to do about it."""

    messages: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The webhook is not taken: the status to answer with, and a sentence for whoever set it up."""

    status: int
    text: str


class _Named(BaseModel):
    model_config = ConfigDict(strict=True)
    full_name: str


class _Head(BaseModel):
    model_config = ConfigDict(strict=True)
    sha: str = Field(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")


class _Pull(BaseModel):
    model_config = ConfigDict(strict=True)
    head: _Head


class _PullEvent(BaseModel):
    model_config = ConfigDict(strict=True)
    action: str
    number: int = Field(gt=0)
    repository: _Named
    pull_request: _Pull


class _AnyEvent(BaseModel):
    """Every delivery of GitHub is an object, whatever is in it."""


def receive(headers: Mapping[str, str], body: bytes, secret: str) -> Accepted | Refused:
    """The messages that follow from one delivery, or why it is refused; names of headers are in lower case."""
    if len(body) > BODY_LIMIT:
        return too_large()
    if not is_genuine(headers.get("x-hub-signature-256", ""), body, secret):
        return forged()
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Refused(415, "set the webhook's content type to application/json")
    try:
        return _read(headers.get("x-github-event", ""), headers.get("x-github-delivery", ""), body)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "body" for each in error.errors()}))
        return Refused(400, f"not what GitHub sends: {fields}")
    except ValueError as error:
        return Refused(400, f"not what GitHub sends: {error}")


def is_genuine(signature: str, body: bytes, secret: str) -> bool:
    """Whether the signature is the secret's over this very body. Without a secret nothing is genuine."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    # Bytes are compared, because compare_digest raises on text that is not ASCII, and a header may hold any.
    return bool(secret) and hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))


def forged() -> Refused:
    """The refusal of a delivery without a valid signature."""
    return Refused(401, "the signature is missing or wrong: is the webhook's secret the same on both sides?")


def too_large() -> Refused:
    """The refusal of a delivery that is larger than any of GitHub's."""
    return Refused(413, f"larger than {BODY_LIMIT} bytes")


def _read(event: str, delivery: str, body: bytes) -> Accepted | Refused:
    if not event:
        return Refused(400, "the header X-GitHub-Event is missing")
    if event != "pull_request":
        _AnyEvent.model_validate_json(body)
        return Accepted()
    pull = _PullEvent.model_validate_json(body)
    key = parse_key(f"{pull.repository.full_name}#{pull.number}")
    known = delivery if _DELIVERY.fullmatch(delivery) else ""
    if pull.action == "closed":
        return Accepted((Message(key=key, signal=Close(delivery=known, by="")),))
    if pull.action in PUSHES:
        signal = Push(delivery=known, event=pull.action, commit=pull.pull_request.head.sha)
        return Accepted((Message(key=key, signal=signal),))
    return Accepted()

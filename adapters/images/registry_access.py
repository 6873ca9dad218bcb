"""Asking a registry for a manifest's digest, with the token that it asks for (distribution specification, RFC 6750).

Which registry is asked stands in a definition, so in a stranger's file: only HTTPS is spoken but to hosts that the
operator named, nothing is followed to another host, and credentials go to the registry they belong to alone.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from adapters.images.registry_references import Reference
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason

Credentials = Callable[[str], tuple[str, str] | None]
"""The user and password for a registry's host, None where everybody may read."""

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a manifest or of a token; the specification lets registries refuse larger manifests too."""

_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LABELS_OF_A_DOMAIN = 2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a registry said of a manifest."""

    status: int
    headers: httpx.Headers
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Registries:
    """Access to all registries; `insecure` are hosts that are spoken to without TLS."""

    client: httpx.AsyncClient
    credentials: Credentials
    insecure: frozenset[str]

    async def manifest(self, reference: Reference) -> Answer:
        """The registry's answer for the manifest, with its digest if it is there."""
        place = (
            f"{self._scheme(reference.api)}://{reference.api}/v2/{reference.repository}/manifests/{reference.wanted}"
        )
        headers = {"Accept": _ACCEPT}
        answer, _ = await self._sent("HEAD", place, headers)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            headers["Authorization"] = await self._authorization(reference, answer)
            answer, _ = await self._sent("HEAD", place, headers)
        digest = answer.headers.get("docker-content-digest", "")
        if answer.status_code == HTTPStatus.OK and not digest:
            # The header is a mere recommendation; the digest is that of the bytes.
            answer, body = await self._sent("GET", place, headers)
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        return Answer(status=answer.status_code, headers=answer.headers, digest=_checked(digest, reference))

    async def _authorization(self, reference: Reference, refused: httpx.Response) -> str:
        kind, _, rest = refused.headers.get("www-authenticate", "").partition(" ")
        known = self.credentials(reference.host)
        basic = httpx.BasicAuth(*known) if known else None
        if kind.lower() == "basic" and basic:
            return _header(basic)
        parameters: dict[str, str] = dict(_PARAMETER.findall(rest))
        if kind.lower() != "bearer" or "realm" not in parameters:
            raise refusal(reference, "wants credentials and has none")
        realm = self._realm(reference, parameters["realm"])
        asked = {name: parameters[name] for name in ("service", "scope") if name in parameters}
        headers = {"Authorization": _header(basic)} if basic else {}
        answer, body = await self._sent("GET", str(realm.copy_merge_params(asked)), headers)
        return f"Bearer {_token(reference, answer, body)}"

    def _realm(self, reference: Reference, text: str) -> httpx.URL:
        """Where the token is to be had; PermanentError if that is not the registry's own."""
        try:
            realm = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise refusal(reference, "asks for a token at what is no URL") from error
        host = realm.netloc.decode()
        if realm.scheme != self._scheme(host) or not _belongs(host, reference.api):
            raise refusal(reference, f"asks for a token at {realm.scheme}://{host}, which is not its own place")
        return realm

    async def _sent(self, verb: str, place: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        async with self.client.stream(verb, place, headers=headers, follow_redirects=False) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise TemporaryError(
                        f"{response.url.host} answered more than {BODY_LIMIT} bytes", reason=Reason.IMAGE_MISSING
                    )
            return response, bytes(body)

    def _scheme(self, host: str) -> str:
        return "http" if host in self.insecure else "https"


def refusal(reference: Reference, sentence: str) -> PermanentError:
    """The error for a registry that does not give us this image, with the cure."""
    return PermanentError(
        f"the registry of {reference} {sentence}; check that the image's name is right, and set credentials for "
        f"{reference.host} that may read it",
        reason=Reason.IMAGE_REFUSED,
    )


def _belongs(host: str, registry: str) -> bool:
    """Whether a host is the registry's, or of its domain, as auth.docker.io is to registry-1.docker.io."""
    if host == registry:
        return True
    parent = registry.partition(".")[2]
    named = ":" not in host and parent.count(".") >= _LABELS_OF_A_DOMAIN - 1 and not parent[-1].isdigit()
    return named and (host == parent or host.endswith(f".{parent}"))


def _header(basic: httpx.BasicAuth) -> str:
    request = next(basic.auth_flow(httpx.Request("GET", "https://registry.invalid")))
    return request.headers["Authorization"]


def _token(reference: Reference, answer: httpx.Response, body: bytes) -> str:
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise refusal(reference, "refused the credentials it was given")
    try:
        content: Any = json.loads(body)
        return str(content.get("token") or content["access_token"])
    except (ValueError, KeyError, AttributeError) as error:
        raise TemporaryError(
            f"the registry of {reference} gave no token: {answer.status_code}", reason=Reason.IMAGE_MISSING
        ) from error


def _checked(digest: str, reference: Reference) -> str:
    if digest and _DIGEST.fullmatch(digest) is None:
        raise TemporaryError(f"the registry of {reference} gave no digest that is one", reason=Reason.IMAGE_MISSING)
    return digest

"""The registry image store: an image is what an OCI registry has under the definition's template, pinned by digest.

Somebody else builds and keeps the images, so nothing of ours is left behind and nothing is removed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from adapters.images.registry_access import Answer, Credentials, Registries, refusal
from adapters.images.registry_references import Reference, filled, parsed
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import ImageRequest
from domain.resources import Entry, Image, Removal, Resource

_SECONDS = 10.0


def usual_client() -> httpx.AsyncClient:
    """A client that obeys no variable of the environment and waits for nothing longer than ten seconds."""
    return httpx.AsyncClient(trust_env=False, timeout=_SECONDS)


def _anonymous(_: str) -> None:
    return None


class RegistryImages:
    """The port Images for services with `image`.

    `credentials` gives user and password by a registry's host; `insecure` are hosts that are spoken to without
    TLS, with their ports; `client` makes the client for one question; `now` is for servers that say by the clock
    when to ask again.
    """

    def __init__(
        self,
        *,
        credentials: Credentials = _anonymous,
        insecure: frozenset[str] = frozenset(),
        client: Callable[[], httpx.AsyncClient] = usual_client,
        now: Callable[[], datetime],
    ) -> None:
        self._credentials = credentials
        self._insecure = insecure
        self._client = client
        self._now = now

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:  # noqa: ARG002 - as the port has it
        """Nothing: an image is looked up, not made."""
        return ()

    async def resolve(self, request: ImageRequest, beat: Beat) -> Image:
        """The image with its digest; NotYet until somebody pushed it, PermanentError if it may not be read."""
        beat()
        reference = _reference(request)
        try:
            async with self._client() as client:
                registries = Registries(client=client, credentials=self._credentials, insecure=self._insecure)
                answer = await registries.manifest(reference)
        except httpx.InvalidURL as error:
            raise refusal(reference, "has no address that can be asked") from error
        except httpx.RequestError as error:
            raise TemporaryError(
                f"the registry of {reference} does not answer ({type(error).__name__})", reason=Reason.IMAGE_MISSING
            ) from error
        self._require_there(reference, answer)
        pinned = reference.pinned(answer.digest)
        return Image(service=request.service.name, reference=pinned, digest=answer.digest)

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries: nothing of ours is in a registry."""
        return removal.entries

    async def list(self) -> tuple[Resource, ...]:
        """Nothing."""
        return ()

    def _require_there(self, reference: Reference, answer: Answer) -> None:
        status = answer.status
        if status == HTTPStatus.OK:
            return
        if status == HTTPStatus.NOT_FOUND:
            raise NotYet(f"waiting for the image {reference}", reason=Reason.IMAGE_MISSING)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TemporaryError(
                f"the registry of {reference} answered {status}",
                reason=Reason.IMAGE_MISSING,
                retry_after=self._seconds_until(answer.headers.get("retry-after", "")),
            )
        raise refusal(reference, f"refused us ({status})")

    def _seconds_until(self, text: str) -> float | None:
        """The wait that a server asked for, in seconds or as an instant (RFC 9110 §10.2.3); None if it did not."""
        if text.isdecimal():
            return float(text)
        try:
            instant = parsedate_to_datetime(text)
        except ValueError:
            return None
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return max(0.0, (aware - self._now()).total_seconds())


def _reference(request: ImageRequest) -> Reference:
    template = request.service.image
    if template is None:
        raise PermanentError(
            f"{request.service.name} is built from the commit, and {request.instance} only looks up images; write "
            "image: and its reference, such as registry.example.com/shop/web:{commit}, in place of build",
            reason=Reason.IMAGE_REFUSED,
        )
    try:
        return parsed(filled(template, number=request.key.number, commit=request.commit))
    except ValueError as error:
        raise PermanentError(
            f"{error}; write image: as HOST/NAME:TAG in small letters, such as registry.example.com/web:{{commit}}",
            reason=Reason.IMAGE_REFUSED,
        ) from error

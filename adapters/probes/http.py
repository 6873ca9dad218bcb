"""The probe over DNS, TLS and HTTP: looks at a preview as a reviewer's browser would, through the front door.

It trusts a preview with nothing: no redirect off the preview's host is followed, a body is read to a limit and
thrown away, and every answer has to come within a time.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from adapters.probes.resolving import Addresses, Resolver
from adapters.probes.troubles import trouble
from domain.definitions import ServiceUrl
from domain.errors import NotYet
from domain.phases import Reason

BODY_LIMIT = 64 * 1024
"""Bytes that are read of an answer; what comes after them is not waited for."""

REDIRECTS_FOLLOWED = 3

_HEADERS = {"User-Agent": "matinee-probe", "Accept": "*/*", "Connection": "close"}


class HttpProbe:
    """The port Probe. `good_answers` are wanted in a row, `pause` seconds apart, each within `seconds`.

    A bad one is asked for again for up to `patience` seconds, because a proxy learns of a new route a moment after
    its platform, and Temporal would make the next attempt a whole second later.
    `resolver` tells where a host is, which is loopback for `*.localhost`; `authorities` whose certificates count,
    by default those that browsers know.
    """

    def __init__(
        self,
        *,
        resolver: Addresses | None = None,
        authorities: ssl.SSLContext | None = None,
        good_answers: int = 3,
        pause: float = 0.2,
        seconds: float = 5.0,
        patience: float = 2.0,
    ) -> None:
        self._resolver = resolver or Resolver(seconds=seconds)
        self._authorities = authorities or httpx.create_ssl_context()
        self._good_answers = good_answers
        self._pause = pause
        self._seconds = seconds
        self._patience = patience

    async def check(self, url: ServiceUrl) -> None:
        """Returns when the URL answered well several times in a row; NotYet says in words what is wrong."""
        wanted = httpx.URL(url.url.rstrip("/") + url.health)
        addresses = await self._resolver(wanted.host)
        stop_at = time.monotonic() + self._patience
        good = 0
        while good < self._good_answers:
            try:
                await self._answer(wanted, addresses)
                good += 1
            except NotYet:
                if time.monotonic() >= stop_at:
                    raise
                good = 0
            if good < self._good_answers:
                await asyncio.sleep(self._pause)

    async def _answer(self, wanted: httpx.URL, addresses: Sequence[str]) -> None:
        try:
            # Each read has a time of its own besides, but a server that drips would never exceed that.
            async with asyncio.timeout(self._seconds):
                await self._followed(wanted, addresses)
        except (httpx.TransportError, TimeoutError) as error:
            raise trouble(wanted.host, error, seconds=self._seconds) from error

    async def _followed(self, wanted: httpx.URL, addresses: Sequence[str]) -> None:
        url = wanted
        for _ in range(REDIRECTS_FOLLOWED + 1):
            response = await self._asked(url, addresses)
            if not response.has_redirect_location:
                return _require_good(response.status_code, url)
            url = _redirected(url, response.headers["Location"])
        raise _not_yet(f"HTTP: {wanted} redirects more than {REDIRECTS_FOLLOWED} times")

    async def _asked(self, url: httpx.URL, addresses: Sequence[str]) -> httpx.Response:
        for address in addresses[:-1]:
            try:
                return await self._asked_at(url, address)
            except httpx.ConnectError:
                # A browser goes on with the next address too.
                continue
        return await self._asked_at(url, addresses[-1])

    async def _asked_at(self, url: httpx.URL, address: str) -> httpx.Response:
        """The answer from this address, asked for by the host's name as a browser would."""
        async with (
            httpx.AsyncClient(verify=self._authorities, trust_env=False, timeout=self._seconds) as client,
            client.stream(
                "GET",
                url.copy_with(host=address),
                headers={**_HEADERS, "Host": url.netloc.decode()},
                extensions={"sni_hostname": url.host},
            ) as response,
        ):
            await _read(response)
            return response


async def _read(response: httpx.Response) -> None:
    # Raw, as a small compressed body may hold gigabytes.
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size >= BODY_LIMIT:
            return


def _require_good(status: int, url: httpx.URL) -> None:
    if status != HTTPStatus.OK:
        raise _not_yet(f"HTTP: {url} answered {status}, and 200 is good")


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location).copy_with(fragment=None, userinfo=b"")
    except (httpx.InvalidURL, ValueError) as error:
        raise _not_yet(f"HTTP: {url} redirects to what is no URL") from error
    same_door = (target.scheme, target.host, target.port) == (url.scheme, url.host, url.port)
    upgraded = (target.scheme, target.host, target.port) == ("https", url.host, None) and url.port is None
    if not (same_door or upgraded):
        raise _not_yet(
            f"HTTP: {url} redirects to {target.scheme}://{target.netloc.decode()}, which is another place and is not "
            "followed; let the health path answer 200 by itself"
        )
    return target


def _not_yet(sentence: str) -> NotYet:
    return NotYet(sentence, reason=Reason.PROBE_FAILED)

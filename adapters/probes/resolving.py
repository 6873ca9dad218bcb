"""Where a preview's host is: loopback for `*.localhost`, else what the name servers say.

A resolver remembers for minutes that a name was not there. Whoever makes a record for each preview therefore
names the zone's own servers, which remember nothing.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.inet
import dns.resolver

from domain.errors import NotYet, TemporaryError
from domain.phases import Reason

Addresses = Callable[[str], Coroutine[Any, Any, tuple[str, ...]]]
"""Asks for the addresses of a host."""

LOOPBACK = "127.0.0.1"


def is_local(host: str) -> bool:
    """Whether the host is this machine by RFC 6761 §6.3, whatever a resolver thinks."""
    return host == "localhost" or host.endswith(".localhost")


class Resolver:
    """Tells the addresses of hosts, those of IPv4 first."""

    def __init__(self, *, nameservers: tuple[str, ...] = (), port: int = 53, seconds: float = 5.0) -> None:
        self._nameservers = nameservers
        self._port = port
        self._seconds = seconds

    async def __call__(self, host: str) -> tuple[str, ...]:
        """The host's addresses; NotYet if it has none, TemporaryError if no name server answers."""
        if is_local(host):
            return (LOOPBACK,)
        if dns.inet.is_address(host):
            return (host,)
        try:
            return await self._asked(host)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            raise NotYet(f"DNS: {host} does not resolve yet", reason=Reason.PROBE_FAILED) from error
        except (dns.exception.DNSException, OSError) as error:
            raise TemporaryError(
                f"DNS: the name servers for {host} do not answer as they should ({type(error).__name__})",
                reason=Reason.PROBE_FAILED,
            ) from error

    async def _asked(self, host: str) -> tuple[str, ...]:
        # Reading the system's resolver configuration touches the disk.
        resolver = await asyncio.to_thread(dns.asyncresolver.Resolver, configure=not self._nameservers)
        if self._nameservers:
            resolver.nameservers = list(self._nameservers)
            resolver.port = self._port
        resolver.lifetime = self._seconds
        answers = await resolver.resolve_name(f"{host}.")
        return tuple(sorted(answers.addresses(), key=lambda address: ":" in address))

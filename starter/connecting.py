"""Connecting to Temporal: by its own environment variables and config file, else where the settings say.

So a Temporal cluster, or Temporal Cloud with its API key or certificates, needs no change of code: see
https://docs.temporal.io/develop/environment-configuration. What `matinee up` runs on this machine is another
matter: it has a Temporal of its own, and whoever uses Temporal otherwise has such variables and means no other by them.
"""

import asyncio

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason
from settings import UP_FILE, Settings

WITHIN = 10.0
"""Seconds that a first connection may take while a person waits for it."""


async def connect(
    settings: Settings, *, lazy: bool = False, within: float = WITHIN, runtime: Runtime | None = None
) -> Client:
    """A connected client; TemporaryError that says where it looked and what to do, if nobody answers there.

    A lazy one connects with its first call, so that a receiver can start, and say 503, while Temporal is away.
    """
    given = temporals_own(settings)
    address = given.setdefault("target_host", settings.temporal.address)
    try:
        async with asyncio.timeout(within):
            return await Client.connect(**given, lazy=lazy, runtime=runtime)
    except (RPCError, RuntimeError, TimeoutError) as error:
        raise TemporaryError(
            f"no Temporal answers at {address}; start `matinee up`, or set TEMPORAL_ADDRESS to where yours is"
        ) from error


def temporals_own(settings: Settings) -> ClientConnectConfig:
    """What Temporal's own variables and file say of reaching it; nothing where `matinee up` runs, which has its own."""
    if (settings.data / UP_FILE).exists():
        return ClientConnectConfig()
    try:
        return ClientConfig.load_client_connect_config()
    except (ValueError, RuntimeError) as error:
        raise PermanentError(f"Temporal's own configuration cannot be read: {error}", reason=Reason.SETTINGS) from error

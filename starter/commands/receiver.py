"""`matinee receiver`: takes webhooks and shows the page."""

import asyncio
from pathlib import Path

import click

from sections import GitHubSettings
from settings import Settings, load
from starter.application import application
from starter.commands.options import data_option
from starter.connecting import connect
from starter.dispatching import Dispatcher
from starter.listing import Previews
from starter.logs import configure
from starter.serving import serve


@click.command()
@data_option
@click.option("--host", help="Address to listen on.  [default: the setting, which is loopback]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: the setting]")
def command(data: Path | None, host: str | None, port: int | None) -> None:
    """Serve /webhooks/github, /healthz, /readyz and the page of all previews, until SIGTERM or Ctrl-C.

    It keeps no state: any number of receivers may run behind one address.
    """
    configure()
    asyncio.run(_receive(load(data), host, port))


async def _receive(settings: Settings, host: str | None, port: int | None) -> None:
    client = await connect(settings, lazy=True)
    served = application(
        secret=_secret(settings),
        dispatcher=Dispatcher(client, settings.temporal.task_queue),
        previews=Previews(client),
        temporal_ui=settings.temporal.ui,
        namespace=client.namespace,
    )
    await serve(served, host or settings.receiver.host, port or settings.receiver.port)


def _secret(settings: Settings) -> str:
    """The secret of the GitHub forge that has one; without one every webhook is refused, as none can be genuine."""
    secrets = [
        forge.webhook_secret.get_secret_value()
        for forge in settings.forges.values()
        if isinstance(forge, GitHubSettings)
    ]
    return next((secret for secret in secrets if secret), "")

"""`matinee up`: everything on this machine, in the foreground."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import click

from composition import git_forge, local_platforms
from domain.errors import TemporaryError
from embedded.installations import Installation, installation
from settings import Settings, load, passed_on
from starter.commands.options import data_option
from starter.connecting import connect
from starter.repairing import repair_all

REPOSITORY = "local/app"
"""The repository of the local forge that is always there."""


@click.command()
@data_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port of the page; 0: any."
)
@click.option("--repository", default=REPOSITORY, show_default=True, help="A repository to keep, as OWNER/NAME.")
def command(data: Path | None, port: int, repository: str) -> None:
    """Start Temporal with its UI, PostgreSQL, Traefik, a worker and a receiver, and keep them until Ctrl-C.

    Everything is kept in the data folder: stopped and started again, the same previews come back with their data.
    """
    asyncio.run(_up(load(data).data, port, repository))


async def _up(data: Path, port: int, repository: str) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        async with up(data, port=port) as running:
            for line in await addresses(data, running, repository):
                click.echo(line)
            raise TemporaryError(await running.parts.died())


@contextlib.asynccontextmanager
async def up(data: Path, *, port: int) -> AsyncGenerator[Installation]:
    """Everything runs inside the block, previews that were there before included; nothing of it runs after it."""
    _end_by_signal()
    async with installation(data, receiver_port=port, environment=passed_on(), tell=_tell) as running:
        settings = load(data)
        client = await connect(settings)
        repaired = await repair_all(client, "Matinee was stopped, so its processes were started again")
        if repaired:
            click.echo(f"{repaired} previews are being deployed again")
        try:
            yield running
        finally:
            await _stop_previews(settings)


async def addresses(data: Path, running: Installation, repository: str) -> list[str]:
    """Where everything is, for the person who started it."""
    settings = load(data)
    remote = await git_forge(settings).create(repository)
    return [
        "",
        f"  page          {running.page}",
        f"  Temporal UI   {running.parts.temporal.ui_url}",
        f"  webhook       {running.webhook}   (GitHub needs a tunnel to it)",
        f"  git remote    git remote add matinee {remote}",
        f"  data          {data}",
        "",
        "Push a branch to the remote, or run `matinee try PATH`. Ctrl-C stops everything; data are kept.",
    ]


async def _stop_previews(settings: Settings) -> None:
    for platform in local_platforms(settings):
        await platform.stop_all()


def _end_by_signal() -> None:
    """SIGTERM ends this as Ctrl-C does: by cancelling it, so that every block is left in order."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _tell(sentence: str) -> None:
    click.secho(sentence, err=True, fg="yellow")

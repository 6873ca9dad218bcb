"""`matinee up`: everything on this machine, in the foreground."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from composition import git_forge, local_platforms
from domain.errors import TemporaryError
from embedded.installations import Installation, installed, served
from settings import Settings, load, passed_on
from starter.commands import ending
from starter.commands.options import data_option
from starter.connecting import connect
from starter.repairing import repair_all

Result = TypeVar("Result")

REPOSITORY = "local/app"
"""The repository of the local forge that is always there."""


@click.command()
@data_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port of the page; 0: any, as for all that is started.  [default: as last time; at first 8080 or the next]",
)
@click.option("--repository", default=REPOSITORY, show_default=True, help="A repository to keep, as OWNER/NAME.")
def command(data: Path | None, port: int | None, repository: str) -> None:
    """Start Temporal with its UI, PostgreSQL, Traefik, a worker and a receiver, and keep them until Ctrl-C.

    Everything is kept in the data folder: stopped and started again, the same previews come back with their data.
    """
    folder = load(data).data
    ending.run(lambda: _up(folder, port, repository), ending="Stopping everything; data are kept.")


async def _up(data: Path, port: int | None, repository: str) -> None:
    click.echo("Starting Temporal, PostgreSQL, Traefik, a worker and a receiver …")
    async with up(data, page_port=port, environment=passed_on()) as running:
        for line in await addresses(data, running, repository):
            click.echo(line)
        raise TemporaryError(await running.parts.died())


@contextlib.asynccontextmanager
async def up(data: Path, *, page_port: int | None, environment: Mapping[str, str]) -> AsyncGenerator[Installation]:
    """Everything runs inside the block, previews that were there before included; nothing of it runs after it."""
    async with installed(data, page_port=page_port) as running:
        settings = load(data)
        # The worker goes before the previews do, so that it cannot start again what is being stopped.
        async with _previews_ended(settings), served(running, environment=environment, tell=_tell):
            repaired = await repair_all(
                await connect(settings), "Matinee was stopped, so its processes were started again"
            )
            if repaired:
                click.echo(f"{repaired} preview{'s are' if repaired > 1 else ' is'} being deployed again, data kept.")
            yield running


async def unless_parts_die(running: Installation, work: Coroutine[Any, Any, Result]) -> Result:
    """What the work returns; TemporaryError that names the part which ended while it went on."""
    working, dying = asyncio.create_task(work), asyncio.create_task(running.parts.died())
    try:
        await asyncio.wait([working, dying], return_when=asyncio.FIRST_COMPLETED)
        if dying.done():
            raise TemporaryError(dying.result())
        return working.result()
    finally:
        for task in (working, dying):
            task.cancel()
        await asyncio.wait([working, dying])


async def addresses(data: Path, running: Installation, repository: str) -> list[str]:
    """Where everything is, for the person who started it."""
    remote = await git_forge(load(data)).create(repository)
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


@contextlib.asynccontextmanager
async def _previews_ended(settings: Settings) -> AsyncGenerator[None]:
    """After the block no process of a preview runs; what previews keep in folders and databases stays."""
    try:
        yield
    finally:
        await ending.undisturbed(_stop_previews(settings))


async def _stop_previews(settings: Settings) -> None:
    for platform in local_platforms(settings):
        await platform.stop_all()


def _tell(sentence: str) -> None:
    click.secho(sentence, err=True, fg="yellow")

"""`matinee demo`: the whole life of a preview, on real parts and a real repository, in about a minute."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import click

from composition import git_forge
from settings import alone, load
from starter.commands import ending
from starter.commands.demonstrating import Clone
from starter.commands.looking import Look
from starter.commands.options import INTERRUPTED
from starter.commands.stories import REPOSITORY, Story, Telling
from starter.commands.up import unless_parts_die, up
from starter.connecting import connect


@click.command()
@click.option("--keep", is_flag=True, help="Wait before the end, to look around: page, Temporal UI, preview.")
def command(keep: bool) -> int:
    """Show the whole life of a preview: a push, a migration, a URL, an update, and the verified end.

    Starts Temporal, PostgreSQL, Traefik, a worker and a receiver in a folder of its own under the system's folder
    for temporary files, and removes all of it at the end, also after a failure or Ctrl-C. It reads no settings.
    """
    return demonstrated(Story(), keep=keep)


def demonstrated(story: Story, *, keep: bool = False) -> int:
    """The exit code after the story was told, or as far as it went; nothing is left of it either way."""
    alone()
    began = time.monotonic()
    if not ending.run(lambda: _demo(story, keep=keep), ending="Stopping, and removing all that the demo made …"):
        return INTERRUPTED
    click.secho(f"\nDone in {time.monotonic() - began:.0f} s; nothing is left of it.", bold=True)
    click.echo("Next: `matinee up` in one terminal, `matinee try PATH` in another.")
    return 0


async def _demo(story: Story, *, keep: bool) -> None:
    with _folder() as folder:
        data = folder / "data"
        click.secho("Starting Temporal, PostgreSQL, Traefik, a worker and a receiver …", bold=True)
        async with up(data, page_port=0, environment={}) as running:
            click.echo(f"  page {running.page}   Temporal UI {running.parts.temporal.ui_url}")
            clone = Clone(folder / "shop", story.example, await git_forge(load(data)).create(REPOSITORY))
            look = Look(running.parts.traefik.port)
            telling = Telling(await connect(load(data)), clone, look, story)
            await unless_parts_die(running, _told(telling, keep=keep))


async def _told(telling: Telling, *, keep: bool) -> None:
    opened = await telling.open()
    updated = await telling.update(opened)
    if keep:
        click.echo("\nLook around; press Enter to close the pull request …")
        await _enter()
    await telling.close(updated)


async def _enter() -> None:
    """Returns when a line, or the end, comes from standard input; a thread that reads it could not be ended."""
    loop, line = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin, line.set)
    except PermissionError:
        # What is no terminal and no pipe, such as /dev/null, has nobody at its other end.
        return
    try:
        await line.wait()
        os.read(sys.stdin.fileno(), 1024)
    finally:
        loop.remove_reader(sys.stdin)


@contextlib.contextmanager
def _folder() -> Generator[Path]:
    """A folder that the users of PostgreSQL and of previews may enter; gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-demo-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)

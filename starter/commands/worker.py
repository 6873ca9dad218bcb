"""`matinee worker`: runs the workflows and does what they ask."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from composition import composed
from databases import verify_keys
from settings import load
from starter import scheduling
from starter.commands.options import data_option
from starter.connecting import connect
from starter.logs import configure
from starter.metering import measured
from worker import serve

_PATIENCE = 60.0  # Seconds: nobody watches a worker start, and on a busy machine Temporal may take some to answer.


@click.command()
@data_option
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Exists while the worker works.")
def command(data: Path | None, ready_file: Path | None) -> None:
    """Run a worker until SIGTERM or Ctrl-C; then it lets what runs end, for at most 20 seconds.

    Any number of workers may run at once; more workers are more previews at the same time.
    """
    configure()
    asyncio.run(_work(data, ready_file))


async def _work(data: Path | None, ready_file: Path | None) -> None:
    settings = load(data)
    client = await connect(settings, within=_PATIENCE, runtime=measured(settings.metrics))
    await scheduling.ensure(
        client,
        task_queue=settings.temporal.task_queue,
        sweep_every=timedelta(seconds=settings.sweep_every),
        heal_every=timedelta(seconds=settings.heal_every),
    )
    await verify_keys(settings)
    async with composed(settings) as ports:
        with _shown(ready_file) as ready:
            await serve(client, settings.temporal.task_queue, ports, ready=ready)


@contextmanager
def _shown(ready_file: Path | None) -> Generator[Callable[[], None]]:
    """A function that makes the file, if one is wanted; it is gone after the block."""
    if ready_file is None:
        yield lambda: None
        return
    ready_file.unlink(missing_ok=True)
    try:
        yield ready_file.touch
    finally:
        ready_file.unlink(missing_ok=True)

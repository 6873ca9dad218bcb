"""`matinee install`: looks at a cluster and says what to type next until it gives previews."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click

from composition import surveyed
from domain.escaping import plain
from domain.installing import Step, steps
from settings import load
from starter.commands.arguments import json_option
from starter.commands.examining import databases_of, temporal_of
from starter.commands.options import data_option
from starter.commands.printing import print_json


@click.command()
@data_option
@click.option(
    "--kubeconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="KUBECONFIG",
    default=Path("~/.kube/config"),
    help="How to reach the cluster.  [default: KUBECONFIG, else ~/.kube/config]",
)
@click.option("--context", default="", help="The context of that file.  [default: its current one]")
@click.option("--namespace", default="matinee-system", show_default=True, help="Where Matinee itself is to be.")
@json_option
def command(data: Path | None, kubeconfig: Path, context: str, namespace: str, as_json: bool) -> int:
    """Say what a cluster still lacks before it gives previews, each with the command that adds it.

    It changes nothing: read a command, then type it, or do the same in your own way, and ask again. What is marked ✓ is
    there, ✗ is missing, and - can be done without. Temporal and the database server are those of the settings, asked
    from this machine. Exit code 1 while something is missing.

    The whole way, with the manifests and values, is docs/how-to/kubernetes.md.
    """
    found = asyncio.run(_steps(data, kubeconfig.expanduser(), context, namespace))
    missing = [step for step in found if not step.done and not step.optional]
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(line for step in found for line in _lines(step)))
        then = "matinee doctor, in the worker, says whether all of it works together"
        click.echo(f"\nNext: {missing[0].name}" if missing else f"\nNothing is missing; {then}.")
    return 1 if missing else 0


async def _steps(data: Path | None, kubeconfig: Path, context: str, namespace: str) -> tuple[Step, ...]:
    settings = load(data)
    found = await surveyed(kubeconfig, context, namespace)
    temporal, databases = await asyncio.gather(temporal_of(settings), databases_of(settings))
    return steps(found, namespace, temporal=temporal, databases=databases)


def _lines(step: Step) -> Iterator[str]:
    first, *others = plain(step.note).split("\n")
    yield f"{'✓' if step.done else '-' if step.optional else '✗'} {step.name}: {first}"
    yield from (f"    {line}" for line in others)
    if not step.done:
        yield f"    $ {step.command}"

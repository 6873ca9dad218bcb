"""`matinee database list`: the branches and seeds on a database server, a line each."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from domain.branches import Branch, BranchKind, in_order
from domain.checklists import duration
from domain.ports import Database
from domain.resources import Resource
from settings import load
from starter.commands.arguments import json_option, server_option
from starter.commands.options import data_option
from starter.commands.printing import print_json, table
from starter.commands.servers import Listed, opened

HEADING = ("KEY", "DATABASE", "SIZE", "AGE", "SEED", "OWNER", "STATE")

NONE_YET = "There is no branch and no seed of this installation on {}."

_UNIT = 1024.0


@click.command()
@server_option
@data_option
@json_option
def command(server: str | None, data: Path | None, as_json: bool) -> None:
    """List this installation's branches and seeds: size, age, version of the seed, owning role, and state.

    `half-made` is being made, or what a crash left of it: the next rollout or teardown of its preview makes that good.
    `invalid` is what an interrupted DROP left. What the server cannot tell stays empty.
    """
    name, found = asyncio.run(_found(data, server))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(branch_lines(found, datetime.now(UTC))) if found else NONE_YET.format(name))


def branch_lines(found: tuple[Branch, ...], now: datetime) -> list[str]:
    """The branches and seeds for a person, below the heading."""
    return table((HEADING, *(_row(branch, now) for branch in found)))


async def _found(data: Path | None, server: str | None) -> tuple[str, tuple[Branch, ...]]:
    settings = load(data)
    name = server or settings.database
    async with opened(settings, name) as database:
        return name, in_order(await _branches(database))


async def _branches(database: Database) -> tuple[Branch, ...]:
    return await database.branches() if isinstance(database, Listed) else named(await database.list())


def named(resources: tuple[Resource, ...]) -> tuple[Branch, ...]:
    """The branches that these resources are of, each once, by what the port tells of every vendor's."""
    return tuple({each.entry.name: _branch(each) for each in resources}.values())


def _branch(resource: Resource) -> Branch:
    return Branch(
        name=resource.entry.name,
        key=resource.key,
        repository=resource.key.repository if resource.key else "",
        label=resource.label,
        generation=resource.generation,
        made_at=resource.made_at,
    )


def _row(branch: Branch, now: datetime) -> tuple[str, ...]:
    is_seed = branch.kind is BranchKind.SEED
    return (
        f"seed of {branch.repository}" if is_seed else str(branch.key or ""),
        branch.name,
        "" if branch.size is None else size(branch.size),
        duration((now - branch.made_at).total_seconds()) if branch.made_at else "",
        branch.seed,
        branch.owner,
        branch.state,
    )


def size(amount: float) -> str:
    """So many bytes in the largest unit that leaves a number above 1: `7.4 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < _UNIT:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _UNIT
    return f"{amount:.1f} TiB"

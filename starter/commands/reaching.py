"""Reaching: from a preview's key to its database, as its workflow says or, without a worker, the server."""

from typing import NoReturn

import click

from domain.branches import Branch, BranchState
from domain.errors import PermanentError, TemporaryError
from domain.messages import Status
from domain.names import Key, label_of
from domain.phases import Phase, Reason
from domain.ports import Database
from domain.resources import Connection, DatabaseRef
from settings import Settings
from starter.commands.arguments import connected
from starter.commands.asking import Preview
from starter.commands.servers import Listed, opened

_DROPPED = frozenset({Phase.STOPPED, Phase.EXPIRED})
_ENDING = frozenset({Phase.CLOSING, Phase.GONE})


async def connection_of(settings: Settings, key: Key) -> Connection:
    """How to reach the database of this preview; an error of ours says in words why it cannot be, and the cure."""
    status = await _status(settings, key)
    if status:
        require_awake(status)
    # A worker that has not learned the policy yet says nothing of where the database is.
    name = (status.database if status else "") or settings.database
    label = (status.label if status else "") or label_of(key, home=settings.home_owner)
    async with opened(settings, name) as database:
        return await database.connection(await _ref(database, key, status, name, label))


def require_awake(status: Status) -> None:
    """Returns unless this preview's database was dropped, or is about to be; PermanentError with the cure then."""
    key, phase = status.key, status.phase
    if phase in _DROPPED:
        raise PermanentError(
            f"{key} is {phase.value}, and its database was dropped with it; "
            f"`matinee start {key}` brings it up again, with fresh data"
        )
    if phase in _ENDING:
        raise PermanentError(f"{key} is being taken down, and its database with it; `matinee show {key}` says how far")


async def _status(settings: Settings, key: Key) -> Status | None:
    """What the preview says; None if Temporal or every worker is away. PermanentError if there is no such preview."""
    try:
        async with connected(settings) as client:
            preview = Preview(client, key)
            await preview.running()
            return await preview.status()
    except TemporaryError as error:
        click.echo(f"{error.message}; meanwhile the database server itself is asked", err=True)
        return None


async def _ref(database: Database, key: Key, status: Status | None, name: str, label: str) -> DatabaseRef:
    if isinstance(database, Listed):
        found = await database.branch_of(key, label)
        return _whole(found, key, name).ref(name) if found else _missing(status, key, name)
    if status is None:
        raise TemporaryError(f"nothing says which database on {name} is that of {key} until a worker runs again")
    if not status.database_name:
        _missing(status, key, name)
    return DatabaseRef(instance=name, name=status.database_name, label=label, generation=status.generation)


def _whole(branch: Branch, key: Key, name: str) -> Branch:
    if branch.state is not BranchState.READY:
        raise TemporaryError(
            f"the database {branch.name} of {key} on {name} is {branch.state.value}; `matinee show {key}` says how far "
            f"it is, and `matinee reset-database {key}` makes it anew"
        )
    return branch


def _missing(status: Status | None, key: Key, name: str) -> NoReturn:
    if status and status.database_name:
        raise PermanentError(
            f"the database {status.database_name} of {key} is not on {name} any more; "
            f"`matinee reset-database {key}` branches it anew",
            reason=Reason.DATABASE_UNAVAILABLE,
        )
    raise PermanentError(
        f"{key} has no database on {name}: its definition names none, or it is not made yet, or it was stopped; "
        f"`matinee show {key}` says which, and `matinee start {key}` brings a stopped one up"
    )

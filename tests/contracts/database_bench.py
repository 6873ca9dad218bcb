"""DatabaseBench: what the contract tests of the port Database need to do to a server, whichever it is.

A file `tests/contracts/benches_<name>.py` that has `DATABASE_BENCHES` adds its servers to
tests/contracts/test_database*.py; one that needs a server of its own says so by `DATABASE_MARKS`.
"""

import importlib
import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from domain.names import Key, database_name, fingerprint, label_of, seed_label
from domain.ports import Database
from domain.requests import BranchRequest
from domain.resources import Connection, Removal, Seed

_NUMBERS = itertools.count(1)


class DatabaseBench(Protocol):
    """One server with two installations on it, and the hands of the people who use it."""

    @property
    def database(self) -> Database:
        """The adapter under test."""
        ...

    @property
    def rival(self) -> Database:
        """The same adapter for another installation on the same server."""
        ...

    async def write(self, connection: Connection, row: str) -> None:
        """One more row in the database, as whoever the connection is for; PermissionError if it may not."""
        ...

    async def read(self, connection: Connection) -> tuple[str, ...]:
        """All rows of the database, as whoever the connection is for; PermissionError if it may not."""
        ...

    async def foreign(self, name: str) -> None:
        """A database of this name that nobody of ours made."""
        ...

    async def names(self, name: str) -> int:
        """How many databases and roles of this name are on the server."""
        ...

    def held(self, key: Key) -> AbstractAsyncContextManager[None]:
        """Somebody is at work on this preview's branch inside the block."""
        ...

    async def elsewhere(self, connection: Connection, other: Connection) -> Connection:
        """The way into the other's database with the user and the password of this connection."""
        ...


DatabaseBenchMaker = Callable[[pytest.FixtureRequest], DatabaseBench]
"""Makes a bench for one test; a server that a whole run shares it takes from the fixtures."""


def new_key(repository: str = "acme/contract") -> Key:
    """A key that no other test of this run has, because servers are shared."""
    return Key(repository, next(_NUMBERS))


def name_of(key: Key) -> str:
    """The name of this preview's database."""
    return database_name(label_of(key, home="acme"))


def branching(key: Key, *, generation: int = 1, seed: Seed | None = None, seconds: float = 60) -> BranchRequest:
    """A request for this preview's branch, whose lease ends after so many seconds."""
    return BranchRequest(
        key=key,
        label=label_of(key, home="acme"),
        instance="main",
        generation=generation,
        seed=seed,
        deadline=datetime.now(UTC) + timedelta(seconds=seconds),
    )


def removal(database: Database, key: Key, *, generation: int = 9) -> Removal:
    """A request to drop everything of this preview that is of no higher generation."""
    label = label_of(key, home="acme")
    entries = database.entries("main", label)
    return Removal(key=key, label=label, port="database", instance="main", generation=generation, entries=entries)


def new_seed(repository: str | None = None) -> Seed:
    """A seed that no other test of this run has; versions of one repository differ by their fingerprints."""
    repository, version = repository or f"acme/shop{next(_NUMBERS)}x", fingerprint(str(next(_NUMBERS)))
    return Seed(instance="main", repository=repository, fingerprint=version, label=seed_label(repository, version))


def no_beat() -> None:
    """Nobody listens."""


def database_benches() -> list[Any]:
    """A parameter for every bench that a `benches_*.py` beside this file offers."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("benches_*.py"))
    modules = [importlib.import_module(f"tests.contracts.{name}") for name in names]
    return [
        pytest.param(maker, id=name, marks=getattr(module, "DATABASE_MARKS", ()))
        for module in modules
        for name, maker in getattr(module, "DATABASE_BENCHES", {}).items()
    ]

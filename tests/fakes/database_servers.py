"""FakeServer: the databases and roles of one server in memory, and how a preview enters them."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from domain.errors import PermanentError
from domain.phases import Reason
from domain.resources import Connection, Seed

Owner = tuple[str, str, str]
"""Installation, `branch` or `seed`, and the key or the repository."""

FOREIGN: Owner = ("", "", "")
"""The owner of what carries no mark of anybody."""


@dataclass(frozen=True, kw_only=True)
class FakeRole:
    """A role with its mark; `password` is empty until it has one."""

    owner: Owner
    label: str
    generation: int
    made_at: datetime
    password: str = ""


@dataclass(frozen=True, kw_only=True)
class FakeStore:
    """A database with its mark and its rows; `state` is cloned, ready, building or sealed."""

    owner: Owner
    label: str
    generation: int
    made_at: datetime
    state: str = "cloned"
    rows: tuple[str, ...] = ()


@dataclass
class FakeServer:
    """What is on one server, by name, and who is at work on which name."""

    stores: dict[str, FakeStore] = field(default_factory=dict[str, FakeStore])
    roles: dict[str, FakeRole] = field(default_factory=dict[str, FakeRole])
    locks: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    def lock(self, name: str) -> asyncio.Lock:
        """The lock on this name."""
        return self.locks.setdefault(name, asyncio.Lock())

    def write(self, connection: Connection, row: str) -> None:
        """One more row in the database that this connection leads to."""
        name = self.enter(connection)
        self.stores[name] = replace(self.stores[name], rows=(*self.stores[name].rows, row))

    def read(self, connection: Connection) -> tuple[str, ...]:
        """The rows of the database that this connection leads to."""
        return self.stores[self.enter(connection)].rows

    def enter(self, connection: Connection) -> str:
        """The name of the database; PermissionError if it may not be entered by this connection."""
        parts = urlsplit(connection.url)
        name = parts.path.removeprefix("/")
        store, role = self.stores.get(name), self.roles.get(parts.username or "")
        is_open = store is not None and store.state in {"ready", "building"}
        if not is_open or role is None or parts.username != name or role.password != parts.password:
            raise PermissionError(f"{parts.username} may not enter {name}")
        return name

    def refuse_foreign(self, name: str, owner: Owner) -> None:
        """Returns if all that has this name is the owner's; PermanentError(NOT_OURS) if not."""
        owners = [made.owner for made in (self.stores.get(name), self.roles.get(name)) if made]
        if any(each != owner for each in owners):
            raise PermanentError(f"{name} is not of {owner[2]}", reason=Reason.NOT_OURS)

    def remove(self, name: str) -> None:
        """Neither a database nor a role has this name."""
        self.stores.pop(name, None)
        self.roles.pop(name, None)


def password_of(name: str, generation: int) -> str:
    """The password of one generation of a role."""
    return sha256(f"{name}:{generation}".encode()).hexdigest()


def name_of(seed: Seed) -> str:
    """The name of a seed's database; two repositories never share one."""
    digest = sha256(seed.repository.encode()).hexdigest()[:6]
    return f"seed_{seed.label.removeprefix('seed-').replace('-', '_')}_{digest}"

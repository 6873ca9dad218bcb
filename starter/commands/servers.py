"""Database servers as commands open them: one by its name in the settings, and nothing else that is set."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

from composition import composed
from domain.branches import Branch
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.ports import Database
from settings import Settings


@runtime_checkable
class Listed(Protocol):
    """A database that can tell more of its branches than the port's `list`."""

    async def branches(self) -> tuple[Branch, ...]:
        """Every branch and seed that carries this installation's mark."""
        ...

    async def branch_of(self, key: Key, label: str) -> Branch | None:
        """The branch of this preview as it is now, None if there is none; PermanentError if it is somebody else's."""
        ...


@asynccontextmanager
async def opened(settings: Settings, name: str) -> AsyncGenerator[Database]:
    """The database of this name; PermanentError if none is configured so."""
    require(settings, name)
    alone = {"forges": {}, "images": {}, "platforms": {}, "databases": {name: settings.databases[name]}}
    async with composed(settings.model_copy(update=alone)) as ports:
        yield ports.databases[name]


def require(settings: Settings, name: str) -> None:
    """Returns if there is a database of this name in the settings; PermanentError that names those there are if not."""
    if name not in settings.databases:
        known = ", ".join(settings.databases) or "none"
        raise PermanentError(
            f"there is no database server {name!r}; configured: {known}. "
            f"Set MATINEE_DATABASES__{name.upper()}__HOST and the rest, or start `matinee up`",
            reason=Reason.SETTINGS,
        )

"""PostgreSQL: a server of our own, made ready for branching, whose data and passwords stay in one folder."""

import secrets
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import asyncpg

from domain.errors import PermanentError
from domain.phases import Reason
from embedded import accounts, initialising, passwords, programs, roles
from embedded.ports import HOST
from embedded.processes import Program, Running, running

_NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)
"""What a client meets while the server starts."""

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """Where the server answers, and the passwords of its two roles, which no repr shows."""

    port: int
    password: str = field(repr=False)
    superuser_password: str = field(repr=False)
    process: Running = field(repr=False, compare=False)
    host: str = HOST

    @property
    def url(self) -> str:
        """How to connect as `matinee` to the database that it works in, password included."""
        return f"postgresql://{roles.MATINEE}:{self.password}@{self.host}:{self.port}/{roles.ADMIN_DATABASE}"

    @property
    def superuser_url(self) -> str:
        """How to connect as the superuser, password included; for looking into the server, not for the worker."""
        return f"postgresql://{roles.SUPERUSER}:{self.superuser_password}@{self.host}:{self.port}/postgres"


@asynccontextmanager
async def postgres(
    folder: Path, *, port: int, binaries: Path | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncGenerator[Postgres]:
    """A server that answers inside the block and is ready for branching; `folder` keeps its data and passwords.

    Where we are root it runs as another user, who must be able to enter the folder. `binaries` are another
    PostgreSQL's programs; by default the wheel's are used. `settings` take the place of ours of the same names.
    """
    account = accounts.unprivileged()
    accounts.prepare(folder, account)
    binaries = binaries or programs.postgres_binaries(folder, account)
    superuser = _password(folder / "superuser.password")
    # initdb reads it from the file, so that it stands on no command line.
    accounts.give(folder / "superuser.password", account)
    data = await initialising.initialise(folder, binaries, account, folder / "superuser.password")
    program = Program(
        name="PostgreSQL",
        command=(str(binaries / "postgres"), "-D", str(data), *initialising.settings(data, port, settings)),
        folder=folder,
        account=account,
        ports=(port,),
        cure=f"Its log says more. Without {folder} it begins anew, and what it knew is lost.",
        # SIGTERM would wait for every client to leave; SIGQUIT takes the server's own children along.
        stop=signal.SIGINT,
        death=signal.SIGQUIT,
        grace=30.0,
    )

    async def ready() -> bool:
        return await _answers(port, superuser)

    async with running(program, ready) as process:
        password = _password(folder / "matinee.password")
        await _prepare(port, superuser, password)
        yield Postgres(port=port, password=password, superuser_password=superuser, process=process)


def _password(file: Path) -> str:
    """The password in this file, made at random if there is none yet."""
    return passwords.kept(file, lambda: secrets.token_urlsafe(24))


async def _prepare(port: int, superuser: str, password: str) -> None:
    """The server has the roles and the database that branching needs."""
    connection = await _connected(port, superuser)
    try:
        await roles.prepare(connection, passwords.verifier(password, secrets.token_bytes(16)))
    finally:
        await connection.close()


async def _answers(port: int, superuser: str) -> bool:
    """Whether the server takes connections; PermanentError if it is not ours or has another password."""
    try:
        connection = await _connected(port, superuser)
    except _NOT_YET:
        return False
    except asyncpg.InvalidPasswordError as error:
        raise PermanentError(
            f"The server on port {port} does not know the password in superuser.password. If that file was changed, "
            "put it back; or remove the folder of PostgreSQL, whose data is lost then.",
            reason=Reason.DATABASE_REFUSED,
        ) from error
    await connection.close()
    return True


async def _connected(port: int, superuser: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection of the superuser."""
    return await asyncpg.connect(
        host=HOST,
        port=port,
        user=roles.SUPERUSER,
        password=superuser,
        database="postgres",
        ssl=False,
        timeout=_CONNECT_SECONDS,
    )

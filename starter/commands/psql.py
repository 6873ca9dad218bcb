"""`matinee psql`: a shell on a preview's database, for whoever has what a worker has: its settings and key ring."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import click

from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.resources import Connection
from settings import load
from starter.commands.arguments import key_argument
from starter.commands.options import data_option
from starter.commands.reaching import connection_of

_ASKED_FOR = {"sslmode": "PGSSLMODE", "channel_binding": "PGCHANNELBINDING", "options": "PGOPTIONS"}
"""What the address of a database may ask of its client, and the variable that tells libpq."""

_ELSEWHERE = frozenset(
    [
        *("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS"),
        *("PGUSER", "PGPASSWORD", "PGPASSFILE", "PGOPTIONS", "PGREQUIREAUTH"),
    ]
)
"""Variables of libpq that would lead to another server, or there as somebody else."""


@click.command()
@key_argument
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGUMENTS]")
@data_option
def command(key: Key, arguments: tuple[str, ...], data: Path | None) -> NoReturn:
    """Open psql on the database of a preview, as the preview's own role; ARGUMENTS are psql's.

    It has to run where the database server can be reached, with the settings and the key ring of a worker. The
    password stands in psql's environment only. The exit code is psql's.
    """
    program = shutil.which("psql")
    if program is None:
        raise PermanentError(
            "there is no psql on the PATH: install PostgreSQL's client (Debian: apt-get install postgresql-client; "
            "macOS: brew install libpq)",
            reason=Reason.SETTINGS,
        )
    connection = asyncio.run(connection_of(load(data), key))
    _become(program, arguments, shell_variables(connection, os.environ))


def shell_variables(connection: Connection, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which psql finds this database and no other; it has no setting and no secret of Matinee's."""
    parts = urlsplit(connection.url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise PermanentError(
            f"the database is reached by {parts.scheme!r}, which psql does not speak: use a client of that kind",
            reason=Reason.SETTINGS,
        )
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _ELSEWHERE and not name.upper().startswith(("MATINEE_", "TEMPORAL_"))
    }
    asked = {_ASKED_FOR[name]: value for name, value in parse_qsl(parts.query) if name in _ASKED_FOR}
    return (
        kept
        | asked
        | {
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port or 5432),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": unquote(parts.path.removeprefix("/")),
        }
    )


def _become(program: str, arguments: tuple[str, ...], variables: Mapping[str, str]) -> NoReturn:
    """This process is psql from now on, so that Ctrl-C, the terminal and the exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores it, and what it starts would inherit that: a pager that is left would not end what it shows.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(program, [program, *arguments], variables)  # noqa: S606 - no shell: these are the user's own words
    except OSError as error:
        raise PermanentError(f"{program} cannot be started: {error.strerror}", reason=Reason.SETTINGS) from error

"""Initialising: the folder that PostgreSQL keeps its data in, made once, and the settings that it starts with."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from embedded.accounts import Account, give
from embedded.ports import HOST
from embedded.processes import Program, finish
from embedded.roles import MATINEE, SUPERUSER

_CLONING_SINCE = 18

_ACCESS = f"""\
# Written at every start. A preview's role comes into the database of its own name, whatever is granted to it.
host  all       {SUPERUSER}  {HOST}/32  scram-sha-256
host  all       {MATINEE}    {HOST}/32  scram-sha-256
host  sameuser  all          {HOST}/32  scram-sha-256
"""

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    # In its own folder: in /dev/shm it would be left over by a kill, and in a container that has only 64 MB.
    "dynamic_shared_memory_type": "mmap",
    "password_encryption": "scram-sha-256",
    # Giving a big schema to a preview's role locks each of its tables and indexes at once.
    "max_locks_per_transaction": "1024",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # A crash may lose the last second of a preview, which is no loss; fsync=off could lose all of them.
    "fsync": "on",
    "synchronous_commit": "off",
    "autovacuum_naptime": "1min",
    "idle_session_timeout": "1h",
    "log_line_prefix": "%m %d ",
}


async def initialise(folder: Path, binaries: Path, account: Account | None, password_file: Path) -> Path:
    """The data folder, complete: made in a draft first, so that one that was cut short is never mistaken for it."""
    data = folder / "data"
    if not data.exists():
        draft = folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give(draft, account)
        await finish(_initdb(folder, draft, binaries, account, password_file))
        draft.rename(data)
    (data / "pg_hba.conf").write_text(_ACCESS)
    return data


def settings(data: Path, port: int, other: Mapping[str, str]) -> tuple[str, ...]:
    """The options that the server starts with. `clone` costs nothing where the file system cannot share blocks.

    `other` ones take the place of ours.
    """
    major = int((data / "PG_VERSION").read_text())
    cloning = {"file_copy_method": "clone"} if major >= _CLONING_SINCE else {}
    chosen = {"port": str(port), **_SETTINGS, **cloning, **other}
    return tuple(part for name, value in chosen.items() for part in ("-c", f"{name}={value}"))


def _initdb(folder: Path, draft: Path, binaries: Path, account: Account | None, password_file: Path) -> Program:
    """The program that makes an empty data folder, whose superuser has the password in that file."""
    return Program(
        name="initdb",
        command=(
            *(str(binaries / "initdb"), "--pgdata", str(draft), "--username", SUPERUSER),
            *("--pwfile", str(password_file), "--auth", "scram-sha-256", "--data-checksums"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8"),
        ),
        folder=folder,
        account=account,
        cure="PostgreSQL's data could not be made.",
    )

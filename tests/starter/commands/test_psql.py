"""`matinee psql`: a shell on a preview's database, or the reason why there is none, with the cure."""

import json
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from databases import database_of
from domain.branches import Branch
from domain.errors import PermanentError
from domain.messages import Command, Status
from domain.names import Key, database_name
from domain.phases import Intent, Phase, Reason
from domain.ports import Database
from domain.requests import BranchRequest
from domain.resources import Connection
from embedded.postgres import Postgres
from settings import Settings
from starter.commands.psql import shell_variables
from starter.commands.reaching import require_awake
from starter.commands.servers import Listed
from tests.adapters.databases.servers import new_installation, read, write
from tests.contracts.database_bench import branching, no_beat
from tests.starter.commands.command_lines import CommandLine, command_line
from tests.workflows.stages import Stage, stage

RING = "k1:" + "5e" * 32

_SCRIPT = """\
#!/bin/sh
tr '\\0' '\\n' < /proc/$$/cmdline > "$HOME/cmdline"
printf '%s\\n' "$@" > "$HOME/arguments"
env > "$HOME/environment"
exit 7
"""
"""A psql that writes down how it was started, and ends with a code of its own."""


@dataclass(frozen=True)
class Shell:
    """A preview whose database is on a real server, and the shell of a person who has Matinee's settings."""

    stage: Stage
    key: Key
    status: Status
    database: Database
    matinee: CommandLine
    folder: Path

    async def branched(self, *, generation: int = 5) -> Connection:
        """The preview's database as the worker would have made it; the stage's own is a fake."""
        request = replace(branching(self.key, generation=generation), label=self.status.label)
        return await self.database.connection(await self.database.branch(self._request(request), no_beat))

    def _request(self, request: BranchRequest) -> BranchRequest:
        return replace(request, instance=self.stage.server)

    def scripted(self) -> CommandLine:
        """A shell that finds the psql of this file only."""
        program = self.folder / "bin" / "psql"
        program.parent.mkdir(exist_ok=True)
        program.write_text(_SCRIPT)
        program.chmod(0o755)
        return self.on_path(f"{program.parent}:{os.environ['PATH']}")

    def on_path(self, path: str) -> CommandLine:
        """A shell with this PATH."""
        return CommandLine(self.folder, {**self.matinee.variables, "PATH": path})

    def written(self, name: str) -> str:
        """What the scripted psql wrote down."""
        return (self.folder / name).read_text()


@asynccontextmanager
async def _shell(temporal: WorkflowEnvironment, server: Postgres, folder: Path) -> AsyncGenerator[Shell]:
    async with stage(temporal.client) as own, AsyncExitStack() as stack:
        key = own.opened()
        await own.ready(key)
        values = {"host": server.host, "port": str(server.port), "password": server.password}
        installation, name = new_installation(), own.server.upper()
        settings = Settings.model_validate(
            {"installation": installation, "key_ring": RING, "databases": {own.server: values}}
        )
        section = settings.databases[own.server]
        database = database_of(stack, settings, own.server, section, now=lambda: datetime.now(UTC))
        named = {f"DATABASES__{name}__{field.upper()}": value for field, value in values.items()}
        matinee = command_line(
            temporal.client,
            folder,
            INSTALLATION=installation,
            KEY_RING=RING,
            HOME_OWNER="acme",
            DATABASE=own.server,
            **named,
        )
        yield Shell(own, key, await own.status(key), database, matinee, folder)


@pytest.mark.server
async def test_psql_opens_the_previews_own_database(
    temporal: WorkflowEnvironment, postgres: Postgres, tmp_path: Path
) -> None:
    """I read and write as the preview does, with what I say behind `--`."""
    async with _shell(temporal, postgres, tmp_path) as shell:
        connection = await shell.branched()
        await write(connection, "from the preview")
        matinee = shell.on_path(f"{Path(shutil.which('psql') or '/usr/bin/psql').parent}:{os.environ['PATH']}")

        answer = await matinee(
            *("psql", str(shell.key), "--", "-qAtX", "-c", "SELECT note FROM notes"),
            *("-c", "INSERT INTO notes (note) VALUES ('from the shell')", "-c", "SELECT current_user"),
        )
        rows = await read(connection)

    name = database_name(shell.status.label)
    assert (answer.code, answer.out.splitlines()) == (0, ["from the preview", name]), answer.err
    assert rows == ("from the preview", "from the shell")


@pytest.mark.server
async def test_no_secret_is_on_the_command_line(
    temporal: WorkflowEnvironment, postgres18: Postgres, tmp_path: Path
) -> None:
    """The password is in psql's environment alone, which has none of Matinee's own secrets; the exit code is psql's."""
    async with _shell(temporal, postgres18, tmp_path) as shell:
        connection = await shell.branched()
        password = connection.url.split(":")[2].split("@")[0]

        answer = await shell.scripted()("psql", str(shell.key), "--", "-c", "SELECT 1")

    environment, name = shell.written("environment").splitlines(), database_name(shell.status.label)
    assert answer.code == 7
    assert shell.written("arguments").splitlines() == ["-c", "SELECT 1"]
    assert {f"PGPASSWORD={password}", f"PGUSER={name}", f"PGDATABASE={name}"} <= set(environment)
    assert not [line for line in environment if line.startswith("MATINEE_") or postgres18.password in line]
    for secret in (password, postgres18.password, RING):
        assert secret not in shell.written("cmdline") + answer.out + answer.err


@pytest.mark.server
async def test_without_a_worker_the_server_itself_says_which_database_it_is(
    temporal: WorkflowEnvironment, postgres18: Postgres, tmp_path: Path
) -> None:
    """In the middle of an outage I still get at the data."""
    async with _shell(temporal, postgres18, tmp_path) as shell:
        await shell.branched()
        scripted = shell.scripted()
        away = CommandLine(tmp_path, {**scripted.variables, "TEMPORAL_ADDRESS": "127.0.0.1:9"})

        answer = await away("psql", str(shell.key))

    assert answer.code == 7
    assert "no Temporal answers at 127.0.0.1:9" in answer.err
    assert f"PGDATABASE={database_name(shell.status.label)}" in shell.written("environment").splitlines()


@pytest.mark.server
async def test_what_keeps_the_shell_shut_is_told_with_its_cure(
    temporal: WorkflowEnvironment, postgres18: Postgres, tmp_path: Path
) -> None:
    """No psql, no database, another installation's, a server that is away, no such preview, one that sleeps."""
    async with _shell(temporal, postgres18, tmp_path) as shell:
        key, scripted = str(shell.key), shell.scripted()
        no_psql = await shell.on_path(str(tmp_path / "nowhere"))("psql", key)
        gone = await scripted("psql", key)
        await shell.branched()
        rival = CommandLine(tmp_path, {**scripted.variables, "MATINEE_INSTALLATION": "rival"})
        theirs = await rival("psql", key)
        port = f"MATINEE_DATABASES__{shell.stage.server.upper()}__PORT"
        away = await CommandLine(tmp_path, {**scripted.variables, port: "9"})("psql", key)
        unknown = await scripted("psql", "acme/nothing#1")
        await shell.stage.ask(shell.key, "stop", Command())
        await shell.stage.reaches(shell.key, Phase.STOPPED)
        stopped = await scripted("psql", key)

    answers = (no_psql, gone, theirs, away, unknown, stopped)
    assert [answer.code for answer in answers] == [1] * len(answers)
    assert "postgresql-client" in no_psql.err
    assert f"`matinee reset-database {key}`" in gone.err
    assert "not of" in theirs.err
    assert "cannot be reached" in away.err
    assert "there is no preview of acme/nothing#1" in unknown.err
    assert f"`matinee start {key}`" in stopped.err
    assert postgres18.password not in json.dumps([answer.out + answer.err for answer in answers])


def test_variables_lead_to_this_database_and_no_other() -> None:
    """Whatever my shell is set up for, psql comes to the preview, by what its address asks for."""
    connection = Connection(
        url="postgresql://a%40b:p%3Aw@[::1]:6543/pr_shop_12?sslmode=require&channel_binding=require"
    )
    mine = {
        "PGHOSTADDR": "10.0.0.1",
        "PGSERVICE": "other",
        "PGSSLROOTCERT": "ca.pem",
        "MATINEE_KEY_RING": "x",
    }

    assert shell_variables(connection, mine) == {
        "PGSSLROOTCERT": "ca.pem",
        "PGSSLMODE": "require",
        "PGCHANNELBINDING": "require",
        "PGHOST": "::1",
        "PGPORT": "6543",
        "PGUSER": "a@b",
        "PGPASSWORD": "p:w",
        "PGDATABASE": "pr_shop_12",
    }


def test_a_database_that_psql_does_not_speak_to_is_told_as_that() -> None:
    """I read what it is reached by, and no password."""
    with pytest.raises(PermanentError, match="'mysql'") as refused:
        shell_variables(Connection(url="mysql://ada:planted@db.invalid/shop"), {})

    assert "planted" not in str(refused.value)


@pytest.mark.parametrize(
    ("phase", "cure"),
    [
        (Phase.STOPPED, "`matinee start acme/shop#12`"),
        (Phase.EXPIRED, "`matinee start acme/shop#12`"),
        (Phase.CLOSING, "`matinee show acme/shop#12`"),
    ],
)
def test_a_preview_that_sleeps_or_goes_is_told_with_its_cure(phase: Phase, cure: str) -> None:
    """I know what to type next."""
    status = Status(
        key=Key("acme/shop", 12), phase=phase, phase_since=None, reason=Reason.NONE, detail="", intent=Intent.UP
    )

    with pytest.raises(PermanentError) as refused:
        require_awake(status)

    assert cure in str(refused.value)


class _Telling:
    """A database that can tell more than the port asks for."""

    async def branches(self) -> tuple[Branch, ...]:
        """None."""
        return ()

    async def branch_of(self, key: Key, label: str) -> Branch | None:
        """None."""
        del key, label
        return None


def test_databases_that_can_tell_more_are_known_by_what_they_can() -> None:
    """A new adapter is listed with sizes as soon as it has the two methods."""
    assert isinstance(_Telling(), Listed)

"""Secrets: a password that a preview's services get stands in nothing that anybody can read."""

from urllib.parse import urlsplit

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.messages import Command
from domain.names import throttle_id
from domain.phases import Phase
from tests.fakes.platforms import Program
from tests.workflows.stages import SHOP, Stage, stage

pytestmark = pytest.mark.server


async def test_no_password_is_in_a_history_a_status_a_report_or_a_memo(temporal: WorkflowEnvironment) -> None:
    """A whole life with failures that print the connection: the passwords reach the processes and nobody else."""
    async with stage(temporal.client) as own:
        key = own.opened()
        handle = await own.ready(key)
        passwords = passwords_of(own)
        told = [str(await own.status(key))]
        label = own.policies(key).label
        given = own.platform.machine.previews[label].releases.values()
        assert {_password(release.connection.url) for release in given if release.connection} <= passwords

        _fail_aloud(own, passwords)
        own.forge.push(key, {".matinee.yaml": SHOP.replace(b"migrate: migrate", b"migrate: aloud")})
        await own.tell(key)
        await own.reaches(key, Phase.FAILED, commit=own.head(key))
        passwords |= passwords_of(own)
        told.append(str(failed := await own.status(key)))
        assert failed.detail.startswith("`aloud` ended with exit code 1. Its last lines:\n***")
        own.platform.programs.clear()
        await own.ask(key, "reset_database", Command(by="alice"))
        await own.reaches(key, Phase.READY, commit=own.head(key))
        passwords |= passwords_of(own)
        described = await handle.describe()
        told += [str(await described.memo()), str(described.typed_search_attributes)]
        told += [str(await handle.query("__temporal_workflow_metadata"))]
        await own.closed(key)

        told += [str(report) for report in own.forge.reports[key]]
        told += [await history(each) for each in await _workflows(own, handle)]
        assert len(passwords) >= 3
        assert all(len(text) > 50 for text in told)
        assert [password for password in passwords for text in told if password in text] == []


def passwords_of(own: Stage) -> set[str]:
    """The passwords of all roles that are on the database server now."""
    return {role.password for role in own.database.server.roles.values()}


async def history(handle: WorkflowHandle[object, object]) -> str:
    """Everything in a history, its payloads as they are: our converter writes plain JSON, as bytes."""
    events = (await handle.fetch_history()).events
    return b"\n".join(event.SerializeToString() for event in events).decode(errors="replace")


def _fail_aloud(own: Stage, passwords: set[str]) -> None:
    """The next migration prints the password that it was given, and fails."""
    own.platform.programs["aloud",] = Program(lines=tuple(sorted(passwords)), exit_code=1)


async def _workflows(own: Stage, handle: WorkflowHandle[object, object]) -> list[WorkflowHandle[object, object]]:
    """The preview's workflow, the throttle's, and those that built seeds."""
    query = f"WorkflowType = 'SeedWorkflow' AND TaskQueue = '{own.task_queue}'"
    seeds = [own.client.get_workflow_handle(run.id) async for run in own.client.list_workflows(query)]
    assert seeds
    return [handle, own.client.get_workflow_handle(throttle_id(own.server)), *seeds]


def _password(url: str) -> str:
    return urlsplit(url).password or ""

"""The servers that tests start: real, fast to start, and knowing what the product registers."""

import asyncpg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from activities import attributes
from embedded.postgres import Postgres

pytestmark = pytest.mark.server


async def _registered(environment: WorkflowEnvironment) -> set[str]:
    """The names of the custom search attributes that the server knows."""
    answer = await environment.client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=environment.client.namespace)
    )
    return set(answer.custom_attributes)


async def test_a_test_finds_a_server_that_knows_our_search_attributes(temporal: WorkflowEnvironment) -> None:
    """A test can filter previews by phase, as an operator does in the UI."""
    assert await _registered(temporal) >= set(attributes.ALL)


async def test_a_skipping_server_knows_them_too(skipping: WorkflowEnvironment) -> None:
    """What holds on the real clock can be tested on the quick one."""
    assert await _registered(skipping) >= set(attributes.ALL)


async def test_a_test_may_branch_databases_at_once(postgres: Postgres) -> None:
    """On every PostgreSQL of this machine, the worker's role makes databases and roles without being a superuser."""
    connection = await asyncpg.connect(postgres.url)
    try:
        await connection.execute("CREATE ROLE pr_probe")
        await connection.execute("CREATE DATABASE pr_probe")
        await connection.execute("DROP DATABASE pr_probe")
        await connection.execute("DROP ROLE pr_probe")
        assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    finally:
        await connection.close()

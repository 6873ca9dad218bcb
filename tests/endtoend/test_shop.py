"""The example application by itself, before anything previews it: its own tests, run as its README says."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from embedded.postgres import Postgres

_SHOP = Path(__file__).parents[2] / "examples" / "shop"
_DATABASE = "shop_of_its_own_tests"


@pytest.mark.server
async def test_the_example_passes_its_own_tests_on_an_empty_database(postgres18: Postgres) -> None:
    """Whoever copies the example starts from something that works, its database included."""
    connection = await asyncpg.connect(postgres18.superuser_url)
    try:
        await connection.execute(f"CREATE DATABASE {_DATABASE}")
        code, output = await _own_tests(postgres18.superuser_url.rpartition("/")[0] + f"/{_DATABASE}")
        await connection.execute(f"DROP DATABASE {_DATABASE} WITH (FORCE)")
    finally:
        await connection.close()

    assert code == 0, output
    assert "5 passed" in output


async def _own_tests(database_url: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "tests", "-q", "-p", "no:cacheprovider"),
        cwd=_SHOP,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()

"""Metrics: a worker's are there for Prometheus, and an address that does not serve is told with its cure."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from temporalio.testing import WorkflowEnvironment

from domain.errors import PermanentError
from settings import Settings, explained
from starter.metering import measured
from tests.starter.test_serving import free_port

WRONG = ["9464", "localhost:9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "0.0.0.0:nine", "::1:9464"]


@pytest.mark.server
async def test_metrics_are_served_where_the_setting_says(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """What the SDK has asked of Temporal is counted, with durations in seconds; a port that is taken is told."""
    address, where = temporal.client.service_client.config.target_host, f"127.0.0.1:{free_port()}"
    program = """
import asyncio, pathlib, sys
from settings import load
from starter.connecting import connect
from starter.metering import measured
settings = load(pathlib.Path(sys.argv[1]))
asyncio.run(connect(settings, runtime=measured(settings.metrics)))
print("connected", flush=True)
sys.stdin.read()
"""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TEMPORAL_ADDRESS": address, "MATINEE_METRICS": where},
    )
    try:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"connected\n"
        async with httpx.AsyncClient() as client:
            told = (await client.get(f"http://{where}/metrics")).text
        assert "temporal_request_total{" in told
        assert "temporal_request_latency_seconds_bucket{" in told
        with pytest.raises(PermanentError, match=f"MATINEE_METRICS: no metrics can be served at {where} .*free port"):
            measured(where)
    finally:
        child.terminate()
        await child.communicate()


def test_without_an_address_nothing_is_measured() -> None:
    """Who sets nothing has nothing that listens."""
    assert measured("") is None


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_told_with_a_right_one(address: str) -> None:
    """The setting, what was written and what to write stand in the error."""
    with pytest.raises(ValidationError) as told:
        Settings(metrics=address)
    assert explained(told.value).splitlines()[1:] == [
        f"MATINEE_METRICS: {address!r} is no address; write IP:PORT, such as 127.0.0.1:9464"
    ]


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "0.0.0.0:9464", "[::1]:9464", ""])
def test_an_address_is_taken(address: str) -> None:
    """Of either family, or none."""
    assert Settings(metrics=address).metrics == address

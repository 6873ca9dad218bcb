"""`matinee doctor`: what works is ticked, what does not is named with its cure."""

import asyncio
import shlex
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from embedded.ports import free_ports
from embedded.programs import beside_python
from embedded.temporal import temporal as bare_temporal
from starter import scheduling
from tests.servers import temporal_server
from tests.starter.commands.command_lines import CommandLine, command_line
from tests.waiting import until
from tests.workflows.stages import stage

PARTS = {
    "PLATFORMS__LOCAL__OWN_USERS": "false",
    "IMAGES__GIT__KIND": "git",
    "FORGES__LOCAL__KIND": "git",
    "DATABASES__MAIN__PORT": "9",
    "KEY_RING": "k1:" + "5e" * 32,
}


@pytest.mark.server
async def test_doctor_ticks_what_works_and_says_what_to_do_about_the_rest(tmp_path: Path) -> None:
    """With all but a database at work, only the database is named, by its address; exit code 1 until it is mended."""
    port, every = free_ports(1)[0], timedelta(hours=1)
    async with temporal_server() as alone, stage(alone.client) as own:
        await scheduling.ensure(alone.client, task_queue=own.task_queue, sweep_every=every, heal_every=every)
        queue = {"TEMPORAL__TASK_QUEUE": own.task_queue, "RECEIVER__PORT": str(port)}
        matinee = command_line(alone.client, tmp_path, **PARTS, **queue)
        async with matinee.running("receiver"):
            await until(lambda: _answers(port), "the receiver answers")

            people, program = await asyncio.gather(matinee("doctor"), matinee("doctor", "--json"))

    works = ["settings", "temporal", "search attributes", "schedules", "worker"]
    works += ["forge local", "images git", "platform local", "receiver"]
    assert [line.removeprefix("✓ ") for line in people.out.splitlines() if line.startswith("✓")] == works
    assert [each["part"] for each in program.json if each["problems"]] == ["database main"]
    assert "127.0.0.1:9" in people.out
    assert (people.code, program.code) == (1, 1)


@pytest.mark.server
async def test_doctor_names_cures_that_work(tmp_path: Path) -> None:
    """On a bare Temporal each missing thing comes with what adds it, and what was typed so is missing no more."""
    port, ui_port, nobody = free_ports(3)
    async with bare_temporal(tmp_path, port=port, ui_port=ui_port, search_attributes={}, in_memory=True) as server:
        own = {"MATINEE_DATA": str(tmp_path), "MATINEE_RECEIVER__PORT": str(nobody)}
        matinee = CommandLine(tmp_path, {"TEMPORAL_ADDRESS": server.address, **own})
        doctor = await matinee("doctor")
        cures = [line.partition("; ")[2] for line in doctor.out.splitlines() if "search-attribute create" in line]
        for cure in cures:
            await _typed(cure, server.address)

        async def mended() -> bool:
            return "✓ search attributes" in (await matinee("doctor")).out

        await until(mended, "the search attributes are known")

    assert doctor.code == 1
    assert len(cures) == 7
    for cure in ("matinee worker", "matinee receiver", "matinee up", "MATINEE_PLATFORM is 'local'", "no forge"):
        assert cure in doctor.out


async def test_doctor_without_temporal_still_looks_at_the_rest(tmp_path: Path) -> None:
    """One thing that is away does not hide another."""
    named = {f"MATINEE_{name}": value for name, value in PARTS.items()}
    matinee = CommandLine(tmp_path, {**named, "TEMPORAL_ADDRESS": "127.0.0.1:9", "MATINEE_DATA": str(tmp_path)})

    doctor = await matinee("doctor")

    assert "no Temporal answers at 127.0.0.1:9" in doctor.out
    assert "✓ platform local" in doctor.out
    assert "✗ database main" in doctor.out


async def _typed(line: str, address: str) -> None:
    program, *arguments = shlex.split(line)
    assert program == "temporal"
    process = await create_subprocess_exec(
        beside_python("temporal"), *arguments, "--address", address, stdout=DEVNULL, stderr=DEVNULL
    )
    assert await process.wait() == 0


async def _answers(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
        except httpx.TransportError:
            return False

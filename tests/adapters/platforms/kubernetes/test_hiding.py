"""What the cluster says of a preview reaches nobody with a secret in it."""

import asyncio
from typing import Any

import pytest

from adapters.platforms.kubernetes.hiding import hidden
from domain.errors import NotYet, PermanentError
from domain.readiness import Observation, judge
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying, service
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.contracts.platform_bench import SECRET
from tests.domain.examples import NOON

_TELLING = "import os; open('/dev/termination-log', 'w').write('no ' + os.environ['DATABASE_URL']); raise SystemExit(3)"


def test_sentences_and_logs_are_masked_and_nothing_else() -> None:
    """A password that is also a word of Kubernetes keeps no preview from being ready."""
    condition: dict[str, Any] = {"type": "Available", "status": "True", "message": f"True: {SECRET}"}
    event: dict[str, Any] = {"type": "Warning", "reason": "Failed", "note": f"exec: {SECRET}"}
    thing: dict[str, Any] = {"kind": "Deployment", "status": {"conditions": [condition]}}
    seen = Observation(now=NOON, objects=(thing,), events=(event,), logs={"web/web": f"to {SECRET}"})

    veiled = hidden(seen, (SECRET, "True"))

    status: Any = veiled.objects[0]["status"]
    assert status["conditions"] == [{**condition, "message": "***: ***"}]
    assert veiled.events == ({**event, "note": "exec: ***"},)
    assert veiled.logs == {"web/web": "to ***"}
    assert condition["message"] == f"True: {SECRET}"


def test_a_secret_that_a_verdict_would_cut_in_two_is_masked_before() -> None:
    """Half a password is one that can be guessed."""
    condition = {"type": "Failed", "status": "True", "reason": "Other", "message": f"{'x' * 380} {SECRET * 4}"}
    thing = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "status": {"conditions": [condition]}}

    (bare,) = judge(Observation(now=NOON, objects=(thing,)))
    (verdict,) = judge(hidden(Observation(now=NOON, objects=(thing,)), (SECRET * 4,)))

    assert SECRET[:5] in bare.cause
    assert SECRET[:5] not in verdict.cause


@pytest.mark.cluster
@pytest.mark.server
@pytest.mark.slow
async def test_no_reason_for_waiting_holds_a_secret(bench: KubernetesBench) -> None:
    """A container whose last words are its password is waited for, and then fails, without one."""
    request = deploying("r1", service(bench, command=("python", "-c", _TELLING)))
    deployment = await bench.platform.deploy(request, CONNECTION)
    said: list[str] = []

    async with asyncio.timeout(90):
        while "failed" not in said:
            try:
                await bench.platform.settle(deployment)
            except NotYet as answer:
                said.append(answer.message)
                await asyncio.sleep(0.1)
            except PermanentError as error:
                said += [error.message, "failed"]

    waited, failed = [one for one in said[:-2] if "***" in one], said[-2]
    assert waited
    assert "no ***" in failed
    assert [one for one in said if SECRET in one] == []

"""Commands that keep something end in order by a signal, however often it comes."""

import asyncio
import signal
import sys

import pytest

from tests.project.sources import ROOT

PROGRAM = """\
import asyncio, signal
from starter.commands import ending

# A test run under nohup ignores this signal, and so would what it starts.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

async def work():
    try:
        print("begun", flush=True)
        await asyncio.Event().wait()
    finally:
        print("leaving", flush=True)
        await ending.undisturbed(asyncio.sleep(0.5))
        print("left", flush=True)

own_end = ending.run(work, ending="Ending now.")
print("own end" if own_end else "ended by a signal", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_in_order_and_a_second_does_not_disturb(number: signal.Signals) -> None:
    """What is being taken down is taken down to its end, and whoever is impatient is told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"begun\n"
        process.send_signal(number)
        assert await process.stdout.readuntil(b"leaving\n")
        process.send_signal(number)
        rest, _ = await process.communicate()

    said = rest.decode()
    assert "Ending already" in said
    assert said.endswith("left\nended by a signal\n")

"""The throttle by command: who holds and who waits, and another limit while it runs."""

from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.starter.commands.command_lines import command_line
from tests.waiting import until
from tests.workflows.gates import Gate
from tests.workflows.stages import event, stage


@pytest.mark.server
async def test_queue_is_shown_and_moves_on_when_resized(temporal: WorkflowEnvironment, tmp_path: Path) -> None:
    """With a limit of 0 nothing branches and the preview that waits is seen; a larger limit lets it go on."""
    matinee = command_line(temporal.client, tmp_path)
    gate = Gate("branch")
    async with stage(temporal.client, gate) as own:
        first = own.opened()
        await own.tell(first)
        await event(gate.reached, "the first preview is being branched")
        none = await matinee("throttle", "resize", "0", "--server", own.server)
        second = own.opened()
        await own.tell(second)

        async def waits() -> bool:
            return (await own.status(second)).place is not None

        await until(waits, "the second preview stands in the queue")
        people = await matinee("throttle", "--server", own.server)
        program = await matinee("throttle", "--server", own.server, "--json")
        shown = await matinee("show", str(second))
        more = await matinee("throttle", "resize", "5", "--server", own.server)
        gate.opened.set()
        await own.ready(second)

    assert f"{own.server}: 1 of 0 leases are held" in none.out
    assert "place 1" in people.out
    assert "holds" in people.out
    assert (program.json["limit"], len(program.json["held"]), len(program.json["waiting"])) == (0, 1, 1)
    assert "place 1" in shown.out
    assert " of 5 leases are held" in more.out


@pytest.mark.server
async def test_throttle_that_nobody_needed_yet_is_told_by_its_settings(
    temporal: WorkflowEnvironment, tmp_path: Path
) -> None:
    """Before the first preview the limit is the setting's; resizing says which setting that is."""
    matinee = command_line(temporal.client, tmp_path, DATABASES__QUIET__THROTTLE="7")

    shown = await matinee("throttle", "--server", "quiet")
    resized = await matinee("throttle", "resize", "2", "--server", "quiet")
    unknown = await matinee("throttle", "--server", "loud")
    without = await matinee("throttle", "resize")

    assert (shown.code, shown.out) == (0, "quiet: 0 of 7 leases are held, 0 wait\n")
    assert resized.code == 1
    assert "MATINEE_DATABASES__QUIET__THROTTLE" in resized.err
    assert (unknown.code, without.code) == (1, 2)
    assert "configured: quiet" in unknown.err

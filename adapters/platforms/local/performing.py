"""The runner of one command: `python -m adapters.platforms.local.performing FOLDER`.

It is detached from the worker, so that a migration is not cut off with it, and whoever asks again finds the result.
Asked to end, it ends the command and leaves no result: then the command may be run again.
"""

import subprocess
import sys
import time
from pathlib import Path

from adapters.platforms.local.detaching import attend, end_undisturbed, end_when_asked
from adapters.platforms.local.plans import Plan, read_plan
from adapters.platforms.local.supervising import prepare
from adapters.processes import logs
from adapters.processes.commands import NOT_STARTED, Command, Outcome
from adapters.processes.ending import end
from adapters.processes.folders import delete
from adapters.processes.masking import masked
from adapters.processes.writing import write_json
from domain.errors import PermanentError

RESULT = "result.json"
"""The file with the exit code and the last lines."""

_LINES = 50
_PAUSE = 0.1


def main(folder: Path) -> None:
    """The command in this folder has run to its end, unless another process runs it or has run it."""
    plan = read_plan(folder)
    if plan is None or not attend(folder) or (folder / RESULT).exists():
        return
    end_when_asked()
    trace = plan.processes[0].confinement().trace
    try:
        end(trace)  # An earlier runner may have been lost and its command not.
        outcome = _perform(plan)
    finally:
        end_undisturbed()
        end(trace)
    _conclude(folder, plan, outcome)


def _perform(plan: Plan) -> Outcome:
    process = plan.processes[0]
    try:
        prepare(process)
        command = Command(process.confinement())
        command.start()
    except (PermanentError, OSError, subprocess.CalledProcessError) as error:
        reason = error.message if isinstance(error, PermanentError) else "its tree could not be copied"
        logs.append(Path(process.log), reason)
        return Outcome(exit_code=NOT_STARTED, reason=reason)
    while (outcome := command.poll()) is None:
        # A process of its own, with nothing else to do; memory and processes have to be counted again and again.
        time.sleep(_PAUSE)
    return outcome


def _conclude(folder: Path, plan: Plan, outcome: Outcome) -> None:
    process = plan.processes[0]
    log = masked(logs.tail(Path(process.log), _LINES), plan.secrets)
    write_json(folder / RESULT, {"exit_code": outcome.exit_code, "log": log})
    # The plan and the log hold secrets, and the tree is large: none is needed once the result is there.
    for leftover in (folder / Plan.FILE, Path(process.log), Path(f"{process.log}.old")):
        leftover.unlink(missing_ok=True)
    delete(Path(process.folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

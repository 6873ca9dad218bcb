"""The supervisor of one release: `python -m adapters.platforms.local.supervising FOLDER`.

It copies the trees, starts the services, starts again what ends, and ends all when it is asked to. It is detached
from the worker, so it depends on nothing but its folder; lost, it is started again by `settle`.
"""

import subprocess
import sys
import time
from pathlib import Path

from adapters.platforms.local.detaching import attend, end_undisturbed, end_when_asked
from adapters.platforms.local.plans import Plan, ProcessPlan, State, read_plan
from adapters.platforms.local.services import Service
from adapters.processes.confinements import MARK
from adapters.processes.ending import end_found
from adapters.processes.finding import processes_of
from adapters.processes.folders import copy_tree, make_home, make_passable

_PAUSE = 0.2


def main(folder: Path) -> None:
    """The release in this folder is supervised until we are asked to end, unless another process does it."""
    plan = read_plan(folder)
    if plan is None or not attend(folder):
        return
    end_when_asked()
    try:
        _supervise(folder, plan)
    finally:
        end_undisturbed()
        _end_all(plan)
        State(stage="ended").write(folder)


def _supervise(folder: Path, plan: Plan) -> None:
    _end_all(plan)  # An earlier supervisor may have been lost and its services not.
    State(stage="copying").write(folder)
    refused = _copy_all(plan)
    if refused:
        State(stage="refused", reason=refused).write(folder)
        return _wait_for_the_end()
    services = tuple(Service(process) for process in plan.processes)
    while True:
        changed = [service.step() for service in services]
        if any(changed):
            State(stage="running", services=tuple(service.state for service in services)).write(folder)
        # A process of its own, with nothing else to do; memory and processes have to be counted again and again.
        time.sleep(_PAUSE)


def _copy_all(plan: Plan) -> str:
    for process in plan.processes:
        try:
            prepare(process)
        except subprocess.CalledProcessError as error:
            return f"the tree of {process.name} could not be copied: {_last_line(error.stderr)}"
        except OSError as error:
            return f"the tree of {process.name} could not be copied: {error.strerror}"
    return ""


def prepare(plan: ProcessPlan) -> None:
    """The process has its own copy of the tree, once, and a home; what it wrote there earlier is kept."""
    folder = Path(plan.folder)
    make_passable(folder)
    make_home(plan.home, plan.user)
    if plan.tree.is_dir():
        return
    draft = folder / "draft"
    copy_tree(Path(plan.source), draft, plan.user, mark={MARK: plan.folder})
    draft.rename(plan.tree)


def _end_all(plan: Plan) -> None:
    traces = [process.confinement().trace for process in plan.processes]
    end_found(lambda: [process for trace in traces for process in processes_of(trace, thorough=True)])


def _wait_for_the_end() -> None:
    while True:
        # There is nothing to supervise, but without a supervisor the release would be started again.
        time.sleep(60)


def _last_line(output: bytes) -> str:
    return (output.decode(errors="replace").strip().splitlines() or [""])[-1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

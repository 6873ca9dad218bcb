"""Reading what the services of a preview wrote."""

from pathlib import Path

from adapters.platforms.local.marks import refuse_foreign
from adapters.platforms.local.plans import Plan, read_plan
from adapters.platforms.local.releasing import Releases
from adapters.processes import logs
from adapters.processes.masking import masked


def last_lines(releases: Releases, service: str | None, lines: int) -> str:
    """The last lines of one service of the live release, or of all: `web | listening`. Empty if nothing runs."""
    refuse_foreign(releases.place, releases.mark)
    plan = _plan(releases)
    if plan is None:
        return ""
    wanted = [process for process in plan.processes if service in (None, process.name)]
    written = [
        f"{process.name} | {line}" for process in wanted for line in logs.tail(Path(process.log), lines).splitlines()
    ]
    return masked("\n".join(written), plan.secrets)


def _plan(releases: Releases) -> Plan | None:
    """That of the live release; before any is live, that of the newest."""
    live = releases.live()
    folders = [folder for folder in releases.folders() if not live or folder.name == live]
    return read_plan(folders[0]) if folders else None

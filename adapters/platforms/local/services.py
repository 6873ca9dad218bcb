"""One supervised service: started, watched, and started again after growing pauses when it ends."""

import socket
import time
from pathlib import Path

from adapters.platforms.local.plans import ProcessPlan, ServiceState
from adapters.processes import logs
from adapters.processes.commands import Command, Outcome
from domain.errors import PermanentError

STABLE = 300.0
"""Seconds of running after which earlier crashes are forgotten."""

_LONGEST_PAUSE = 60.0


class Service:
    """A service of a release, as its supervisor drives it: `step` again and again."""

    def __init__(self, plan: ProcessPlan) -> None:
        self.plan = plan
        self.state = ServiceState(name=plan.name)
        self._command: Command | None = None
        self._start_at = 0.0

    def step(self) -> bool:
        """It is started if it should run and does not, and its end is noticed; whether its state has changed."""
        if self._command is None:
            return self._start() if time.monotonic() >= self._start_at else False
        outcome = self._command.poll()
        if outcome is not None:
            self._ended(outcome)
            return True
        return self._forgive()

    def _start(self) -> bool:
        if self.plan.listens:
            self.state.port = _free_port(self.state.port)
        command = Command(self.plan.confinement(self.state.port))
        try:
            command.start()
        except PermanentError as error:
            self._ended(Outcome(exit_code=1, reason=error.message))
            self.state.stage = "refused"
            return True
        self._command = command
        self.state.stage = "running"
        self.state.since = time.time()
        return True

    def _ended(self, outcome: Outcome) -> None:
        self._command = None
        pause = min(2.0**self.state.crashes, _LONGEST_PAUSE)
        self._start_at = time.monotonic() + pause
        self.state.stage = "waiting"
        self.state.crashes += 1
        self.state.reason = outcome.reason
        self.state.over_limit |= outcome.over_limit
        logs.append(Path(self.plan.log), f"{outcome.reason}; it is started again in {pause:.0f} s")

    def _forgive(self) -> bool:
        if not self.state.crashes or time.time() - self.state.since < STABLE:
            return False
        self.state.crashes = 0
        self.state.over_limit = False
        return True


def _free_port(last: int | None) -> int:
    """The port of the last start if it is still free, as the route leads there; any free one if not."""
    for port in (last, 0):
        if port is None:
            continue
        with socket.socket() as listener:
            # A port whose last connections are just being forgotten is free for a server.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return listener.getsockname()[1]
    raise PermanentError("no free port on 127.0.0.1")

"""A confined command from its start to its end, as its parent sees it.

Nothing here waits: whoever owns the command asks `poll` again and again, a supervisor as well as a coroutine.
"""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, replace

import psutil

from adapters.processes import logs
from adapters.processes.confinements import Confinement, Trace
from adapters.processes.ending import GRACE, end
from adapters.processes.finding import processes_of
from adapters.processes.watching import excess
from domain.errors import PermanentError
from domain.phases import Reason

TIMED_OUT = 124
"""The exit code of a command whose time was over, as of the `timeout` that every system has."""

OVER_LIMIT = 137
"""The exit code of a command that used too much, as if the kernel had ended it."""

NOT_STARTED = 126
"""The exit code of a command that the system refused to start."""

_WATCHED_EVERY = 0.5
_THREADS_EACH = 32
# The shell sets what Python can only set in a forked copy of a threaded process, which is a known trap. Each limit
# is tried first, because some shells end at a refusal; bash calls the number of processes -u, dash calls it -p.
_SCRIPT = """
limit() { (ulimit "$1" "$2") 2>/dev/null && ulimit "$1" "$2"; }
limit -c 0; limit -n 4096
[ -z "$1" ] || limit -u "$1" || limit -p "$1"
shift; exec "$@"
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended. `reason` is a sentence; `over_limit` says that it was ended for using too much."""

    exit_code: int
    reason: str
    over_limit: bool = False


class Command:
    """A confined command."""

    def __init__(self, confinement: Confinement) -> None:
        self._confinement = confinement
        self._process: subprocess.Popen[bytes] | None = None
        self._began = self._watch_at = 0.0

    def start(self) -> None:
        """The command runs; PermanentError if the system refuses to start it."""
        self._began = self._watch_at = time.monotonic()
        self._process = _started(self._confinement)

    def poll(self) -> Outcome | None:
        """How it ended, None while it runs. Once it has ended, by itself or by us, nothing it started is left."""
        code = self._process.poll() if self._process else NOT_STARTED
        if code is not None:
            end(self._trace, grace=0)
            return Outcome(exit_code=code if code >= 0 else 128 - code, reason=_reason(code))
        now = time.monotonic()
        if now < self._watch_at:
            return None
        self._watch_at = now + _WATCHED_EVERY
        logs.trim(self._confinement.log)
        return self._too_long(now) or self._too_much()

    def end(self, *, grace: float = GRACE) -> list[psutil.Process]:
        """It is ended with all that it started; what could not be ended is returned."""
        left = end(self._trace, grace=grace)
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
        return left

    @property
    def _trace(self) -> Trace:
        return replace(self._confinement.trace, session=self._process.pid if self._process else None)

    def _too_long(self, now: float) -> Outcome | None:
        seconds = self._confinement.seconds
        if seconds is None or now - self._began < seconds:
            return None
        return self._stopped(Outcome(exit_code=TIMED_OUT, reason=f"it was ended after the {seconds:.0f} s it had"))

    def _too_much(self) -> Outcome | None:
        limits = self._confinement
        too_much = excess(processes_of(self._trace), memory_mib=limits.memory_mib, most=limits.processes)
        if too_much is None:
            return None
        return self._stopped(Outcome(exit_code=OVER_LIMIT, reason=f"{too_much}, so it was ended", over_limit=True))

    def _stopped(self, outcome: Outcome) -> Outcome:
        self.end(grace=1.0 if outcome.over_limit else GRACE)
        logs.append(self._confinement.log, outcome.reason)
        return outcome


def _started(confinement: Confinement) -> subprocess.Popen[bytes]:
    user = confinement.user
    log = logs.opened(confinement.log)
    try:
        return subprocess.Popen(  # noqa: S603 - the command of a definition is what we are here to run
            ("/bin/sh", "-c", _SCRIPT, "sh", _brake(confinement), *confinement.command),
            cwd=confinement.folder,
            env=confinement.variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            umask=0o077,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # The error's own text may quote a variable, so only its kind is told.
        raise PermanentError(
            f"the command {confinement.command[0]!r} could not be started: {type(error).__name__}",
            reason=Reason.SERVICE_FAILED,
        ) from error
    finally:
        os.close(log)


def _brake(confinement: Confinement) -> str:
    """What forks faster than we look is held by the kernel, so that it can be ended. Threads count there too."""
    return "" if confinement.user is None else str(confinement.processes * _THREADS_EACH)


def _reason(code: int) -> str:
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was ended by the signal {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by the signal {-code}"

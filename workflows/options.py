"""Every timeout and every retry policy, in one place; nothing else in workflows/ names a duration of an activity.

`start_to_close` is the time of one attempt; one whose worker was lost is tried again as soon as its heartbeat has been
missing for so long. `schedule_to_close` is how long the whole step may take before it is a failure to tell people
about. Attempts have no number: waiting is an attempt that says "not yet" and is made again by the server, which
holds no worker and costs no history. A heartbeat time-out is also how soon a cancellation arrives (at 0.8 of it).
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Concatenate, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.cancelling import refuse_cancelled, unless_cancelled

Answer = TypeVar("Answer")
Request = TypeVar("Request")


@dataclass(frozen=True, kw_only=True)
class Options:
    """How long an activity may take and how it is retried.

    `heartbeat` is after how long a silent worker counts as lost; activities/beating.py sees to the beats.
    One that `asks_only` makes nothing, so whoever cancels it need not wait for its end: close waits for no forge.
    """

    start_to_close: timedelta
    schedule_to_close: timedelta | None = None
    heartbeat: timedelta = timedelta(seconds=10)
    retry: RetryPolicy
    asks_only: bool = False

    def within(self, seconds: float) -> "Options":
        """The same, given up after so many seconds in all."""
        return replace(self, schedule_to_close=timedelta(seconds=max(1.0, seconds)))


def _patient(first: float, most: float, growth: float = 2.0) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=timedelta(seconds=first),
        backoff_coefficient=growth,
        maximum_interval=timedelta(seconds=most),
    )


_CANCELLABLE = timedelta(seconds=5)

LOOK = Options(start_to_close=timedelta(seconds=30), retry=_patient(1, 60), asks_only=True)
"""Asking the forge: for ever, because nothing may be decided without its answer."""

BEGIN = Options(start_to_close=timedelta(seconds=60), retry=_patient(1, 60))
"""Adopting what is there: for ever, because a preview must not start beside what it does not know of."""

BEGIN_PAUSE = timedelta(minutes=5)
"""How long to pause after somebody has to act before a preview can begin, such as an operator on a password."""

PLAN = Options(
    start_to_close=timedelta(seconds=60),
    schedule_to_close=timedelta(minutes=10),
    retry=_patient(1, 30),
    asks_only=True,
)
"""Reading the definition: ten minutes of a forge that is away, then the pull request is told."""

REPORT = Options(start_to_close=timedelta(seconds=30), retry=_patient(2, 60))
"""Reporting: until the forge takes it, or until there is something newer to report."""

LAST_REPORT = REPORT.within(600)
"""The last report of a preview, for which its workflow waits: ten minutes after the forge said that it is closed."""

IMAGE = Options(start_to_close=timedelta(minutes=15), heartbeat=_CANCELLABLE, retry=_patient(2, 15, 1.2))
"""Waiting for an image, or building one: the limit is the policy's `image_limit`."""

SEED = Options(
    start_to_close=timedelta(seconds=30),
    schedule_to_close=timedelta(hours=2),
    retry=_patient(0.5, 5, 1.5),
    asks_only=True,
)
"""Waiting for a seed that its own workflow builds."""

BRANCH = Options(start_to_close=timedelta(minutes=15), heartbeat=_CANCELLABLE, retry=_patient(1, 15))
"""Branching: the limit is the end of its lease."""

RUN = Options(start_to_close=timedelta(hours=1), heartbeat=_CANCELLABLE, retry=_patient(1, 15))
"""A migration or a seed: the limit is the end of its lease."""

DEPLOY = Options(
    start_to_close=timedelta(minutes=5), schedule_to_close=timedelta(minutes=15), retry=_patient(1, 10, 1.5)
)
"""Telling the platform what to run: rendering it may take some minutes, and hooks that come first are waited for."""

SETTLE = Options(start_to_close=timedelta(seconds=60), retry=_patient(0.3, 5, 1.3))
"""Waiting until services are healthy: the limit is the policy's `settle_limit`."""

FLAGS = Options(
    start_to_close=timedelta(seconds=30),
    schedule_to_close=timedelta(minutes=10),
    heartbeat=_CANCELLABLE,
    retry=_patient(1, 15),
)
"""Setting flags: after ten minutes of a platform that is away it is told, and the next rollout sets them anyway."""

FLAGS_ANSWER = timedelta(seconds=6)
"""How long whoever sets a flag is kept waiting for the platform to have it: less than a command waits for an answer."""

PROBE = Options(start_to_close=timedelta(seconds=30), retry=_patient(0.5, 10, 1.5), asks_only=True)
"""Looking from outside: the limit is the policy's `probe_limit`."""

REMOVE = Options(start_to_close=timedelta(minutes=2), schedule_to_close=timedelta(minutes=1), retry=_patient(1, 30))
"""Removing: after this long the blocker is named on the pull request, and removing is tried again, for days."""

REMOVE_PAUSES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
"""How long to pause after the first, the second, and every further round of removing that was blocked."""

CLEAN = REMOVE.within(600)
"""Removing what building a seed left: after ten minutes it is left to the sweep, as previews wait for the seed."""

SEAL = Options(start_to_close=timedelta(minutes=15), schedule_to_close=timedelta(minutes=30), retry=_patient(1, 30))
"""Freezing and sealing a seed: a vacuum of all of its tables."""


async def do(
    method: Callable[Concatenate[Any, Request, ...], Coroutine[Any, Any, Answer]],
    request: Request,
    options: Options,
    *,
    summary: str,
) -> Answer:
    """What the activity answers. Cancelled, one that makes something has ended first, so that nothing overlaps.

    A cancelled caller gets asyncio's own error, however the activity ended: one that ended well just then must not
    let a rollout go on that nobody wants any more.
    """
    refuse_cancelled()
    waiting = workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
    doing = workflow.start_activity_method(
        method,
        request,
        start_to_close_timeout=options.start_to_close,
        schedule_to_close_timeout=options.schedule_to_close,
        heartbeat_timeout=options.heartbeat,
        retry_policy=options.retry,
        cancellation_type=workflow.ActivityCancellationType.TRY_CANCEL if options.asks_only else waiting,
        summary=summary,
    )
    return await unless_cancelled(doing)


LEASE = Options(start_to_close=timedelta(seconds=5), retry=_patient(0.2, 10))
"""Asking for a lease: for ever, as nothing may run without one. One attempt is one signal."""

LEASE_RETURN = Options(
    start_to_close=timedelta(seconds=5), schedule_to_close=timedelta(seconds=60), retry=_patient(0.2, 5)
)
"""Giving a lease back: a minute, after which it ends by itself."""

LEASE_ASK_AGAIN = timedelta(seconds=30)
"""How long a holder waits for a lease before it asks again, in case the throttle was lost."""

ADOPT = Options(start_to_close=timedelta(seconds=60), retry=_patient(1, 30))
"""Looking for leases given before: for ever, because no lease may be given beside one that is not known."""

HOLDERS = Options(start_to_close=timedelta(seconds=30), schedule_to_close=timedelta(seconds=30), retry=_patient(1, 10))
"""Looking whether holders are gone: once, because it is done again soon, and their leases end anyway."""

SURVEY = Options(
    start_to_close=timedelta(minutes=10),
    schedule_to_close=timedelta(minutes=30),
    retry=_patient(1, 30),
)
"""Looking everywhere: a sweep that could not in half an hour ends, and the next one tries."""

ACT = Options(start_to_close=timedelta(seconds=10), schedule_to_close=timedelta(minutes=2), retry=_patient(0.5, 10))
"""Telling one workflow: what fails is told in the report, and found again by the next sweep."""


async def do_at_once(
    method: Callable[Concatenate[Any, Request, ...], Coroutine[Any, Any, Answer]],
    request: Request,
    options: Options,
    *,
    summary: str,
) -> Answer:
    """What the activity answers, from within this workflow task: one event instead of six.

    For single calls of the Temporal server only: everything else of this workflow stands still meanwhile.
    """
    refuse_cancelled()
    doing = workflow.start_local_activity_method(
        method,
        request,
        start_to_close_timeout=options.start_to_close,
        schedule_to_close_timeout=options.schedule_to_close,
        retry_policy=options.retry,
        summary=summary,
    )
    return await unless_cancelled(doing)

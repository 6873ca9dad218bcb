"""The record of a preview: the one place where its state changes, so that whatever shows it cannot fall behind."""

from dataclasses import replace
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import attributes
    from domain.comments import checklist_lines
    from domain.costs import UNPRICED, Prices, cost_of, told
    from domain.leases import Place
    from domain.phases import Phase, StepName, StepState
    from domain.reports import Report
    from domain.rollouts import with_step
    from domain.states import PreviewState
    from domain.statuses import report_of
    from workflows.showing import show


class Record:
    """Holds a preview's state and publishes what changes of it: search attributes, memo and current details.

    `version` rises with every change, so that a wait for "anything new" can be written down.
    """

    def __init__(self, state: PreviewState) -> None:
        self.state = state
        self.version = 0
        self.place: Place | None = None
        self.trouble = ""
        self._lease: str | None = None
        self._published: dict[str, object] = {}
        self._memo: dict[str, object] = {}

    def change(self, state: PreviewState) -> None:
        """The preview is in this state, and everybody who looks can see it."""
        if state != self.state:
            # Whatever came next, what stood in the way of the step before does not any more.
            self.trouble = self.trouble if (state.phase, state.steps) == (self.state.phase, self.state.steps) else ""
            self.state = state
            self.version += 1
        self.publish()

    def next_generation(self) -> int:
        """The generation of the next request: higher than any before it, in runs of this workflow before, too."""
        generation = max(int(workflow.now().timestamp()), self.state.generation + 1)
        self.state = replace(self.state, generation=generation)
        return generation

    def step(self, name: StepName, step_state: StepState, note: str = "") -> None:
        """The checklist shows this step so."""
        self.change(with_step(self.state, name, step_state, workflow.now(), note))

    def queued(self, place: Place | None) -> None:
        """The preview stands at this place in the queue for a lease; None: in no queue."""
        if place != self.place:
            self.place = place
            self.version += 1
            self.publish()

    def troubled(self, words: str) -> None:
        """The running step meets this trouble and is tried again; it is shown until the step has ended."""
        if words != self.trouble:
            self.trouble = words
            self.version += 1
            self.publish()

    def leased(self, lease: str | None) -> None:
        """The preview holds this lease, which a throttle that lost its memory must be able to find.

        A lease that ended is shown with the next change: a stale one errs on the side of fewer leases.
        """
        self._lease = lease
        self.queued(None)
        if lease:
            self.publish()

    def report(self) -> Report:
        """What the pull request should show now."""
        return report_of(self.state, workflow.now(), self._place_note() or self._trouble_note())

    def publish(self) -> None:
        """Search attributes, memo and current details show the present state. Unchanged ones cost no event."""
        wanted = self._attributes()
        changed = {name: value for name, value in wanted.items() if self._published.get(name) != value}
        if changed:
            self._published |= changed
            if attributes.PHASE.name in changed:
                changed[attributes.PHASE_SINCE.name] = self.state.phase_since or workflow.now()
            show(changed)
        self._publish_memo()
        workflow.set_current_details(self._details())

    def _attributes(self) -> dict[str, object]:
        state = self.state
        return {
            attributes.PHASE.name: state.phase.value,
            attributes.REASON.name: state.reason.value,
            attributes.EXPIRES.name: None if state.pinned else state.expires,
            attributes.LEASE.name: self._lease,
        }

    def _publish_memo(self) -> None:
        live, pull = self.state.live, self.state.pull
        if self.state.phase not in _MEMORABLE:
            return
        wanted: dict[str, object] = {
            "url": live.plan.urls[0].url if live and live.plan.urls else "",
            "urls": {one.service: one.url for one in live.plan.urls} if live else {},
            "health": live.plan.urls[0].health if live and live.plan.urls else "",
            "commit": live.revision.commit if live else "",
            "head": self.state.tried,
            "title": pull.title if pull else "",
            "pull_url": pull.url if pull else "",
            "detail": self.state.detail,
            "meter": self.state.meter,
            "prices": self._prices(),
        }
        if wanted != self._memo:
            self._memo = wanted
            workflow.upsert_memo(wanted)

    def _details(self) -> str:
        state = self.state
        since = _clock(state.phase_since)
        lines = [f"**{state.phase.value}** since {since}" + (f": {state.reason.value}" if state.detail else "")]
        lines += [f"> {line}" for line in state.detail.splitlines()]
        lines += [note for note in (self._place_note(), self._trouble_note()) if note]
        lines += [f"- {line}" for line in checklist_lines(self.report())]
        lines += [f"{url.service}: {url.url}" for url in (state.live.plan.urls if state.live else ())]
        cost = told(cost_of(state.meter, self._prices(), workflow.now()))
        lines += [f"requested by {_clock(workflow.now())}: {cost}"] if cost else []
        return "\n".join(lines)

    def _prices(self) -> Prices:
        return self.state.policy.prices if self.state.policy else UNPRICED

    def _trouble_note(self) -> str:
        return f"tried again, as {self.trouble}" if self.trouble else ""

    def _place_note(self) -> str:
        if self.place is None:
            return ""
        wait = self.place.wait_seconds
        return f"place {self.place.place} in the queue" + (f", about {wait:.0f} s" if wait is not None else "")


_MEMORABLE = frozenset(
    {Phase.READY, Phase.FAILED, Phase.STOPPED, Phase.EXPIRED, Phase.WAITING_FOR_APPROVAL, Phase.GONE}
)
"""Phases that last. The memo is written in these only, because each writing of it is an event in the history."""


def _clock(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC") if instant else "now"

"""The throttle's promises under everything that can happen to it, in any order that Hypothesis can think of."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from temporalio.converter import DataConverter

from domain.leases import Lease, Ticket
from domain.places import places
from domain.queueing import (
    ThrottleState,
    adopt,
    expire,
    grant,
    grantable,
    lease_of,
    release,
    request,
    resize,
    withdrawn,
)

REPOSITORIES = st.sampled_from(["acme/shop", "acme/blog", "rival/shop"])
NUMBERS = st.integers(0, 30)


class Schedule(RuleBasedStateMachine):
    """A throttle beside the world: what really runs, and who still wants a lease."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.state = ThrottleState(limit=3)
        self.asked: list[Ticket] = []
        self.wanting: list[Ticket] = []
        self.running: dict[str, Lease] = {}
        self.overtaken: dict[str, Counter[str]] = {}

    @rule(repository=REPOSITORIES, seconds=st.sampled_from([10.0, 100.0]))
    def ask(self, repository: str, seconds: float) -> None:
        """A holder asks for a lease."""
        token = str(len(self.asked))
        ticket = Ticket(
            token=token, workflow_id=token, run_id="run", repository=repository, label=token, seconds=seconds
        )
        self.asked.append(ticket)
        self.wanting.append(ticket)
        self.state = request(self.state, ticket, self.now)
        self.serve()

    @precondition(lambda self: self.asked)
    @rule(number=NUMBERS)
    def ask_again(self, number: int) -> None:
        """A wish arrives once more, perhaps after its holder has long gone."""
        self.state = request(self.state, self.asked[number % len(self.asked)], self.now)
        self.serve()

    @precondition(lambda self: self.running)
    @rule(number=NUMBERS, times=st.integers(1, 2))
    def give_back(self, number: int, times: int) -> None:
        """A holder ends its work and gives its lease back, perhaps twice."""
        token = list(self.running)[number % len(self.running)]
        del self.running[token]
        for _ in range(times):
            self.state = release(self.state, token, self.now)
        self.serve()

    @precondition(lambda self: self.wanting)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        """A holder that waits no longer wants its lease."""
        ticket = self.wanting.pop(number % len(self.wanting))
        self.state = release(self.state, ticket.token, self.now)
        self.serve()

    @precondition(lambda self: self.running)
    @rule(number=NUMBERS)
    def lose_a_holder(self, number: int) -> None:
        """A holder is gone, its work has ended, and the throttle has been told so."""
        token = list(self.running)[number % len(self.running)]
        del self.running[token]
        self.state = withdrawn(self.state, token)
        self.serve()

    @rule(limit=st.integers(-1, 4))
    def change_the_limit(self, limit: int) -> None:
        """An operator resizes."""
        self.state = resize(self.state, limit)
        self.serve()

    @rule(seconds=st.sampled_from([1, 15, 60, 300]))
    def wait(self, seconds: int) -> None:
        """Time passes. Work under a lease ends itself by the lease's end, and not a moment earlier."""
        self.now += timedelta(seconds=seconds)
        self.running = {token: lease for token, lease in self.running.items() if self.now < lease.ends}
        self.serve()

    @rule()
    def continue_as_new(self) -> None:
        """The throttle goes on in a new run, its state carried there as Temporal carries it."""
        converter = DataConverter.default.payload_converter
        carried = converter.from_payload(converter.to_payload(self.state), ThrottleState)
        assert carried == self.state
        self.state = carried

    @rule(limit=st.integers(1, 3))
    def terminate(self, limit: int) -> None:
        """The throttle is lost; a new one takes over what runs, and those who wait ask again."""
        self.state = ThrottleState(limit=limit)
        for ticket in self.wanting:
            self.state = request(self.state, ticket, self.now)
        self.state = adopt(self.state, tuple(self.running.values()))
        self.overtaken = {}
        self.serve()

    def serve(self) -> None:
        """What the workflow's loop does; each lease that it gives is judged."""
        self.state = expire(self.state, self.now)
        for ticket in grantable(self.state):
            assert len(self.state.held) < self.state.limit
            self.judge(ticket)
            self.state = grant(self.state, ticket, self.now)
            lease = lease_of(self.state, ticket.token)
            assert lease is not None
            if ticket in self.wanting:
                self.wanting.remove(ticket)
                self.running[ticket.token] = lease

    def judge(self, ticket: Ticket) -> None:
        """It came before all others of its repository, and no other one waits for its second turn in a row."""
        lines = {one.ticket.repository: one.ticket for one in reversed(self.state.queue)}
        assert lines.pop(ticket.repository) == ticket
        self.overtaken = {name: self.overtaken.get(name, Counter()) for name in lines}
        for count in self.overtaken.values():
            count[ticket.repository] += 1
            assert count[ticket.repository] <= 1

    @invariant()
    def what_runs_holds_a_lease(self) -> None:
        """As no lease is given beyond the limit, no more than the limit ever begins."""
        assert set(self.running) <= {lease.ticket.token for lease in self.state.held}

    @invariant()
    def nobody_is_there_twice(self) -> None:
        """A token has one place in the queue or one lease."""
        tokens = [one.ticket.token for one in (*self.state.held, *self.state.queue)]
        assert len(tokens) == len(set(tokens))

    @invariant()
    def nobody_is_lost(self) -> None:
        """Who wants a lease stands in the queue, and every place is told once."""
        queued = {one.ticket.token for one in self.state.queue}
        assert {ticket.token for ticket in self.wanting} <= queued
        assert [place.place for place in places(self.state)] == list(range(1, len(queued) + 1))

    @invariant()
    def no_place_stays_empty(self) -> None:
        """Nobody waits while there is room."""
        assert not self.state.queue or len(self.state.held) >= self.state.limit


TestSchedule = Schedule.TestCase
TestSchedule.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

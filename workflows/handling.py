"""What a preview's workflow can be told and asked. Handlers change the record and return; the loop acts on it."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from dataclasses import replace

    from domain import events
    from domain.leases import Grant, Place
    from domain.messages import Close, Command, Extend, ImageBuilt, Observed, Push, SetFlag, Status, Troubled
    from domain.phases import Intent
    from domain.statuses import status_of
    from workflows.flagging import answer_of_flag, flag_set, refuse_flag
    from workflows.leasing import Leasing
    from workflows.recording import Record

MOST_HOURS = 24 * 90
"""The longest extension in hours: three months, so that a slip of the finger is not for ever; pin is for that."""


class Handlers:
    """The signals, updates and queries of a preview. Updates are refused while it closes, and say what to do."""

    def __init__(self, record: Record, leasing: Leasing) -> None:
        self._record = record
        self._leasing = leasing

    @workflow.signal
    def push(self, push: Push = Push()) -> None:  # noqa: B008 - frozen, and `tctl` sends no argument
        """Something happened to the pull request: the forge will be asked."""
        state = self._record.state
        if not events.is_repeat(state, push.delivery):
            self._record.change(events.remembered(replace(state, look_wanted=True), push.delivery))

    @workflow.signal
    def close(self, close: Close = Close()) -> None:  # noqa: B008 - as above
        """The preview ends, whatever else is under way."""
        state = self._record.state
        if not events.is_repeat(state, close.delivery):
            self._record.change(events.remembered(events.closed(state, close.by), close.delivery))
            if close.by:
                # Said again by a person, it changes nothing, but a blocked teardown is tried at once.
                self._record.version += 1

    @workflow.signal
    def image_built(self, built: ImageBuilt = ImageBuilt()) -> None:  # noqa: B008 - as above
        """An image was pushed: a preview that gave up waiting for it tries again."""
        state = self._record.state
        if built.commit == state.tried and not state.rolling and state.reason in events.IMAGE_REASONS:
            self._record.change(events.redeployed(state))

    @workflow.signal
    def observed(self, observed: Observed = Observed()) -> None:  # noqa: B008 - as above
        """The sweep looked at the preview from outside; one that does not answer is rolled out again."""
        if not observed.healthy:
            self._record.change(events.unanswered(self._record.state, observed.detail))

    @workflow.signal
    def granted(self, grant: Grant) -> None:
        """The throttle gave a lease."""
        self._leasing.granted(grant)

    @workflow.signal
    def queued(self, place: Place) -> None:
        """The throttle says where in the queue the preview stands."""
        self._leasing.queued(place)
        self._record.queued(self._leasing.place)

    @workflow.signal
    def troubled(self, troubled: Troubled = Troubled()) -> None:  # noqa: B008 - as above
        """A step that is tried again meets something that somebody may have to mend."""
        self._record.troubled(troubled.words)

    @workflow.query
    def status(self) -> Status:
        """All that a person wants to know of this preview."""
        return status_of(self._record.state, self._record.place, self._record.trouble)

    @workflow.update
    def start(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """A stopped or expired preview comes up again."""
        self._record.change(events.started(self._record.state, workflow.now()))
        return f"starting, as {command.by} asked"

    @workflow.update
    def stop(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The preview is torn down and stays down until a push or a start."""
        self._record.change(events.stopped(self._record.state, f"stopped by {command.by}; push, or start it"))
        return "stopping; a push or a start brings it back"

    @workflow.update
    def redeploy(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The newest commit is rolled out again, data kept."""
        self._record.change(events.redeployed(self._record.state))
        return f"redeploying, as {command.by} asked"

    @workflow.update
    def retry(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The rollout that failed is tried again."""
        self._record.change(events.redeployed(self._record.state))
        return f"trying again, as {command.by} asked"

    @workflow.update
    def reset_database(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The database is branched anew from the seed and migrated; what was in it is gone."""
        self._record.change(events.redeployed(self._record.state, reset=True))
        return f"resetting the database, as {command.by} asked"

    @workflow.update
    def extend(self, extend: Extend) -> str:
        """The preview lives longer; the answer says until when."""
        self._record.change(events.extended(self._record.state, extend.hours * 3600, workflow.now()))
        return f"expires {self._record.state.expires:%Y-%m-%d %H:%M} UTC"

    @workflow.update
    def pin(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The preview has no end of life until it is unpinned or its pull request closes."""
        self._record.change(events.pinned(self._record.state))
        return f"pinned by {command.by}"

    @workflow.update
    def unpin(self, command: Command = Command()) -> str:  # noqa: B008 - as above
        """The preview has its end of life again, a whole lifetime from now if that had passed."""
        self._record.change(events.unpinned(self._record.state, workflow.now()))
        return f"unpinned by {command.by}"

    @workflow.update
    async def flag(self, wish: SetFlag) -> str:
        """A flag has another value from now on, or the definition's again; the answer says whether it is read yet."""
        self._record.change(flag_set(self._record.state, wish))
        return await answer_of_flag(self._record, wish.name)

    @flag.validator
    def check_flag(self, wish: SetFlag) -> None:
        """Only a flag that the definition declares can be set, and only to a value of its kind."""
        self._refuse_closing()
        refuse_flag(self._record.state, wish)

    @start.validator
    def check_start(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """Only what is stopped, expired or refused for now can be started."""
        self._refuse_closing()
        if self._record.state.intent is Intent.UP:
            raise ApplicationError("it is not stopped; redeploy rolls its commit out again", type="Refused")

    @retry.validator
    def check_retry(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """Only a rollout that has failed can be tried again."""
        self._refuse_down()
        if not events.has_failed(self._record.state):
            raise ApplicationError("nothing failed; redeploy rolls its commit out again", type="Refused")

    @redeploy.validator
    def check_redeploy(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """What is down must be started instead."""
        self._refuse_down()

    @reset_database.validator
    def check_reset_database(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """What is down has no data, and will start with fresh ones."""
        self._refuse_down()

    @stop.validator
    def check_stop(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """What closes cannot also stop."""
        self._refuse_closing()

    @extend.validator
    def check_extend(self, extend: Extend) -> None:
        """An extension is for some hours, up to three months."""
        self._refuse_closing()
        if not 0 < extend.hours <= MOST_HOURS:
            raise ApplicationError(f"hours is {extend.hours}; give more than 0, at most {MOST_HOURS}", type="Refused")

    @pin.validator
    def check_pin(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """What closes cannot be pinned."""
        self._refuse_closing()

    @unpin.validator
    def check_unpin(self, command: Command = Command()) -> None:  # noqa: B008, ARG002 - as above
        """What closes has its end already."""
        self._refuse_closing()

    def _refuse_closing(self) -> None:
        if self._record.state.intent is Intent.CLOSED:
            raise ApplicationError("it is closing; reopen the pull request to have it back", type="Refused")

    def _refuse_down(self) -> None:
        self._refuse_closing()
        if self._record.state.intent is not Intent.UP:
            raise ApplicationError(f"it is {self._record.state.intent.value}; start it first", type="Refused")

"""Flagging: a flag is set by hand, the platform gets it, and whoever set it is told."""

import asyncio
import contextlib

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from dataclasses import replace

    from activities.failures import message_of
    from activities.platforms import PlatformActivities
    from domain import flagging, lifecycle
    from domain.flags import meant, require_declared
    from domain.messages import SetFlag
    from domain.requests import FlagsRequest
    from domain.states import PreviewState
    from workflows import options
    from workflows.options import do
    from workflows.recording import Record


def refuse_flag(state: PreviewState, wish: SetFlag) -> None:
    """Returns if the wish can be fulfilled; the refusal names what is there."""
    try:
        if not wish.reset:
            meant(wish.name, wish.value, state.declared)
        elif wish.name not in state.overrides:
            # What the definition has dropped since it was set can still be reset.
            require_declared(wish.name, state.declared)
    except ValueError as error:
        raise ApplicationError(str(error), type="Refused") from error


def flag_set(state: PreviewState, wish: SetFlag) -> PreviewState:
    """The state in which the wish is fulfilled, as far as the preview's own memory goes."""
    if wish.reset:
        return flagging.reset(state, wish.name)
    return flagging.overridden(state, wish.name, meant(wish.name, wish.value, state.declared))


async def answer_of_flag(record: Record, name: str) -> str:
    """What the flag is now, and whether the preview has it already; it is waited for, but not for long."""
    if flagging.are_due(record.state):
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: not flagging.are_due(record.state),
                timeout=options.FLAGS_ANSWER,
                timeout_summary="until the platform has the flag",
            )
    return _told(record.state, name)


def _told(state: PreviewState, name: str) -> str:
    flag = next((flag for flag in flagging.flags_of(state) if flag.name == name), None)
    if flag is None:
        return f"{name} is forgotten; the definition no longer declares it"
    said = f"{name} is {flag.value}"
    origin = (
        f"{said} ({flag.default} in the definition)" if flag.override is not None else f"{said}, as in the definition"
    )
    if not state.given:
        return f"{origin}; it counts from the rollout that {'goes on' if state.rolling else 'comes next'}"
    return f"{origin}; the preview gets it as soon as its platform answers" if flagging.are_due(state) else origin


async def set_flags(record: Record, step: lifecycle.SetFlags) -> None:
    """What runs reads the flags, unless there is something else to do before that, or the platform refused."""
    given = record.state.given
    request = FlagsRequest(
        key=record.state.key,
        label=step.policy.label,
        instance=step.policy.platform,
        flags=step.flags,
        generation=record.next_generation(),
    )
    setting = asyncio.create_task(
        do(PlatformActivities.set_flags, request, options.FLAGS, summary=f"set {len(step.flags)} flags")
    )
    await workflow.wait_condition(lambda: setting.done() or lifecycle.next_step(record.state, workflow.now()) != step)
    if not setting.done():
        setting.cancel()
        await workflow.wait([setting])
    # A deployment that began meanwhile brings flags of its own, and is the later request.
    if record.state.given is given:
        record.change(_outcome(record.state, setting, step.flags))


def _outcome(state: PreviewState, setting: asyncio.Task[None], flags: dict[str, str]) -> PreviewState:
    try:
        setting.result()
    except asyncio.CancelledError:
        return state
    except ActivityError as error:
        # Not tried again by itself: the next rollout, or whoever sets a flag, brings all of them along.
        told = f"its flags could not be set: {message_of(error)}"
        return replace(flagging.given(state, flags), detail=state.detail or told)
    return flagging.given(state, flags)

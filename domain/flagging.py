"""Flagging: what of its flags a preview should show now, and what its state becomes as people set them.

The platform is given flags together with each deployment, and alone whenever somebody changes them in between.
"""

from dataclasses import replace

from domain.flags import Flag
from domain.states import PreviewState


def in_force(state: PreviewState) -> dict[str, str]:
    """Each declared flag with the value that the application should see now."""
    return {name: state.overrides.get(name, default) for name, default in state.declared.items()}


def flags_of(state: PreviewState) -> tuple[Flag, ...]:
    """Every declared flag, by name."""
    values = in_force(state)
    return tuple(
        Flag(name=name, default=default, override=state.overrides.get(name), value=values[name])
        for name, default in sorted(state.declared.items())
    )


def overridden(state: PreviewState, name: str, value: str) -> PreviewState:
    """The state in which a person has set this flag."""
    return replace(state, overrides={**state.overrides, name: value})


def reset(state: PreviewState, name: str) -> PreviewState:
    """The state in which the flag is what the definition says."""
    return replace(state, overrides={other: value for other, value in state.overrides.items() if other != name})


def deploying(state: PreviewState, declared: dict[str, str]) -> PreviewState:
    """The state as a revision that declares these is handed to the platform: until it is there, nothing is set."""
    return replace(state, declared=declared, given={})


def given(state: PreviewState, flags: dict[str, str]) -> PreviewState:
    """The state after the platform has these."""
    return replace(state, given=flags)


def are_due(state: PreviewState) -> bool:
    """Whether what runs has other flags than it should; nothing is due while it is being handed to the platform."""
    return in_force(state) != state.given and bool(state.given or (state.live and not state.rolling))

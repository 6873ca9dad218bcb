"""Flags: what the definition says of them, what a person has set instead, and what is in force. All pure.

A flag is of the kind that its definition's value shows: a switch (true or false), a number, or text. It keeps that
kind whatever is set, because the application asks for it by its kind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

VALUE_LIMIT = 1000
"""Characters of a value at most, in the definition and by hand."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?", re.ASCII)
_WORDS = {"on": "true", "true": "true", "off": "false", "false": "false"}


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One flag: the definition's value, what was set by hand in its place (None: nothing), and what is in force."""

    name: str
    default: str
    override: str | None = None
    value: str = ""


def is_switch(value: str) -> bool:
    """Whether the value is true or false."""
    return value in ("true", "false")


def is_number(value: str) -> bool:
    """Whether the value is written as a number that every reader of JSON understands alike."""
    return _NUMBER.fullmatch(value) is not None


def meant(name: str, said: str, declared: Mapping[str, str]) -> str:
    """The value that these words mean for this flag; ValueError with the cure if there is none."""
    require_declared(name, declared)
    default = declared[name]
    if is_switch(default):
        if said.lower() not in _WORDS:
            raise ValueError(f"{name} is a switch; say on or off")
        return _WORDS[said.lower()]
    if is_number(default) and not is_number(said):
        raise ValueError(f"{name} is a number ({default} in the definition); say another one, such as 3 or 0.5")
    if len(said) > VALUE_LIMIT or not said.isprintable():
        raise ValueError(f"the value is too long or not printable; say up to {VALUE_LIMIT} characters in one line")
    return said


def require_declared(name: str, declared: Mapping[str, str]) -> None:
    """Returns if the definition declares this flag; ValueError that names those it does."""
    if name in declared:
        return
    there = f"there are {', '.join(sorted(declared))}" if declared else "it declares none"
    raise ValueError(f"the definition declares no flag {name[:100]!r}; {there}")

"""Preparations: what an administrator is told of each thing that a database server needs before it has previews."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """One thing that should be so, in words: it is, unless there is a `problem` and its cure.

    `sent` are the statements that made it so, or tried to; none if it was so already, or nobody may send one. They
    hold no password and no verifier.
    """

    words: str
    sent: tuple[str, ...] = ()
    problem: str = ""
    cure: str = ""

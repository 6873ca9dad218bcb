"""Pull requests as every forge can tell them: the few facts that decide whether and what to deploy."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.names import Key


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A commit with the instant it was pushed."""

    commit: str
    pushed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """What the forge says of a pull request now.

    `stranger` is true for a fork and for an author without write access: code of theirs runs only with an
    approval. `title` and `author` were written by whoever opened it, so they are text to escape, never to obey.
    """

    key: Key
    is_open: bool
    head: Revision
    base_commit: str
    base_branch: str
    head_branch: str
    author: str
    title: str
    url: str
    draft: bool = False
    stranger: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Blob:
    """A file at a commit: its path and the forge's own digest of its content."""

    path: str
    digest: str


def continues(applied: tuple[Blob, ...], wanted: tuple[Blob, ...]) -> bool:
    """Whether a database with these migrations can be migrated on: nothing applied was changed or left out."""
    return wanted[: len(applied)] == applied


@dataclass(frozen=True)
class RefUpdate:
    """One ref that a push moved, as git tells its hooks; an id of zeros only means that there was or is none."""

    old: str
    new: str
    ref: str


class PullEvent(StrEnum):
    """What a push did to a pull request of a forge that is nothing but git."""

    OPENED = "opened"
    PUSHED = "pushed"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class PullChange:
    """One pull request that a push opened, moved to a new head, or closed. `commit` is its head, or its last."""

    event: PullEvent
    key: Key
    branch: str
    commit: str

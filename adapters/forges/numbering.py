"""Numbering: which branch is which pull request of a local forge, decided without any I/O.

Promises: a number is given once and means one pull request for ever; a branch has at most one open pull
request; a closed one never opens again, so that a branch that comes back after its deletion gets a new number.
Deleting and pushing again are two pushes. If the news of both is lost, nothing tells them from a forced push, and
the number stays. The refs are the truth: news in the wrong order, twice or never end in the same open branches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.names import Key
from domain.pulls import PullChange, PullEvent, RefUpdate

BRANCHES = "refs/heads/"
"""Where git keeps branches; a tag or anything else is no pull request."""


@dataclass(frozen=True, kw_only=True)
class Tip:
    """What a branch points at now, and who says what in its last commit."""

    commit: str
    author: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Pull:
    """What is kept of one pull request; without `closed_at` it is open."""

    branch: str
    head: str
    pushed_at: datetime
    opened_at: datetime
    closed_at: datetime | None = None
    author: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """Every number that was ever given, and the one to give next."""

    next_number: int = 1
    pulls: dict[int, Pull] = field(default_factory=dict[int, Pull])


def reconciled(numbering: Numbering, tips: Mapping[str, Tip], now: datetime) -> Numbering:
    """The numbering that agrees with the branches as they are; `tips` leaves out the default branch."""
    kept = {number: _seen(pull, tips, now) for number, pull in numbering.pulls.items()}
    claimed = {pull.branch for pull in kept.values() if pull.closed_at is None}
    fresh = enumerate((branch for branch in sorted(tips) if branch not in claimed), numbering.next_number)
    opened = {number: _opened(branch, tips[branch], now) for number, branch in fresh}
    return Numbering(next_number=numbering.next_number + len(opened), pulls=kept | opened)


def recorded(numbering: Numbering, updates: tuple[RefUpdate, ...], tips: Mapping[str, Tip], now: datetime) -> Numbering:
    """The numbering after a push moved these refs, which tell of a deletion that the branches no longer show."""
    ended = {number for update in updates if (number := _ended_by(numbering, update, tips)) is not None}
    pulls = {
        number: replace(pull, closed_at=now) if number in ended else pull for number, pull in numbering.pulls.items()
    }
    return reconciled(replace(numbering, pulls=pulls), tips, now)


def changes(
    repository: str, before: Numbering, after: Numbering, updates: tuple[RefUpdate, ...]
) -> tuple[PullChange, ...]:
    """What became of the pull requests between two numberings, by number, with what these updates did.

    An update that was seen before its news arrived has left no difference, and is told nevertheless.
    """
    differing = [
        (event, number)
        for number, pull in after.pulls.items()
        if (event := _event(before.pulls.get(number), pull)) is not None
    ]
    touched = {after.pulls[number].branch for _, number in differing}
    retold = [told for update in updates if branch_of(update.ref) not in touched for told in _retold(after, update)]
    return tuple(
        PullChange(
            event=event,
            key=Key(repository, number),
            branch=after.pulls[number].branch,
            commit=after.pulls[number].head,
        )
        for event, number in sorted(differing + retold, key=lambda change: change[1])
    )


def branch_of(ref: str) -> str | None:
    """The branch that a ref names, or None for a tag and anything else."""
    return ref.removeprefix(BRANCHES) if ref.startswith(BRANCHES) else None


def is_none(commit: str) -> bool:
    """Whether git means by this id that there is no commit."""
    return not commit.strip("0")


def _seen(pull: Pull, tips: Mapping[str, Tip], now: datetime) -> Pull:
    if pull.closed_at is not None:
        return pull
    tip = tips.get(pull.branch)
    if tip is None:
        return replace(pull, closed_at=now)
    if tip.commit == pull.head:
        return pull
    return replace(pull, head=tip.commit, pushed_at=now, author=tip.author, title=tip.title)


def _opened(branch: str, tip: Tip, now: datetime) -> Pull:
    return Pull(branch=branch, head=tip.commit, pushed_at=now, opened_at=now, author=tip.author, title=tip.title)


def _ended_by(numbering: Numbering, update: RefUpdate, tips: Mapping[str, Tip]) -> int | None:
    branch = branch_of(update.ref)
    found = [number for number, pull in numbering.pulls.items() if pull.branch == branch and pull.closed_at is None]
    if not found or branch is None:
        return None
    head = numbering.pulls[found[0]].head
    if is_none(update.new):
        return found[0] if head == update.old else None
    # A branch is only made where there was none: an open pull request with another head missed its end. News that
    # the branch has since left behind proves nothing.
    is_news = branch in tips and tips[branch].commit == update.new
    return found[0] if is_none(update.old) and is_news and head != update.new else None


def _event(before: Pull | None, after: Pull) -> PullEvent | None:
    if before is None:
        return PullEvent.OPENED
    if before.closed_at is None and after.closed_at is not None:
        return PullEvent.CLOSED
    return PullEvent.PUSHED if before.head != after.head else None


def _retold(after: Numbering, update: RefUpdate) -> list[tuple[PullEvent, int]]:
    branch = branch_of(update.ref)
    number = max((number for number, pull in after.pulls.items() if pull.branch == branch), default=None)
    if number is None:
        return []
    if after.pulls[number].closed_at is not None:
        return [(PullEvent.CLOSED, number)]
    return [(PullEvent.OPENED if is_none(update.old) else PullEvent.PUSHED, number)]

"""Migrations that failed, in words: which of them, what the database said, and what that means.

Every tool writes its own log, so it is read for what they have in common: names of migrations, and PostgreSQL's
`ERROR:`, its SQLSTATE or the name of a driver's exception. A log comes from a pull request, so nothing in it decides
more than words and the reason.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from domain.escaping import one_line
from domain.phases import Reason

_LONGEST = 300
_NAMED = 3
_SAYS = re.compile(
    r"\b(?:ERROR|FATAL|PANIC):|SQLSTATE|SQL State\s*:|\bPG::\w+|\bpq: |\b(?:psycopg2?|asyncpg)\.[\w.]*\w|"
    r"\bsqlalchemy\.exc\.\w+|\bdjango\.db\.utils\.\w+|Database error code"
)
# PostgreSQL's own words for what it lacks, and its SQLSTATEs: class 53 of its documentation's appendix A.
_LACKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"max_locks_per_transaction|out of shared memory"),
        "the database server has no room for so many locks: raise max_locks_per_transaction to 1024 and restart it",
    ),
    (
        re.compile(r"No space left on device|could not (?:extend|write) .*file|SQLSTATE\W{0,3}53100"),
        "the disk of the database server is full: free some, or drop previews that nobody needs",
    ),
    (
        re.compile(r"too many clients|too many connections|remaining connection slots|SQLSTATE\W{0,3}53300"),
        "no connection is left: close some, or raise max_connections or the preview's CONNECTION_LIMIT",
    ),
)
_HELD = (
    re.compile(r"lock timeout|LockNotAvailable|SQLSTATE\W{0,3}55P03"),
    "another session of this preview holds a lock that it needs: let it end, then retry",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of a command that failed, in one line, and for which reason."""

    words: str
    reason: Reason = Reason.MIGRATION_FAILED


def told(log: str, migrations: Sequence[str] = (), ahead: Sequence[str] = ()) -> Told:
    """What a failed command's log says; empty words where it says nothing that is known.

    `migrations` are the paths that the commit has, `ahead` those that only its base has.
    """
    lines = log.splitlines()
    last, said = _last_named(lines, migrations), _said(lines)
    lack = next((cure for sign, cure in _LACKS if sign.search(log)), "")
    held = _HELD[1] if not lack and _HELD[0].search(log) else ""
    parts = (f"in {one_line(last, _LONGEST)}" if last else "", said, lack or held, _behind(ahead))
    reason = Reason.DATABASE_UNAVAILABLE if lack else Reason.MIGRATION_FAILED
    return Told(words=". ".join(part for part in parts if part), reason=reason)


def _last_named(lines: Iterable[str], migrations: Sequence[str]) -> str:
    """The migration that the log names last, which is the one that was under way."""
    # The longest name first, as one may be the beginning of another.
    names = sorted(((PurePosixPath(path).stem, path) for path in migrations), key=lambda one: -len(one[0]))
    found = ""
    for line in lines:
        places = [(line.rfind(stem), path) for stem, path in names if stem in line]
        found = max(places, key=lambda one: one[0])[1] if places else found
    return found


def _said(lines: Sequence[str]) -> str:
    """The last line with the database's own words."""
    words = [line for line in lines if _SAYS.search(line)]
    return one_line(words[-1].strip(), _LONGEST).rstrip(".") if words else ""


def _behind(ahead: Sequence[str]) -> str:
    if not ahead:
        return ""
    names = [one_line(PurePosixPath(path).name, _LONGEST) for path in ahead[:_NAMED]]
    more = f" and {len(ahead) - _NAMED} more" if len(ahead) > _NAMED else ""
    return (
        f"The base has moved ahead: its {', '.join(names)}{more} may be in the seed already and not in this branch; "
        "merge the base, then push"
    )

"""Fields: what stands at a place of a JSON object, with an answer for every shape that the object can have.

What the API server returns was partly written by strangers and is often half-filled: a status comes later than
its object, a field is left out when it is zero. So no reader here ever raises; what is missing or of another
type reads as the default.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

Thing = Mapping[str, object]
"""An object as the API server returns it, or a part of one."""


def value(thing: object, *path: str) -> object:
    """What stands at the path, None if any part of the way is missing."""
    found = thing
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = cast(Thing, found).get(name)
    return found


def text(thing: object, *path: str) -> str:
    """The string at the path, else an empty one."""
    found = value(thing, *path)
    return found if isinstance(found, str) else ""


def number(thing: object, *path: str, default: int = 0) -> int:
    """The whole number at the path, else the default; true and false are no numbers."""
    found = value(thing, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def mapping(thing: object, *path: str) -> Thing:
    """The mapping at the path, else an empty one."""
    found = value(thing, *path)
    return cast(Thing, found) if isinstance(found, Mapping) else {}


def things(thing: object, *path: str) -> tuple[Thing, ...]:
    """The mappings in the list at the path; anything else in the list is left out."""
    found = value(thing, *path)
    items = cast(list[object], found) if isinstance(found, list | tuple) else []
    return tuple(cast(Thing, item) for item in items if isinstance(item, Mapping))


def texts(thing: object, *path: str) -> tuple[str, ...]:
    """The strings in the list at the path; anything else in the list is left out."""
    found = value(thing, *path)
    items = cast(list[object], found) if isinstance(found, list | tuple) else []
    return tuple(item for item in items if isinstance(item, str))


def instant(thing: object, *path: str) -> datetime | None:
    """The moment at the path, as RFC 3339 writes it, else None."""
    try:
        moment = datetime.fromisoformat(text(thing, *path))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def name_of(thing: Thing) -> str:
    """The object's name."""
    return text(thing, "metadata", "name")


def uid_of(thing: Thing) -> str:
    """The object's uid, which no other object ever has, not even a later one of the same name."""
    return text(thing, "metadata", "uid")


def group_kind(thing: Thing) -> tuple[str, str]:
    """The API group, empty for the core's, and the kind. Versions are left out, as kstatus does."""
    group, slash, _ = text(thing, "apiVersion").rpartition("/")
    return (group if slash else "", text(thing, "kind"))

"""Releases: what one deployment of rendered manifests consists of, decided once, and how far its hooks have come.

It is kept in the preview itself, so that a repetition by another worker neither renders again nor takes what has begun
for an earlier revision, and so that hooks that come last are there when everything else is ready.
"""

import gzip
import json
import zlib
from dataclasses import dataclass, replace
from typing import Any

from domain.manifests.hooks import Disposal, Hook, Stages
from domain.manifests.shapes import list_of, mapping_of, text_of

_FORM = 1


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release. `settled` says that it, or one before it in this preview, was ready with all of its hooks.

    `done` hooks, of all in their order, have ended well; `failure` is what is told of the one that has not.
    """

    name: str
    stages: Stages
    settled: bool = False
    done: int = 0
    failure: str = ""

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """Every hook, in the order in which they run."""
        return (*self.stages.before, *self.stages.after)

    @property
    def first(self) -> int:
        """How many hooks run before the objects."""
        return len(self.stages.before)

    def advanced(self) -> "Release":
        """The same, with one more hook that has ended well."""
        return replace(self, done=self.done + 1)


def frozen(release: Release) -> bytes:
    """The release in few bytes, the same for the same release."""
    stages = release.stages
    content = {
        "form": _FORM,
        "name": release.name,
        "settled": release.settled,
        "done": release.done,
        "failure": release.failure,
        "before": [_written(hook) for hook in stages.before],
        "objects": stages.objects,
        "after": [_written(hook) for hook in stages.after],
    }
    return gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0)


def thawed(content: bytes) -> Release | None:
    """The release that was frozen; None if these bytes are none, or of another Matinee's form."""
    try:
        read = mapping_of(json.loads(gzip.decompress(content)))
    except (OSError, EOFError, zlib.error, ValueError):
        return None
    if read.get("form") != _FORM:
        return None
    return Release(
        name=read["name"],
        stages=Stages(before=_hooks(read["before"]), objects=tuple(read["objects"]), after=_hooks(read["after"])),
        settled=read["settled"],
        done=read["done"],
        failure=read["failure"],
    )


def _written(hook: Hook) -> dict[str, Any]:
    return {"content": hook.content, "weight": hook.weight, "disposals": sorted(hook.disposals)}


def _hooks(content: Any) -> tuple[Hook, ...]:
    return tuple(
        Hook(
            content=one["content"],
            weight=one["weight"],
            disposals=frozenset(Disposal(text_of(word)) for word in one["disposals"]),
        )
        for one in list_of(content)
    )

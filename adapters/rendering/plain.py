"""Reads plain manifests of the repository: files, and the files of folders."""

from collections.abc import Iterator
from pathlib import Path

from adapters.documents.problems import quotable
from adapters.rendering.gathering import inside
from adapters.rendering.problems import refused
from adapters.rendering.reading import FILE_LIMIT, OBJECTS_LIMIT, OUTPUT_LIMIT, from_file
from domain.manifests.policy import Manifest
from domain.renderings import Manifests

_ENDINGS = (".yaml", ".yml", ".json")


def read_manifests(tree: Path, manifests: Manifests) -> tuple[Manifest, ...]:
    """The objects of the files, in their order; those of a folder by name, without folders in it."""
    found: list[Manifest] = []
    size = 0
    for path in dict.fromkeys(path for written in manifests.files for path in _files(tree, written)):
        place = inside(tree, path)
        size += place.stat().st_size
        if place.stat().st_size > FILE_LIMIT or size > OUTPUT_LIMIT:
            raise refused(
                f"{quotable(path)} has {place.stat().st_size} bytes; write at most {FILE_LIMIT} into a file, and "
                f"{OUTPUT_LIMIT} into all of them. Large data belong into an image"
            )
        found += from_file(path, place.read_bytes())
        if len(found) > OBJECTS_LIMIT:
            raise refused(f"the manifests have more than {OBJECTS_LIMIT} objects; no preview needs so many")
    return tuple(found)


def _files(tree: Path, written: str) -> Iterator[str]:
    path = written.rstrip("/") or written
    place = inside(tree, path)
    if not place.is_dir():
        yield path
        return
    names = sorted(one.name for one in place.iterdir() if one.suffix in _ENDINGS)
    if not names:
        raise refused(
            f"{quotable(path)} has no file that ends in {', '.join(_ENDINGS)}; write the folder that has them"
        )
    yield from (f"{path}/{name}" for name in names)

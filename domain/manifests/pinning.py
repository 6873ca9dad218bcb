"""Pinning: every image that a set of objects would run, and the same objects with other references in their place.

A tag can name another image tomorrow, and half a build today; a digest cannot.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.manifests.kinds import POD_TEMPLATES
from domain.manifests.shapes import at, list_of, mapping_of, text_of

CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
"""The lists of containers that a pod can have."""


def images_of(objects: Sequence[Any]) -> tuple[str, ...]:
    """Every reference of an image in any pod template of these objects, each once, in the order of the objects."""
    return tuple(dict.fromkeys(image for one in objects for image in _images(_pod(one))))


def pinned(objects: Sequence[Any], references: Mapping[str, str]) -> tuple[Any, ...]:
    """The objects, each image replaced by what `references` has for it; others stay, and policy refuses their tags."""
    return tuple(_replaced(one, references) for one in objects)


def replaced_at(content: Any, path: tuple[str, ...], value: Any) -> Any:
    """The content with this value at this path of mappings; what was given is not changed."""
    if not path:
        return value
    mapping = mapping_of(content)
    return {**mapping, path[0]: replaced_at(mapping.get(path[0]), path[1:], value)}


def pod_path(content: Any) -> tuple[str, ...] | None:
    """Where the pod template of this object stands; None if its kind has none, or it is not there."""
    path = POD_TEMPLATES.get(text_of(at(content, "kind")))
    return path if path is not None and isinstance(at(content, *path, "spec"), dict) else None


def _pod(content: Any) -> Any:
    path = pod_path(content)
    return None if path is None else at(content, *path, "spec")


def _images(pod: Any) -> Iterator[str]:
    containers = (one for name in CONTAINERS for one in list_of(at(pod, name)))
    volumes = (at(volume, "image", "reference") for volume in list_of(at(pod, "volumes")))
    yield from filter(None, map(text_of, (*(at(one, "image") for one in containers), *volumes)))


def _replaced(content: Any, references: Mapping[str, str]) -> Any:
    path = pod_path(content)
    if path is None:
        return content
    pod = mapping_of(_pod(content))
    lists = {
        name: [_with(one, ("image",), references) for one in list_of(pod[name])] for name in CONTAINERS if pod.get(name)
    }
    volumes = [_with(one, ("image", "reference"), references) for one in list_of(pod.get("volumes"))]
    changed = {**pod, **lists, **({"volumes": volumes} if volumes else {})}
    return replaced_at(content, (*path, "spec"), changed)


def _with(value: Any, path: tuple[str, ...], references: Mapping[str, str]) -> Any:
    found = references.get(text_of(at(value, *path)))
    return value if found is None else replaced_at(value, path, found)

"""Layers: the files of an image, made without a Docker daemon; the same files make the same bytes every time."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Link:
    """A file that is only another name for this path."""

    target: str


Content = bytes | Path | Link
"""What is at a path: these bytes, the file that is here (mode and all), or a link."""


@dataclass(frozen=True)
class Layer:
    """A part of a root file system, packed. `unpacked` is the digest of the archive within."""

    packed: bytes
    unpacked: str

    @property
    def digest(self) -> str:
        """What the registry knows it by."""
        return digest(self.packed)


def digest(data: bytes) -> str:
    """The digest of the bytes, as registries write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer(files: Mapping[str, Content], *, folders: Iterable[str] = ()) -> Layer:
    """A layer with these files by their absolute path, and these folders, into which everybody may write."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder in sorted(folders):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o1777))
        for path, content in sorted(files.items()):
            _add(archive, path, content)
    archive_bytes = buffer.getvalue()
    # Level 1 is enough for a registry on the same machine. An instant of 0 keeps the digest the same.
    return Layer(gzip.compress(archive_bytes, 1, mtime=0), digest(archive_bytes))


def _add(archive: tarfile.TarFile, path: str, content: Content) -> None:
    """The file is in the archive and belongs to root."""
    match content:
        case Link(target):
            entry = _entry(path, tarfile.SYMTYPE, 0o777)
            entry.linkname = target
            archive.addfile(entry)
        case bytes():
            _add_bytes(archive, path, content, 0o755)
        case Path():
            _add_bytes(archive, path, content.read_bytes(), content.stat().st_mode & 0o755)


def _add_bytes(archive: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    entry = _entry(path, tarfile.REGTYPE, mode)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    """An entry without owner and instant, which would differ from machine to machine."""
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type = kind
    entry.mode = mode
    return entry

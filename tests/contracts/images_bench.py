"""ImagesBench: what the contract tests of the port Images need of a store that builds, whichever it is."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from domain.definitions import Service
from domain.names import Key
from domain.ports import Images
from domain.requests import ImageRequest

KEY = Key("acme/shop", 12)
LABEL = "shop-12"


class ImagesBench(Protocol):
    """An image store without images, and a second installation that shares its place. Its instance is `store`."""

    @property
    def images(self) -> Images:
        """The adapter under test."""
        ...

    @property
    def other(self) -> Images:
        """Another installation in the same place."""
        ...

    def commit(self, text: str) -> str:
        """A commit that differs from all others; a build of it counts."""
        ...

    def broken(self) -> str:
        """A commit whose build fails, and writes "cannot find the moon"."""
        ...

    def builds(self, commit: str) -> int:
        """How often this commit was built."""
        ...


ImagesBenchOpener = Callable[[Path], AbstractAsyncContextManager[ImagesBench]]


def request(commit: str, *, service: str = "web", key: Key = KEY) -> ImageRequest:
    """What a workflow asks: the image of this service at this commit."""
    built = Service(name=service, build=("sh", "build.sh"), command=("true",))
    return ImageRequest(key=key, label=LABEL, instance="store", commit=commit, service=built)


def beat() -> None:
    """A beat that nobody listens to."""

"""FakeImages: a whole image store in memory. Every commit has its image, until a test says otherwise.

Several stores on one `Shelf` are several installations that share it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import Key, fingerprint
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import ImageRequest
from domain.resources import Entry, Image, Removal, Resource

PORT = "images"
KIND = "tree"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class FakeFolder:
    """The images of one preview: whose they are, and what was built."""

    installation: str
    key: Key
    made_at: datetime
    generation: int = 0
    built: set[str] = field(default_factory=set[str])


Shelf = dict[str, FakeFolder]
"""What a store keeps, by label."""


class FakeImages:
    """The port Images in memory.

    `away` makes every verb fail for a while, as an outage would. `waits` are commits whose image is not there
    yet, until `appear`; `fails` are commits that cannot be built, with the last line of their log. `requests`
    keeps what was asked for, `builds` counts how often each commit was built.
    """

    def __init__(
        self,
        *,
        instance: str = "fake",
        installation: str = "matinee",
        shelf: Shelf | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.instance = instance
        self.away = False
        self.waits: set[str] = set()
        self.fails: dict[str, str] = {}
        self.requests: list[ImageRequest] = []
        self.builds: Counter[str] = Counter()
        self._installation = installation
        self._shelf = {} if shelf is None else shelf
        self._now = now

    def appear(self, commit: str) -> None:
        """The image of this commit is there from now on."""
        self.waits.discard(commit)

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """One entry for all images of this preview."""
        return (Entry(PORT, instance, KIND, label),)

    async def resolve(self, request: ImageRequest, beat: Beat) -> Image:
        """An image that tells its commit; NotYet and PermanentError as the test said."""
        beat()
        self._require_there()
        self.requests.append(request)
        self._claim(request)
        # A build takes a while, in which others are asked.
        await asyncio.sleep(0)
        self._build(request)
        build = fingerprint(request.commit, *(request.service.build or ()))
        return Image(service=request.service.name, reference=f"fake://{request.commit}", digest=f"fake:{build}")

    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries; nothing of this preview is left."""
        self._require_there()
        self._refuse_foreign_and_late(removal.label, removal.key, removal.generation)
        self._shelf.pop(removal.label, None)
        return removal.entries

    async def list(self) -> tuple[Resource, ...]:
        """Every preview with images of this installation."""
        self._require_there()
        return tuple(
            Resource(
                entry=Entry(PORT, self.instance, KIND, label),
                key=folder.key,
                label=label,
                made_at=folder.made_at,
                generation=folder.generation,
            )
            for label, folder in sorted(self._shelf.items())
            if folder.installation == self._installation
        )

    def _build(self, request: ImageRequest) -> None:
        if request.commit in self.waits:
            raise NotYet(f"waiting for the image of {request.commit[:12]}", reason=Reason.IMAGE_MISSING)
        if request.commit in self.fails:
            message = f"the build of {request.commit[:12]} failed\n{self.fails[request.commit]}"
            raise PermanentError(message, reason=Reason.BUILD_FAILED)
        built = self._shelf[request.label].built
        if request.commit not in built:
            built.add(request.commit)
            self.builds[request.commit] += 1

    def _claim(self, request: ImageRequest) -> None:
        self._refuse_foreign_and_late(request.label, request.key, request.generation)
        fresh = FakeFolder(installation=self._installation, key=request.key, made_at=self._now())
        self._shelf.setdefault(request.label, fresh).generation = request.generation

    def _refuse_foreign_and_late(self, label: str, key: Key, generation: int) -> None:
        folder = self._shelf.get(label)
        if folder and (folder.installation, folder.key) != (self._installation, key):
            raise PermanentError(f"the images of {label} have another mark", reason=Reason.NOT_OURS)
        if folder and folder.generation > generation:
            raise PermanentError(f"the images of {label} are of a later request", reason=Reason.IMAGE_REFUSED)

    def _require_there(self) -> None:
        if self.away:
            raise TemporaryError("the image store is away", reason=Reason.IMAGE_MISSING)

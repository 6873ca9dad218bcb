"""Releasing: what a release of rendered manifests consists of is decided once, and kept in its preview from then on.

It lies in a Secret, as Helm's own releases do, because what was rendered may hold Secrets.
"""

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Protocol

from adapters.marks import Mark
from adapters.platforms.kubernetes import claiming
from adapters.platforms.kubernetes.applying import once_bound
from adapters.platforms.kubernetes.requesting import Api
from domain.errors import NotYet, PermanentError
from domain.manifests.confining import confined
from domain.manifests.hooks import Stages
from domain.manifests.inventory import Item
from domain.manifests.objects import made
from domain.manifests.releases import Release, frozen, thawed
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, text_of
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import DeployRequest

SECRET = Item("v1", "Secret", "matinee-release")
"""The Secret that holds what was released last, and how far its hooks have come."""

_FILE = "release.json.gz"
_LARGEST = 1_000_000  # Bytes: no Secret may have more than a MiB.


class Revisions(Protocol):
    """Makes the objects of revisions that have manifests of their own."""

    async def stages(self, request: DeployRequest, rules: Rules, beat: Beat, *, upgrade: bool = False) -> Stages:
        """The objects in stages; PermanentError says what the repository has to mend."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What keeps it from making any, each with its cure."""
        ...


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A release as it is kept, and the version of that, by which it is changed by one at a time."""

    release: Release
    version: str


@dataclass(frozen=True, kw_only=True)
class Releasing:
    """Keeps the release of one preview."""

    api: Api
    rules: Rules

    async def decided(self, request: DeployRequest, mark: Mark, revisions: Revisions | None) -> Kept | None:
        """What the request releases, made now or kept since an earlier attempt; None if it has no manifests.

        Nothing is written here: what cannot be rendered leaves nothing.
        """
        if request.rendering is None:
            return None
        if revisions is None:
            raise PermanentError(
                "charts, overlays and manifests are switched off on this platform; set "
                "MATINEE_PLATFORMS__<NAME>__RENDERING=true, or describe the services in the definition",
                reason=Reason.SETTINGS,
            )
        known = await self._known(mark)
        if known and known.release.name == request.release:
            return known
        settled = known is not None and known.release.settled
        stages = await revisions.stages(request, self.rules, _unheard, upgrade=settled)
        release = Release(name=request.release, stages=stages, settled=settled)
        return Kept(release=release, version=known.version if known else "")

    async def read(self) -> Kept | None:
        """What is kept in this preview, None if nothing is that can be read."""
        found = await once_bound(lambda: self.api.get(SECRET, self.rules.namespace))
        try:
            content = base64.b64decode(text_of(at(found, "data", _FILE)))
        except binascii.Error:
            return None
        release = thawed(content)
        return Kept(release=release, version=text_of(at(found, "metadata", "resourceVersion"))) if release else None

    async def keep(self, kept: Kept) -> Kept:
        """The same, as it is kept now. ChangedError if somebody else has changed it since it was read."""
        content = frozen(kept.release)
        if len(content) > _LARGEST:
            raise PermanentError(
                f"what this revision renders has {len(content)} bytes when it is compressed, and no more than "
                f"{_LARGEST} can be kept in a cluster; put large files into an image",
                reason=Reason.PLATFORM_REFUSED,
            )
        data = {_FILE: base64.b64encode(content).decode()}
        secret = confined(made("v1", "Secret", SECRET.name, type="Opaque", data=data), self.rules)
        if kept.version:
            secret["metadata"]["resourceVersion"] = kept.version
        written = await once_bound(lambda: self.api.apply(secret))
        return replace(kept, version=text_of(at(written, "metadata", "resourceVersion")))

    async def _known(self, mark: Mark) -> Kept | None:
        namespace = await claiming.ours(self.api, self.rules.namespace, mark)
        if namespace is None:
            return None
        if claiming.is_ending(namespace):
            raise NotYet(f"the namespace {self.rules.namespace} is still being removed; the preview starts after that")
        # Before the first release is recorded, the worker may not have been given the right to read what is kept.
        released = at(namespace, "metadata", "annotations", claiming.RELEASE)
        return await self.read() if released else None


def _unheard() -> None:
    """Nothing: the activity itself beats while a revision is made, and is told when it is cancelled."""

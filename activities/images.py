"""What the workflows ask of image stores."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.failures import told_to_temporal
from domain.ports import Images
from domain.requests import ImageRequest
from domain.resources import Entry, Image, Removal


@dataclass(frozen=True)
class ImageActivities:
    """The configured image stores by name."""

    images: Mapping[str, Images]

    @activity.defn(name="resolve_image")
    async def resolve(self, request: ImageRequest) -> Image:
        """The service's image, pinned; not yet, until there is one."""
        async with told_to_temporal():
            return await self.images[request.instance].resolve(request, activity.heartbeat)

    @activity.defn(name="remove_images")
    async def remove(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone."""
        async with told_to_temporal():
            return await self.images[removal.instance].remove(removal)

"""What the workflows ask of the probe."""

from dataclasses import dataclass

from temporalio import activity

from activities.failures import told_to_temporal
from domain.definitions import ServiceUrl
from domain.ports import Probe


@dataclass(frozen=True)
class ProbeActivities:
    """The probe that looks at previews from outside."""

    probe: Probe

    @activity.defn(name="probe")
    async def check(self, url: ServiceUrl) -> None:
        """The URL answers well, several times in a row; not yet, until then."""
        async with told_to_temporal():
            await self.probe.check(url)

"""Sections of the settings: one class for each kind of adapter and each server, with its defaults and its limits.

They know nothing of the environment, which settings.py reads. The sentence below each field is what
docs/reference/settings.md says of it (tools/settings_reference.py).
"""

from sections.databases import AbsentDatabaseSettings, DatabaseSettings, NeonSettings, PostgresSettings
from sections.forges import ForgeSettings, GitForgeSettings, GitHubSettings
from sections.images import GitImagesSettings, ImagesSettings, RegistryImagesSettings
from sections.platforms import KubernetesPlatformSettings, LocalPlatformSettings, PlatformSettings
from sections.serving import PriceSettings, ReceiverSettings, TemporalSettings
from sections.shapes import Documented, Port, Seconds

__all__ = [
    "AbsentDatabaseSettings",
    "DatabaseSettings",
    "Documented",
    "ForgeSettings",
    "GitForgeSettings",
    "GitHubSettings",
    "GitImagesSettings",
    "ImagesSettings",
    "KubernetesPlatformSettings",
    "LocalPlatformSettings",
    "NeonSettings",
    "PlatformSettings",
    "Port",
    "PostgresSettings",
    "PriceSettings",
    "ReceiverSettings",
    "RegistryImagesSettings",
    "Seconds",
    "TemporalSettings",
]

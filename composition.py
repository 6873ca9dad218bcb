"""The composition root: settings become adapters, adapters fill ports. Nothing else knows what stands behind one."""

import contextlib
import os
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from adapters.definitions.reading import YamlDefinitions
from adapters.forges.git import GitForge
from adapters.forges.github import GitHubForge
from adapters.forges.github_access import AppAuth, TokenAuth
from adapters.images.git import GitImages
from adapters.images.git_trees import GitTrees
from adapters.images.registry import RegistryImages
from adapters.platforms.local.platform import LocalPlatform
from adapters.probes.authorities import trusted
from adapters.probes.http import HttpProbe
from adapters.processes.users import Users
from databases import database_of, limits_of
from domain.installing import Survey
from domain.ports import Forge, Images, Platform
from sections import (
    GitForgeSettings,
    GitHubSettings,
    GitImagesSettings,
    KubernetesPlatformSettings,
    LocalPlatformSettings,
    RegistryImagesSettings,
)
from serving import authorization_of, policy_of, source_of
from settings import Settings
from worker import Ports


@contextlib.asynccontextmanager
async def composed(settings: Settings) -> AsyncGenerator[Ports]:
    """The adapters that the settings name, opened; closed when this ends."""
    async with contextlib.AsyncExitStack() as stack:
        users = _users(settings)
        forges: dict[str, Forge] = {}
        for name, forge in settings.forges.items():
            forges[name] = await _forge(stack, settings, name, forge)
        platforms: dict[str, Platform] = {}
        for name, platform in settings.platforms.items():
            platforms[name] = await _platform(stack, settings, name, platform, forges)
        yield Ports(
            forges=forges,
            images={name: _images(settings, name, store, users, forges) for name, store in settings.images.items()},
            databases={
                name: database_of(stack, settings, name, one, now=_now) for name, one in settings.databases.items()
            },
            platforms=platforms,
            definitions=YamlDefinitions(),
            probe=HttpProbe(authorities=trusted(settings.authorities)),
            policies=lambda key: policy_of(settings, key),
            limits=limits_of(settings),
        )


async def surveyed(kubeconfig: Path, context: str, namespace: str) -> Survey:
    """What of the things that previews need is in this cluster; errors of ours say why it cannot be asked."""
    from clusters import survey_of  # noqa: PLC0415 - its client takes most of a second to import

    return await survey_of(kubeconfig, context, namespace)


def git_forge(settings: Settings, name: str = "local") -> GitForge:
    """The forge of bare repositories in the data folder."""
    return GitForge(instance=name, folder=settings.data / "forge", now=_now, installation=settings.installation)


def local_platforms(settings: Settings) -> tuple[LocalPlatform, ...]:
    """The platforms whose processes are this machine's, and end when what runs here is stopped."""
    return tuple(
        _local_platform(settings, name, platform)
        for name, platform in settings.platforms.items()
        if isinstance(platform, LocalPlatformSettings)
    )


async def _platform(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    name: str,
    platform: LocalPlatformSettings | KubernetesPlatformSettings,
    forges: Mapping[str, Forge],
) -> Platform:
    match platform:
        case LocalPlatformSettings():
            return _local_platform(settings, name, platform)
        case KubernetesPlatformSettings():
            # Its client takes most of a second to import, which only those pay who have a cluster.
            from clusters import kubernetes_platform  # noqa: PLC0415

            trees = GitTrees(
                repositories=lambda repository: source_of(settings, repository),
                authorization=lambda repository: authorization_of(settings, forges, repository),
            )
            return await kubernetes_platform(stack, settings, name, platform, now=_now, trees=trees)
        case _:
            assert_never(platform)


def _local_platform(settings: Settings, name: str, platform: LocalPlatformSettings) -> LocalPlatform:
    return LocalPlatform(
        instance=name,
        installation=settings.installation,
        data=settings.data,
        now=_now,
        users=_users(settings),
        path=platform.path,
    )


async def _forge(
    stack: contextlib.AsyncExitStack, settings: Settings, name: str, forge: GitForgeSettings | GitHubSettings
) -> Forge:
    match forge:
        case GitForgeSettings():
            return git_forge(settings, name)
        case GitHubSettings():
            return await stack.enter_async_context(
                GitHubForge(
                    instance=name,
                    installation=settings.installation,
                    auth=_auth(forge),
                    repositories=tuple(forge.repositories),
                    base_url=forge.base_url,
                )
            )
        case _:
            assert_never(forge)


def _auth(forge: GitHubSettings) -> AppAuth | TokenAuth:
    if forge.app_id:
        return AppAuth(app_id=forge.app_id, private_key=forge.private_key.get_secret_value())
    return TokenAuth(token=forge.token.get_secret_value())


def _images(
    settings: Settings,
    name: str,
    store: GitImagesSettings | RegistryImagesSettings,
    users: Users | None,
    forges: Mapping[str, Forge],
) -> Images:
    match store:
        case GitImagesSettings():
            return GitImages(
                instance=name,
                installation=settings.installation,
                folder=settings.data / "images",
                repositories=lambda repository: source_of(settings, repository),
                authorization=lambda repository: authorization_of(settings, forges, repository),
                users=users,
                now=_now,
                build_limit=store.build_limit,
            )
        case RegistryImagesSettings():
            return RegistryImages(
                credentials=lambda host: _credentials(store, host), insecure=frozenset(store.insecure), now=_now
            )
        case _:
            assert_never(store)


def _credentials(store: RegistryImagesSettings, host: str) -> tuple[str, str] | None:
    """User and password for this registry; None where nothing is set, which is asked without."""
    if host not in store.credentials:
        return None
    user, _, password = store.credentials[host].get_secret_value().partition(":")
    return user, password


def _users(settings: Settings) -> Users | None:
    """Users of their own for what pull requests run, which only root can give."""
    platforms = settings.platforms.values()
    wanted = any(isinstance(platform, LocalPlatformSettings) and platform.own_users for platform in platforms)
    return Users(settings.data) if wanted and os.geteuid() == 0 else None


def _now() -> datetime:
    return datetime.now(UTC)

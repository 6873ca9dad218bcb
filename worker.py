"""The composition root: settings become adapters, adapters fill activities, and a worker runs them.

Nothing else knows which adapter stands behind a port. A worker keeps nothing, so that more workers are more
previews, and one that is killed is missed by nobody.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, assert_never

from temporalio.client import Client
from temporalio.worker import Worker

from activities.databases import DatabaseActivities
from activities.forges import ForgeActivities
from activities.images import ImageActivities
from activities.leases import LeaseActivities
from activities.planning import PlanningActivities
from activities.platforms import PlatformActivities
from activities.probes import ProbeActivities
from activities.seeds import SeedActivities
from adapters.databases.passwords import KeyRing
from adapters.databases.postgres import PostgresDatabase
from adapters.definitions.reading import YamlDefinitions
from adapters.forges.git import GitForge
from adapters.forges.github import AppAuth, GitHubForge, TokenAuth
from adapters.images.git import GitImages
from adapters.images.registry import RegistryImages
from adapters.platforms.local import LocalPlatform
from adapters.probes.http import HttpProbe
from adapters.processes import Users
from domain.errors import PermanentError
from domain.names import Key, label_of
from domain.phases import Reason
from domain.policies import Policy
from domain.ports import Database, Definitions, Forge, Images, Platform, Probe
from settings import GitForgeSettings, GitHubSettings, GitImagesSettings, RegistryImagesSettings, Settings
from workflows.preview import PreviewWorkflow
from workflows.seed import SeedWorkflow
from workflows.throttle import ThrottleWorkflow

DRAIN = timedelta(seconds=20)
"""How long a worker that was told to stop lets its activities end; a supervisor must wait longer than this."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Every configured adapter by the name of its instance, and the policy that says which serve a key."""

    forges: Mapping[str, Forge]
    images: Mapping[str, Images]
    databases: Mapping[str, Database]
    platforms: Mapping[str, Platform]
    definitions: Definitions
    probe: Probe
    policies: Callable[[Key], Policy]


@contextlib.asynccontextmanager
async def composed(settings: Settings) -> AsyncGenerator[Ports]:
    """The adapters that the settings name, opened; closed when this ends."""
    async with contextlib.AsyncExitStack() as stack:
        users = Users(settings.data / "users.json") if _own_users(settings) else None
        forges: dict[str, Forge] = {}
        for name, forge in settings.forges.items():
            forges[name] = await _forge(stack, settings, name, forge)
        yield Ports(
            forges=forges,
            images={name: _images(settings, name, store, users) for name, store in settings.images.items()},
            databases={
                name: PostgresDatabase(
                    instance=name,
                    installation=settings.installation,
                    host=database.host,
                    port=database.port,
                    user=database.user,
                    password=database.password.get_secret_value(),
                    maintenance=database.maintenance,
                    seed_owner=database.seed_owner,
                    key_ring=KeyRing.parse(settings.key_ring.get_secret_value()),
                    ssl=database.ssl,
                    now=_now,
                    connection_limit=database.connection_limit,
                )
                for name, database in settings.databases.items()
            },
            platforms={
                name: LocalPlatform(
                    instance=name,
                    installation=settings.installation,
                    data=settings.data,
                    now=_now,
                    users=users,
                    path=platform.path,
                )
                for name, platform in settings.platforms.items()
            },
            definitions=YamlDefinitions(),
            probe=HttpProbe(now=_now),
            policies=lambda key: policy_of(settings, key),
        )


def policy_of(settings: Settings, key: Key) -> Policy:
    """The policy for a key: the first forge whose repositories match serves it. PermanentError if none does."""
    served = (name for name, forge in settings.forges.items() if _serves(forge.repositories, key.repository))
    forge = next(served, None)
    if forge is None:
        known = ", ".join(settings.forges) or "none"
        raise PermanentError(
            f"no forge serves {key.repository} (configured: {known}); add it to MATINEE_FORGES__<NAME>__REPOSITORIES",
            reason=Reason.SETTINGS,
        )
    return Policy(
        label=label_of(key, home=settings.home_owner),
        forge=forge,
        platform=settings.platform,
        database=settings.database,
        images=settings.image_store,
        url_template=settings.url,
        lifetime=settings.lifetime,
        warning=settings.warning,
        lease=settings.lease,
        build_limit=settings.image_limit,
        settle_limit=settings.settle_limit,
        probe_limit=settings.probe_limit,
        drafts_allowed=settings.drafts,
    )


def activities_of(client: Client, ports: Ports) -> list[Callable[..., Any]]:
    """Every activity, bound to its ports."""
    forge = ForgeActivities(ports.forges, ports.policies)
    planning = PlanningActivities(
        ports.policies, ports.definitions, ports.forges, ports.images, ports.databases, ports.platforms
    )
    image, database = ImageActivities(ports.images), DatabaseActivities(ports.databases)
    platform, seed = PlatformActivities(ports.platforms, ports.databases), SeedActivities(client, ports.databases)
    lease, probe = LeaseActivities(client, ports.databases, ports.platforms), ProbeActivities(ports.probe)
    return [
        *(forge.look, forge.report, planning.begin, planning.plan, image.resolve, image.remove),
        *(database.branch, database.drop, database.open_seed, database.seal, database.drop_seeds),
        *(platform.deploy, platform.settle, platform.run, platform.remove, seed.have_seed, probe.check),
        *(lease.request_lease, lease.holders_gone, lease.find_holders),
    ]


WORKFLOWS: list[type] = [PreviewWorkflow, SeedWorkflow, ThrottleWorkflow]


def built(client: Client, task_queue: str, ports: Ports) -> Worker:
    """A worker of this client for these ports; entered, it polls."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities_of(client, ports),
        max_cached_workflows=2000,
        max_concurrent_activities=100,
        graceful_shutdown_timeout=DRAIN,
    )


async def serve(client: Client, settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Work until SIGTERM or SIGINT, then drain: what runs is ended or finished, nothing is lost."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with composed(settings) as ports, built(client, settings.temporal.task_queue, ports):
        ready()
        await stop.wait()


async def _forge(
    stack: contextlib.AsyncExitStack, settings: Settings, name: str, forge: GitForgeSettings | GitHubSettings
) -> Forge:
    match forge:
        case GitForgeSettings():
            return GitForge(instance=name, folder=settings.data / "forge", now=_now)
        case GitHubSettings():
            return await stack.enter_async_context(
                GitHubForge(
                    instance=name,
                    installation=settings.installation,
                    auth=_auth(forge),
                    repositories=tuple(forge.repositories),
                    base_url=forge.base_url,
                    transport=None,
                    now=_now,
                )
            )
        case _:
            assert_never(forge)


def _auth(forge: GitHubSettings) -> AppAuth | TokenAuth:
    if forge.app_id:
        return AppAuth(forge.app_id, forge.private_key.get_secret_value())
    return TokenAuth(forge.token.get_secret_value())


def _images(
    settings: Settings, name: str, store: GitImagesSettings | RegistryImagesSettings, users: Users | None
) -> Images:
    match store:
        case GitImagesSettings():
            return GitImages(
                instance=name,
                installation=settings.installation,
                folder=settings.data / "images",
                repositories=lambda repository: _source(settings, repository),
                users=users,
                now=_now,
                build_limit=store.build_limit,
            )
        case RegistryImagesSettings():
            return RegistryImages(instance=name, installation=settings.installation, now=_now)
        case _:
            assert_never(store)


def _source(settings: Settings, repository: str) -> Path | str:
    """Where commits of a repository are fetched from: the local forge's folder, or the forge's clone URL."""
    for forge in settings.forges.values():
        if _serves(forge.repositories, repository):
            if isinstance(forge, GitHubSettings):
                return f"{forge.clone_url}/{repository}.git"
            return settings.data / "forge" / f"{repository}.git"
    return settings.data / "forge" / f"{repository}.git"


def _serves(patterns: list[str], repository: str) -> bool:
    return any(fnmatchcase(repository, pattern) for pattern in patterns)


def _own_users(settings: Settings) -> bool:
    return Users.possible() and any(platform.own_users for platform in settings.platforms.values())


def _now() -> datetime:
    return datetime.now(UTC)

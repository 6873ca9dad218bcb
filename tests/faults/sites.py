"""A site: real servers, and one installation's data folder on them, with the shop in its local forge.

Every story that is played on it has a namespace of its own in Temporal, and so a throttle, a seed's workflow and a
task queue of its own; the database server, the proxy and the sealed seed are shared.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from activities import attributes
from adapters.forges.git import GitForge
from composition import git_forge, local_platforms
from embedded.everything import PORTS, Parts, everything
from embedded.installations import UP_FILE, write_up_file
from settings import Settings, load
from tests.fakes.worktrees import Worktree
from tests.servers import open_folder

SHOP = Path(__file__).parents[2] / "examples" / "shop"
_DAY = 24 * 3600


@dataclass(frozen=True)
class Site:
    """Where everything is. `clone` is the developer's, and one push at a time is made from it."""

    parts: Parts
    data: Path
    repository: str
    clone: Worktree
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def settings(self) -> Settings:
        """What a worker of this installation reads."""
        return load(self.data)

    @property
    def forge(self) -> GitForge:
        """The local forge of this installation."""
        return git_forge(self.settings)

    async def namespace(self, name: str) -> Client:
        """A client of a new namespace that knows our search attributes."""
        client = await Client.connect(self.parts.temporal.address, namespace=name)
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=_DAY))
        )
        kinds = {name: kind.value for name, kind in attributes.ALL.items()}
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=name, search_attributes=kinds)  # pyright: ignore[reportArgumentType] - an enum's number is one
        )
        return client

    def postgres(self, database: str) -> str:
        """How the superuser reaches a database of the server."""
        return self.parts.postgres.superuser_url.rpartition("/")[0] + f"/{database}"

    async def add(self, repository: str, files: Mapping[str, bytes]) -> None:
        """The forge has another repository, whose branch `main` is the clone's with these files. It has no hook."""
        async with self.pushing:
            bare = await self.forge.create(repository)
            # The hook would tell the installation's own namespace, and no story is played there.
            (bare / "hooks" / "post-receive").unlink()
            branch = repository.rpartition("/")[2]
            await asyncio.to_thread(self._add, branch, files, bare)

    def _add(self, branch: str, files: Mapping[str, bytes], bare: Path) -> None:
        self.clone.commit(branch, files, start="main")
        self.clone.push(bare, f"{branch}:main")


@asynccontextmanager
async def shop_site() -> AsyncGenerator[Site]:
    """All servers run inside the block, and no process of any preview after it."""
    with open_folder() as folder:
        data = folder / "data"
        data.mkdir(mode=0o755)
        async with everything(data, search_attributes=attributes.ALL, preferred=dict.fromkeys(PORTS, 0)) as parts:
            write_up_file(data, parts, receiver_port=1)
            site = Site(parts=parts, data=data, repository="local/shop", clone=Worktree(folder / "clone"))
            site.clone.commit("main", shop_files(), title="Open the shop")
            try:
                await site.add("local/shop", {})
                yield site
            finally:
                await stop_previews(site.settings)


@asynccontextmanager
async def other_site(site: Site, name: str, files: Mapping[str, bytes], *, throttle: int = 3) -> AsyncGenerator[Site]:
    """Another installation on the same servers: marks, forge and folders of its own, and one repository.

    `throttle` is its limit of branchings and migrations at once.
    """
    data = site.data.parent / name
    data.mkdir(mode=0o755)
    (data / "traefik").symlink_to(site.data / "traefik")
    content = json.loads((site.data / UP_FILE).read_text()) | {"installation": name}
    content["databases"]["main"]["throttle"] = throttle
    (data / UP_FILE).write_text(json.dumps(content))
    other = Site(parts=site.parts, data=data, repository=f"local/{name}", clone=Worktree(data.parent / f"{name}-clone"))
    other.clone.commit("main", files)
    try:
        await other.add(other.repository, {})
        yield other
    finally:
        await stop_previews(other.settings)


async def stop_previews(settings: Settings) -> None:
    """No process of any preview of this installation runs."""
    for platform in local_platforms(settings):
        await platform.stop_all()


def environment(site: Site) -> dict[str, str]:
    """The variables of a worker's process that serves this site."""
    root = str(Path(__file__).parents[2])
    return {"PATH": os.environ["PATH"], "PYTHONPATH": root, "MATINEE_DATA": str(site.data)}


def shop_files() -> dict[str, bytes]:
    """Every file of the example, without what running it there has left."""
    found = (path for path in SHOP.rglob("*") if path.is_file())
    own = (path for path in found if not {"__pycache__", "dist"} & set(path.parts))
    return {str(path.relative_to(SHOP)): path.read_bytes() for path in own}

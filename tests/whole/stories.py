"""Stories: the shop in a repository of a Matinee that the chart installed, from its first push to its last close."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from domain.names import Key, label_of
from embedded.postgres import Postgres
from tests.endtoend.hubs import OWNER
from tests.endtoend.processes import ROOT, Done, matinee, ran
from tests.fakes.github_state import Repository
from tests.faults.sites import shop_files
from tests.whole import building
from tests.whole.hosting import Hosted
from tests.whole.lasting import Objects
from tests.whole.listing import changed, names_of, settled

EXAMPLES = ROOT / "examples" / "shop-kubernetes"


@dataclass(frozen=True, kw_only=True)
class Story:
    """A repository of that Matinee, and what there was before any of its previews."""

    house: Hosted
    repository: Repository
    postgres: Postgres
    objects: Objects
    names: set[str]

    async def opened(self, kind: str, folder: Path) -> tuple[Key, str]:
        """A pull request that writes the shop in this kind, ready; and the image of its head by digest."""
        badge = f"ALTER TABLE products ADD COLUMN badge text NOT NULL DEFAULT '{kind}';\n"
        changed = _written(self.house, kind) | {"migrations/0003_badges.sql": badge.encode()}
        key = await self.house.github.open(self.repository, kind, changed)
        digest = await self.built(key, folder)
        await self.house.ready(key)
        return key, self.image(digest)

    def image(self, digest: str) -> str:
        """What the pods of a preview run: the image of this digest, from the private registry."""
        return f"{self.house.private}/acme/shop@{digest}"

    async def built(self, key: Key, folder: Path) -> str:
        """The CI has built the head; the digest of its image."""
        return await building.built(self.repository, self.house.head(key), folder, self.house.cluster.registry)

    def namespace(self, key: Key) -> str:
        """Where the preview is."""
        return f"{self.house.installed.name}-p-{label_of(key, home=OWNER)}"

    async def pods(self, key: Key) -> dict[str, str]:
        """The pods that serve it and are not being ended, by their unmistakable ids, with their images."""
        found = await self.house.cluster.kubectl.get("pods", f"--namespace={self.namespace(key)}")
        running = [each for each in found["items"] if each["status"]["phase"] == "Running"]
        kept = [each for each in running if "deletionTimestamp" not in each["metadata"]]
        return {each["metadata"]["uid"]: each["spec"]["containers"][0]["image"] for each in kept}

    async def flag(self, key: Key, *words: str) -> Done:
        """How `matinee flag` with these words ended."""
        target = self.house.client.service_client.config.target_host
        return await ran(*matinee("flag", str(key), *words), environment={"TEMPORAL_ADDRESS": target})

    async def closed(self, *keys: Key) -> None:
        """The pull requests are closed, and their previews have verified that all is gone."""
        for key in keys:
            await self.house.github.close(key)
        for key in keys:
            await self.house.ended(key)

    async def gone(self, *keys: Key) -> None:
        """The pull requests are closed, and all is as it was before any of them; AssertionError with what is not."""
        await self.closed(*keys)
        assert await changed(self.house.cluster, self.objects, own=self.house.installed.name) == []
        # The seed stays on purpose: every pull request of the repository shares it.
        assert {name for name in await names_of(self.postgres) - self.names if "seed_" not in name} == set()


async def begun(house: Hosted, postgres: Postgres, repository: str, folder: Path) -> Story:
    """The shop as this repository, whose CI has built its main branch; the seed of its previews is made from that."""
    made = house.clones.add(repository, shop_files() | _written(house, "services"))
    await building.built(made, made.tip, folder, house.cluster.registry)
    objects, names = await asyncio.gather(settled(house.cluster, own=house.installed.name), names_of(postgres))
    return Story(house=house, repository=made, postgres=postgres, objects=objects, names=names)


def _written(house: Hosted, kind: str) -> dict[str, bytes]:
    """The files of the example of this kind, for the private registry and this installation's Gateway."""
    folder = EXAMPLES / kind
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    if kind == "services":
        files[".matinee.yaml"] = files[".matinee.yaml"].replace("port: 8001\n", "port: 8001\n    secrets: [stripe]\n")
    named = {
        "registry.localhost:5000": house.private,
        "namespace: matinee-system": f"namespace: {house.installed.name}",
    }
    for old, new in named.items():
        files = {name: content.replace(old, new) for name, content in files.items()}
    return {name: content.encode() for name, content in files.items()}

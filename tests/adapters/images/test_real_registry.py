"""The registry image store against a real registry, the one that Debian packages."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from adapters.images.registry import RegistryImages
from domain.definitions import Service
from domain.errors import NotYet, TemporaryError
from domain.names import Key
from domain.requests import ImageRequest
from domain.resources import Image
from embedded.ports import free_ports
from tests.registries import needs_registry, registry_in

_COMMIT = "3f9c21d0" * 5
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

pytestmark = [pytest.mark.server, needs_registry]


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncGenerator[str]:
    """The address of a registry with nothing in it."""
    async with registry_in(tmp_path) as host:
        yield host


async def _pushed(host: str, tag: str) -> str:
    """An image of one empty layer, pushed as every client does; its digest."""
    async with httpx.AsyncClient(base_url=f"http://{host}/v2/shop/web/", trust_env=False) as client:
        digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        upload = await client.post("blobs/uploads/")
        stored = await client.put(
            httpx.URL(upload.headers["Location"]).copy_merge_params({"digest": digest}), content=b"{}"
        )
        blob = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 2}
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": blob, "layers": [blob]}
        done = await client.put(f"manifests/{tag}", content=json.dumps(manifest), headers={"Content-Type": _MANIFEST})
        assert (stored.status_code, done.status_code) == (201, 201)
        return done.headers["Docker-Content-Digest"]


async def _resolved(host: str) -> Image:
    service = Service(name="web", image=f"{host}/shop/web:pr-{{number}}-{{commit}}")
    wish = ImageRequest(key=Key("acme/shop", 12), label="shop-12", instance="hub", commit=_COMMIT, service=service)
    images = RegistryImages(insecure=frozenset({host}), now=lambda: datetime.now(UTC))
    return await images.resolve(wish, lambda: None)


async def test_an_image_is_waited_for_and_then_pinned(registry: str) -> None:
    """My pipeline pushes an image: until then it is waited for, then it is found by its digest."""
    with pytest.raises(NotYet, match="waiting for the image"):
        await _resolved(registry)

    digest = await _pushed(registry, f"pr-12-{_COMMIT}")

    assert await _resolved(registry) == Image(service="web", reference=f"{registry}/shop/web@{digest}", digest=digest)


async def test_a_registry_that_is_away_is_asked_again_later() -> None:
    """Nothing listens at the registry's address: that may pass."""
    with pytest.raises(TemporaryError, match="does not answer") as away:
        await _resolved(f"127.0.0.1:{free_ports(1)[0]}")

    assert not isinstance(away.value, NotYet)

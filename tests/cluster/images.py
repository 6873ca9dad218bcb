"""Images: made of layers, and pushed to a registry over HTTP, which is all that a Docker daemon would do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from domain.errors import PermanentError
from domain.phases import Reason
from tests.cluster.layers import Layer, digest

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIGURATION = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """Layers from the lowest up, and how a container of them starts unless it is told otherwise."""

    layers: tuple[Layer, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: str = "/"
    user: str = "65534:65534"
    architecture: str = "amd64"

    @property
    def configuration(self) -> bytes:
        """The image's own description."""
        environment = {"PATH": _SEARCH} | dict(self.environment)
        return _written(
            {
                "architecture": self.architecture,
                "os": "linux",
                "config": {
                    "Cmd": list(self.command),
                    "Env": [f"{name}={value}" for name, value in environment.items()],
                    "WorkingDir": self.folder,
                    "User": self.user,
                },
                "rootfs": {"type": "layers", "diff_ids": [layer.unpacked for layer in self.layers]},
            }
        )

    @property
    def manifest(self) -> bytes:
        """The list of what the image consists of."""
        layers = [{"mediaType": _LAYER, "size": len(one.packed), "digest": one.digest} for one in self.layers]
        configuration = self.configuration
        described = {"mediaType": _CONFIGURATION, "size": len(configuration), "digest": digest(configuration)}
        return _written({"schemaVersion": 2, "mediaType": _MANIFEST, "config": described, "layers": layers})


async def push(image: Image, registry: str, repository: str, tag: str = "latest") -> str:
    """The registry, an address, has the image under that tag; its reference by digest."""
    async with httpx.AsyncClient(base_url=f"http://{registry}/v2/{repository}", trust_env=False, timeout=60) as client:
        for blob in (*(layer.packed for layer in image.layers), image.configuration):
            await _upload(client, blob)
        headers = {"Content-Type": _MANIFEST}
        _checked(await client.put(f"/manifests/{tag}", content=image.manifest, headers=headers))
    return f"{registry}/{repository}@{digest(image.manifest)}"


async def push_index(image: Image, registry: str, repository: str, architecture: str) -> str:
    """The registry has the image as the only variant of a list, for this architecture; the list by digest."""
    single = await push(image, registry, repository)
    described = {"mediaType": _MANIFEST, "size": len(image.manifest), "digest": single.partition("@")[2]}
    variant = described | {"platform": {"architecture": architecture, "os": "linux"}}
    listed = _written({"schemaVersion": 2, "mediaType": _INDEX, "manifests": [variant]})
    async with httpx.AsyncClient(base_url=f"http://{registry}/v2/{repository}", trust_env=False, timeout=60) as client:
        _checked(await client.put("/manifests/variants", content=listed, headers={"Content-Type": _INDEX}))
    return f"{registry}/{repository}@{digest(listed)}"


async def _upload(client: httpx.AsyncClient, blob: bytes) -> None:
    """The registry has the bytes; they are sent only if it had not."""
    name = digest(blob)
    if (await client.head(f"/blobs/{name}")).is_success:
        return
    begun = _checked(await client.post("/blobs/uploads/"))
    place = httpx.URL(begun.headers["Location"]).copy_add_param("digest", name)
    _checked(await client.put(place, content=blob, headers={"Content-Type": "application/octet-stream"}))


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if the registry did what it was asked."""
    if not answer.is_success:
        raise PermanentError(
            f"The registry said {answer.status_code} to {answer.request.method} {answer.request.url}: {answer.text}",
            reason=Reason.PLATFORM_UNAVAILABLE,
        )
    return answer


def _written(document: dict[str, Any]) -> bytes:
    """JSON without a choice of how, so that the digest is always the same."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

"""Where the images of commits come from."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from sections.shapes import Documented, Seconds


class GitImagesSettings(Documented):
    """Images built from the commit's own tree by the definition's build command."""

    kind: Literal["git"] = "git"
    """What kind of image store this is."""
    build_limit: Seconds = 600.0
    """How long one build may take before it is ended."""


class RegistryImagesSettings(Documented):
    """Images that a CI pushes to an OCI registry. `credentials` is `user:password` for each host."""

    kind: Literal["registry"] = "registry"
    """What kind of image store this is."""
    credentials: dict[str, SecretStr] = {}
    """`user:password` for each host of a registry that asks for it."""
    insecure: list[str] = []
    """Hosts of registries that are asked by HTTP instead of HTTPS."""


ImagesSettings = Annotated[GitImagesSettings | RegistryImagesSettings, Field(discriminator="kind")]

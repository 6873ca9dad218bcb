"""Sections of the settings: one class for each kind of adapter and each server, with its defaults and its limits.

They know nothing of the environment, which settings.py reads. The sentence below each field is what
docs/reference/settings.md says of it (tools/settings_reference.py).
"""

from typing import Annotated, Literal

import durationpy
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator


def _seconds(value: object) -> object:
    """Seconds from a duration as people write it: `7d`, `90m`, `1h30m`; numbers are seconds already."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        try:
            return durationpy.from_str(value).total_seconds()
        except durationpy.DurationError:
            raise ValueError("is no duration; write it such as 7d, 90m or 1h30m") from None
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Documented(BaseModel):
    """Settings whose fields are documented by the text below them."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class LocalPlatformSettings(Documented):
    """Processes on this machine behind a reverse proxy."""

    kind: Literal["local"] = "local"
    """What kind of platform this is."""
    own_users: bool = True
    """Whether each service, build and command runs as a user of its own, which only a worker of root can give."""
    path: str | None = None
    """The PATH of services and commands; unset: where Matinee's own Python is, then the system's folders."""


class PostgresSettings(Documented):
    """One PostgreSQL server that all previews share; prepared as docs/how-to/postgresql.md says."""

    kind: Literal["postgres"] = "postgres"
    """What kind of database server this is."""
    host: str = "127.0.0.1"
    """Where the server is, for Matinee and for previews."""
    port: Port = 5432
    """The port it listens on."""
    user: str = "matinee"
    """The role that makes and drops branches; no superuser."""
    password: SecretStr = SecretStr("")
    """The password of that role."""
    maintenance: str = "preview_admin"
    """The database in which that role works, and which nobody else may enter."""
    seed_owner: str = "seed_owner"
    """The role that owns what is in seeds; it cannot log in."""
    connection_limit: int = Field(default=15, ge=1)
    """How many connections each preview may have open at once."""
    ssl: str | None = None
    """The mode of libpq, such as `require`; unset: TLS where the server offers it."""
    throttle: int = Field(default=3, ge=1)
    """How many branchings and migrations run at once; a throttle that runs keeps its own limit until it is resized."""


class GitForgeSettings(Documented):
    """Bare repositories in the data folder: a branch is a pull request."""

    kind: Literal["git"] = "git"
    """What kind of forge this is."""
    repositories: list[str] = ["local/*"]
    """The repositories that this forge serves, `*` matching anything; of two forges, the longer pattern wins."""


class GitHubSettings(Documented):
    """GitHub, by an App (id and private key) or by a token."""

    kind: Literal["github"] = "github"
    """What kind of forge this is."""
    app_id: str = ""
    """The id of the App to act as; give PRIVATE_KEY with it, or TOKEN instead of both."""
    private_key: SecretStr = SecretStr("")
    """The App's private key: the text of the whole PEM file."""
    token: SecretStr = SecretStr("")
    """The token of the person or bot to act as."""
    webhook_secret: SecretStr = SecretStr("")
    """The secret that GitHub signs webhooks with; without one, every webhook is refused."""
    repositories: list[str] = ["*"]
    """The repositories that this forge serves; `*` matches anything for an App, a token needs each by its name."""
    base_url: str = "https://api.github.com"
    """The API; of an Enterprise Server `https://HOST/api/v3`."""
    clone_url: str = "https://github.com"
    """What precedes `/OWNER/NAME.git` where commits are fetched from."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "GitHubSettings":
        by_app = bool(self.app_id) and bool(self.private_key.get_secret_value())
        if by_app == bool(self.token.get_secret_value()):
            raise ValueError("give either APP_ID with PRIVATE_KEY, or TOKEN")
        return self


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


class ReceiverSettings(Documented):
    """Where the receiver listens; loopback unless told otherwise."""

    host: str = "127.0.0.1"
    """The address that the receiver listens on."""
    port: Port = 8080
    """The port that the receiver listens on."""


class TemporalSettings(Documented):
    """Used only where Temporal's own environment variables and config file say nothing."""

    address: str = "127.0.0.1:7233"
    """Where Temporal is, if neither TEMPORAL_ADDRESS nor Temporal's config file says so."""
    ui: str = "http://127.0.0.1:8233"
    """Temporal's UI, which the page links to; empty for no links."""
    task_queue: str = "previews"
    """The task queue that workers poll and the receiver names."""


ForgeSettings = Annotated[GitForgeSettings | GitHubSettings, Field(discriminator="kind")]
ImagesSettings = Annotated[GitImagesSettings | RegistryImagesSettings, Field(discriminator="kind")]

"""Settings: the only reader of the environment. Everything has a default that works on one machine.

A value comes from the environment (`MATINEE_…`, nested by `__`), else from `up.json`, which `matinee up` keeps in
the data folder while it runs, else from the defaults here. Named instances of a port are tagged by `kind`:

    MATINEE_FORGES__GITHUB__KIND=github
    MATINEE_FORGES__GITHUB__TOKEN=…
    MATINEE_FORGES__GITHUB__REPOSITORIES='["acme/*"]'
"""

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import durationpy
from platformdirs import user_data_path
from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, JsonConfigSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from domain.errors import PermanentError
from domain.phases import Reason

PREFIX = "MATINEE_"
UP_FILE = "up.json"


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


class LocalPlatformSettings(BaseModel):
    """Processes on this machine behind a reverse proxy."""

    kind: Literal["local"] = "local"
    own_users: bool = True
    path: str | None = None


class PostgresSettings(BaseModel):
    """One PostgreSQL server that all previews share; prepared as docs/how-to/postgresql.md says."""

    kind: Literal["postgres"] = "postgres"
    host: str = "127.0.0.1"
    port: Port = 5432
    user: str = "matinee"
    password: SecretStr = SecretStr("")
    maintenance: str = "preview_admin"
    seed_owner: str = "seed_owner"
    connection_limit: int = Field(default=15, ge=1)
    ssl: str | None = None
    throttle: int = Field(default=3, ge=1)


class GitForgeSettings(BaseModel):
    """Bare repositories in the data folder: a branch is a pull request."""

    kind: Literal["git"] = "git"
    repositories: list[str] = ["local/*"]


class GitHubSettings(BaseModel):
    """GitHub, by an App (id and private key) or by a token."""

    kind: Literal["github"] = "github"
    app_id: str = ""
    private_key: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    repositories: list[str] = ["*"]
    base_url: str = "https://api.github.com"
    clone_url: str = "https://github.com"

    @model_validator(mode="after")
    def _one_way_in(self) -> "GitHubSettings":
        by_app = bool(self.app_id) and bool(self.private_key.get_secret_value())
        if by_app == bool(self.token.get_secret_value()):
            raise ValueError("give either APP_ID with PRIVATE_KEY, or TOKEN")
        return self


class GitImagesSettings(BaseModel):
    """Images built from the commit's own tree by the definition's build command."""

    kind: Literal["git"] = "git"
    build_limit: Seconds = 600.0


class RegistryImagesSettings(BaseModel):
    """Images that a CI pushes to an OCI registry. `credentials` is `user:password` for each host."""

    kind: Literal["registry"] = "registry"
    credentials: dict[str, SecretStr] = {}
    insecure: list[str] = []


class ReceiverSettings(BaseModel):
    """Where the receiver listens; loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: Port = 8080


class TemporalSettings(BaseModel):
    """Used only where Temporal's own environment variables and config file say nothing."""

    address: str = "127.0.0.1:7233"
    ui: str = "http://127.0.0.1:8233"
    task_queue: str = "previews"


ForgeSettings = Annotated[GitForgeSettings | GitHubSettings, Field(discriminator="kind")]
ImagesSettings = Annotated[GitImagesSettings | RegistryImagesSettings, Field(discriminator="kind")]


class Settings(BaseSettings):
    """All that is set, with the defaults of an installation on one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    data: Path = Path()
    installation: str = Field(default="matinee", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    home_owner: str = "local"
    url: str = "http://{label}.localhost:8081"
    key_ring: SecretStr = SecretStr("")
    temporal: TemporalSettings = TemporalSettings()
    receiver: ReceiverSettings = ReceiverSettings()
    forges: dict[str, ForgeSettings] = {}
    images: dict[str, ImagesSettings] = {}
    databases: dict[str, PostgresSettings] = {}
    platforms: dict[str, LocalPlatformSettings] = {}
    forge: str = ""
    image_store: str = "git"
    database: str = "main"
    platform: str = "local"
    lifetime: Seconds = timedelta(days=7).total_seconds()
    warning: Seconds = timedelta(days=1).total_seconds()
    lease: Seconds = 600.0
    image_limit: Seconds = 3600.0
    settle_limit: Seconds = 600.0
    probe_limit: Seconds = 300.0
    sweep_every: Seconds = timedelta(hours=6).total_seconds()
    heal_every: Seconds = timedelta(minutes=5).total_seconds()
    drafts: bool = True

    def keys(self) -> dict[str, bytes]:
        """The keys of the ring by their ids, the current one first; `ID:HEX` each, parted by commas."""
        pairs = [pair.partition(":") for pair in self.key_ring.get_secret_value().split(",") if pair]
        return {key_id.strip(): bytes.fromhex(key) for key_id, _, key in pairs}

    @field_validator("key_ring")
    @classmethod
    def _readable_keys(cls, ring: SecretStr) -> SecretStr:
        # The value itself stays out of the message, because a message can end up in a log.
        for pair in ring.get_secret_value().split(","):
            if pair and not re.fullmatch(r"\s*[A-Za-z0-9-]+:[0-9a-fA-F]{64,}\s*", pair):
                raise ValueError("is no key ring; write ID:HEX, at least 64 hex digits, several parted by commas")
        return ring

    @field_validator("url")
    @classmethod
    def _cannot_collide(cls, url: str) -> str:
        host = url.partition("://")[2]
        if url.count("{label}") != 1 or not host.startswith("{label}."):
            raise ValueError(
                "must hold {label} once, as the first whole label of the host: https://{label}.example.com"
            )
        return url

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given wins over the environment, and that over what `matinee up` wrote down."""
        up = JsonConfigSettingsSource(settings_cls, json_file=_data_folder(init_settings()) / UP_FILE)
        return (init_settings, env_settings, up)


def load(data: Path | None = None) -> Settings:
    """The settings in force; PermanentError that names each wrong one, its value and the cure."""
    folder = _data_folder({"data": data} if data else {})
    try:
        return Settings(data=folder)
    except ValidationError as error:
        raise PermanentError(explained(error), reason=Reason.SETTINGS) from None
    except json.JSONDecodeError as error:
        raise PermanentError(f"{folder / UP_FILE} is no JSON ({error}); stop `matinee up` and remove it") from None


def explained(error: ValidationError) -> str:
    """Each wrong setting by the name of its environment variable; secrets' values are not repeated."""
    lines = [
        f"{PREFIX}{'__'.join(_path(problem['loc'])).upper()}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False, include_url=False)
    ]
    return "wrong settings:\n" + "\n".join(lines)


def masked(settings: Settings) -> dict[str, Any]:
    """What is in force, as JSON, with every secret masked."""
    return settings.model_dump(mode="json")


def passed_on() -> dict[str, str]:
    """The variables of this process that a worker or receiver started by it needs: ours, Temporal's, the proxies'."""
    names = (PREFIX, "TEMPORAL_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    return {name: value for name, value in os.environ.items() if name.upper().startswith(names)}


def _path(location: tuple[int | str, ...]) -> list[str]:
    # The tag of a union stands in pydantic's path, but not in the name of the variable.
    tags = {"git", "github", "registry", "local", "postgres"}
    return [str(part) for index, part in enumerate(location) if not (index == 2 and part in tags)]  # noqa: PLR2004


def _data_folder(given: Mapping[str, Any]) -> Path:
    chosen = given.get("data") or os.environ.get(f"{PREFIX}DATA")
    return Path(chosen) if chosen else _default_data()


def _default_data() -> Path:
    # PostgreSQL and previews of root run as other users, who cannot enter root's home.
    return Path("/var/lib/matinee") if os.geteuid() == 0 else user_data_path("matinee")

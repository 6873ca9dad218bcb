"""Settings: the only reader of the environment. Everything has a default that works on one machine.

A value comes from the environment (`MATINEE_…`, nested by `__`), else from `up.json`, which `matinee up` keeps in
the data folder while it runs, else from the defaults here. Named instances of a port are tagged by `kind`:

    MATINEE_FORGES__GITHUB__KIND=github
    MATINEE_FORGES__GITHUB__TOKEN=…
    MATINEE_FORGES__GITHUB__REPOSITORIES='["acme/*"]'

What one forge, server or platform is told stands in sections/. The sentence below each field is what
docs/reference/settings.md says of it (tools/settings_reference.py).
"""

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    JsonConfigSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from domain.errors import PermanentError
from domain.phases import Reason
from sections import (
    DatabaseSettings,
    ForgeSettings,
    ImagesSettings,
    PlatformSettings,
    PriceSettings,
    ReceiverSettings,
    Seconds,
    TemporalSettings,
)

PREFIX = "MATINEE_"
UP_FILE = "up.json"
ADMIN_URL = "MATINEE_ADMIN_URL"
"""The variable that may hold an administrator's URL. It is no setting: only `matinee database setup` reads it."""


class Settings(BaseSettings):
    """All that is set, with the defaults of an installation on one machine."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", use_attribute_docstrings=True
    )

    data: Path = Path()
    """The data folder of an installation on one machine; for root `/var/lib/matinee`, else this user's data folder."""
    installation: str = Field(default="matinee", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """One half of every mark, the key being the other; several installations on one server need different ones."""
    home_owner: str = "local"
    """The owner whose repositories may have plain labels such as `shop-12`; all others get a hash in theirs."""
    url: str = "http://{label}.localhost:8081"
    """The URL of a preview; `{label}` stands for its label and is the first label of the host."""
    authorities: Path | None = None
    """A file (PEM) with authorities that may sign previews' certificates besides those that browsers know."""
    metrics: str = ""
    """Where a worker serves its metrics to Prometheus, IP:PORT such as 127.0.0.1:9464; empty for nowhere."""
    key_ring: SecretStr = SecretStr("")
    """The keys that database passwords are derived from, the current one first: `ID:HEX`, parted by commas."""
    temporal: TemporalSettings = TemporalSettings()
    receiver: ReceiverSettings = ReceiverSettings()
    prices: PriceSettings = PriceSettings()
    forges: dict[str, ForgeSettings] = {}
    images: dict[str, ImagesSettings] = {}
    databases: dict[str, DatabaseSettings] = {}
    platforms: dict[str, PlatformSettings] = {}
    image_store: str = "git"
    """The image store that is used, by its name among the image stores."""
    database: str = "main"
    """The database server that is used, by its name among the databases."""
    platform: str = "local"
    """The platform that is used, by its name among the platforms."""
    lifetime: Seconds = timedelta(days=7).total_seconds()
    """How long a preview may live from its last push."""
    warning: Seconds = timedelta(days=1).total_seconds()
    """How long before the end of its lifetime the pull request is told."""
    lease: Seconds = 600.0
    """The longest that one branching, migration or building of a seed may take; it is ended then."""
    image_limit: Seconds = 3600.0
    """How long a rollout waits for its images before it fails."""
    settle_limit: Seconds = 600.0
    """How long services may take to become healthy before the rollout fails."""
    probe_limit: Seconds = 300.0
    """How long a URL may take to answer from outside before the rollout fails."""
    sweep_every: Seconds = timedelta(hours=6).total_seconds()
    """How often the sweep runs."""
    heal_every: Seconds = timedelta(minutes=5).total_seconds()
    """How often the light sweep runs, which only heals lost events."""
    drafts: bool = True
    """Whether draft pull requests get previews."""

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

    @field_validator("metrics")
    @classmethod
    def _is_an_address(cls, metrics: str) -> str:
        try:
            parsed = urlsplit(f"//{metrics}")
            if metrics and not (ip_address(parsed.hostname or "") and parsed.port):
                raise ValueError("no port")  # noqa: TRY301 - it is told as any other wrong address
        except ValueError as error:
            raise ValueError(f"{metrics!r} is no address; write IP:PORT, such as 127.0.0.1:9464") from error
        return metrics

    @field_validator("platforms", mode="before")
    @classmethod
    def _local_unless_told(cls, platforms: Any) -> Any:
        return _of_kind("local", platforms)

    @field_validator("databases", mode="before")
    @classmethod
    def _postgres_unless_told(cls, databases: Any) -> Any:
        return _of_kind("postgres", databases)

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


def given(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the environment gives and what `up.json` does, by name and as it stands there: secrets are not masked."""
    up = JsonConfigSettingsSource(Settings, json_file=folder / UP_FILE)
    return EnvSettingsSource(Settings)(), up()


def passed_on(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of this process that a worker or receiver started by it needs: ours, Temporal's, the proxies'."""
    names = (PREFIX, "TEMPORAL_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    given = {name: value for name, value in environment.items() if name.upper().startswith(names)}
    given.pop(ADMIN_URL, None)  # An administrator's way to a server is for one command, and no worker's.
    return given


def alone() -> None:
    """No variable of ours is left in this process's environment, so that what it loads is not this user's."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]


def _of_kind(kind: str, sections: Any) -> Any:
    """The sections, each of this kind where it does not say which it is."""
    if not isinstance(sections, dict):
        return sections
    given = cast("dict[str, Any]", sections).items()
    return {name: {"kind": kind} | cast("dict[str, Any]", one) if isinstance(one, dict) else one for name, one in given}


def _path(location: tuple[int | str, ...]) -> list[str]:
    # The tag of a union stands in pydantic's path, but not in the name of the variable.
    tags = {"git", "github", "registry", "local", "kubernetes", "postgres", "neon", "none"}
    return [str(part) for index, part in enumerate(location) if not (index == 2 and part in tags)]  # noqa: PLR2004 - PORT, name, tag


def _data_folder(given: Mapping[str, Any]) -> Path:
    chosen = given.get("data") or os.environ.get(f"{PREFIX}DATA")
    return Path(chosen) if chosen else _default_data()


def _default_data() -> Path:
    # PostgreSQL and previews of root run as other users, who cannot enter root's home.
    return Path("/var/lib/matinee") if os.geteuid() == 0 else user_data_path("matinee")

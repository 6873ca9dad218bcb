"""Where previews keep their data: a server, and what is made on it."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from sections.shapes import Documented, Port


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


class NeonSettings(Documented):
    """One project at Neon, in which each preview has a branch; prepared as docs/how-to/neon.md says."""

    kind: Literal["neon"] = "neon"
    """What kind of database server this is."""
    api_key: SecretStr = SecretStr("")
    """An API key of Neon's that may change this project, best one of the project alone."""
    project: str = Field(default="", pattern=r"^[a-z0-9-]{0,60}$")
    """The id of the project, such as `quiet-leaf-123456`; give previews one of their own."""
    parent: str = ""
    """The branch that seeds, and previews without a seed, begin as: its id or name; unset: the default branch."""
    database_name: str = "neondb"
    """The database in that branch which previews connect to."""
    role: str = "neondb_owner"
    """The role that owns that database, which previews connect as."""
    min_cu: float = Field(default=0.25, ge=0.25)
    """The least compute units of a branch that is awake."""
    max_cu: float = Field(default=1.0, ge=0.25)
    """The most compute units of a branch under load."""
    suspend: int = Field(default=300, ge=60, le=604_800)
    """After how many seconds without a query a branch falls asleep and costs no compute."""
    base_url: str = Field(default="https://console.neon.tech/api/v2", pattern=r"^https?://\S+$")
    """Where Neon's API is."""
    throttle: int = Field(default=3, ge=1)
    """How many branchings and migrations run at once; a throttle that runs keeps its own limit until it is resized."""

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr) -> SecretStr:
        # Files and Secrets often end with a line break. The value itself stays out of the message.
        value = key.get_secret_value().strip()
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ValueError("holds what no API key has, such as a space or a curly quote; copy it again")
        return SecretStr(value)

    @model_validator(mode="after")
    def _can_be_asked(self) -> "NeonSettings":
        if not self.api_key.get_secret_value() or not self.project:
            raise ValueError("give API_KEY, which Neon's console makes, and PROJECT, the id in the project's settings")
        return self

    @model_validator(mode="after")
    def _least_and_most(self) -> "NeonSettings":
        if self.min_cu > self.max_cu:
            raise ValueError(f"MIN_CU is {self.min_cu:g}, and MAX_CU {self.max_cu:g}; give MAX_CU as much at least")
        return self


class AbsentDatabaseSettings(Documented):
    """No database: definitions with a `database` are refused, all others work."""

    kind: Literal["none"] = "none"
    """What kind of database server this is."""


DatabaseSettings = Annotated[PostgresSettings | NeonSettings | AbsentDatabaseSettings, Field(discriminator="kind")]

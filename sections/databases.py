"""Where previews keep their data: a server, and what is made on it."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

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


class AbsentDatabaseSettings(Documented):
    """No database: definitions with a `database` are refused, all others work."""

    kind: Literal["none"] = "none"
    """What kind of database server this is."""


DatabaseSettings = Annotated[PostgresSettings | AbsentDatabaseSettings, Field(discriminator="kind")]

"""What is in a fake project at Neon: branches with their rows and passwords, endpoints, and operations under way."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RECOVERABLE = timedelta(days=7)
"""How long a branch that was not deleted for good can be recovered."""


def new_password() -> str:
    """A password as Neon makes them."""
    return f"npg_{secrets.token_hex(8)}"


@dataclass
class FakeOperation:
    """Something that goes on after the answer; `left` more requests and it is done, and `effect` comes true."""

    id: str
    branch: str
    endpoint: str
    action: str
    made_at: datetime
    left: int
    effect: Callable[[], None]
    status: str = "running"
    error: str = ""


@dataclass
class FakeEndpoint:
    """A compute endpoint of a branch."""

    id: str
    made_at: datetime
    min_cu: float = 0.25
    max_cu: float = 0.25
    suspend: int = 0


@dataclass
class FakeBranch:
    """A branch. `passwords` are those that open it, `promised` those that will once what was begun has ended."""

    id: str
    name: str
    parent: str
    made_at: datetime
    rows: tuple[str, ...] = ()
    passwords: dict[str, str] = field(default_factory=dict[str, str])
    promised: dict[str, str] = field(default_factory=dict[str, str])
    annotation: dict[str, str] = field(default_factory=dict[str, str])
    endpoints: dict[str, FakeEndpoint] = field(default_factory=dict[str, FakeEndpoint])
    state: str = "init"
    expires_at: datetime | None = None
    default: bool = False
    protected: bool = False
    deleted_at: datetime | None = None

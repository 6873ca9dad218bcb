"""Answers: the part of what Neon's API says that is read here. Everything else in them may change as Neon likes."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Branch(_Answer):
    """A branch; only a `ready` one (or an archived one, which is slower) can be connected to."""

    id: str
    name: str
    parent_id: str = ""
    current_state: str
    pending_state: str = ""
    expires_at: datetime | None = None

    @property
    def usable(self) -> bool:
        """Whether nothing of the branch itself is still being made."""
        return self.current_state in {"ready", "archived"} and not self.pending_state


class Annotation(_Answer):
    """What a branch was annotated with as it was made."""

    value: dict[str, str] = Field(default_factory=dict[str, str])


class NextPage(_Answer):
    """Where a list goes on: branches call it `next`, operations `cursor`."""

    next: str = ""
    cursor: str = ""


class Branches(_Answer):
    """One page of branches, with the annotations of those that have any."""

    branches: tuple[Branch, ...]
    annotations: dict[str, Annotation]
    pagination: NextPage | None = None


class Operation(_Answer):
    """Something that Neon does after it has answered."""

    branch_id: str = ""
    action: str
    status: str
    error: str = ""
    created_at: datetime


class Operations(_Answer):
    """One page of operations."""

    operations: tuple[Operation, ...]
    pagination: NextPage | None = None


class Changed(_Answer):
    """What a change sets going. The branch or role in it is not read, as the role's password stands there."""

    operations: tuple[Operation, ...]


class Endpoint(_Answer):
    """A compute endpoint, through which a branch is connected to."""

    id: str


class Endpoints(_Answer):
    """The compute endpoints of a branch."""

    endpoints: tuple[Endpoint, ...]


class Password(_Answer):
    """The password of a role on one branch."""

    password: str = Field(repr=False)


class Address(_Answer):
    """A connection URI with its password."""

    uri: str = Field(repr=False)


class Complaint(_Answer):
    """Why Neon refuses."""

    message: str

"""The few fields of GitHub's answers that we read.

githubkit's own models refuse real answers (some fields that they demand are not always there), so its calls are
used for paths and parameters only, and what comes back is read into these.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Account(BaseModel):
    """A person, a bot or an organisation."""

    login: str


class Repository(BaseModel):
    """A repository; `full_name` is written as GitHub writes it, whatever case was asked for."""

    id: int
    full_name: str


class Token(BaseModel):
    """A token of an installation; it ends an hour after it was made."""

    token: str = Field(repr=False)


class Side(BaseModel):
    """The head of a pull request. `repo` is None when a fork was deleted."""

    ref: str
    sha: str
    repo: Repository | None = None


class BaseSide(BaseModel):
    """The base of a pull request, whose repository is always there."""

    ref: str
    sha: str
    repo: Repository


class Label(BaseModel):
    """A label of a pull request."""

    name: str


class Pull(BaseModel):
    """A pull request. `user` is None when its author's account was deleted."""

    number: int
    state: Literal["open", "closed"]
    title: str
    html_url: str
    created_at: datetime
    updated_at: datetime
    user: Account | None = None
    draft: bool = False
    labels: list[Label] = Field(default_factory=list[Label])
    head: Side
    base: BaseSide


class Permission(BaseModel):
    """What a person may do with a repository."""

    permission: str


class Signature(BaseModel):
    """Who committed, and when by the clock of their own machine."""

    date: datetime


class Commit(BaseModel):
    """A commit without its files."""

    sha: str
    committer: Signature


class Content(BaseModel):
    """What lies at a path. The content is left out, and encoding is `none`, above 1 MB."""

    type: str
    size: int = 0
    encoding: str = ""
    content: str = ""


class TreeEntry(BaseModel):
    """One line of a tree: a blob, a tree, or the commit of a submodule."""

    path: str
    type: str
    sha: str


class Tree(BaseModel):
    """A tree, or the first part of one that is too large for an answer."""

    tree: list[TreeEntry]
    truncated: bool = False


class Comment(BaseModel):
    """A comment on a pull request."""

    id: int
    body: str = ""
    user: Account | None = None


class StatusLine(BaseModel):
    """The newest status of one context on a commit."""

    context: str
    state: str
    description: str | None = None
    target_url: str | None = None


class CombinedStatus(BaseModel):
    """A page of the newest statuses of a commit."""

    statuses: list[StatusLine]


class DeploymentLine(BaseModel):
    """A Deployment, GitHub's word for what we show of a revision."""

    id: int
    sha: str
    creator: Account | None = None


class DeploymentState(BaseModel):
    """One status of a Deployment, the newest first in lists."""

    state: str
    description: str | None = None
    environment_url: str | None = None


class Made(BaseModel):
    """Something that GitHub made for us."""

    id: int


class AppAccount(BaseModel):
    """The App that we are; its bot comments as `<slug>[bot]`."""

    slug: str


class Installation(BaseModel):
    """The App at one owner. A suspended one answers nothing."""

    id: int
    suspended_at: datetime | None = None


class InstallationRepositories(BaseModel):
    """A page of the repositories that an installation may see."""

    total_count: int
    repositories: list[Repository]

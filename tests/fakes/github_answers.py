"""How the fake GitHub writes what it keeps: the fields of the real answers that anybody could need here."""

from datetime import UTC, datetime
from typing import Any

from tests.fakes.github_state import Comment, Commit, Deployment, Pull, Repository, Said, Status

Json = dict[str, Any]


def instant(moment: datetime) -> str:
    """An instant as GitHub writes it, without parts of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account(login: str) -> Json:
    """A person or a bot."""
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if login.endswith("[bot]") else "User"}


def repository(repo: Repository) -> Json:
    """A repository."""
    name = repo.full_name.partition("/")[2]
    return {
        "id": repo.id,
        "name": name,
        "full_name": repo.full_name,
        "owner": account(repo.owner),
        "private": True,
        "default_branch": "main",
        "html_url": f"https://github.test/{repo.full_name}",
    }


def pull(repo: Repository, one: Pull, head: Repository | None) -> Json:
    """A pull request; `head` is the repository of its head, if that still exists."""
    return {
        "id": repo.id * 1_000 + one.number,
        "number": one.number,
        "state": one.state,
        "title": one.title,
        "html_url": f"https://github.test/{repo.full_name}/pull/{one.number}",
        "user": account(one.author) if one.author else None,
        "draft": one.draft,
        "merged": False,
        "labels": [{"id": index, "name": name} for index, name in enumerate(one.labels)],
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "head": {
            "ref": one.head_branch,
            "sha": one.head,
            "label": f"{repo.owner}:{one.head_branch}",
            "repo": repository(head) if head else None,
        },
        "base": {"ref": "main", "sha": one.base, "label": f"{repo.owner}:main", "repo": repository(repo)},
    }


def commit(one: Commit) -> Json:
    """A commit of the git database."""
    person = {"name": "Ann", "email": "ann@example.test", "date": instant(one.date)}
    return {"sha": one.sha, "author": person, "committer": person, "message": one.message, "tree": {"sha": one.tree}}


def comment(repo: Repository, one: Comment) -> Json:
    """A comment on a pull request."""
    url = f"https://github.test/{repo.full_name}/pull/{one.number}#issuecomment-{one.id}"
    return {"id": one.id, "body": one.body, "user": account(one.author), "html_url": url}


def status(one: Status) -> Json:
    """A commit status."""
    return {
        "id": one.id,
        "state": one.state,
        "context": one.context,
        "description": one.description,
        "target_url": one.target_url,
        "creator": account(one.creator),
    }


def deployment(one: Deployment) -> Json:
    """A Deployment."""
    return {
        "id": one.id,
        "sha": one.sha,
        "ref": one.sha,
        "task": "deploy",
        "environment": one.environment,
        "creator": account(one.creator),
        "transient_environment": one.transient,
    }


def said(one: Said) -> Json:
    """A status of a Deployment."""
    return {
        "id": one.id,
        "state": one.state,
        "description": one.description,
        "environment_url": one.environment_url,
    }

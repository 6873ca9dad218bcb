"""Writes a report to GitHub. It reads what is there first and writes only what differs.

Writes are what GitHub limits most (80 a minute, 500 an hour), and each new comment sends mail to everybody.
"""

from dataclasses import dataclass
from typing import Any

from githubkit import GitHub

from adapters.forges.github_access import GitHubAccess
from adapters.forges.github_asking import PAGE, ask, pages, split
from adapters.forges.github_models import (
    CombinedStatus,
    Comment,
    DeploymentLine,
    DeploymentState,
    Made,
)
from adapters.forges.github_reports import Shown, context_of, deployments_of, environment_of, status_of
from domain.comments import marker, render_comment
from domain.names import Key
from domain.reports import Report


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where one report goes, and who writes it."""

    client: GitHub[Any]
    owner: str
    name: str
    key: Key
    us: str


class GitHubReporter:
    """Shows reports of one installation of Matinee: the comment first, as that is what people read."""

    def __init__(self, access: GitHubAccess, *, installation: str) -> None:
        self._access = access
        self._installation = installation
        # Deployments that were seen inactive stay so; remembering them saves a request each, and no more than that.
        self._inactive: set[int] = set()

    async def show(self, report: Report) -> None:
        """The pull request shows this report, and only this one."""
        owner, name = split(report.key.repository)
        client = await self._access.client(report.key.repository)
        us = await self._access.login()
        place = _Place(client=client, owner=owner, name=name, key=report.key, us=us)
        await self._comment(place, report)
        if report.commit:
            await self._status(place, report)
        await self._deployments(place, report)

    async def _comment(self, place: _Place, report: Report) -> None:
        body = render_comment(report, installation=self._installation)
        found = await self._own_comment(place)
        issues, deed = place.client.rest.issues, f"comment on {place.key}"
        if found is None:
            await ask(
                issues.async_create_comment(place.owner, place.name, place.key.number, data={"body": body}), Made, deed
            )
        elif found.body.strip() != body.strip():
            await ask(issues.async_update_comment(place.owner, place.name, found.id, data={"body": body}), Made, deed)

    async def _own_comment(self, place: _Place) -> Comment | None:
        """Anybody can write our marker into a comment, so it is ours only if we wrote it too."""
        mark = marker(self._installation, place.key)
        read = await pages(
            lambda page: place.client.rest.issues.async_list_comments(
                place.owner, place.name, place.key.number, per_page=PAGE, page=page
            ),
            list[Comment],
            f"read the comments of {place.key}",
        )
        ours = (each for page in read for each in page if each.user and each.user.login == place.us)
        return next((each for each in ours if each.body.startswith(mark)), None)

    async def _status(self, place: _Place, report: Report) -> None:
        context = context_of(self._installation)
        before = await self._status_now(place, report.commit, context)
        wanted = status_of(report, before)
        if wanted == before:
            return
        written: dict[str, Any] = {"state": wanted.state, "context": context, "description": wanted.description}
        if wanted.url:
            written["target_url"] = wanted.url
        call = place.client.rest.repos.async_create_commit_status(place.owner, place.name, report.commit, **written)
        await ask(call, Made, f"set the status of {report.commit[:8]} in {place.key.repository}")

    async def _status_now(self, place: _Place, commit: str, context: str) -> Shown | None:
        read = await pages(
            lambda page: place.client.rest.repos.async_get_combined_status_for_ref(
                place.owner, place.name, commit, per_page=PAGE, page=page
            ),
            CombinedStatus,
            f"read the status of {commit[:8]} in {place.key.repository}",
        )
        for line in (line for page in read for line in page.statuses if line.context == context):
            return Shown(state=line.state, description=line.description or "", url=line.target_url or "")
        return None

    async def _deployments(self, place: _Place, report: Report) -> None:
        missing = deployments_of(report)
        for deployment in await self._own_deployments(place):
            wanted = missing.pop(deployment.sha, Shown(state="inactive", description="replaced or removed"))
            await self._mark(place, deployment.id, wanted)
        for commit, wanted in missing.items():
            await self._mark(place, await self._deploy(place, commit), wanted)

    async def _own_deployments(self, place: _Place) -> list[DeploymentLine]:
        """The Deployments of this preview, the newest first."""
        read = await pages(
            lambda page: place.client.rest.repos.async_list_deployments(
                place.owner,
                place.name,
                environment=environment_of(self._installation, place.key),
                per_page=PAGE,
                page=page,
            ),
            list[DeploymentLine],
            f"read the Deployments of {place.key}",
        )
        return [each for page in read for each in page if each.creator and each.creator.login == place.us]

    async def _deploy(self, place: _Place, commit: str) -> int:
        call = place.client.rest.repos.async_create_deployment(
            place.owner,
            place.name,
            data={
                "ref": commit,
                "environment": environment_of(self._installation, place.key),
                "description": f"Preview of {place.key}",
                "auto_merge": False,
                "required_contexts": [],
                "transient_environment": True,
                "production_environment": False,
            },
        )
        return (await ask(call, Made, f"make a Deployment for {place.key}")).id

    async def _mark(self, place: _Place, deployment: int, wanted: Shown) -> None:
        ends = wanted.state == "inactive"
        if ends and deployment in self._inactive:
            return
        if not _says(await self._mark_now(place, deployment), wanted):
            written: dict[str, Any] = {
                "state": wanted.state,
                "description": wanted.description,
                # We say ourselves which ones end; GitHub would leave transient environments out.
                "auto_inactive": False,
            }
            if wanted.url:
                written["environment_url"] = wanted.url
            repos = place.client.rest.repos
            call = repos.async_create_deployment_status(place.owner, place.name, deployment, **written)
            await ask(call, Made, f"set the Deployment of {place.key}")
        if ends:
            self._inactive.add(deployment)
        else:
            self._inactive.discard(deployment)

    async def _mark_now(self, place: _Place, deployment: int) -> Shown | None:
        call = place.client.rest.repos.async_list_deployment_statuses(place.owner, place.name, deployment, per_page=1)
        newest = await ask(call, list[DeploymentState], f"read a Deployment of {place.key}")
        for line in newest:
            return Shown(state=line.state, description=line.description or "", url=line.environment_url or "")
        return None


def _says(now: Shown | None, wanted: Shown) -> bool:
    """Whether nothing has to be written; an inactive Deployment needs no second word, whatever its words were."""
    return now == wanted or (now is not None and now.state == wanted.state == "inactive")

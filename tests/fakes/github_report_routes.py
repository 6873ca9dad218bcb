"""The endpoints of the fake GitHub on which a pull request shows something: comments, statuses, Deployments."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import github_answers as answers
from tests.fakes.github_paging import MISSING, Endpoint, RepositoryEndpoint, paged, refusal
from tests.fakes.github_state import Comment, Deployment, Repository, Said, Status

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

DESCRIPTION_LIMIT = 140
STATES = frozenset({"pending", "success", "failure", "error"})
MARKS = STATES | {"inactive", "in_progress", "queued"}


def report_routes(github: "FakeGitHub", repo: Callable[[RepositoryEndpoint], Endpoint]) -> list[Route]:
    """These endpoints; `repo` finds the repository of a path."""
    api, at = _Reports(github), "/repos/{owner}/{name}"
    return [
        Route(f"{at}/issues/{{number:int}}/comments", repo(api.comments)),
        Route(f"{at}/issues/{{number:int}}/comments", repo(api.add_comment), methods=["POST"]),
        Route(f"{at}/issues/comments/{{id:int}}", repo(api.edit_comment), methods=["PATCH"]),
        Route(f"{at}/commits/{{sha}}/status", repo(api.statuses)),
        Route(f"{at}/statuses/{{sha}}", repo(api.add_status), methods=["POST"]),
        Route(f"{at}/deployments", repo(api.deployments)),
        Route(f"{at}/deployments", repo(api.add_deployment), methods=["POST"]),
        Route(f"{at}/deployments/{{id:int}}/statuses", repo(api.said)),
        Route(f"{at}/deployments/{{id:int}}/statuses", repo(api.say), methods=["POST"]),
        Route(f"{at}/environments", repo(api.environments)),
    ]


class _Reports:
    """The endpoints over one GitHub."""

    def __init__(self, github: "FakeGitHub") -> None:
        self._github = github

    async def comments(self, repo: Repository, request: Request) -> Response:
        """The comments of a pull request, the oldest first."""
        number = request.path_params["number"]
        if number not in repo.pulls:
            return MISSING
        found = [comment for comment in repo.comments if comment.number == number]
        return paged(request, [answers.comment(repo, comment) for comment in found])

    async def add_comment(self, repo: Repository, request: Request) -> Response:
        """A new comment by whoever asks."""
        number, given = request.path_params["number"], await request.json()
        if number not in repo.pulls:
            return MISSING
        if not given.get("body"):
            return refusal(422, "Validation Failed")
        asker = request.scope["asker"]
        repo.comments.append(Comment(id=self._github.next_id(), number=number, author=asker, body=given["body"]))
        return JSONResponse(answers.comment(repo, repo.comments[-1]), 201)

    async def edit_comment(self, repo: Repository, request: Request) -> Response:
        """A comment with another text."""
        found = next((comment for comment in repo.comments if comment.id == request.path_params["id"]), None)
        if found is None:
            return MISSING
        found.body = (await request.json())["body"]
        return JSONResponse(answers.comment(repo, found))

    async def statuses(self, repo: Repository, request: Request) -> Response:
        """The newest status of every context of a commit."""
        sha = request.path_params["sha"]
        newest = {status.context: status for status in repo.statuses if status.sha == sha}
        return paged(request, [answers.status(status) for status in newest.values()], wrapped="statuses")

    async def add_status(self, repo: Repository, request: Request) -> Response:
        """One more status of a commit."""
        sha, given = request.path_params["sha"], await request.json()
        wrong = given.get("state") not in STATES
        if sha not in repo.commits or wrong or len(given.get("description", "")) > DESCRIPTION_LIMIT:
            return refusal(422, "Validation Failed")
        repo.statuses.append(
            Status(
                id=self._github.next_id(),
                sha=sha,
                context=given.get("context", "default"),
                state=given["state"],
                description=given.get("description", ""),
                target_url=given.get("target_url"),
                creator=request.scope["asker"],
            )
        )
        return JSONResponse(answers.status(repo.statuses[-1]), 201)

    async def deployments(self, repo: Repository, request: Request) -> Response:
        """The Deployments of an environment, the newest first."""
        wanted = request.query_params.get("environment")
        found = [each for each in reversed(repo.deployments) if wanted in {None, each.environment}]
        return paged(request, [answers.deployment(each) for each in found])

    async def add_deployment(self, repo: Repository, request: Request) -> Response:
        """A new Deployment; without `auto_merge: false` GitHub would merge the base branch into the head."""
        given = await request.json()
        if given.get("auto_merge", True) or given.get("required_contexts") != []:
            return refusal(409, "Conflict merging main, or commit status checks failed")
        if given["ref"] not in repo.commits:
            return refusal(422, f"No ref found for: {given['ref']}")
        made = Deployment(
            id=self._github.next_id(),
            sha=given["ref"],
            environment=given["environment"],
            creator=request.scope["asker"],
            transient=given.get("transient_environment", False),
        )
        repo.deployments.append(made)
        return JSONResponse(answers.deployment(made), 201)

    async def said(self, repo: Repository, request: Request) -> Response:
        """The statuses of a Deployment, the newest first."""
        found = _deployment(repo, request)
        return paged(request, [answers.said(each) for each in reversed(found.statuses)]) if found else MISSING

    async def say(self, repo: Repository, request: Request) -> Response:
        """One more status of a Deployment."""
        found, given = _deployment(repo, request), await request.json()
        if found is None:
            return MISSING
        if given.get("state") not in MARKS or len(given.get("description", "")) > DESCRIPTION_LIMIT:
            return refusal(422, "Validation Failed")
        one = Said(
            id=self._github.next_id(),
            state=given["state"],
            description=given.get("description", ""),
            environment_url=given.get("environment_url", ""),
        )
        found.statuses.append(one)
        return JSONResponse(answers.said(one), 201)

    async def environments(self, repo: Repository, request: Request) -> Response:
        """The environments of a repository."""
        return paged(request, [{"name": name} for name in repo.environments], wrapped="environments")


def _deployment(repo: Repository, request: Request) -> Deployment | None:
    return next((each for each in repo.deployments if each.id == request.path_params["id"]), None)

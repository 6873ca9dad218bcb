"""The endpoints of the fake GitHub: each reads or changes what it keeps and answers as the real one documents."""

import base64
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import github_answers as answers
from tests.fakes.github_limits import issue_token
from tests.fakes.github_paging import MISSING, Endpoint, RepositoryEndpoint, paged, refusal
from tests.fakes.github_report_routes import report_routes
from tests.fakes.github_state import Repository

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

FILE_LIMIT = 1_000_000
"""Bytes above which a file's content is left out."""


def routes(github: "FakeGitHub") -> list[Route]:
    """All endpoints."""
    api = _Api(github)
    repo, at = api.repository, "/repos/{owner}/{name}"
    return [
        Route("/app", api.app),
        Route("/user", api.user),
        Route("/app/installations", api.installations),
        Route("/app/installations/{id:int}/access_tokens", api.token, methods=["POST"]),
        Route("/installation/repositories", api.installation_repositories),
        Route(f"{at}/installation", repo(api.installation)),
        Route(f"{at}/pulls", repo(api.pulls)),
        Route(f"{at}/pulls/{{number:int}}", repo(api.pull)),
        Route(f"{at}/git/commits/{{sha}}", repo(api.commit)),
        Route(f"{at}/git/trees/{{sha}}", repo(api.tree)),
        Route(f"{at}/contents/{{path:path}}", repo(api.contents)),
        Route(f"{at}/collaborators/{{login}}/permission", repo(api.permission)),
        *report_routes(github, repo),
    ]


class _Api:
    """The endpoints over one GitHub."""

    def __init__(self, github: "FakeGitHub") -> None:
        self._github = github

    def repository(self, endpoint: RepositoryEndpoint) -> Endpoint:
        """The endpoint, given the repository of its path; 404 if the asker may not know of it."""

        async def answer(request: Request) -> Response:
            repo = self._github.find(request.path_params["owner"], request.path_params["name"])
            visible = repo is not None and self._github.may_see(request.scope["asker"], repo)
            return await endpoint(repo, request) if repo and visible else MISSING

        return answer

    async def app(self, request: Request) -> Response:
        """The App that asks."""
        return JSONResponse({"id": 1, "slug": self._github.app_slug}) if request.scope["asker"] == "app" else MISSING

    async def user(self, request: Request) -> Response:
        """The person who asks; an App is none."""
        asker = request.scope["asker"]
        return refusal(403, "Resource not accessible by integration") if asker == "app" else _user(asker)

    async def installations(self, request: Request) -> Response:
        """Where the App is installed."""
        suspended = self._github.suspended
        return paged(
            request,
            [
                {"id": number, "suspended_at": "2026-01-01T00:00:00Z" if number in suspended else None}
                for number in sorted(self._github.installations)
            ],
        )

    async def token(self, request: Request) -> Response:
        """A token for one installation."""
        number = request.path_params["id"]
        return issue_token(self._github, number) if number in self._github.installations else MISSING

    async def installation_repositories(self, request: Request) -> Response:
        """The repositories of the installation whose token asks."""
        credential = request.headers["authorization"].partition(" ")[2]
        number, _ = self._github.limits.installation_tokens[credential]
        owner = self._github.installations[number]
        owned = [repo for repo in self._github.repositories.values() if repo.owner == owner]
        return paged(request, [answers.repository(repo) for repo in owned], wrapped="repositories")

    async def installation(self, repo: Repository, _: Request) -> Response:
        """The installation at this repository's owner."""
        found = [number for number, owner in self._github.installations.items() if owner == repo.owner]
        return JSONResponse({"id": found[0], "suspended_at": None}) if found else MISSING

    async def pulls(self, repo: Repository, request: Request) -> Response:
        """Pull requests by state, the newest first unless asked otherwise."""
        state = request.query_params.get("state", "open")
        found = [pull for pull in repo.pulls.values() if state in {"all", pull.state}]
        found.sort(key=lambda pull: pull.number, reverse=request.query_params.get("direction", "desc") == "desc")
        heads = [self._github.repositories.get(pull.head_repository or "") for pull in found]
        return paged(request, [answers.pull(repo, pull, head) for pull, head in zip(found, heads, strict=True)])

    async def pull(self, repo: Repository, request: Request) -> Response:
        """One pull request."""
        pull = repo.pulls.get(request.path_params["number"])
        if pull is None:
            return MISSING
        return JSONResponse(answers.pull(repo, pull, self._github.repositories.get(pull.head_repository or "")))

    async def commit(self, repo: Repository, request: Request) -> Response:
        """One commit."""
        commit = repo.commits.get(request.path_params["sha"])
        return JSONResponse(answers.commit(commit)) if commit else MISSING

    async def tree(self, repo: Repository, request: Request) -> Response:
        """A tree, by its own digest or by a commit's; `recursive` with any value means yes."""
        asked = request.path_params["sha"]
        sha = repo.commits[asked].tree if asked in repo.commits else asked
        if sha not in repo.trees:
            return MISSING
        entries = repo.below(sha) if "recursive" in request.query_params else list(repo.trees[sha])
        lines = [{"path": entry.path, "type": entry.type, "sha": entry.sha, "mode": "100644"} for entry in entries]
        return JSONResponse({"sha": sha, "tree": lines[: repo.tree_limit], "truncated": len(lines) > repo.tree_limit})

    async def contents(self, repo: Repository, request: Request) -> Response:
        """What lies at a path, as an object."""
        commit = repo.commits.get(request.query_params.get("ref", repo.tip))
        path = request.path_params["path"]
        if commit is None:
            return refusal(404, "No commit found for the ref")
        if path in commit.files:
            return _file(path, commit.files[path])
        folder = any(name.startswith(f"{path}/") for name in commit.files)
        return JSONResponse({"type": "dir", "path": path, "entries": []}) if folder else MISSING

    async def permission(self, repo: Repository, request: Request) -> Response:
        """What somebody may do; a bot is no user."""
        login = request.path_params["login"]
        if login.endswith("[bot]"):
            return refusal(404, f"{login} is not a user")
        role = repo.permissions.get(login, "read")
        legacy = {"maintain": "write", "triage": "read"}.get(role, role)
        return JSONResponse({"permission": legacy, "role_name": role, "user": answers.account(login)})


def _user(login: str) -> Response:
    return JSONResponse(answers.account(login))


def _file(path: str, content: bytes) -> Response:
    small = len(content) <= FILE_LIMIT
    encoded = base64.encodebytes(content).decode() if small else ""
    encoding = "base64" if small else "none"
    return JSONResponse({"type": "file", "path": path, "size": len(content), "encoding": encoding, "content": encoded})

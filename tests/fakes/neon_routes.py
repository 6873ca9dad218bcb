"""The routes of the fake Neon's API, as far as a database for previews needs them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.fakes import neon_answers as answers
from tests.fakes.neon_answers import PROJECT, refusal
from tests.fakes.neon_state import FakeBranch, new_password

if TYPE_CHECKING:
    from tests.fakes.neon import FakeNeon

LONGEST = timedelta(days=30)
"""How far ahead the expiry of a branch may lie."""


def routes(neon: "FakeNeon") -> list[BaseRoute]:
    """Every route, over this project."""
    api = _Api(neon)
    root, branch = f"/api/v2/projects/{PROJECT}", f"/api/v2/projects/{PROJECT}/branches/{{branch}}"
    found: list[tuple[str, str, Callable[[Request], Any]]] = [
        ("GET", f"{root}/branches", api.list_branches),
        ("POST", f"{root}/branches", api.make_branch),
        ("PATCH", branch, api.change_branch),
        ("DELETE", branch, api.delete_branch),
        ("GET", f"{branch}/endpoints", api.list_endpoints),
        ("GET", f"{branch}/roles/{{role}}/reveal_password", api.reveal_password),
        ("POST", f"{branch}/roles/{{role}}/reset_password", api.reset_password),
        ("DELETE", f"{root}/endpoints/{{endpoint}}", api.delete_endpoint),
        ("GET", f"{root}/operations", api.list_operations),
        ("GET", f"{root}/connection_uri", api.connection_uri),
    ]
    return [Route(path, answer, methods=[method]) for method, path, answer in found]


class _Api:
    def __init__(self, neon: "FakeNeon") -> None:
        self._neon = neon

    async def list_branches(self, request: Request) -> Response:
        """The branches, by pages, with their annotations."""
        query = request.query_params
        wanted, first = query.get("search", ""), int(query.get("cursor", "0"))
        last = first + int(query.get("limit", "100"))
        found = [each for each in self._neon.present if wanted in each.name or wanted in each.id]
        return JSONResponse(
            {
                "branches": [answers.branch(each) for each in found[first:last]],
                "annotations": {each.id: answers.annotation(each) for each in found[first:last] if each.annotation},
                "pagination": {"sort_by": "updated_at", "sort_order": "desc"}
                | ({"next": str(last)} if last < len(found) else {}),
            }
        )

    async def make_branch(self, request: Request) -> Response:
        """A branch begins to be made, unless Neon's rules are against it."""
        body: dict[str, Any] = await request.json()
        wanted: dict[str, Any] = body.get("branch", {})
        parent = self._neon.branches.get(wanted["parent_id"]) if "parent_id" in wanted else self._neon.main
        expires = datetime.fromisoformat(wanted["expires_at"]) if "expires_at" in wanted else None
        if refused := self._unmakeable(wanted["name"], parent, expires) or self._wrong_expiry(expires):
            return refused
        branch = self._neon.add(wanted["name"], parent=parent)
        branch.annotation, branch.expires_at = body.get("annotation_value", {}), expires
        for asked in body.get("endpoints", []):
            endpoint = self._neon.add_endpoint(branch)
            endpoint.min_cu, endpoint.max_cu = asked["autoscaling_limit_min_cu"], asked["autoscaling_limit_max_cu"]
            endpoint.suspend = asked["suspend_timeout_seconds"]
            self._neon.begin(branch, "start_compute", endpoint=endpoint.id)
        self._neon.begin(branch, "create_branch", lambda: _becomes_ready(branch))
        return JSONResponse(
            {
                "branch": answers.branch(branch),
                "endpoints": [answers.endpoint(branch, each) for each in branch.endpoints.values()],
                "operations": self._operations_of(branch),
                "roles": [answers.role(branch, name) for name in branch.promised],
                "databases": [answers.database(branch, "neondb", "neondb_owner")],
            },
            201,
        )

    def _unmakeable(self, name: str, parent: FakeBranch | None, expires: datetime | None) -> Response | None:
        if parent is None or parent.deleted_at:
            return refusal(404, "parent branch not found")
        if any(each.name == name for each in self._neon.naming):
            return refusal(409, "branch already exists")
        if parent.expires_at:
            return refusal(422, "cannot create a child of a branch with an expiration date")
        if expires and not self._neon.expiry:
            return refusal(403, "branch expiration is limited to participants in the Early Access Program")
        if len(self._neon.present) >= self._neon.limits.branches:
            return refusal(422, "branches limit exceeded")
        return None

    def _wrong_expiry(self, expires: datetime | None) -> Response | None:
        too_late = expires is not None and expires - self._neon.now() > LONGEST
        return refusal(400, "expires_at must be within 30 days") if too_late else None

    async def change_branch(self, request: Request) -> Response:
        """The branch has another name or another end."""
        branch = self._branch(request)
        if branch is None:
            return refusal(404, "branch not found")
        wanted: dict[str, Any] = (await request.json())["branch"]
        if "name" in wanted and self._neon.named(wanted["name"]):
            return refusal(409, "branch already exists")
        if "expires_at" in wanted:
            expires = datetime.fromisoformat(wanted["expires_at"]) if wanted["expires_at"] else None
            if refused := self._wrong_expiry(expires):
                return refused
            branch.expires_at = expires
        branch.name = wanted.get("name", branch.name)
        return JSONResponse({"branch": answers.branch(branch), "operations": []})

    async def delete_branch(self, request: Request) -> Response:
        """The branch is being deleted, and is in no list any more unless it lingers."""
        branch = self._branch(request)
        if branch is None:
            return Response(status_code=204)
        if branch.default or self._neon.children(branch):
            return refusal(422, "cannot delete the default branch, or a branch that has children")
        for_good = request.query_params.get("hard_delete") == "true" or not self._neon.recovery
        branch.endpoints = {}
        if self._neon.lingering:
            self._neon.begin(branch, "delete_timeline", lambda: self._neon.forget(branch, for_good=for_good))
        else:
            self._neon.forget(branch, for_good=for_good)
            self._neon.begin(branch, "delete_timeline")
        return JSONResponse({"branch": answers.branch(branch), "operations": self._operations_of(branch)})

    async def list_endpoints(self, request: Request) -> Response:
        """How the branch is reached."""
        branch = self._branch(request)
        if branch is None:
            return refusal(404, "branch not found")
        return JSONResponse({"endpoints": [answers.endpoint(branch, each) for each in branch.endpoints.values()]})

    async def delete_endpoint(self, request: Request) -> Response:
        """Nobody connects through this endpoint any more."""
        identity = request.path_params["endpoint"]
        branch = next((each for each in self._neon.present if identity in each.endpoints), None)
        if branch is None:
            return Response(status_code=204)
        endpoint = branch.endpoints.pop(identity)
        self._neon.begin(branch, "suspend_compute", endpoint=identity)
        operations = self._operations_of(branch)
        return JSONResponse({"endpoint": answers.endpoint(branch, endpoint), "operations": operations})

    async def reveal_password(self, request: Request) -> Response:
        """The password that the role has, or is about to have."""
        branch, role = self._branch(request), request.path_params["role"]
        if branch is None or role not in branch.promised:
            return refusal(404, "role not found")
        return JSONResponse({"password": branch.promised[role]})

    async def reset_password(self, request: Request) -> Response:
        """The role is being given a new password; the old one opens the branch until then."""
        branch, role = self._branch(request), request.path_params["role"]
        if branch is None or role not in branch.promised:
            return refusal(404, "role not found")
        branch.promised[role] = new_password()
        self._neon.begin(branch, "apply_config", lambda: branch.passwords.update(branch.promised))
        shown = answers.role(branch, role, branch.promised[role])
        return JSONResponse({"role": shown, "operations": self._operations_of(branch)})

    async def list_operations(self, request: Request) -> Response:
        """What went on in the project, the newest first, by pages."""
        first = int(request.query_params.get("cursor", "0"))
        last = first + int(request.query_params.get("limit", "100"))
        newest_first = self._neon.operations[::-1]
        paging = {"pagination": {"cursor": str(last)}} if last < len(newest_first) else {}
        return JSONResponse({"operations": [answers.operation(each) for each in newest_first[first:last]]} | paging)

    async def connection_uri(self, request: Request) -> Response:
        """How a branch is connected to, password included."""
        query = request.query_params
        branch = self._neon.branches.get(query.get("branch_id", self._neon.main.id))
        role = query["role_name"]
        if branch is None or branch.deleted_at or role not in branch.promised or query["database_name"] != "neondb":
            return refusal(404, "branch, role or database not found")
        host = next((answers.endpoint(branch, each)["host"] for each in branch.endpoints.values()), None)
        if host is None:
            return refusal(404, "endpoint not found")
        login = f"{quote(role)}:{branch.promised[role]}"
        return JSONResponse({"uri": f"postgresql://{login}@{host}/neondb?sslmode=require&channel_binding=require"})

    def _branch(self, request: Request) -> FakeBranch | None:
        branch = self._neon.branches.get(request.path_params["branch"])
        return branch if branch and branch.deleted_at is None else None

    def _operations_of(self, branch: FakeBranch) -> list[dict[str, Any]]:
        running = [each for each in self._neon.operations if each.branch == branch.id and each.status == "running"]
        return [answers.operation(each) for each in running]


def _becomes_ready(branch: FakeBranch) -> None:
    branch.state = "ready"

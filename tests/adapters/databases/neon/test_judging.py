"""The judge of Neon's API: what Neon's own description does not allow fails a test, whoever said it."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.adapters.databases.neon.hands import judge
from tests.fakes import neon_answers as answers
from tests.fakes.neon import FakeNeon
from tests.fakes.neon_answers import PROJECT
from tests.openapi import JudgedTransport, Violation

ROOT = f"https://console.neon.tech/api/v2/projects/{PROJECT}"
BRANCH = answers.branch(FakeNeon().main)


def _client(answer: Response) -> httpx.AsyncClient:
    """A way to a Neon that answers everything with this."""

    async def answered(request: Request) -> Response:
        await request.body()
        return answer

    inner = Starlette(routes=[Route("/{path:path}", answered, methods=["GET", "POST", "PATCH", "DELETE"])])
    return httpx.AsyncClient(transport=JudgedTransport(httpx.ASGITransport(inner), judge()))


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/branches", {"branch": {"nmae": "pr_shop_12"}}, "nmae"),
        ("POST", "/branches", {"endpoints": [{"type": "read_write", "suspend_timeout_seconds": -2}]}, "-2"),
        ("POST", "/branches", {"endpoints": [{"autoscaling_limit_max_cu": 1}]}, "type"),
        ("POST", "/branches", {"annotation_value": {"matinee-generation": 1}}, "string"),
        ("PATCH", "/branches/br-one", {"annotation_value": {}}, "annotation_value"),
        ("PATCH", "/branches/br-one", None, "has none"),
        ("GET", "/branches?limit=20000", None, "20000"),
        ("GET", "/branches?find=shop", None, "find"),
        ("GET", "/connection_uri?role_name=ann", None, "database_name"),
        ("GET", "/branches/br-one/passwords", None, "not described"),
        ("PUT", "/branches/br-one", {}, "not described"),
    ],
)
async def test_a_request_that_neon_does_not_describe_fails(method: str, path: str, body: object, said: str) -> None:
    """A field with a typing error, a wrong number, a forgotten or an invented parameter is told by its name."""
    with pytest.raises(Violation, match=said):
        await _client(JSONResponse({})).request(method, ROOT + path, json=body)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (JSONResponse({"branch": {"id": "br-one"}, "operations": []}), "project_id"),
        (JSONResponse({"branch": BRANCH}), "operations"),
        (JSONResponse({"branch": BRANCH | {"sleepy": True}, "operations": []}), "sleepy"),
        (JSONResponse({"branch": BRANCH, "operations": []}, 202), "no such answer"),
        (JSONResponse({"error": "locked"}, 423), "message"),
    ],
)
async def test_an_answer_that_neon_does_not_describe_fails(answer: Response, said: str) -> None:
    """A fake that says what Neon would not say is found out."""
    with pytest.raises(Violation, match=said):
        await _client(answer).delete(f"{ROOT}/branches/br-one")


async def test_what_is_described_passes() -> None:
    """An end can be taken away by null, and a branch that is gone is answered without a body."""
    changed = JSONResponse({"branch": BRANCH, "operations": []})

    kept = await _client(changed).patch(f"{ROOT}/branches/br-one", json={"branch": {"expires_at": None}})
    gone = await _client(Response(status_code=204)).delete(f"{ROOT}/branches/br-one?hard_delete=true")

    assert (kept.status_code, gone.status_code) == (200, 204)

"""FakeRegistry: an OCI registry as an ASGI application, with a token server, that keeps what it has in memory.

It shows what no real registry shows when it is told to: limits, outages, digests left out, redirects.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import cast

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

USER, PASSWORD = "reader", "moonlight-sonata"
_TOKEN = "a-token-of-the-fake"


@dataclass
class FakeRegistry:
    """A registry at `host`. `fails` answers everything with this status and these headers, as an outage would.

    `private` wants a token, which it lets ask for at `realm`; `basic` wants the password itself. `asked` keeps
    every verb and URL, `secrets` every Authorization header with the host that it went to.
    """

    host: str = "registry.example.com"
    realm: str = "https://registry.example.com/token"
    private: bool = False
    basic: bool = False
    tells_digest: bool = True
    fails: tuple[int, dict[str, str]] | None = None
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    asked: list[str] = field(default_factory=list[str])
    secrets: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def push(self, repository: str, tag: str, content: bytes = b"{}") -> str:
        """The registry has this manifest under this tag; its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.manifests[repository, tag] = self.manifests[repository, digest] = content
        return digest

    def client(self) -> httpx.AsyncClient:
        """A client whose whole world is this registry."""
        routes = [
            Route("/v2/{repository:path}/manifests/{wanted}", self._manifest, methods=["GET", "HEAD"]),
            Route("/token", self._token),
        ]
        return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)))

    async def _manifest(self, request: Request) -> Response:
        self._note(request)
        if self.fails:
            return Response(status_code=self.fails[0], headers=self.fails[1])
        if refused := self._refused(request):
            return refused
        content = self.manifests.get((request.path_params["repository"], request.path_params["wanted"]))
        if content is None:
            return JSONResponse({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status_code=404)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        headers = {"Docker-Content-Digest": digest} if self.tells_digest else {}
        return Response(content, headers=headers, media_type="application/vnd.oci.image.manifest.v1+json")

    async def _token(self, request: Request) -> Response:
        self._note(request)
        repository = request.query_params["scope"]
        if request.query_params["service"] != self.host or not repository.startswith("repository:"):
            return Response(status_code=400)
        if self._is_reader(request) or "authorization" not in request.headers:
            return JSONResponse({"token": _TOKEN if self._is_reader(request) else "anonymous"})
        return Response(status_code=401)

    def _refused(self, request: Request) -> Response | None:
        if self.basic and not self._is_reader(request):
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="registry"'})
        given = request.headers.get("authorization", "")
        if not self.private or given == f"Bearer {_TOKEN}":
            return None
        if given:
            return Response(status_code=403)
        scope = f"repository:{cast('str', request.path_params['repository'])}:pull"
        challenge = f'Bearer realm="{self.realm}",service="{self.host}",scope="{scope}"'
        return Response(status_code=401, headers={"WWW-Authenticate": challenge})

    def _is_reader(self, request: Request) -> bool:
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {expected}"

    def _note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url}")
        if "authorization" in request.headers:
            self.secrets.append((request.url.netloc, request.headers["authorization"]))

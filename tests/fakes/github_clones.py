"""The git side of the fake GitHub: the same commits by git's own protocol over HTTP, for whoever may see them.

The API's commits are those of real bare repositories here, served by git itself as github.com serves them: any
commit can be asked for by its id, and who asks is known by HTTP's Basic authentication, whose password is a token.
"""

import asyncio
import base64
import binascii
import os
import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from tests.fakes.forges import Files
from tests.fakes.github_limits import who
from tests.fakes.github_state import Repository

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

USER = "x-access-token"
"""The user's name that GitHub wants before a token."""


@dataclass(kw_only=True)
class ClonableRepository(Repository):
    """A repository whose commits are real ones in the bare repository `bare`."""

    bare: Path

    @override
    def commit(self, parent: str, files: Files, *, message: str, date: datetime) -> str:
        """A new commit with its parent's files and these; its id is git's own."""
        if not self.bare.exists():
            _git(self.bare.parent, "init", "--quiet", "--bare", str(self.bare))
            _git(self.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        made = self.commits.pop(super().commit(parent, files, message=message, date=date))
        sha = self._imported(parent, made.files, message, date)
        self.commits[sha] = replace(made, sha=sha)
        return sha

    def _imported(self, parent: str, files: dict[str, bytes], message: str, date: datetime) -> str:
        stream = [
            b"commit refs/commits/%d\nmark :1\n" % (len(self.commits) + 1),
            b"committer Ann <ann@example.test> %d +0000\n" % date.timestamp(),
            b"data %d\n%s\n" % (len(message.encode()), message.encode()),
            b"from %s\n" % parent.encode() if parent else b"",
            b"deleteall\n",
            *(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(body), body) for path, body in files.items()),
        ]
        marks = self.bare / "marks"
        _git(self.bare, "fast-import", "--quiet", "--force", f"--export-marks={marks}", given=b"".join(stream))
        return marks.read_text().split()[1]


@dataclass
class Clones:
    """GitHub's one address: paths of git go to git, all others to the API. `fetched` tells who fetched what."""

    github: "FakeGitHub"
    root: Path
    api: ASGIApp
    fetched: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, full_name: str, files: Files) -> Repository:
        """A repository whose branch `main` has these files, and which can be fetched."""
        bare = self.root / f"{full_name}.git"
        bare.parent.mkdir(parents=True, exist_ok=True)
        repo = ClonableRepository(id=self.github.next_id(), full_name=full_name, bare=bare)
        repo.tip = repo.commit("", files, message="Begin", date=self.github.now())
        self.github.repositories[full_name] = repo
        return repo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or ".git/" not in scope["path"]:
            await self.api(scope, receive, send)
            return
        answer = await self._answered(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        asker = who(self.github, f"token {_password(request.headers.get('authorization', ''))}")
        if asker is None:
            return Response("Authentication failed", 401, {"www-authenticate": 'Basic realm="GitHub"'})
        self.fetched.append((asker, request.url.path.partition(".git/")[0].strip("/")))
        return await self._served(request)

    async def _served(self, request: Request) -> Response:
        process = await asyncio.create_subprocess_exec(
            *("git", "http-backend"),
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
                "PATH_INFO": request.url.path,
                "REQUEST_METHOD": request.method,
                "QUERY_STRING": request.url.query,
                "CONTENT_TYPE": request.headers.get("content-type", ""),
                "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        written, _ = await process.communicate(await request.body())
        return _of_cgi(written)


def _of_cgi(written: bytes) -> Response:
    head, _, body = written.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)


def _password(authorization: str) -> str:
    """The password of Basic authentication, if it is given for the name that GitHub wants; else nothing."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if (scheme, user) == ("Basic", USER) else ""


def _git(folder: Path, *arguments: str, given: bytes = b"") -> None:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment = {"PATH": os.environ["PATH"]} | settings
    subprocess.run(["git", *arguments], cwd=folder, env=environment, input=given, check=True, capture_output=True)

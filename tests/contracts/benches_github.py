"""The bench of the adapter for GitHub, as an App and with a token, over a whole GitHub in memory."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.forges.github import AppAuth, GitHubForge, TokenAuth
from domain.names import Key
from domain.ports import Forge
from tests.contracts.forge_bench import BASE_FILES, Files, ForgeBench, ForgeBenchOpener
from tests.fakes.github import FakeGitHub

TOKEN = "ghp_a-token-of-tests"
BOT = "matinee-bot"


class GitHubBench:
    """One GitHub with one repository, and the adapter that looks at it."""

    repository = "acme/shop"

    def __init__(self, forge: GitHubForge, github: FakeGitHub) -> None:
        self.forge: Forge = forge
        self.github = github
        self.repo = github.add(self.repository, BASE_FILES)

    async def open(self, branch: str, files: Files, *, title: str = "A change") -> Key:
        """A new pull request."""
        return await self.github.open(self.repo, branch, files, title=title)

    async def push(self, key: Key, files: Files) -> str:
        """One more commit."""
        return await self.github.push(key, files)

    async def close(self, key: Key) -> None:
        """Closed."""
        await self.github.close(key)

    async def reopen(self, key: Key) -> Key:
        """Open again, under the same number."""
        await self.github.reopen(key)
        return key

    async def shown(self, key: Key) -> tuple[str, ...]:
        """The comments of the pull request, as only we comment there."""
        return tuple(comment.body for comment in self.repo.comments if comment.number == key.number)


@cache
def app_keys() -> tuple[str, str]:
    """A private key of an App and its public half; made once, as making one is slow."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@asynccontextmanager
async def github_bench(
    *, app: bool, repositories: tuple[str, ...] = (GitHubBench.repository,), token: str = TOKEN
) -> AsyncGenerator[GitHubBench]:
    """A GitHub and its adapter, as an App that is installed at `acme` or with a token."""
    private, public = app_keys()
    github = FakeGitHub(public_key=public, tokens={TOKEN: BOT}, installations={77: "acme"})
    forge = GitHubForge(
        instance="github",
        installation="matinee",
        auth=AppAuth(app_id=github.app_id, private_key=private) if app else TokenAuth(token=token),
        repositories=repositories,
        base_url="https://api.github.test",
        transport=httpx.ASGITransport(github.application),
    )
    async with forge:
        yield GitHubBench(forge, github)


def opener(*, app: bool) -> Callable[[Path], AbstractAsyncContextManager[ForgeBench]]:
    """Opens the bench with these credentials."""

    @asynccontextmanager
    async def open_bench(_: Path) -> AsyncGenerator[ForgeBench]:
        async with github_bench(app=app) as bench:
            yield bench

    return open_bench


FORGE_BENCHES: dict[str, ForgeBenchOpener] = {"github-app": opener(app=True), "github-token": opener(app=False)}
"""What tests/contracts/test_forges.py runs over."""

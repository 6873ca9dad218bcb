"""GitHub's pull requests in our words.

- *Stranger*: the head lies in another repository than the base (or in a deleted one), or the author may not write.
- *Pushed at*: a pull request does not say when its head was pushed. The commit's own date is taken where it can be
  true, between the opening of the pull request and its last change, else the opening. So it does not change by
  itself, and a commit that was made long ago does not make a new preview old.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import quote

from adapters.forges.github_access import GitHubAccess
from adapters.forges.github_asking import PAGE, ask, pages, split
from adapters.forges.github_contents import GitHubContents
from adapters.forges.github_failures import Absent
from adapters.forges.github_models import Permission, Pull
from domain.names import Key
from domain.pulls import PullRequest, Revision

WRITERS = frozenset({"write", "maintain", "admin"})
"""Permissions whose holders could put their code into the repository anyway."""

AT_ONCE = 5
"""Requests in flight while pull requests are listed; many more is what GitHub calls abuse."""

T = TypeVar("T")


class GitHubPulls:
    """Reads pull requests."""

    def __init__(self, access: GitHubAccess, contents: GitHubContents) -> None:
        self._access = access
        self._contents = contents

    async def one(self, key: Key) -> PullRequest:
        """The pull request of that number."""
        client = await self._access.client(key.repository)
        owner, name = split(key.repository)
        pull = await ask(client.rest.pulls.async_get(owner, name, key.number), Pull, f"read pull request {key}")
        return await self._told(key, pull, may_write=await self._may_write(key.repository, _author(pull)))

    async def open(self, repository: str) -> list[PullRequest]:
        """Every open pull request of the repository, by the name that GitHub writes it with."""
        client = await self._access.client(repository)
        owner, name = split(repository)
        read = await pages(
            lambda page: client.rest.pulls.async_list(
                owner, name, state="open", sort="created", direction="asc", per_page=PAGE, page=page
            ),
            list[Pull],
            f"list the open pull requests of {repository}",
        )
        # Whatever is opened or closed meanwhile moves the pages, so one may be on two of them.
        pulls = {pull.number: pull for page in read for pull in page}.values()
        authors = sorted({_author(pull) for pull in pulls})
        answers = await _together([self._may_write(repository, author) for author in authors])
        writers = {author for author, may_write in zip(authors, answers, strict=True) if may_write}
        return await _together(
            [
                self._told(Key(pull.base.repo.full_name, pull.number), pull, may_write=_author(pull) in writers)
                for pull in pulls
            ]
        )

    async def _told(self, key: Key, pull: Pull, *, may_write: bool) -> PullRequest:
        made = await self._contents.date(key.repository, pull.head.sha)
        plausible = pull.created_at <= made <= pull.updated_at
        return PullRequest(
            key=key,
            is_open=pull.state == "open",
            head=Revision(commit=pull.head.sha, pushed_at=made if plausible else pull.created_at),
            base_commit=pull.base.sha,
            base_branch=pull.base.ref,
            head_branch=pull.head.ref,
            author=_author(pull) or "ghost",
            title=pull.title,
            url=pull.html_url,
            draft=pull.draft,
            stranger=_is_fork(pull) or not may_write,
            labels=tuple(sorted(label.name for label in pull.labels)),
        )

    async def _may_write(self, repository: str, author: str) -> bool:
        if not author:
            return False
        client = await self._access.client(repository)
        owner, name = split(repository)
        call = client.rest.repos.async_get_collaborator_permission_level(owner, name, quote(author, safe=""))
        try:
            answer = await ask(call, Permission, f"learn what {author} may do in {repository}")
        except Absent:
            # The repository was read just now, so it is a bot, or somebody of whom GitHub knows nothing here.
            return False
        return answer.permission in WRITERS


async def _together(verbs: list[Coroutine[Any, Any, T]]) -> list[T]:
    """The result of each, a few at a time; the first error once all have ended, so that none runs on unseen."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(verb: Coroutine[Any, Any, T]) -> T:
        async with places:
            return await verb

    results = await asyncio.gather(*map(one, verbs), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _author(pull: Pull) -> str:
    """The author's login, empty when the account was deleted."""
    return pull.user.login if pull.user else ""


def _is_fork(pull: Pull) -> bool:
    return pull.head.repo is None or pull.head.repo.id != pull.base.repo.id

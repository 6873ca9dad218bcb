"""Requesting: one request to the API server, as the worker or as another user. Objects are plain dictionaries."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.platforms.kubernetes.failures import (
    AbsentError,
    Attempt,
    OtherError,
    UnknownKindError,
    told,
)
from domain.manifests.inventory import Item, item_of
from domain.manifests.shapes import at, list_of, mapping_of, text_of

MANAGER = "matinee"
"""The field manager of what we apply."""

Thing = dict[str, Any]

_WITHIN = 20.0
_AT_ONCE = 16
"""Requests in flight: more of them the API server only keeps waiting, and those that wait too long have failed."""

_LOG_BYTES = 400_000
_PAGE = 500  # As kubectl has it: an answer with all of a large cluster takes its API server's memory, and ours.
_APPLY = "application/apply-patch+yaml"


class Api:
    """One cluster. `user` in a request is whom the worker impersonates; empty, it asks as itself.

    `opening` makes the client, which takes requests of its own; so it waits for the first one, and a worker starts
    while a cluster is away. Of hundreds of previews at once only some are asked for at a time; the others wait here.
    No request, and no look for what kinds there are, takes longer than so many seconds.
    """

    def __init__(self, opening: Callable[[], Awaitable[Any]], *, within: float = _WITHIN) -> None:
        self._opening = opening
        self._within = within
        self._client: Any = None
        self._lock = asyncio.Lock()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._kinds: dict[tuple[str, str], Any] = {}
        self._user = ""

    async def get(self, item: Item, namespace: str = "", *, user: str = "") -> Thing | None:
        """The object, None if it is not there."""
        attempt = Attempt(verb="read", kind=item.kind, api=item.api, name=item.name, namespace=namespace)
        try:
            return await self._json("get", attempt, user=user)
        except AbsentError:
            return None

    async def require_kind(self, api: str, kind: str) -> None:
        """Returns if the cluster knows the kind; PermanentError says what to install if it does not."""
        await self._kind(Attempt(verb="read", kind=kind, api=api))

    async def list(
        self, api: str, kind: str, namespace: str = "", *, labels: str = "", user: str = ""
    ) -> tuple[Thing, ...]:
        """All objects of this kind that have these labels, in the namespace or in all; each says what it is.

        They are asked for page by page, and are as they were when the first page was made.
        """
        attempt = Attempt(verb="list", kind=kind, api=api, namespace=namespace)
        query = [("limit", str(_PAGE)), *([("labelSelector", labels)] if labels else [])]
        found: list[Thing] = []
        more: list[tuple[str, str]] = []
        while True:
            answer = await self._json("get", attempt, query=[*query, *more], user=user)
            found += ({"apiVersion": api, "kind": kind, **mapping_of(one)} for one in list_of(answer.get("items")))
            token = text_of(at(answer, "metadata", "continue"))
            if not token:
                return tuple(found)
            more = [("continue", token)]

    async def create(self, thing: Thing, *, user: str = "") -> Thing:
        """The object as it was made; ChangedError if one of its name is there."""
        query = [("fieldManager", MANAGER), ("fieldValidation", "Strict")]
        attempt = _attempt("create", thing)
        return await self._json("post", attempt, body=thing, query=query, user=user, named=False)

    async def apply(self, thing: Thing, *, manager: str = MANAGER, user: str = "") -> Thing:
        """The object as it is now: every field of this one is so, whoever set it before."""
        query = [("fieldManager", manager), ("force", "true"), ("fieldValidation", "Strict")]
        return await self._json("patch", _attempt("apply", thing), body=thing, query=query, user=user, content=_APPLY)

    async def delete(
        self,
        item: Item,
        namespace: str = "",
        *,
        uid: str = "",
        grace: int | None = None,
        owned_first: bool = False,
        user: str = "",
    ) -> None:
        """The object, and what it owns, goes; nothing happens to one that is not there or has another uid.

        It goes at once, or only after all that it owns. Of a kind that the cluster does not know none is there.
        """
        policy = "Foreground" if owned_first else "Background"
        options: Thing = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
        options |= {"preconditions": {"uid": uid}} if uid else {}
        options |= {"gracePeriodSeconds": grace} if grace is not None else {}
        attempt = Attempt(verb="delete", kind=item.kind, api=item.api, name=item.name, namespace=namespace)
        try:
            await self._json("delete", attempt, body=options, user=user)
        except (AbsentError, OtherError, UnknownKindError):
            return

    async def delete_all(
        self, kind: str, namespace: str, *, labels: str = "", grace: int | None = None, user: str = ""
    ) -> None:
        """All objects of this kind of the core's API in the namespace go, with this labels if there are any."""
        options: Thing = {"apiVersion": "v1", "kind": "DeleteOptions"}
        options |= {"gracePeriodSeconds": grace} if grace is not None else {}
        query = [("labelSelector", labels)] if labels else []
        attempt = Attempt(verb="delete", kind=kind, namespace=namespace)
        await self._json("delete", attempt, body=options, query=query, user=user)

    async def log(
        self, namespace: str, pod: str, container: str, lines: int, *, previous: bool = False, user: str = ""
    ) -> str:
        """The last lines that the container wrote, or the one before it; empty where there is none to read."""
        attempt = Attempt(verb="read the log of", kind="Pod", name=pod, namespace=namespace)
        query = [("container", container), ("tailLines", str(lines)), ("limitBytes", str(_LOG_BYTES))]
        query += [("previous", "true")] if previous else []
        path = f"{await self._path(attempt)}/log"
        async with self._free:
            with told(attempt):
                answer = await self._client.request("get", path, **self._options(query, user, ""), serialize=False)
                return (await answer.read()).decode(errors="replace")

    async def user(self) -> str:
        """As whom the cluster knows us."""
        if not self._user:
            review: Thing = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}}
            answer = await self.create(review)
            self._user = text_of(at(answer, "status", "userInfo", "username"))
        return self._user

    async def _json(
        self,
        method: str,
        attempt: Attempt,
        *,
        body: Thing | None = None,
        query: "list[tuple[str, str]] | None" = None,
        user: str = "",
        content: str = "",
        named: bool = True,
    ) -> Thing:
        path = await self._path(attempt, named=named)
        async with self._free:
            with told(attempt):
                options = self._options(query or [], user, content)
                answer = await self._client.request(method, path, body=body, **options, serialize=False)
                return mapping_of(await answer.json(content_type=None))

    async def _path(self, attempt: Attempt, *, named: bool = True) -> str:
        kind = await self._kind(attempt)
        return kind.path(name=attempt.name if named else None, namespace=attempt.namespace or None)

    async def _kind(self, attempt: Attempt) -> Any:
        """What the cluster says of a kind. It is asked once; by one at a time, as the library keeps a file of it."""
        wanted = (attempt.api, attempt.kind)
        if wanted not in self._kinds:
            # The library itself would wait for five minutes, and all others behind it.
            with told(attempt):
                async with asyncio.timeout(self._within), self._lock:
                    self._client = self._client or await self._opening()
                    self._kinds[wanted] = await self._client.resources.get(**_named(attempt))
        return self._kinds[wanted]

    def _options(self, query: "list[tuple[str, str]]", user: str, content: str) -> dict[str, Any]:
        # The client changes what it is given, so it gets new ones every time.
        headers = {"Impersonate-User": user} if user else {}
        options: dict[str, Any] = {"query_params": [*query], "header_params": headers, "_request_timeout": self._within}
        return options | ({"content_type": content} if content else {})


def _named(attempt: Attempt) -> dict[str, str]:
    """How the library looks for a kind without asking every group of APIs."""
    group, slash, version = attempt.api.rpartition("/")
    place = {"prefix": "apis", "group": group} if slash else {"prefix": "api"}
    return {**place, "api_version": version, "kind": attempt.kind}


def _attempt(verb: str, thing: Thing) -> Attempt:
    item = item_of(thing)
    namespace = text_of(at(thing, "metadata", "namespace"))
    return Attempt(verb=verb, kind=item.kind, api=item.api, name=item.name, namespace=namespace)

"""Asking GitHub: one answer or every page of a list, read as a model of ours, with errors of ours."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

from githubkit import Response
from pydantic import TypeAdapter

from adapters.forges.github_failures import translated
from domain.errors import PermanentError
from domain.phases import Reason

PAGE = 100
"""Items of a page: the most that GitHub gives."""

PAGES = 200
"""Pages of one list; more is an error rather than a list that leaves something out."""

M = TypeVar("M")


async def ask(call: Awaitable[Response[Any, Any]], model: type[M], deed: str) -> M:
    """What GitHub answers, as this model; an error of ours that says what we wanted to do."""
    with translated(deed):
        return _reader(model).validate_json((await call).content)


async def pages(
    fetch: Callable[[int], Awaitable[Response[Any, Any]]], model: type[M], deed: str, *, most: int = PAGES
) -> list[M]:
    """Every page of a list, to the last; an error rather than a part."""
    found: list[M] = []
    for number in range(1, most + 1):
        with translated(deed):
            response = await fetch(number)
            found.append(_reader(model).validate_json(response.content))
        if "next" not in response.raw_response.links:
            return found
    raise PermanentError(f"could not {deed}: there are more than {most * PAGE}", reason=Reason.FORGE_REFUSED)


def split(repository: str) -> tuple[str, str]:
    """Owner and name; PermanentError if it is not written so. Neither can then leave its place in a path."""
    owner, slash, name = repository.partition("/")
    if not (owner and slash and name) or "/" in name or {owner, name} & {".", ".."}:
        raise PermanentError(f"{repository} is no repository of GitHub: write OWNER/NAME", reason=Reason.FORGE_REFUSED)
    return owner, name


@cache
def _reader(model: type[M]) -> TypeAdapter[M]:
    return TypeAdapter(model)

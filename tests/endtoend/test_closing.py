"""A branch that is deleted at an awkward moment takes everything with it."""

import asyncio
from pathlib import Path

import pytest

from domain.errors import TemporaryError
from domain.names import Key
from domain.phases import Phase
from tests.endtoend.repositories import shop_repository
from tests.endtoend.sets import Up
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.mark.parametrize("sign", ["definition", "image", "database", "migration", "deploy", "URL", "ready"])
async def test_a_close_in_the_middle_leaves_nothing(up: Up, own: Path, sign: str) -> None:
    """Whenever the branch is deleted, all that had been made by then goes, in PostgreSQL as on disk."""
    repository = await shop_repository(own / f"closing-{sign.lower()}")
    remote = await repository.connect(up)
    pushing = asyncio.create_task(repository.push("main:change"))
    key = repository.key(1)

    await until(lambda: _has_come_to(up, key, sign), f"{sign} has begun")
    closed = await repository.git("push", str(remote), ":change")
    await pushing
    await until(lambda: _is_gone(up, f"closing-{sign.lower()}-1"), "everything is gone", seconds=60)

    assert "removed and verified" in closed.text or "gone" in closed.lines
    assert (await up.status(key)).phase is Phase.GONE


async def _has_come_to(up: Up, key: Key, sign: str) -> bool:
    try:
        status = await up.status(key)
    except TemporaryError:
        return False
    if sign == "ready":
        return status.phase is Phase.READY
    return any(step.name.value == sign.lower() and step.began_at is not None for step in status.steps)


async def _is_gone(up: Up, label: str) -> bool:
    return not await up.remains(label)

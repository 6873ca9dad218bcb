"""The one `matinee up` that most end-to-end tests share, with secrets planted in its settings."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.endtoend.sets import Up


@pytest.fixture(scope="session")
async def up() -> "AsyncIterator[Up]":
    """An installation shared by the run: use repositories, and so keys, of your own."""
    # Imported here, because pytest loads this file for every run of any test beside it.
    from tests.endtoend import planting, sets  # noqa: PLC0415

    async with sets.fresh(planting.ENVIRONMENT) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder for repositories of the user's own."""
    return tmp_path

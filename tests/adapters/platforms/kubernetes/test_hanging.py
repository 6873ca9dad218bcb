"""An API server that accepts a connection and then says nothing holds nobody up for longer than a request may take."""

import asyncio
import time
from typing import Any

import pytest

from adapters.platforms.kubernetes.requesting import Api
from domain.errors import TemporaryError
from domain.phases import Reason


async def hanging() -> Any:
    """A client that is never there, because what it asks at its beginning is never answered."""
    await asyncio.Event().wait()


async def test_a_server_that_never_answers_is_temporary_for_all_who_ask() -> None:
    """Requests that wait for the first one are told when it is, and do not each wait their turn behind it."""
    api, began = Api(hanging, within=0.2), time.monotonic()

    answers = await asyncio.gather(*(api.list("v1", "Namespace") for _ in range(20)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {TemporaryError}
    assert time.monotonic() - began < 2
    with pytest.raises(TemporaryError, match="does not answer") as caught:
        await api.require_kind("v1", "Namespace")
    assert caught.value.reason is Reason.PLATFORM_UNAVAILABLE

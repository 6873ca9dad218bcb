"""Hands on a Neon in memory: the adapter under test, whose every request and answer is judged."""

import functools

import httpx

from adapters.databases.neon.database import NeonDatabase
from adapters.databases.neon.projects import Compute
from tests import descriptions
from tests.fakes.neon import API_KEY, FakeNeon
from tests.fakes.neon_answers import PROJECT
from tests.openapi import Judge, JudgedTransport

COMPUTE = Compute(min_cu=0.25, max_cu=1, suspend=300)


@functools.cache
def judge() -> Judge:
    """One for the whole run, as it remembers what was asked for."""
    return Judge(descriptions.neon())


def transport(neon: FakeNeon) -> httpx.AsyncBaseTransport:
    """The way to this Neon, past the judge."""
    return JudgedTransport(httpx.ASGITransport(neon.application), judge())


def adapter(
    neon: FakeNeon,
    *,
    installation: str = "matinee",
    parent: str = "",
    api_key: str = API_KEY,
    way: httpx.AsyncBaseTransport | None = None,
) -> NeonDatabase:
    """The adapter on this Neon."""
    return NeonDatabase(
        instance="main",
        installation=installation,
        client=httpx.AsyncClient(transport=way or transport(neon)),
        api_key=api_key,
        project=PROJECT,
        parent=parent,
        compute=COMPUTE,
        now=neon.now,
    )

"""Policies: who gets a preview, and where it answers."""

from dataclasses import replace

import pytest

from domain.phases import Reason
from domain.policies import judge, urls_of
from tests.domain.examples import POLICY, definition, pull


@pytest.mark.parametrize(
    ("allowed", "stranger", "draft", "reason"),
    [
        ({}, False, False, Reason.NONE),
        ({}, True, False, Reason.STRANGER),
        ({"strangers_allowed": True}, True, False, Reason.NONE),
        ({}, False, True, Reason.NONE),
        ({"drafts_allowed": False}, False, True, Reason.DRAFT),
        ({"drafts_allowed": False}, True, True, Reason.STRANGER),
    ],
)
def test_who_gets_a_preview(allowed: dict[str, bool], stranger: bool, draft: bool, reason: Reason) -> None:
    """A stranger's code runs only where the operator allows it; a draft everywhere but where that is forbidden."""
    verdict = judge(replace(POLICY, **allowed), pull(1, stranger=stranger, draft=draft))

    assert (verdict.allowed, verdict.reason) == (reason is Reason.NONE, reason)
    assert bool(verdict.detail) is not verdict.allowed


def test_the_primary_service_has_the_shortest_address() -> None:
    """The page is at the preview's own host, every other public service at a host beside it."""
    urls = urls_of(POLICY, definition())

    assert [url.url for url in urls] == ["http://shop-12.localhost:8081", "http://shop-12-api.localhost:8081"]
    assert [url.service for url in urls] == ["web", "api"]

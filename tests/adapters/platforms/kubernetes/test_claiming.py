"""Claiming: what a namespace says of the preview in it after a rollout, and after a command."""

from dataclasses import replace
from typing import Any

from adapters.marks import Mark
from adapters.platforms.kubernetes.claiming import claimed, hosts_of, mark_of
from domain.manifests.founding import foundation
from tests.domain.examples import NOON
from tests.domain.manifests.cases import RULES

MARK = Mark(installation=RULES.installation, key=RULES.key, made_at=NOON, generation=3)


def found() -> dict[str, Any]:
    """The namespace of the example as an earlier rollout left it, with its two hosts."""
    namespace = foundation(RULES)[0]
    namespace["metadata"] |= {"uid": "u1", "resourceVersion": "7", "creationTimestamp": NOON.isoformat()}
    return namespace


def test_a_push_without_public_services_takes_its_hosts_away() -> None:
    """What is listed has no route any more once the last public service went."""
    assert hosts_of(claimed(found(), replace(RULES, hosts=(), release="r2"), MARK)) == ()


def test_a_command_leaves_the_hosts_of_what_answers() -> None:
    """A migration knows no URLs, and the preview that answers meanwhile keeps its routes."""
    claim = claimed(found(), replace(RULES, hosts=(), release=""), MARK)

    assert hosts_of(claim) == RULES.hosts
    assert (claim["metadata"]["uid"], claim["metadata"]["resourceVersion"]) == ("u1", "7")


def test_the_first_claim_says_whose_it_is_and_how_new() -> None:
    """A namespace that is made for a command has the mark of its preview and no hosts yet."""
    claim = claimed(None, replace(RULES, hosts=(), release=""), MARK)
    claim["metadata"]["creationTimestamp"] = NOON.isoformat()

    assert hosts_of(claim) == ()
    assert mark_of(claim) == MARK

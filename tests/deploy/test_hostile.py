"""What a stranger wrote is refused by the API server itself, even where Matinee's own policy would have missed it."""

from typing import Any

import pytest

from domain.manifests.refusals import Rule
from domain.manifests.rules import Rules
from tests.deploy.installing import Installed, each_within
from tests.domain.manifests.cases import Case, hostile

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

BY_RIGHTS = frozenset({Rule.KIND, Rule.NAMESPACE})
"""Rules that the account's rights keep: it may touch a few kinds, in one namespace."""

BY_KUBERNETES = {
    "block-device": "spec.template.spec.containers[0].volumeDevices",
    "claim-beyond-quota": "exceeded quota",
    "ephemeral-container": "ephemeral containers not allowed",
    "mount-propagation": "available only to privileged containers",
    "name-too-long": "must be no more than 253",
    "name-with-path": "metadata.name",
    "node-port-number": "may not be used when `type` is 'ClusterIP'",
    "token-secret-for-deployer": "service-account.name",
    "unknown-field": "unknown field",
    "windows-pod": "cannot be set for a windows pod",
}
"""What Kubernetes may refuse by itself before any policy is asked, and a part of its words."""

DROPPED = {"claim-of-a-copy": ("spec", "dataSourceRef")}
"""What is admitted without the field that made it hostile: the API server forgets a source in another namespace, as
long as its feature CrossNamespaceVolumeDataSource is off, and what it has forgotten no policy sees."""


@pytest.fixture(scope="module")
async def said(installed: Installed, preview: Rules) -> dict[str, str]:
    """What the API server has against each hostile manifest, by its name."""
    deployer = installed.deployer(preview)
    tried = (deployer.posted(marked(case.content, preview), preview.namespace) for case in hostile())
    words = await each_within(4, *tried)
    return {case.name: one for case, one in zip(hostile(), words, strict=True)}


def test_the_api_server_refuses_every_hostile_manifest(said: dict[str, str]) -> None:
    """Each is tried straight at the API server, in the deployer's name, with nothing else wrong with it."""
    assert {name for name, words in said.items() if not words} == set(DROPPED)


def test_a_refusal_says_which_rule_is_broken(said: dict[str, str]) -> None:
    """Nothing is refused by chance: the words are those of the rule that the manifest breaks."""
    others = {case.name: said[case.name] for case in hostile() if not speaks_of(case, said[case.name])}
    assert set(others) == set(DROPPED), others


async def test_a_source_of_a_claim_in_another_namespace_is_forgotten(installed: Installed, preview: Rules) -> None:
    """The one manifest that is admitted makes an empty claim of the preview's own."""
    for name, (outer, inner) in DROPPED.items():
        content = next(case.content for case in hostile() if case.name == name)
        made = await installed.deployer(preview).made(marked(content, preview), preview.namespace)

        assert inner in content[outer]
        assert inner not in made[outer]


async def test_an_object_without_our_labels_is_refused(installed: Installed, preview: Rules) -> None:
    """What does not say whose it is could be found by nobody, so labels can neither be left out nor taken away."""
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plain"}, "data": {"a": "b"}}
    deployer = installed.deployer(preview)
    place = {"namespace": preview.namespace}
    written = marked({**content, "metadata": {"name": "plain", **place}}, preview)

    assert "(mark)" in await deployer.posted(content, preview.namespace)
    assert await deployer.applied(written, dry=False) == ""
    assert "(mark)" in await deployer.applied({**content, "metadata": {"name": "plain", **place}})


def speaks_of(case: Case, words: str) -> bool:
    """Whether these words are about what is wrong with the manifest."""
    by_policy = any(f"({rule})" in words for rule in case.rules)
    by_rights = bool(case.rules & BY_RIGHTS) and "forbidden: User" in words
    return by_policy or by_rights or BY_KUBERNETES.get(case.name, "\0") in words


def marked(content: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """The object with the labels that every object of the preview has, unless it says otherwise itself."""
    metadata = content.get("metadata", {})
    labels = {**rules.labels, **metadata.get("labels", {})}
    return {**content, "metadata": {**metadata, "labels": labels}}

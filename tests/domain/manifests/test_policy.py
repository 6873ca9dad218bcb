"""Policy: what strangers wrote is refused with its place and its cure, and what is usual passes."""

from dataclasses import replace

import pytest

from domain.manifests.cures import CURES, cure
from domain.manifests.policy import Manifest, refusals
from domain.manifests.refusals import Rule, told
from domain.manifests.rules import Bounds, Rules
from tests.domain.manifests.cases import RULES, Case, good, hostile

_OF_WHOLE_SETS = {Rule.COUNT, Rule.DUPLICATE, Rule.SIZE, Rule.SHAPE}
"""Rules that no single small object breaks; the tests below break them."""


def _flags_map(name: str = "a", **data: str) -> Manifest:
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return Manifest(f"{name}.yaml", content)


def _rules_broken(*manifests: Manifest, rules: Rules = RULES) -> set[Rule]:
    return {refusal.rule for refusal in refusals(manifests, rules)}


@pytest.mark.parametrize("case", hostile(), ids=lambda case: case.name)
def test_a_hostile_manifest_is_refused_by_exactly_the_rules_that_it_breaks(case: Case) -> None:
    """Nothing hostile passes, and the message speaks of what is wrong and of nothing else."""
    found = refusals([Manifest(f"{case.name}.yaml", case.content)], RULES)

    assert {refusal.rule for refusal in found} == case.rules
    assert {refusal.file for refusal in found if refusal.rule is not Rule.QUOTA} <= {f"{case.name}.yaml"}


def test_a_hostile_manifest_is_refused_among_good_ones_too() -> None:
    """Hiding one bad object in a chart of good ones does not help."""
    files = [manifest for _, manifests in good() for manifest in manifests[:1]]
    for case in hostile():
        assert case.rules <= _rules_broken(*files, Manifest("hidden.yaml", case.content)), case.name


@pytest.mark.parametrize(("name", "manifests"), good(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_charts_and_overlays_usually_hold_passes(name: str, manifests: tuple[Manifest, ...]) -> None:
    """A usual chart needs no change for Matinee but hosts, gateway and class."""
    assert refusals(manifests, RULES) == (), name


def test_every_rule_is_shown_and_has_a_cure() -> None:
    """No rule stands in the code that no manifest breaks, and none leaves its reader without advice."""
    shown = {rule for case in hostile() for rule in case.rules}
    assert shown | _OF_WHOLE_SETS == set(Rule)
    assert set(CURES) == set(Rule)
    assert all("{" not in cure(rule, RULES) for rule in Rule)


def test_a_refusal_names_file_object_field_value_rule_and_cure() -> None:
    """Its author can correct the line without asking anybody."""
    case = next(case for case in hostile() if case.name == "route-of-another-host")
    (refusal,) = refusals([Manifest("k8s/route.yaml", case.content)], RULES)
    assert str(refusal) == (
        'k8s/route.yaml: HTTPRoute/web: spec.hostnames[0]: "shop-13.preview.localhost" is not allowed (host); '
        "write one of the preview's own hosts: shop-12.preview.localhost, shop-12-api.preview.localhost"
    )


def test_all_refusals_come_at_once() -> None:
    """Nobody corrects one line to be told of the next."""
    cases = hostile()
    found = _rules_broken(*(Manifest(f"{case.name}.yaml", case.content) for case in cases))
    assert found >= {rule for case in cases for rule in case.rules}


def test_refusals_are_told_as_far_as_they_fit() -> None:
    """A comment has room for the first ones whole, and says how many there are besides."""
    refused = refusals([Manifest(f"{case.name}.yaml", case.content) for case in hostile()], RULES)
    words = told(refused, 1_000)
    assert len(words) <= 1_000
    assert words.splitlines()[0] == str(refused[0])
    assert words.endswith(f"…and {len(refused) - words.count(chr(10))} more")
    assert told(refused[:1], 10) == str(refused[0])


def test_a_manifest_of_three_megabytes_is_refused_by_its_size_alone() -> None:
    """A dump of a database in a ConfigMap is named as what it is."""
    (refusal,) = refusals([_flags_map(dump="x" * 3_000_000)], RULES)
    assert (refusal.rule, refusal.object) == (Rule.SIZE, "ConfigMap/a")


def test_many_middling_manifests_are_refused_together() -> None:
    """What no single file breaks, all of them may."""
    assert _rules_broken(*(_flags_map(f"a{n}", dump="x" * 900_000) for n in range(5))) == {Rule.SIZE}


def test_too_many_objects_are_refused_before_any_is_read() -> None:
    """A loop in a template is told as one mistake, not as ten thousand."""
    (refusal,) = refusals([_flags_map(f"a{n}", x="y") for n in range(10_000)], RULES)
    assert (refusal.rule, refusal.object) == (Rule.COUNT, "the whole set")


def test_the_same_object_twice_is_refused() -> None:
    """The second would silently win over the first."""
    found = refusals([_flags_map("a", x="1"), _flags_map("b"), _flags_map("a", x="2")], RULES)
    assert [(refusal.file, refusal.rule) for refusal in found] == [("a.yaml", Rule.DUPLICATE)]


def test_values_of_a_secret_stand_in_no_refusal() -> None:
    """Even a misspelt field of a Secret is named without what stands in it."""
    content = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringdata": "hunter2"}
    (refusal,) = refusals([Manifest("a.yaml", content)], RULES)
    assert (refusal.field, refusal.rule) == ("stringdata", Rule.FIELD)
    assert "hunter2" not in str(refusal)


def test_root_and_its_usual_capabilities_are_allowed_at_the_level_baseline() -> None:
    """An operator who trusts a repository can let it run images of root, and privileged ones never."""
    rules = replace(RULES, level="baseline")
    by_name = {case.name: Manifest("a.yaml", case.content) for case in hostile()}
    assert _rules_broken(by_name["root-user"], rules=rules) == set()
    assert _rules_broken(by_name["capabilities-kept"], rules=rules) == set()
    assert _rules_broken(by_name["capability-added"], rules=rules) == {Rule.CAPABILITY}
    assert _rules_broken(by_name["privileged"], rules=rules) == {Rule.PRIVILEGE}


def test_tags_are_allowed_before_pinning_only() -> None:
    """Everything else is refused before any registry is asked."""
    by_tag = next(case for case in hostile() if case.name == "image-by-tag")
    manifest = Manifest("a.yaml", by_tag.content)
    assert _rules_broken(manifest, rules=replace(RULES, pinned=False)) == set()
    assert _rules_broken(manifest) == {Rule.IMAGE}


def test_without_a_gateway_and_a_class_there_are_no_routes() -> None:
    """An installation that has only one of both serves nothing through the other."""
    rules = replace(RULES, gateway=None, ingress=None)
    routes = [one for _, manifests in good() for one in manifests if one.content["kind"] in ("HTTPRoute", "Ingress")]
    assert _rules_broken(*routes, rules=rules) == {Rule.GATEWAY, Rule.CLASS}


def test_an_operator_can_allow_further_prefixes() -> None:
    """A team's own labels, or a controller that is known to be harmless."""
    case = next(case for case in hostile() if case.name == "identity-of-a-cloud")
    rules = replace(RULES, domains=("azure.workload.identity", "pod-security.kubernetes.io"))
    assert _rules_broken(Manifest("a.yaml", case.content), rules=rules) == set()


def test_the_bounds_are_the_operators() -> None:
    """A repository with a hundred objects more can be given them."""
    rules = replace(RULES, bounds=Bounds(objects=1))
    assert _rules_broken(_flags_map("a"), _flags_map("b"), rules=rules) == {Rule.COUNT}

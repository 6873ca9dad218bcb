"""Admissions: policies that are there and do nothing are told from those that hold previews."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from domain.manifests.admissions import RELEASE, Admission, policy_names, unconfined

ROOT = Path(__file__).resolve().parents[3]
WORKER = "system:serviceaccount:matinee:matinee-worker"


def admission(name: str, policy: dict[str, Any] | None = None, binding: dict[str, Any] | None = None) -> Admission:
    """A policy as the chart makes it, and its binding; what is given is written over their specs."""
    labels = {"app.kubernetes.io/version": RELEASE}
    matching = {"namespaceSelector": {"matchLabels": {"matinee.dev/installation": "matinee"}}}
    conditions = [{"expression": f"request.userInfo.username == '{WORKER}'"}]
    spec = {"failurePolicy": "Fail", "matchConstraints": matching, "matchConditions": conditions}
    bound = {"policyName": name, "validationActions": ["Deny"]}
    return Admission(
        name=name,
        policy={"metadata": {"labels": labels}, "spec": spec | (policy or {})},
        binding={"spec": bound | (binding or {})},
    )


def problems(*changed: Admission) -> list[str]:
    """What is wrong when these are not as the chart makes them."""
    whole = {name: admission(name) for name in policy_names("matinee")} | {one.name: one for one in changed}
    return list(unconfined(tuple(whole.values()), "matinee", WORKER))


def test_what_the_chart_installs_confines_previews() -> None:
    """Nothing is said of a cluster where all is as it should be."""
    assert problems() == []


def test_policies_that_are_missing_are_named_together() -> None:
    """A cluster without the chart is told in one sentence, not in eight."""
    (problem,) = unconfined(
        tuple(Admission(name=name, policy=None, binding=None) for name in policy_names("staging")), "staging", WORKER
    )

    assert "staging-amounts, staging-claims" in problem
    assert "the chart for the installation staging" in problem


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (Admission(name="matinee-pods", policy=admission("matinee-pods").policy, binding=None), "says nothing"),
        (admission("matinee-pods", binding={"policyName": "other"}), "says nothing"),
        (admission("matinee-pods", binding={"validationActions": ["Audit"]}), "denies nothing"),
        (admission("matinee-pods", binding={"matchResources": {"excludeResourceRules": []}}), "exempts objects"),
        (admission("matinee-pods", {"failurePolicy": "Ignore"}), "failurePolicy has to be Fail"),
        (admission("matinee-pods", {"matchConstraints": {}}), "selects no previews of matinee"),
        (admission("matinee-worker", {"matchConditions": []}), f"confines another account than {WORKER}"),
    ],
)
def test_a_policy_that_holds_nobody_is_told_with_its_cure(changed: Admission, told: str) -> None:
    """A slip, or a hand that switched a policy off for an hour, does not stay unseen."""
    (problem,) = problems(changed)

    assert changed.name in problem
    assert told in problem


def test_a_policy_of_another_release_is_told() -> None:
    """An upgrade that reached the image and not the chart is seen."""
    older = admission("matinee-pods")
    older.policy["metadata"]["labels"]["app.kubernetes.io/version"] = "0.0.9"

    (problem,) = problems(older)

    assert problem.startswith(f"the admission policy matinee-pods is of release 0.0.9, and this worker of {RELEASE}")


def test_the_release_and_the_policies_are_those_of_the_project_and_of_the_chart() -> None:
    """Whoever releases changes one number in three places, and whoever adds a policy has it examined."""
    chart = ROOT / "deploy" / "chart"
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == RELEASE
    assert f"appVersion: {RELEASE}\n" in (chart / "Chart.yaml").read_text()
    files = sorted(path.stem for path in (chart / "templates" / "policies").glob("*.yaml"))
    assert sorted(policy_names("matinee")) == [f"matinee-{name}" for name in files]

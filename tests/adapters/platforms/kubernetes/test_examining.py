"""`matinee doctor` says what a cluster lacks before the first preview meets it."""

from dataclasses import replace

import pytest

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.examining import Examining
from domain.manifests.rules import Gateway, Receiver
from tests.contracts.benches_kubernetes import KubernetesBench

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]


async def test_a_prepared_cluster_lacks_only_the_right_to_look_at_policies(bench: KubernetesBench) -> None:
    """The rights that previews need are enough; without the chart's others, it is said that nobody could look."""
    problems = await bench.kubernetes.examine()

    assert [one for one in problems if "cannot look whether previews are confined" not in one] == []
    assert len(problems) == 3


async def test_a_gateway_without_a_listener_for_the_host_is_named(bench: KubernetesBench) -> None:
    """A wildcard that was forgotten at the Gateway is told with the listener to add."""
    async with connected(Access(kubeconfig=bench.cluster.kubeconfig)) as api:
        examining = Examining(api=api, rules=bench.rules(), url="https://{label}.elsewhere.example")

        problems = await examining.problems()

    (problem,) = [one for one in problems if "listener" in one]
    assert any(f"has no ValidatingAdmissionPolicy {bench.rules().installation}-amounts" in one for one in problems)
    assert "no listener for shop-12.elsewhere.example" in problem
    assert "*.elsewhere.example" in problem


async def test_what_is_not_there_is_named(bench: KubernetesBench) -> None:
    """A slip in the name of a Gateway, a class or a role is found before anybody waits for a preview."""
    rules = replace(
        bench.rules(),
        gateway=Gateway(namespace="nowhere", name="none"),
        priority_class="previews-only",
        role="forgotten",
    )
    async with connected(Access(kubeconfig=bench.cluster.kubeconfig)) as api:
        problems = " ".join(await Examining(api=api, rules=rules, url="https://{label}.example").problems())

    assert "no Gateway nowhere/none" in problems
    assert "no PriorityClass previews-only" in problems
    assert "no ClusterRole forgotten" in problems


async def test_a_missing_right_is_told_as_the_line_that_gives_it(bench: KubernetesBench) -> None:
    """A role that may not be bound is named, with the rule to add."""
    problems = await Examining(api=bench.api, rules=replace(bench.rules(), role="other"), url="").problems()

    (problem,) = [one for one in problems if "lacks a right" in one]
    assert "resources: [clusterroles], verbs: [bind], resourceNames: [other, test-matinee-worker]" in problem


async def test_a_gateway_that_shuts_matinee_itself_out_is_told(bench: KubernetesBench) -> None:
    """Front ends would find no siblings, and the label that is missing is there to be copied."""
    async with connected(Access(kubeconfig=bench.cluster.kubeconfig)) as api:
        url = f"http://{{label}}.{bench.cluster.domain}"
        rules = replace(bench.rules(), receiver=Receiver(namespace="kube-public", name="receiver", port=80))
        problems = await Examining(api=api, rules=rules, url=url).problems()

    (problem,) = [one for one in problems if "config.json" in one]
    assert "kubectl label namespace kube-public matinee.dev/installation=matinee" in problem

"""`matinee doctor` as the chart's own worker: a whole installation is well, and what was taken from it is named."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.examining import Examining
from domain.manifests.rules import Rules
from tests.cluster.described import Cluster
from tests.deploy import installing
from tests.deploy.installing import Installed

pytestmark = [pytest.mark.cluster, pytest.mark.server, pytest.mark.slow]

Examined = Callable[[Rules], Awaitable[str]]


@pytest.fixture(scope="module")
async def own(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Installed]:
    """An installation of these tests' own, which they take apart."""
    async with installing.installed(cluster, tmp_path_factory.mktemp("helm")) as one:
        yield one


@pytest.fixture
async def examined(cluster: Cluster, own: Installed, tmp_path: Path) -> AsyncGenerator[Examined]:
    """What the chart's worker says of the cluster, under rules that are the chart's but for the way in."""
    kubeconfig = await own.kubeconfig(Path(cluster.kubeconfig), tmp_path)
    async with connected(Access(kubeconfig=kubeconfig)) as api:

        async def said(rules: Rules) -> str:
            return "\n".join(await Examining(api=api, rules=rules, url="https://{label}.example").problems())

        yield said


@pytest.fixture
def rules(own: Installed) -> Rules:
    """What the worker expects of its cluster; the Gateway is left out, as this cluster has another one."""
    return replace(own.rules("shop-12"), gateway=None)


async def patched(own: Installed, kind: str, name: str, patch: str) -> None:
    """The object is changed so, by an administrator."""
    await own.kubectl("patch", kind, f"{own.name}-{name}", "--type=json", f"--patch={patch}")


async def test_an_installation_by_the_chart_lacks_nothing(own: Installed, examined: Examined, rules: Rules) -> None:
    """Policies bound with Deny, roles whole, rights there: the worker can see all of it, and has nothing to say."""
    assert await examined(rules) == ""
    assert own.name in rules.role


async def test_a_policy_that_only_audits_is_named(own: Installed, examined: Examined, rules: Rules) -> None:
    """A binding that somebody loosened for an afternoon is found in the evening."""
    loose: Any = '[{"op": "replace", "path": "/spec/validationActions", "value": ["Audit"]}]'
    await patched(own, "validatingadmissionpolicybinding", "pods", loose)

    assert f"{own.name}-pods denies nothing" in await examined(rules)


async def test_a_policy_that_is_gone_and_a_role_that_was_cut_are_named(
    own: Installed, examined: Examined, rules: Rules
) -> None:
    """What is missing is told with what brings it back."""
    await own.kubectl("delete", "validatingadmissionpolicy", f"{own.name}-routes")
    await patched(own, "clusterrole", "preview", '[{"op": "remove", "path": "/rules/0"}]')

    said = await examined(rules)

    assert f"no ValidatingAdmissionPolicy {own.name}-routes" in said
    assert f"the ClusterRole {own.name}-preview lacks the rule" in said


async def test_who_may_not_look_says_so(own: Installed, examined: Examined, rules: Rules) -> None:
    """Without the right to read the policies nobody is told that they are there; the line of RBAC is."""
    await own.kubectl("delete", "clusterrolebinding", f"{own.name}-worker-examining")

    said = await examined(rules)

    assert "cannot look whether previews are confined" in said
    assert "resources: [validatingadmissionpolicies], verbs: [get]" in said

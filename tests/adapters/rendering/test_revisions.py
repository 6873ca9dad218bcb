"""The whole way of a revision: a real git repository, its manifests, and what is applied of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.images.git_trees import GitTrees
from adapters.rendering.renderer import Renderer
from adapters.rendering.revisions import Revisions
from domain.definitions import Service
from domain.errors import PermanentError
from domain.pulls import Revision
from domain.renderings import Manifests
from domain.requests import DeployRequest
from tests.adapters.images.trees import Trees
from tests.domain.examples import NOON
from tests.domain.manifests.cases import IMAGE, RULES
from tests.domain.manifests.requests import URLS, deploy_request

_SHOP = Path(__file__).parents[3] / "examples" / "shop-kubernetes" / "manifests"
_TEMPLATE = "registry.localhost:5000/acme/shop:{commit}"


def _request(commit: str) -> DeployRequest:
    web, api = (Service(name=name, image=_TEMPLATE, public=True) for name in ("web", "api"))
    values = {
        "WEB_HOST": "{web.host}",
        "WEB_URL": "{web.url}",
        "API_HOST": "{api.host}",
        "API_URL": "{api.url}",
        # As a pipeline would write it, with the tag that it pushed.
        "IMAGE": "registry.localhost:5000/acme/shop:{commit}",
    }
    return replace(
        deploy_request(web, api, urls=URLS),
        revision=Revision(commit=commit, pushed_at=NOON),
        rendering=Manifests(files=("deploy",), values=values),
    )


def _revisions(folder: Path, repository: Path) -> Revisions:
    trees = GitTrees(repositories=lambda _: repository)
    return Revisions(renderer=Renderer(folder=folder / "renderings"), trees=trees, folder=folder / "trees")


async def test_a_commit_becomes_what_is_applied(tmp_path: Path) -> None:
    """My commit's manifests come out pinned and confined, again and again the same, and no tree is left."""
    trees = Trees(tmp_path)
    files = {f"deploy/{name}.yaml": (_SHOP / "deploy" / f"{name}.yaml").read_bytes() for name in ("web", "api")}
    request = _request(trees.commit(files))
    revisions = _revisions(tmp_path, trees.work.folder / ".git")

    made = await revisions.stages(request, RULES, lambda: None)

    assert made == await revisions.stages(request, RULES, lambda: None)
    assert [(one["kind"], one["metadata"]["name"]) for one in made.objects] == [
        *(("Service", name) for name in ("api", "web")),
        *(("Deployment", name) for name in ("api", "web")),
        *(("HTTPRoute", name) for name in ("api", "web")),
    ]
    assert made.objects[2]["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    assert list((tmp_path / "trees").iterdir()) == []


async def test_a_refused_revision_leaves_no_tree(tmp_path: Path) -> None:
    """Whether its manifests are refused or its commit does not exist, nothing is kept."""
    trees = Trees(tmp_path)
    commit = trees.commit({"deploy/a.yaml": b"apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n"})
    revisions = _revisions(tmp_path, trees.work.folder / ".git")

    with pytest.raises(PermanentError, match=r"deploy/a.yaml: Namespace/kube-system: kind: .* is not allowed \(kind\)"):
        await revisions.stages(_request(commit), RULES, lambda: None)
    with pytest.raises(PermanentError, match="has no commit"):
        await revisions.stages(_request("0" * 40), RULES, lambda: None)

    assert list((tmp_path / "trees").iterdir()) == []


def test_a_missing_program_is_told_with_its_cure(tmp_path: Path) -> None:
    """`matinee doctor` says which program is missing, for what, and how to name it."""
    trees = GitTrees(repositories=lambda _: tmp_path)
    renderer = Renderer(folder=tmp_path, helm="/nowhere/helm", kubectl="true")

    (problem,) = Revisions(renderer=renderer, trees=trees, folder=tmp_path).problems()

    assert "charts cannot be rendered, because /nowhere/helm is not installed here" in problem
    assert "MATINEE_PLATFORMS__<NAME>__HELM" in problem

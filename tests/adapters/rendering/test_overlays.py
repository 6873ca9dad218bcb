"""What an overlay names is followed before anything runs, and refused where it leaves the repository."""

from pathlib import Path

import pytest

from adapters.rendering.overlays import followed
from domain.errors import PermanentError


def _write(tree: Path, **folders: str) -> None:
    for name, text in folders.items():
        folder = tree / name.replace("__", "/")
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(text)


def _refused(tree: Path) -> str:
    with pytest.raises(PermanentError) as refused:
        followed(tree, "o")
    return refused.value.message


def test_bases_and_components_are_found_through_any_number_of_folders(tmp_path: Path) -> None:
    """Exactly the folders that my overlay needs are given to the program."""
    _write(
        tmp_path,
        o="resources: [../b, a.yaml]\ncomponents: [../c]",
        b="bases: [../d]",
        c="",
        d="resources: [../b]",
        e="",
    )
    (tmp_path / "o" / "a.yaml").write_text("a: 1\n")

    assert followed(tmp_path, "./o/") == {"o", "b", "c", "d"}


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1:9/a.yaml",
        "https://github.com/acme/shop//base?ref=main",
        "github.com/acme/shop/base",
        "git@github.com:acme/shop.git",
        "ssh://git@example.com/a",
        "example.com/acme/shop?ref=v1",
        "git::https://example.com/acme",
        "file:///etc",
    ],
)
@pytest.mark.parametrize("field", ["resources", "bases", "components", "crds", "generators", "transformers"])
def test_what_would_be_fetched_is_refused_by_name(tmp_path: Path, field: str, named: str) -> None:
    """I learn which line would have asked a network, and that I can copy what it names."""
    _write(tmp_path, o=f"{field}: ['{named}']")

    said = _refused(tmp_path)

    assert said.startswith(f"o/kustomization.yaml: {field}: {named}"[:70])
    assert "lies outside of the repository, and nothing is fetched" in said


@pytest.mark.parametrize("named", ["../../etc", "/etc", "../../../../etc/passwd"])
def test_what_leads_out_is_refused(tmp_path: Path, named: str) -> None:
    """No folder of the machine is a base."""
    _write(tmp_path, o=f"resources: ['{named}']")

    assert f"{named} leads out of the repository" in _refused(tmp_path)


def test_a_base_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    """The same by way of a link."""
    tree = tmp_path / "tree"
    _write(tree, o="resources: [b]")
    (tree / "o" / "b").symlink_to("/etc")

    assert "leads out of the repository" in _refused(tree)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("helmCharts: [{name: a, repo: 'http://127.0.0.1:9'}]", "helmCharts: no chart is fetched or rendered here"),
        ("patches: [{path: ../../x}]", "../../x leads out of the repository"),
        ("resources: [b]", "o/kustomization.yaml: resources: o/b"),
        ("resources: [b.yaml]", "b.yaml is not in the repository at this commit; write a path from o"),
        ("a: 1\na: 2", "o/kustomization.yaml: line 2: a: stands here twice"),
    ],
)
def test_what_is_wrong_in_a_kustomization_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The file and the field stand in the message."""
    _write(tmp_path, o=text)

    assert said.replace("resources: o/b", "resources: b") in _refused(tmp_path)


def test_a_folder_without_kustomization_is_no_overlay(tmp_path: Path) -> None:
    """A slip in the definition is told as one."""
    (tmp_path / "o").mkdir()

    assert _refused(tmp_path).startswith("o is no overlay, as it has no kustomization.yaml")


def test_patches_in_the_file_itself_are_no_paths(tmp_path: Path) -> None:
    """What stands in the kustomization needs no file."""
    _write(tmp_path, o="patchesStrategicMerge:\n- |\n  kind: A\n  metadata: {name: b}\npatches: [{patch: x}]\n")

    assert followed(tmp_path, "o") == {"o"}


def test_very_many_folders_are_too_many(tmp_path: Path) -> None:
    """A chain of bases without an end is no work for us."""
    _write(tmp_path, o="resources: [../b0]", **{f"b{n}": f"resources: [../b{n + 1}]" for n in range(60)})

    assert _refused(tmp_path) == "o names more than 50 folders; name fewer"

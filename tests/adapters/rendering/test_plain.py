"""Plain manifests: files and folders of the repository, with values filled in."""

from pathlib import Path

import pytest

from adapters.rendering.renderer import Renderer
from domain.errors import PermanentError
from domain.manifests.policy import Manifest
from domain.renderings import Manifests
from tests.adapters.rendering.workshop import VARIABLES


def _renderer(folder: Path) -> Renderer:
    return Renderer(folder=folder / "renderings", helm="no-helm", kubectl="no-kubectl")


async def _read(folder: Path, *files: str, **values: str) -> tuple[Manifest, ...]:
    manifests = Manifests(files=files, values=values)
    return await _renderer(folder).render(folder, manifests, VARIABLES, lambda: None)


async def _refused(folder: Path, *files: str) -> str:
    with pytest.raises(PermanentError) as refused:
        await _read(folder, *files)
    return refused.value.message


async def test_files_and_folders_are_read_in_their_order_each_once(tmp_path: Path) -> None:
    """A folder means its files that look like manifests, and no program is needed for them."""
    (tmp_path / "deploy" / "inner").mkdir(parents=True)
    for name in ("b.yaml", "a.yml", "c.json", "README.md", "inner/d.yaml"):
        (tmp_path / "deploy" / name).write_text('{"name": "' + name[0] + '"}')

    found = await _read(tmp_path, "deploy/c.json", "deploy/")

    assert [(one.file, one.content["name"]) for one in found] == [
        ("deploy/c.json", "c"),
        ("deploy/a.yml", "a"),
        ("deploy/b.yaml", "b"),
    ]


async def test_values_are_filled_in_as_text(tmp_path: Path) -> None:
    """My host, my namespace and my own words stand where I put them, and cannot become something else than text."""
    (tmp_path / "a.yaml").write_text("host: ${HOST}\nwhole: ${TEXT}\nother: ${OTHER}\n")

    (one,) = await _read(tmp_path, "a.yaml", HOST="{api.host}", TEXT="{namespace}\nevil: true")

    assert one.content == {
        "host": VARIABLES["api.host"],
        "whole": f"{VARIABLES['namespace']}\nevil: true",
        "other": "${OTHER}",
    }


async def test_a_file_of_three_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """I am told that large data belong into an image."""
    (tmp_path / "a.yaml").write_bytes(b"a: " + b"x" * 3_000_000)

    assert (await _refused(tmp_path, "a.yaml")).startswith(
        "a.yaml has 3000003 bytes; write at most 1000000 into a file"
    )


async def test_many_files_are_not_too_much_for_one_message(tmp_path: Path) -> None:
    """Ten thousand objects in as many files end in a sentence."""
    for number in range(1100):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n")

    assert await _refused(tmp_path, ".") == "the manifests have more than 1000 objects; no preview needs so many"


async def test_what_leads_out_is_refused(tmp_path: Path) -> None:
    """A link to a file of the machine is no manifest."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.yaml").symlink_to("/etc/passwd")

    assert "tree/a.yaml" not in await _refused(tmp_path / "tree", "a.yaml")
    assert "leads out of the repository" in await _refused(tmp_path / "tree", "a.yaml")
    assert "leads out of the repository" in await _refused(tmp_path / "tree", ".")


async def test_a_folder_without_manifests_is_told(tmp_path: Path) -> None:
    """A wrong folder is noticed here and not by an empty preview."""
    assert (await _refused(tmp_path, ".")).startswith(". has no file that ends in .yaml, .yml, .json")

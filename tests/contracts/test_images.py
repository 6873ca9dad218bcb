"""What every image store that builds promises, the fake one included. Registries build nothing (tests/adapters)."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.resources import Removal
from tests.contracts.benches_images import IMAGES_BENCHES
from tests.contracts.images_bench import KEY, LABEL, ImagesBench, ImagesBenchOpener, beat, request


@pytest.fixture(params=[pytest.param(opener, id=name) for name, opener in IMAGES_BENCHES.items()])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[ImagesBench]:
    """One store without images, afresh for every test."""
    opener: ImagesBenchOpener = request.param
    async with opener(tmp_path) as opened:
        yield opened


def _removal(bench: ImagesBench, key: Key = KEY, *, generation: int = 9) -> Removal:
    entries = bench.images.entries("store", LABEL)
    return Removal(key=key, label=LABEL, port="images", instance="store", generation=generation, entries=entries)


async def test_a_commit_has_one_image_and_another_commit_another(bench: ImagesBench) -> None:
    """What I redeploy is what I deployed, and what I push is something else."""
    first, second = bench.commit("one"), bench.commit("two")

    images = [await bench.images.resolve(request(commit), beat) for commit in (first, first, second)]

    assert images[0] == images[1]
    assert images[0].service == "web"
    assert images[2].digest != images[0].digest
    assert images[2].reference != images[0].reference


async def test_what_comes_late_from_a_frozen_worker_changes_nothing(bench: ImagesBench) -> None:
    """A preview that was started anew keeps its images when a worker wakes up that was removing the old ones."""
    commit = bench.commit("one")
    image = await bench.images.resolve(replace(request(commit), generation=2), beat)

    for late in (
        bench.images.remove(_removal(bench, generation=1)),
        bench.images.resolve(replace(request(commit), generation=1), beat),
    ):
        with pytest.raises(PermanentError) as refused:
            await late
        assert refused.value.reason is Reason.IMAGE_REFUSED

    assert await bench.images.resolve(replace(request(commit), generation=2), beat) == image
    assert bench.builds(commit) == 1
    assert [resource.generation for resource in await bench.images.list()] == [2]


async def test_services_that_ask_at_once_share_one_build(bench: ImagesBench) -> None:
    """My page and my API are built by the same command: I wait for it once."""
    commit = bench.commit("shared")
    wishes = [request(commit, service=name) for name in ("web", "api", "worker")]

    images = await asyncio.gather(*(bench.images.resolve(wish, beat) for wish in wishes))

    assert [image.service for image in images] == ["web", "api", "worker"]
    assert len({image.reference for image in images}) == 1
    assert bench.builds(commit) == 1


async def test_a_failed_build_shows_the_last_lines_of_its_log(bench: ImagesBench) -> None:
    """My build fails: I read why where I look for my preview, and nobody tries it for ever."""
    with pytest.raises(PermanentError, match="cannot find the moon") as failure:
        await bench.images.resolve(request(bench.broken()), beat)

    assert failure.value.reason is Reason.BUILD_FAILED


async def test_what_is_there_is_listed_for_its_own_installation(bench: ImagesBench) -> None:
    """Whoever lost its ledger finds its own again, and nothing of others."""
    await bench.images.resolve(request(bench.commit("one")), beat)

    (resource,) = await bench.images.list()

    assert (resource.entry,) == bench.images.entries("store", LABEL)
    assert (resource.key, resource.label) == (KEY, LABEL)
    assert resource.made_at
    assert resource.made_at.tzinfo
    assert await bench.other.list() == ()


async def test_removed_images_are_gone_and_removing_again_succeeds(bench: ImagesBench) -> None:
    """After teardown nothing is left, however often it is repeated, and a reopened preview can be built again."""
    commit = bench.commit("one")
    await bench.images.resolve(request(commit), beat)

    removed = [await bench.images.remove(_removal(bench)) for _ in range(2)]
    listed = await bench.images.list()
    await bench.images.resolve(request(commit), beat)

    assert removed == [bench.images.entries("store", LABEL)] * 2
    assert listed == ()
    assert bench.builds(commit) == 2


async def test_a_preview_without_images_is_removed_with_success(bench: ImagesBench) -> None:
    """Nothing was ever built: teardown does not stop at that."""
    assert await bench.images.remove(_removal(bench)) == bench.images.entries("store", LABEL)


async def test_what_others_made_is_never_touched(bench: ImagesBench) -> None:
    """Another installation, or another pull request, has this label: it keeps what it has."""
    await bench.other.resolve(request(bench.commit("one")), beat)
    stranger = Key("acme/other", 12)

    for key in (KEY, stranger):
        with pytest.raises(PermanentError) as kept:
            await bench.images.remove(_removal(bench, key))
        assert kept.value.reason is Reason.NOT_OURS
    with pytest.raises(PermanentError) as refused:
        await bench.other.resolve(request(bench.commit("two"), key=stranger), beat)

    assert refused.value.reason is Reason.NOT_OURS
    assert len(await bench.other.list()) == 1

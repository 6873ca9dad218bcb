"""A worker that dies after any request, or hears no answer, leaves nothing that a repeat does not make good."""

from collections.abc import Callable

import httpx
import pytest

from domain.names import Key
from domain.resources import Seed
from tests.adapters.databases.neon.dying import TROUBLES, Scene, scenes
from tests.contracts.database_bench import branching, name_of, new_key, new_seed, no_beat, removal
from tests.fakes.neon import ROLE

Trouble = Callable[[httpx.Request], Exception]
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("trouble", TROUBLES)]


async def _seeded(scene: Scene, row: str) -> Seed:
    """A sealed seed with one row."""
    seed = new_seed()
    await scene.prepared(lambda database: database.open_seed(seed))
    scene.neon.named(_name(scene))[0].rows = (row,)
    await scene.prepared(lambda database: database.seal(seed))
    return seed


def _name(scene: Scene) -> str:
    return next(branch.name for branch in scene.neon.present if branch.name.startswith("seed_"))


async def _assert_whole(scene: Scene, key: Key, generation: int, seed: Seed, rows: tuple[str, ...]) -> None:
    """One branch of this generation is there, entered by nobody but who has its own password."""
    request = branching(key, generation=generation, seed=seed)
    await scene.prepared(lambda database: database.branch(request, no_beat))
    ref = await scene.survivor.branch(request, no_beat)
    connection = await scene.survivor.connection(ref)
    branch, *others = scene.neon.named(name_of(key))
    assert (others, branch.rows, len(branch.endpoints)) == ([], rows, 1)
    assert scene.neon.read(connection.url) == rows
    assert branch.passwords[ROLE] != scene.neon.branches[branch.parent].promised[ROLE]
    assert [each.generation for each in await scene.survivor.list()] == [generation]


async def test_a_branching_that_was_struck_anywhere_is_made_good(trouble: Trouble) -> None:
    """Wherever it was, what it left is in the list, and the next attempt ends with the same preview."""
    async for scene in scenes(trouble):
        seed, key = await _seeded(scene, "seeded"), new_key()
        request = branching(key, seed=seed)
        await scene.struck(lambda database, it=request: database.branch(it, no_beat))
        assert len(await scene.survivor.list()) == len(scene.neon.named(name_of(key)))
        await _assert_whole(scene, key, 1, seed, ("seeded",))


async def test_a_reset_that_was_struck_anywhere_is_made_good(trouble: Trouble) -> None:
    """My old data are gone and the seed's are there, never a mixture, and never neither for good."""
    async for scene in scenes(trouble):
        seed, key = await _seeded(scene, "seeded"), new_key()
        first, second = branching(key, seed=seed), branching(key, seed=seed, generation=2)
        await scene.prepared(lambda database, it=first: database.branch(it, no_beat))
        scene.neon.named(name_of(key))[0].rows = ("mine",)
        await scene.struck(lambda database, it=second: database.branch(it, no_beat))
        await _assert_whole(scene, key, 2, seed, ("seeded",))


async def test_a_first_branching_that_was_struck_anywhere_can_be_dropped(trouble: Trouble) -> None:
    """A pull request that closes while its worker dies leaves nothing, though no branching is repeated."""
    async for scene in scenes(trouble):
        key = new_key()
        request = branching(key)
        await scene.struck(lambda database, it=request: database.branch(it, no_beat))
        await scene.prepared(lambda database, it=key: database.drop(removal(database, it)))
        assert scene.neon.present == [scene.neon.main]


async def test_a_drop_that_was_struck_anywhere_is_finished_by_the_next(trouble: Trouble) -> None:
    """What is left of a preview stays in the list until a repeated drop has removed it, for good."""
    async for scene in scenes(trouble):
        key = new_key()
        request = branching(key)
        await scene.prepared(lambda database, it=request: database.branch(it, no_beat))
        await scene.struck(lambda database, it=key: database.drop(removal(database, it)))
        assert len(await scene.survivor.list()) == len(scene.neon.named(name_of(key)))
        await scene.prepared(lambda database, it=key: database.drop(removal(database, it)))
        assert list(scene.neon.branches.values()) == [scene.neon.main]


async def test_an_opening_that_was_struck_anywhere_is_made_good(trouble: Trouble) -> None:
    """A seed is always built in an empty database that nobody else can enter."""
    async for scene in scenes(trouble):
        seed = new_seed()
        await scene.struck(lambda database, it=seed: database.open_seed(it))
        if half_built := [each for each in scene.neon.present if not each.name.endswith((".opening", "main"))]:
            half_built[0].rows = ("half",)
        await scene.prepared(lambda database, it=seed: database.open_seed(it))
        opened, main = scene.neon.present
        assert (opened.rows, main) == ((), scene.neon.main)
        assert opened.promised[ROLE] != main.promised[ROLE]


async def test_a_sealing_that_was_struck_anywhere_is_finished_by_the_next(trouble: Trouble) -> None:
    """A seed is sealed whole: repeated, the sealing ends, and nothing leads to it."""
    async for scene in scenes(trouble):
        seed = new_seed()
        await scene.prepared(lambda database, it=seed: database.open_seed(it))
        await scene.struck(lambda database, it=seed: database.seal(it))
        await scene.prepared(lambda database, it=seed: database.seal(it))
        assert await scene.survivor.sealed(seed)
        assert scene.neon.named(_name(scene))[0].endpoints == {}


async def test_a_dropping_of_seeds_that_was_struck_anywhere_is_finished_by_the_next(trouble: Trouble) -> None:
    """Repeated, no old seed is left but what a preview stands on, and that is no seed any more."""
    async for scene in scenes(trouble):
        used = await _seeded(scene, "used")
        request = branching(new_key(), seed=used)
        await scene.prepared(lambda database, it=request: database.branch(it, no_beat))
        await scene.struck(lambda database, it=used: database.drop_seeds(it.repository, 0))
        await scene.prepared(lambda database, it=used: database.drop_seeds(it.repository, 0))
        preview, seed, _ = scene.neon.present
        assert (seed.id, ".retired." in seed.name) == (preview.parent, True)
        assert not await scene.survivor.sealed(used)

"""What is Neon's own about branches: expiry, children, passwords that are copied, pages, deleting for good."""

from datetime import timedelta

import pytest

from adapters.databases.workplaces import seed_name
from domain.branches import BranchKind, BranchState
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import PROOFS, Key
from domain.phases import Reason
from tests.adapters.databases.neon.hands import COMPUTE, adapter
from tests.adapters.databases.neon.patience import Patient
from tests.contracts.database_bench import branching, name_of, new_key, new_seed, no_beat, removal
from tests.fakes.neon import ROLE, FakeNeon, utc_now
from tests.fakes.neon_state import FakeBranch


async def _branched(neon: FakeNeon, key: Key, *, parent: str = "") -> FakeBranch:
    await Patient(adapter(neon, parent=parent)).branch(branching(key), no_beat)
    return neon.named(name_of(key))[0]


async def test_one_attempt_waits_for_nothing() -> None:
    """An attempt ends at once with "not yet" and when to ask again, so that it holds no worker."""
    neon = FakeNeon()

    with pytest.raises(NotYet) as begun:
        await adapter(neon).branch(branching(new_key()), no_beat)

    assert begun.value.retry_after == 1.0
    assert [method for method, _ in neon.requests] == ["GET", "POST"]


async def test_a_branch_sleeps_when_nobody_uses_it() -> None:
    """What I pay for is the compute that the settings allow, and only while it is used."""
    branch = await _branched(FakeNeon(), new_key())

    endpoint = next(iter(branch.endpoints.values()))

    assert (endpoint.min_cu, endpoint.max_cu) == (COMPUTE.min_cu, COMPUTE.max_cu)
    assert endpoint.suspend == COMPUTE.suspend


async def test_a_branch_does_not_have_its_parents_password() -> None:
    """Whoever knows the password of the branch that all come from opens no preview with it."""
    neon = FakeNeon()

    one, other = [await _branched(neon, new_key()) for _ in range(2)]

    assert len({one.passwords[ROLE], other.passwords[ROLE], neon.main.passwords[ROLE]}) == 3


@pytest.mark.parametrize("protected", [True, False])
async def test_a_protected_parent_is_as_good(protected: bool) -> None:
    """Children of a protected branch get passwords of their own from Neon; seeds and previews of one are made too."""
    neon, seed = FakeNeon(), new_seed()
    neon.main.protected = protected
    database = Patient(adapter(neon))

    await database.open_seed(seed)
    await database.seal(seed)
    await database.branch(branching(new_key(), seed=seed), no_beat)

    resets = [path for _, path in neon.requests if path.endswith("reset_password")]
    assert len(resets) == (1 if protected else 2)


async def test_a_parent_can_be_named() -> None:
    """Its id or its name do the same, and a wrong name is told with the setting."""
    neon = FakeNeon()
    parent = neon.by_hand("anonymised")
    parent.rows = ("masked",)

    branches = [await _branched(neon, new_key(), parent=given) for given in ("anonymised", parent.id)]

    assert [branch.rows for branch in branches] == [("masked",)] * 2
    with pytest.raises(PermanentError, match="no branch 'anonymized': correct PARENT") as refused:
        await adapter(neon, parent="anonymized").branch(branching(new_key()), no_beat)
    assert refused.value.reason is Reason.SETTINGS


async def test_branches_are_extended_for_as_long_as_matinee_runs() -> None:
    """A preview that is pinned for a year keeps its data; of a Matinee that is gone, nothing is left after a month."""
    moment = utc_now()
    neon = FakeNeon(now=lambda: moment)
    database, key = adapter(neon), new_key()
    await Patient(database).branch(branching(key, seconds=60), no_beat)

    for _ in range(40):
        moment += timedelta(days=1)
        neon.expire()
        assert await database.extend() == ()
    alive = len(neon.named(name_of(key)))
    moment += timedelta(days=30)
    neon.expire()

    assert (alive, len(neon.named(name_of(key)))) == (1, 0)


async def test_what_a_killed_doctor_left_expires() -> None:
    """Nobody's branch is not kept alive with those of previews."""
    moment = utc_now()
    neon, key = FakeNeon(now=lambda: moment), Key(PROOFS, 7)
    await Patient(adapter(neon)).branch(branching(key, seconds=60), no_beat)

    moment += timedelta(days=20)
    await adapter(neon).extend()
    moment += timedelta(days=20)
    neon.expire()

    assert neon.named(name_of(key)) == []


async def test_extending_changes_nothing_that_is_not_due() -> None:
    """It is done every few minutes, so it costs one request while there is nothing to do; others' are left alone."""
    neon = FakeNeon()
    await _branched(neon, new_key())
    theirs = neon.by_hand("of-somebody")
    theirs.expires_at = neon.now() + timedelta(days=2)
    neon.requests.clear()

    await adapter(neon).extend()

    assert [method for method, _ in neon.requests] == ["GET"]
    assert theirs.expires_at < neon.now() + timedelta(days=3)


async def test_what_neon_does_not_extend_is_told() -> None:
    """I read in the sweep's report which branch is about to end, and why."""
    moment = utc_now()
    neon = FakeNeon(now=lambda: moment)
    branch = await _branched(neon, new_key())
    moment += timedelta(days=3)
    neon.limits.away, neon.slowness = 0, 10_000
    neon.begin(neon.main, "apply_config")

    problems = await adapter(neon).extend()

    assert len(problems) == 1
    assert branch.name in problems[0]


async def test_an_account_without_expiry_has_branches_too() -> None:
    """Where Neon does not let branches expire, they are made without, and there is nothing to extend."""
    neon = FakeNeon(expiry=False)

    branch = await _branched(neon, new_key())

    assert branch.expires_at is None
    assert await adapter(neon).extend() == ()


async def test_a_branch_that_was_branched_by_hand_is_not_dropped_over_it() -> None:
    """Somebody took a copy of a preview's data: the teardown names it, and ends once it is gone."""
    neon, key = FakeNeon(), new_key()
    branch = await _branched(neon, key)
    copy = neon.by_hand("ann-looks-into-it", parent=branch)
    database = adapter(neon)

    with pytest.raises(TemporaryError, match="ann-looks-into-it") as blocked:
        await database.drop(removal(database, key))
    neon.branches.pop(copy.id)
    await Patient(database).drop(removal(database, key))

    assert blocked.value.reason is Reason.TEARDOWN_BLOCKED
    assert neon.present == [neon.main]


async def test_a_copy_by_hand_is_not_ours_though_it_has_our_annotation() -> None:
    """Nobody's copy of a preview's data is taken for a preview and removed by the sweep."""
    neon, key = FakeNeon(), new_key()
    copy = neon.by_hand("ann-looks-into-it", parent=await _branched(neon, key))
    copy.annotation = dict(neon.named(name_of(key))[0].annotation)

    listed = await adapter(neon).list()

    assert [each.entry.name for each in listed] == [name_of(key)]


async def test_what_is_dropped_cannot_be_recovered() -> None:
    """Neon keeps what is deleted for a week unless told otherwise; a closed preview leaves nothing of that kind."""
    neon, key = FakeNeon(), new_key()
    await _branched(neon, key)
    database = Patient(adapter(neon))

    await database.drop(removal(database, key))

    assert list(neon.branches.values()) == [neon.main]


async def test_what_neon_still_lists_is_not_called_gone() -> None:
    """A teardown says that nothing is left only when it was looked up."""
    neon, key = FakeNeon(lingering=True), new_key()
    await _branched(neon, key)
    database = adapter(neon)

    with pytest.raises(NotYet, match="still lists it") as waiting:
        await database.drop(removal(database, key))
    left = len(neon.named(name_of(key)))
    await Patient(database).drop(removal(database, key))

    assert (waiting.value.reason, left) == (Reason.TEARDOWN_BLOCKED, 1)
    assert list(neon.branches.values()) == [neon.main]


async def test_more_branches_than_a_page_are_found() -> None:
    """A project with a thousand branches is listed whole, and a name is found among its likes."""
    neon = FakeNeon()
    key = new_key()
    await _branched(neon, key)
    for number in range(900):
        neon.by_hand(f"{name_of(key)}{number}")

    assert len(await adapter(neon).list()) == 1
    database = Patient(adapter(neon))
    await database.drop(removal(database, key))
    assert (neon.named(name_of(key)), len(neon.present)) == ([], 901)


async def test_a_connection_to_what_is_gone_says_what_to_do() -> None:
    """A branch that was deleted at Neon, or reset since, is told with the command that makes a new one."""
    neon, key = FakeNeon(), new_key()
    database = Patient(adapter(neon))
    old = await database.branch(branching(key), no_beat)
    await database.branch(branching(key, generation=2), no_beat)

    with pytest.raises(PermanentError, match="made anew"):
        await database.connection(old)
    neon.branches.pop(neon.named(name_of(key))[0].id)
    with pytest.raises(PermanentError, match="reset-database"):
        await database.connection(old)


async def test_a_name_that_neon_keeps_is_told() -> None:
    """A branch that was deleted by hand may keep its name for a week; that is said instead of waited for in silence."""
    neon = FakeNeon()
    key = new_key()
    branch = await _branched(neon, key)
    branch.deleted_at = neon.now()
    neon.kept_names = True

    with pytest.raises(TemporaryError, match="delete it for good"):
        await adapter(neon).branch(branching(key, generation=2), no_beat)


async def test_a_retired_seed_goes_when_nothing_stands_on_it() -> None:
    """Neon deletes no parent, so an old seed goes with the pruning after its last preview."""
    neon, key, seed = FakeNeon(), new_key(), new_seed()
    database = Patient(adapter(neon))
    await database.open_seed(seed)
    await database.seal(seed)
    await database.branch(branching(key, seed=seed), no_beat)
    await database.drop_seeds(seed.repository, 0)
    kept = len(neon.present)

    await database.drop(removal(database, key))
    await database.drop_seeds(seed.repository, 0)

    assert (kept, neon.present) == (3, [neon.main])


async def test_everything_of_ours_is_listed_for_people() -> None:
    """I see previews' branches and their seeds, a seed under whatever name it has by now, and nobody else's."""
    neon, key, seed = FakeNeon(), new_key(), new_seed()
    database, rival = Patient(adapter(neon)), Patient(adapter(neon, installation="rival"))
    await database.open_seed(seed)
    await database.seal(seed)
    await database.branch(branching(key, seed=seed), no_beat)
    await rival.branch(branching(new_key()), no_beat)
    neon.by_hand("of-somebody")
    neon.named(seed_name(seed))[0].name += ".retired.1"

    found = {one.kind: one for one in await adapter(neon).branches()}
    branch, kept = found[BranchKind.BRANCH], found[BranchKind.SEED]

    assert len(found) == len(await adapter(neon).branches())
    assert (branch.key, branch.seed, branch.state, branch.owner) == (key, seed.fingerprint, BranchState.READY, ROLE)
    assert (kept.repository, kept.seed, kept.name) == (
        seed.repository,
        seed.fingerprint,
        f"{seed_name(seed)}.retired.1",
    )


async def test_a_branch_is_found_by_its_key_and_no_other_one() -> None:
    """`matinee psql` enters the database of the preview that I named, or says that it is not its own."""
    neon, key = FakeNeon(), new_key()
    label = branching(key).label
    assert await adapter(neon).branch_of(key, label) is None
    ref = await Patient(adapter(neon)).branch(branching(key), no_beat)

    found = await adapter(neon).branch_of(key, label)

    assert found
    assert found.ref("main") == ref
    with pytest.raises(PermanentError) as refused:
        await adapter(neon, installation="rival").branch_of(key, label)
    assert refused.value.reason is Reason.NOT_OURS

"""Passwords come from the key ring alone and change with everything that they are for."""

from dataclasses import replace

import pytest

from adapters.databases.passwords import Account, KeyRing, scram_verifier
from domain.errors import PermanentError
from domain.phases import Reason

ACCOUNT = Account(installation="matinee", instance="main", name="pr_shop_12", generation=1)
RING = KeyRing({"2": b"b" * 32, "1": b"a" * 32})


def test_a_password_is_the_same_in_every_worker() -> None:
    """Two workers with the same ring reach the same database."""
    again = KeyRing({"1": b"a" * 32})

    assert again.password("1", ACCOUNT) == RING.password("1", ACCOUNT)


@pytest.mark.parametrize(
    "other",
    [
        replace(ACCOUNT, installation="rival"),
        replace(ACCOUNT, instance="second"),
        replace(ACCOUNT, name="pr_shop_13"),
        replace(ACCOUNT, generation=2),
        replace(ACCOUNT, instance="mai", name="npr_shop_12"),
    ],
)
def test_no_two_accounts_have_one_password(other: Account) -> None:
    """A password that leaks opens one generation of one preview's database only."""
    assert RING.password("1", other) != RING.password("1", ACCOUNT)


def test_new_passwords_are_made_with_the_first_key() -> None:
    """To retire a key, I put the new one before it."""
    assert RING.current == "2"


def test_a_password_needs_no_quoting_in_a_url() -> None:
    """It goes into DATABASE_URL as it is."""
    assert RING.password("1", ACCOUNT).replace("-", "").replace("_", "").isalnum()


def test_a_missing_key_is_named_with_the_setting() -> None:
    """I am told which key to put back, and where."""
    with pytest.raises(PermanentError, match=r"`key_ring`.*'7'") as refused:
        RING.password("7", ACCOUNT)

    assert refused.value.reason is Reason.SETTINGS


def test_another_key_under_the_same_id_is_noticed() -> None:
    """A worker with the wrong key does not lock previews out of their databases."""
    with pytest.raises(PermanentError, match="another one"):
        RING.check("1", KeyRing({"1": b"c" * 32}).proof("1"))


@pytest.mark.parametrize("keys", [{}, {"1": b"short"}])
def test_a_ring_without_a_good_key_is_refused(keys: dict[str, bytes]) -> None:
    """Matinee does not start with a key that can be guessed."""
    with pytest.raises(PermanentError) as refused:
        KeyRing(keys)

    assert refused.value.reason is Reason.SETTINGS


def test_keys_are_not_shown() -> None:
    """A ring in a log shows nothing of its keys."""
    assert "aaaa" not in repr(RING)


def test_a_verifier_holds_no_password_and_is_repeatable() -> None:
    """What the server may log is no password, and setting it twice is no change."""
    verifier = RING.verifier("1", ACCOUNT)

    assert verifier.startswith("SCRAM-SHA-256$4096:")
    assert RING.password("1", ACCOUNT) not in verifier
    assert verifier == RING.verifier("1", ACCOUNT)
    assert verifier != scram_verifier(RING.password("1", ACCOUNT), b"another salt ...")

"""Passwords are made once and shown to nobody."""

from pathlib import Path

from embedded import passwords


def test_a_password_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """A restart finds the password that the database knows."""
    made = iter(["first", "second"])

    kept = [passwords.kept(tmp_path / "file", lambda: next(made)) for _ in range(2)]

    assert kept == ["first", "first"]
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_verifier_is_what_postgresql_would_store() -> None:
    """The statement that sets a password does not hold it, so no log of the server can."""
    verifier = passwords.verifier("pencil", bytes(range(16)))

    kind, counted, keys = verifier.split("$")
    assert kind == "SCRAM-SHA-256"
    assert counted == "4096:AAECAwQFBgcICQoLDA0ODw=="
    assert [len(key) for key in keys.split(":")] == [44, 44]
    assert "pencil" not in verifier

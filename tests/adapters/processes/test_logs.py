"""Logs and masking: small files, and no secret in what is shown of them."""

import os
from pathlib import Path

from adapters.processes import logs
from adapters.processes.masking import masked, secrets_of


def test_a_long_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    """The last lines are there before and after a cut, in their order."""
    file = tmp_path / "log"
    writer = logs.opened(file)
    os.write(writer, b"".join(b"line %d\n" % number for number in range(200_000)))

    logs.trim(file)
    os.write(writer, b"after\n")
    os.close(writer)

    assert file.stat().st_size < logs.LIMIT
    assert logs.tail(file, 2) == "line 199999\nafter"


def test_a_log_is_for_us_alone(tmp_path: Path) -> None:
    """What a service writes is nobody else's to read."""
    os.close(logs.opened(tmp_path / "log"))

    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """Asking early is no error."""
    logs.trim(tmp_path / "log")

    assert logs.tail(tmp_path / "log", 10) == ""


def test_a_password_is_masked_as_it_is_written_and_as_it_is_meant() -> None:
    """A driver may show the password of a URL with or without its percent signs: neither is seen."""
    secrets = secrets_of("postgresql://role:a%2Fbcd@host/db")

    assert masked("as a%2Fbcd or a/bcd", secrets) == "as *** or ***"
    assert "a%2Fbcd" not in masked("postgresql://role:a%2Fbcd@host/db", secrets)


def test_what_is_no_secret_is_not_masked() -> None:
    """An empty password does not mask every word."""
    assert masked("hello", secrets_of("postgresql://role@host/db")) == "hello"

"""Logs stay small, and their last lines are what an error shows."""

import os
from pathlib import Path

from embedded import logs


def test_a_log_is_cut_back_to_its_newest_whole_lines(tmp_path: Path) -> None:
    """A part that talks for weeks does not fill the disk."""
    log = tmp_path / "part.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)))

    logs.trim(log, limit=1000)

    assert log.stat().st_size <= 500
    assert log.read_text().startswith("line ")
    assert log.read_text().endswith("line 999\n")


def test_a_part_goes_on_writing_at_the_end_after_a_cut(tmp_path: Path) -> None:
    """Cutting leaves no hole of zeros between the old lines and the new ones."""
    log = tmp_path / "part.log"
    descriptor = logs.opened(log)
    os.write(descriptor, b"old\n" * 500)

    logs.trim(log, limit=1000)
    os.write(descriptor, b"new\n")
    os.close(descriptor)

    assert log.read_bytes().endswith(b"old\nnew\n")
    assert b"\0" not in log.read_bytes()


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    """Nothing is lost before it must be."""
    log = tmp_path / "part.log"
    log.write_text("one\n")

    logs.trim(log, limit=1000)

    assert log.read_text() == "one\n"


def test_only_the_last_lines_of_this_run_are_shown(tmp_path: Path) -> None:
    """An error of last week is not shown as the cause of today's."""
    log = tmp_path / "part.log"
    log.write_text("last week\ntoday\n")

    assert logs.tail(log, since=len("last week\n")) == "today"


def test_the_last_lines_fit_into_an_error(tmp_path: Path) -> None:
    """A message for people has no room for a page of one line."""
    log = tmp_path / "part.log"
    log.write_text("x" * 100_000 + "\nthe cause\n")

    shown = logs.tail(log)

    assert len(shown) <= 500
    assert shown.endswith("the cause")


def test_a_log_that_is_not_there_shows_nothing(tmp_path: Path) -> None:
    """A part that never wrote has no last lines."""
    assert logs.tail(tmp_path / "part.log") == ""

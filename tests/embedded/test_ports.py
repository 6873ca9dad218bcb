"""Ports survive a restart, or the reason why one cannot is told with its cure."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import PermanentError
from embedded.ports import HOST, free_ports, is_free, remembered_ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program, here the test itself, listens on."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_different_and_free() -> None:
    """Two parts never get one port."""
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_the_url_of_a_preview_survives_a_restart(tmp_path: Path) -> None:
    """A bookmark made yesterday works today."""
    first = remembered_ports(tmp_path / "ports.json", {"previews": 0, "page": 0})

    assert remembered_ports(tmp_path / "ports.json", {"previews": 0, "page": 0}) == first


def test_the_first_free_port_from_the_preferred_one_on_is_chosen(tmp_path: Path, taken: int) -> None:
    """Another program's port is walked past at the first start, without a question."""
    chosen = remembered_ports(tmp_path / "ports.json", {"previews": taken})

    assert taken < chosen["previews"] < taken + 200


def test_two_names_with_one_preference_get_different_ports(tmp_path: Path) -> None:
    """What was given away a moment ago is not given again."""
    [start] = free_ports(1)

    chosen = remembered_ports(tmp_path / "ports.json", {"one": start, "two": start})

    assert chosen["one"] != chosen["two"]


def test_a_remembered_port_that_was_taken_is_an_error_with_its_holder_and_cure(tmp_path: Path, taken: int) -> None:
    """URLs do not change in silence: the user learns who has the port and what to do."""
    file = tmp_path / "ports.json"
    file.write_text(f'{{"previews": {taken}}}')

    with pytest.raises(PermanentError) as failure:
        remembered_ports(file, {"previews": 0})

    assert str(taken) in failure.value.message
    assert f"process {os.getpid()}" in failure.value.message
    assert str(file) in failure.value.message


def test_a_remembered_port_that_was_taken_may_be_replaced_when_that_is_allowed(tmp_path: Path, taken: int) -> None:
    """The demo would rather move than stop."""
    file = tmp_path / "ports.json"
    file.write_text(f'{{"previews": {taken}}}')

    chosen = remembered_ports(file, {"previews": 0}, may_move=True)

    assert chosen["previews"] != taken
    assert remembered_ports(file, {"previews": 0}) == chosen


def test_a_fixed_port_that_is_taken_is_an_error_even_when_moving_is_allowed(tmp_path: Path, taken: int) -> None:
    """Whoever insists on a port gets that one or none."""
    with pytest.raises(PermanentError, match="choose another port"):
        remembered_ports(tmp_path / "ports.json", {"previews": 0}, fixed={"previews": taken}, may_move=True)


def test_a_file_that_was_cut_short_is_as_good_as_none(tmp_path: Path) -> None:
    """A full disk yesterday does not stop today's start."""
    file = tmp_path / "ports.json"
    file.write_text('{"previews": 80')

    assert remembered_ports(file, {"previews": 0})["previews"] > 0


def test_a_range_without_a_free_port_is_an_error(tmp_path: Path) -> None:
    """The end of the ports is said, not walked off."""
    with pytest.raises((PermanentError, OverflowError)):
        remembered_ports(tmp_path / "ports.json", {"previews": 65536})

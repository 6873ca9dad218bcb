"""Taking YAML apart: lines, the surprises that are left out, and what a hostile file meets."""

import pytest

from adapters.definitions.parsing import SIZE_LIMIT, parse
from adapters.documents.problems import Unreadable


def test_every_place_knows_its_line() -> None:
    """A message points at the line where the mistake stands, also for what is missing there."""
    document = parse(b"a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n")

    assert document.value == {"a": {"b": 1, "c": ["x", {"d": 2}]}}
    assert document.line(("a", "c", 1, "d")) == 5
    assert document.line(("a", "c", 0)) == 4
    assert document.line(("a", "missing")) == 1


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1e3", "1e3"),
        ("9" * 30, "9" * 30),
        ("true", True),
        ("'true'", "true"),
        ("-5", -5),
        ("1.5", 1.5),
        ("~", None),
        ("", None),
        ("<<", "<<"),
    ],
)
def test_only_what_json_knows_is_more_than_text(written: str, value: object) -> None:
    """`no` is the word no, and a time is no number: what I write is what I get."""
    assert parse(f"key: {written}".encode()).value == {"key": value}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: 2\na: 3", "line 3: a: stands here twice, first in line 1; leave one out"),
        (b"a: @", "line 1: this is no YAML: found character that cannot start any token"),
        (b"a: [1\nb: 2", "line 2: this is no YAML"),
        (b"a: 1\n---\nb: 2", "line 3: a second document begins here; leave it out"),
        (b"a: *nobody", "line 1: this is no YAML: found undefined alias 'nobody'"),
        (b"a: \x00", "this is no YAML: it holds a character that YAML forbids"),
        (b'a: "\\0"', "line 1: a: no command or variable may hold the character NUL"),
        (b"a: 1\nb: \xff", "line 2: this is no UTF-8"),
        (b"1: a", "line 1: a key here is no text"),
        (b"? [a]\n: b", "a key here is no text"),
        (b"a: !!python/object/apply:os.system [id]", "line 1: a: the tag tag:yaml.org,2002:python"),
        (b"a: !!binary aGk=", "is not read here; leave it out"),
        (b"[" * 50_000, "more than 20 levels deep"),
        (b"{a: " * 10_000, "more than 20 levels deep"),
        (b"a: &a [*a]", "an alias holds itself"),
        (b"a: &a x\nb: [" + b"*a, " * 21 + b"]", "more than 20 aliases"),
        (b"a: " + b"x" * SIZE_LIMIT, f"write at most {SIZE_LIMIT}"),
    ],
)
def test_what_is_no_definition_is_refused_at_its_line(content: bytes, said: str) -> None:
    """A slip of the pen and an attack both end in a sentence."""
    with pytest.raises(Unreadable) as refused:
        parse(content)

    assert said in str(refused.value)


def test_aliases_that_multiply_are_stopped() -> None:
    """A small file that means a billion values is refused before it is built."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 4)}]\n" for number in range(1, 6)
    )

    with pytest.raises(Unreadable, match="aliases make this too large"):
        parse(bomb.encode())


def test_a_few_aliases_are_read() -> None:
    """Two services may share their environment."""
    assert parse(b"a: &shared {X: y}\nb: *shared").value == {"a": {"X": "y"}, "b": {"X": "y"}}

"""What can be set of a flag, and what is in force then."""

from dataclasses import replace

import pytest

from domain.flagging import are_due, deploying, flags_of, given, in_force, overridden, reset
from domain.flags import VALUE_LIMIT, Flag, meant
from domain.manifests.flags import flagd, generation_of, provided, variables
from domain.states import PreviewState
from tests.domain.examples import KEY

DECLARED = {"banner": "false", "limit": "3", "colour": "blue"}


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("banner", "on", "true"),
        ("banner", "OFF", "false"),
        ("banner", "true", "true"),
        ("limit", "0.5", "0.5"),
        ("limit", "-7", "-7"),
        ("colour", "on", "on"),
        ("colour", "", ""),
        ("colour", "12", "12"),
    ],
)
def test_a_flag_takes_values_of_its_kind(name: str, said: str, value: str) -> None:
    """On and off are for switches, numbers for numbers, and a text may be anything."""
    assert meant(name, said, DECLARED) == value


@pytest.mark.parametrize(
    ("name", "said", "cure"),
    [
        ("banner", "1", "say on or off"),
        ("limit", "007", "is a number"),
        ("limit", "1e400", "is a number"),
        ("colour", "x" * (VALUE_LIMIT + 1), "too long"),
        ("colour", "red\x1b[2J", "not printable"),
        ("size", "3", "there are banner, colour, limit"),
    ],
)
def test_other_values_are_refused_with_the_cure(name: str, said: str, cure: str) -> None:
    """An application that asks for a number would get its own default for anything else, and nobody would know why."""
    with pytest.raises(ValueError, match=cure):
        meant(name, said, DECLARED)


def test_a_definition_without_flags_says_so() -> None:
    """Nobody looks for a name where there is none."""
    with pytest.raises(ValueError, match="it declares none"):
        meant("banner", "on", {})


def test_what_is_set_by_hand_counts_until_it_is_reset() -> None:
    """A flag that the definition has dropped is kept, and counts again when it is back."""
    state = overridden(replace(PreviewState(key=KEY), declared=DECLARED), "banner", "true")
    dropped = deploying(state, {"limit": "3"})

    assert in_force(state)["banner"] == "true"
    assert flags_of(state)[0] == Flag(name="banner", default="false", override="true", value="true")
    assert in_force(dropped) == {"limit": "3"}
    assert in_force(deploying(dropped, DECLARED))["banner"] == "true"
    assert in_force(reset(state, "banner"))["banner"] == "false"


def test_flags_are_due_when_what_runs_has_others() -> None:
    """Nothing is set where nothing runs, and nothing twice."""
    fresh = replace(PreviewState(key=KEY), declared=DECLARED)
    running = given(fresh, DECLARED)

    assert not are_due(fresh)
    assert not are_due(running)
    assert are_due(overridden(running, "banner", "true"))
    assert not are_due(overridden(deploying(running, DECLARED), "banner", "true"))


def test_the_file_says_which_request_it_is_from() -> None:
    """A request that was frozen on its way is told from a later one by the file itself."""
    assert generation_of(flagd(DECLARED, 7)) == 7
    assert [generation_of(text) for text in ("", "{}", "[]", '{"metadata": 3}')] == [0, 0, 0, 0]


def test_a_provider_of_any_language_finds_the_file() -> None:
    """Flagd's own variables name it, unless there are no flags; ours always do."""
    assert provided({}, "/f") == {}
    assert provided(DECLARED, "/f") == {"FLAGD_RESOLVER": "file", "FLAGD_OFFLINE_FLAG_SOURCE_PATH": "/f"}
    assert variables({"new-page": "on"}, "/f") == {"MATINEE_FLAG_NEW_PAGE": "on", "MATINEE_FLAGS_FILE": "/f"}

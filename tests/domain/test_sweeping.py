"""The sweep's judgement: it finds everything that is lost, and never removes what may be in use."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.names import Key
from domain.phases import Phase
from domain.sweeping import Act, Finding, Holding, Owned, Sighting, Survey, SweepInput, Verdicts, Word, judged, repaired
from tests.domain.examples import NOON

TWO_HOURS_AGO, THREE_DAYS_AGO = NOON - timedelta(hours=2), NOON - timedelta(days=3)


def key(number: int) -> Key:
    """The key of a pull request of the shop."""
    return Key("acme/shop", number)


def owned(number: int) -> Owned:
    """A preview whose workflow runs."""
    return Owned(key=key(number), phase=Phase.READY, url="http://shop.localhost")


def holding(number: int) -> Holding:
    """Resources that are three days old."""
    return Holding(key=key(number), entries=7, youngest=THREE_DAYS_AGO, names=("database pr_shop_1",))


def acts(verdicts: Verdicts) -> dict[int, Act]:
    """What is done, by number."""
    return {finding.key.number: finding.act for finding in verdicts.act_on}


def test_an_open_pull_request_without_a_preview_gets_one() -> None:
    """A lost `opened` webhook is made good."""
    verdicts = judged(Survey(opened=(key(1),)), {}, (), SweepInput(), NOON)
    assert acts(verdicts) == {1: Act.START}


def test_a_preview_that_missed_a_push_is_told() -> None:
    """A lost push is made good within minutes; a preview that is at the head, or on its way, is left alone."""
    missed = Owned(key=key(1), phase=Phase.READY, head="old")
    current = Owned(key=key(2), phase=Phase.FAILED, head="new")
    rolling = Owned(key=key(3), phase=Phase.MIGRATING, head="old")
    survey = Survey(opened=(key(1), key(2), key(3)), heads=("new", "new", "new"), owned=(missed, current, rolling))
    assert acts(judged(survey, {}, (), SweepInput(light=True), NOON)) == {1: Act.PUSH}


def test_a_closed_pull_request_ends_through_its_own_workflow() -> None:
    """A lost `closed` webhook is made good, on the forge's own word for that number."""
    survey = Survey(owned=(owned(1),))
    assert survey.questions() == (key(1),)
    assert acts(judged(survey, {key(1): Word.CLOSED}, (), SweepInput(), NOON)) == {1: Act.CLOSE}


def test_a_workflow_that_was_terminated_is_brought_back_for_what_it_left() -> None:
    """Resources of an open pull request without a workflow get their owner again, and are not removed."""
    survey = Survey(holdings=(holding(1),))
    assert acts(judged(survey, {key(1): Word.OPEN}, (), SweepInput(), NOON)) == {1: Act.START}


def test_an_orphan_needs_two_sightings_and_age() -> None:
    """What the forge does not know goes only after a second sighting an hour later, and only when it is old."""
    survey, word = Survey(holdings=(holding(1),)), {key(1): Word.UNKNOWN}
    first = judged(survey, word, (), SweepInput(), NOON)
    assert acts(first) == {1: Act.WATCH}
    assert first.sightings == (Sighting(key=key(1), since=NOON),)
    soon = judged(survey, word, first.sightings, SweepInput(), NOON + timedelta(minutes=59))
    assert acts(soon) == {1: Act.WATCH}
    assert soon.sightings == first.sightings
    later = judged(survey, word, soon.sightings, SweepInput(), NOON + timedelta(hours=1))
    assert acts(later) == {1: Act.CLOSE}
    young = Survey(holdings=(Holding(key=key(1), entries=1, names=("database pr_shop_1",), youngest=TWO_HOURS_AGO),))
    assert acts(judged(young, word, first.sightings, SweepInput(), NOON + timedelta(hours=1))) == {1: Act.WATCH}


def test_a_sighting_is_forgotten_when_the_forge_knows_it_again() -> None:
    """Two sightings with a normal answer between them are not two in a row."""
    survey = Survey(holdings=(holding(1),))
    earlier = (Sighting(key=key(1), since=TWO_HOURS_AGO),)
    assert judged(survey, {key(1): Word.UNREACHABLE}, earlier, SweepInput(), NOON).sightings == ()


def test_when_many_are_silent_one_is_tried_and_the_rest_wait_for_a_person() -> None:
    """A proxy that is down makes every preview silent; deploying all of them again would not mend it."""
    silent = tuple(Finding(key=key(number), act=Act.REPAIR, why="502") for number in range(1, 6))

    done, held_back = repaired(silent, 20, ())

    assert [finding.key.number for finding in done] == [1, 2]
    assert [finding.key.number for finding in held_back] == [3, 4, 5]
    assert repaired(silent, 20, tuple(finding.key for finding in held_back))[1] == ()


def test_a_run_removes_at_most_a_tenth() -> None:
    """When half of all previews seem closed, one in ten goes and a person decides about the rest."""
    survey = Survey(owned=tuple(owned(number) for number in range(1, 41)))
    words = {key(number): Word.CLOSED if number <= 20 else Word.OPEN for number in range(1, 41)}
    verdicts = judged(survey, words, (), SweepInput(), NOON)
    assert list(acts(verdicts).values()) == [Act.CLOSE] * 4
    assert len(verdicts.held_back) == 16
    approved = SweepInput(approved=tuple(finding.key for finding in verdicts.held_back))
    assert len(judged(survey, words, (), approved, NOON).act_on) == 20


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(list(Word))),
    st.sets(st.integers(1, 30)),
    st.sets(st.integers(1, 30)),
    st.sets(st.integers(1, 30)),
    st.integers(0, 3),
)
def test_nothing_goes_without_the_forges_word_or_two_sightings(
    words: dict[int, Word], opened: set[int], running: set[int], held: set[int], hours: int
) -> None:
    """Whatever the world looks like, no open, unreachable or once-seen preview is ever told to end."""
    survey = Survey(
        opened=tuple(map(key, sorted(opened))),
        owned=tuple(map(owned, sorted(running))),
        holdings=tuple(map(holding, sorted(held))),
    )
    answers = {question: words.get(question.number, Word.UNREACHABLE) for question in survey.questions()}
    earlier = tuple(Sighting(key=key(number), since=NOON) for number in range(1, 31, 2))
    verdicts = judged(survey, answers, earlier, SweepInput(), NOON + timedelta(hours=hours))
    for finding in verdicts.act_on:
        if finding.act is Act.CLOSE:
            number = finding.key.number
            twice = words.get(number) is Word.UNKNOWN and number % 2 and hours >= 1 and number not in running
            assert words.get(number) is Word.CLOSED or twice, finding
            assert number not in opened
    assert sum(finding.act is Act.CLOSE for finding in verdicts.act_on) <= max(1, len(running | held) // 10)

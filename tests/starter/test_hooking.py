"""What the hook of a local forge makes of git's lines, and what it sends to previews."""

import pytest

from domain.messages import Close, Push
from domain.names import Key
from domain.pulls import PullChange, PullEvent, RefUpdate
from starter.hooking import announcement, messages, parsed
from starter.receiving import Message

NONE, OLD, NEW = "0" * 40, "1" * 40, "2" * 40


def _change(event: PullEvent) -> PullChange:
    return PullChange(event=event, key=Key("acme/shop", 12), branch="feature", commit=NEW)


def test_each_line_is_one_update() -> None:
    """I push three refs at once; each of them is read."""
    lines = f"{NONE} {NEW} refs/heads/feature\n{OLD} {NEW} refs/heads/ü/x\n{OLD} {NONE} refs/tags/v1\n"

    assert parsed(lines) == (
        RefUpdate(NONE, NEW, "refs/heads/feature"),
        RefUpdate(OLD, NEW, "refs/heads/ü/x"),
        RefUpdate(OLD, NONE, "refs/tags/v1"),
    )
    assert parsed("") == ()


@pytest.mark.parametrize("name", ["a\u00a0b", "a\u3000", "\u2028"])
def test_a_branch_may_have_any_name_that_git_allows(name: str) -> None:
    """A space that is none to git, in one branch's name, keeps no other branch of the push from its preview."""
    (update,) = parsed(f"{'0' * 40} {'a' * 40} refs/heads/{name}\n")

    assert update.ref == f"refs/heads/{name}"


@pytest.mark.parametrize("line", ["x", f"{OLD} {NEW}", f"{OLD} {NEW} a b", f"{OLD[:39]} {NEW} refs/heads/a"])
def test_what_git_never_writes_is_refused(line: str) -> None:
    """Somebody calls the hook by hand; the error says what it expects."""
    with pytest.raises(ValueError, match="OLD NEW REF"):
        parsed(line)


@pytest.mark.parametrize("event", [PullEvent.OPENED, PullEvent.PUSHED])
def test_a_push_makes_the_preview_look(event: PullEvent) -> None:
    """The preview of that number is told to look at the forge; the commit is a hint."""
    [message] = messages((_change(event),))

    assert message == Message(key=Key("acme/shop", 12), signal=Push(event=event.value, commit=NEW))


def test_a_deletion_closes_in_the_name_of_the_forge() -> None:
    """No person said it, so the preview comes back if the forge ever says open."""
    [message] = messages((_change(PullEvent.CLOSED),))

    assert message.signal == Close(by="")


@pytest.mark.parametrize("event", PullEvent)
def test_each_event_is_announced_by_its_key(event: PullEvent) -> None:
    """The first line that I see after a push names the preview."""
    line = announcement(_change(event))

    assert line.startswith("acme/shop#12 ")
    assert line.isprintable()

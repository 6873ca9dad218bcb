"""Numbers of a local forge over every order in which pushes and their news can come."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.forges.numbering import Numbering, Tip, changes, reconciled, recorded
from domain.pulls import PullEvent, RefUpdate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NONE = "0" * 40
BRANCHES = ("one", "two", "three")

_pushes = st.tuples(st.sampled_from(BRANCHES), st.one_of(st.none(), st.integers(1, 5)))
_news = st.sampled_from(["told", "late", "lost", "seen first"])


def _tip(commit: str) -> Tip:
    return Tip(commit=commit, author="alice", title="A change")


class Story:
    """A forge whose branches move while the news of it comes in some order, twice, or never."""

    def __init__(self) -> None:
        self.tips: dict[str, Tip] = {}
        self.late: list[RefUpdate] = []
        self.numberings = [Numbering()]

    def push(self, branch: str, content: int | None, news: str) -> None:
        """A branch gets a commit, or None: is deleted; its news takes this course."""
        old = self.tips[branch].commit if branch in self.tips else NONE
        new = NONE if content is None else f"{content:040x}"
        self.tips = {name: tip for name, tip in self.tips.items() if name != branch}
        if content is not None:
            self.tips[branch] = _tip(new)
        self.hear(RefUpdate(old, new, f"refs/heads/{branch}"), news)

    def hear(self, update: RefUpdate, news: str) -> None:
        """The news arrives as it does."""
        if news == "late":
            self.late.append(update)
        if news == "seen first":
            self.numberings.append(reconciled(self.numberings[-1], self.tips, NOW))
        if news in {"told", "seen first"}:
            self.numberings.append(recorded(self.numberings[-1], (update,), self.tips, NOW))


@given(st.lists(st.tuples(_pushes, _news), max_size=30))
def test_numbers_mean_one_pull_request_for_ever(pushes: list[tuple[tuple[str, int | None], str]]) -> None:
    """Whatever I push and whichever hooks are lost: no number is given twice, nothing closed opens again."""
    story = Story()
    for (branch, content), news in pushes:
        story.push(branch, content, news)
    late = reversed(story.late)
    for update in late:
        story.hear(update, "told")
    story.numberings.append(reconciled(story.numberings[-1], story.tips, NOW))

    for before, after in zip(story.numberings, story.numberings[1:], strict=False):
        assert after.next_number == len(after.pulls) + 1
        assert before.pulls.keys() <= after.pulls.keys()
        for number, pull in before.pulls.items():
            assert after.pulls[number].branch == pull.branch
            assert pull.closed_at is None or after.pulls[number] == pull
    last = story.numberings[-1].pulls.values()
    assert sorted((pull.branch, pull.head) for pull in last if pull.closed_at is None) == sorted(
        (branch, tip.commit) for branch, tip in story.tips.items()
    )


@given(st.lists(_pushes, max_size=30))
def test_news_in_order_says_exactly_what_happened(pushes: list[tuple[str, int | None]]) -> None:
    """With no hook lost, each deletion closes, each branch made opens a new number, each other push moves."""
    story = Story()
    for branch, content in pushes:
        known = branch in story.tips
        if not known and content is None:
            continue
        before = story.numberings[-1]
        head = story.tips[branch].commit if known else NONE
        story.push(branch, content, "told")
        told = changes("acme/shop", before, story.numberings[-1], (RefUpdate(head, NONE, f"refs/heads/{branch}"),))
        wanted = PullEvent.CLOSED if content is None else PullEvent.PUSHED if known else PullEvent.OPENED
        if content is None or f"{content:040x}" != head:
            assert [change.event for change in told] == [wanted]
            assert (wanted is PullEvent.OPENED) == (story.numberings[-1].next_number > before.next_number)


def test_a_missed_deletion_is_told_by_the_push_after_it() -> None:
    """The hook of the deletion was lost, the next one says that the branch was made: a new pull request."""
    before = reconciled(Numbering(), {"one": _tip("1" * 40)}, NOW)
    update = RefUpdate(NONE, "2" * 40, "refs/heads/one")

    after = recorded(before, (update,), {"one": _tip("2" * 40)}, NOW)

    told = [(change.event, change.key.number) for change in changes("acme/shop", before, after, (update,))]
    assert told == [(PullEvent.CLOSED, 1), (PullEvent.OPENED, 2)]


def test_late_news_of_a_first_push_costs_no_number() -> None:
    """The second push was seen before the news of the first came: one pull request, not two."""
    before = reconciled(Numbering(), {"one": _tip("2" * 40)}, NOW)

    after = recorded(before, (RefUpdate(NONE, "1" * 40, "refs/heads/one"),), {"one": _tip("2" * 40)}, NOW)

    assert after == before

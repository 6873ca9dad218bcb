"""FakeProbe: looks at nothing. Every URL is well, until a test says otherwise."""

from collections import deque

from domain.definitions import ServiceUrl
from domain.errors import MatineeError, NotYet
from domain.phases import Reason


class FakeProbe:
    """The port Probe in memory. `checks` keeps every URL that was looked at, in order."""

    def __init__(self) -> None:
        self.checks: list[ServiceUrl] = []
        self._answers: dict[str, deque[MatineeError | None]] = {}

    def say(self, url: str, *answers: MatineeError | str | None) -> None:
        """What the next looks at this URL find: None is well, words are a NotYet; the last answer stays."""
        self._answers[url] = deque(
            NotYet(answer, reason=Reason.PROBE_FAILED) if isinstance(answer, str) else answer for answer in answers
        )

    async def check(self, url: ServiceUrl) -> None:
        """Returns if the URL is well; else the error that the test gave."""
        self.checks.append(url)
        answers = self._answers.get(url.url, deque())
        answer = answers.popleft() if len(answers) > 1 else next(iter(answers), None)
        if answer is not None:
            raise answer

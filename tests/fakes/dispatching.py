"""A dispatcher in memory: signal with start as Temporal does it, without Temporal."""

from dataclasses import dataclass, field

from domain.errors import TemporaryError
from domain.messages import Close, Push
from domain.names import Key
from starter.receiving import Message


@dataclass
class MemoryDispatcher:
    """Keeps the signals of each preview in the order in which they came; `away` makes it unreachable."""

    signals: dict[Key, list[Push | Close]] = field(default_factory=dict[Key, list[Push | Close]])
    away: bool = False

    async def dispatch(self, message: Message) -> None:
        """The preview runs and has the signal."""
        await self.check()
        self.signals.setdefault(message.key, []).append(message.signal)

    async def check(self) -> None:
        """Returns unless it is away."""
        if self.away:
            raise TemporaryError("Temporal does not answer")

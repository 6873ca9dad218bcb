"""Logs: one JSON object a line on standard error, with the glossary's names for its fields."""

import json
import logging
from datetime import UTC, datetime

from typing_extensions import override

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class _Json(logging.Formatter):
    """One event a line; what was given as `extra` stands beside the message."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON. What cannot be written as JSON is written as text."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _OWN}
        failure = {"failure": self.formatException(record.exc_info)} if record.exc_info else {}
        return json.dumps(event | extra | failure, default=str)


def configure(level: int = logging.INFO) -> None:
    """Everything that is logged from now on goes to standard error as JSON; libraries only their warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in ("httpx", "githubkit", "hishel", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)

"""The refusal of a definition, which tells several of its problems at once."""

from adapters.documents.problems import Problem
from domain.definitions import DEFINITION_PATH
from domain.errors import PermanentError
from domain.phases import Reason

_SHOWN = 8


def refusal(problems: list[Problem]) -> PermanentError:
    """The error that lists the problems in the order of the file, the first few of them in full."""
    lines = [str(problem) for problem in sorted(set(problems))]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return PermanentError("\n".join((f"{DEFINITION_PATH}:", *lines[:_SHOWN], *more)), reason=Reason.DEFINITION_INVALID)

"""What settings of several sections have in common: durations, ports, and fields with a sentence below each."""

from typing import Annotated

import durationpy
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _seconds(value: object) -> object:
    """Seconds from a duration as people write it: `7d`, `90m`, `1h30m`; numbers are seconds already."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        try:
            return durationpy.from_str(value).total_seconds()
        except durationpy.DurationError:
            raise ValueError("is no duration; write it such as 7d, 90m or 1h30m") from None
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Documented(BaseModel):
    """Settings whose fields are documented by the text below them."""

    model_config = ConfigDict(use_attribute_docstrings=True)

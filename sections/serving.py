"""What serves Matinee itself: its receiver and Temporal; and what it says that previews cost."""

from pydantic import Field, model_validator

from sections.shapes import Documented, Port


class PriceSettings(Documented):
    """What previews cost: an amount for an hour of what they request, shown to people and charged to nobody."""

    core_hour: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """The price of one requested core for an hour."""
    gib_hour: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """The price of one requested GiB of memory for an hour."""
    currency: str = Field(default="", pattern=r"^[A-Za-z$€£¥]{0,8}$")
    """The currency of the prices, such as `EUR`; unset: hours are shown without money."""

    @model_validator(mode="after")
    def _in_a_currency(self) -> "PriceSettings":
        if (self.core_hour or self.gib_hour) and not self.currency:
            raise ValueError("needs MATINEE_PRICES__CURRENCY beside a price, such as EUR")
        return self


class ReceiverSettings(Documented):
    """Where the receiver listens; loopback unless told otherwise."""

    host: str = "127.0.0.1"
    """The address that the receiver listens on."""
    port: Port = 8080
    """The port that the receiver listens on."""


class TemporalSettings(Documented):
    """Used only where Temporal's own environment variables and config file say nothing."""

    address: str = "127.0.0.1:7233"
    """Where Temporal is, if neither TEMPORAL_ADDRESS nor Temporal's config file says so."""
    ui: str = "http://127.0.0.1:8233"
    """Temporal's UI, which the page links to; empty for no links."""
    task_queue: str = "previews"
    """The task queue that workers poll and the receiver names."""

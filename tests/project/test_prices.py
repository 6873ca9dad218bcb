"""Prices: what the operator sets is what every preview is told by, and half a setting is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.costs import UNPRICED, Prices
from domain.names import Key
from sections import GitForgeSettings, PriceSettings
from serving import policy_of
from settings import Settings, explained


def installation(data: Path, prices: PriceSettings) -> Settings:
    """An installation with one forge and these prices."""
    return Settings(data=data, forges={"local": GitForgeSettings(kind="git", repositories=["*"])}, prices=prices)


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        (PriceSettings(), UNPRICED),
        (PriceSettings(core_hour=0.04, currency="EUR"), Prices(core_hour=0.04, currency="EUR")),
        (PriceSettings(core_hour=1, gib_hour=2, currency="$"), Prices(core_hour=1, gib_hour=2, currency="$")),
    ],
)
def test_prices_are_part_of_the_policy(tmp_path: Path, given: PriceSettings, policy: Prices) -> None:
    """What an operator sets reaches every preview; where nothing is set, nothing is said of money."""
    assert policy_of(installation(tmp_path, given), Key("acme/shop", 12)).prices == policy


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"core_hour": 0.04}, "MATINEE_PRICES: needs MATINEE_PRICES__CURRENCY beside a price, such as EUR"),
        ({"gib_hour": -1, "currency": "EUR"}, "MATINEE_PRICES__GIB_HOUR"),
        ({"gib_hour": "nan", "currency": "EUR"}, "MATINEE_PRICES__GIB_HOUR"),
        ({"currency": "<b>EUR</b>"}, "MATINEE_PRICES__CURRENCY"),
    ],
)
def test_half_a_price_is_refused(tmp_path: Path, wrong: dict[str, object], told: str) -> None:
    """A price without its currency, or one that is no amount, stops the start by the name of its variable."""
    with pytest.raises(ValidationError) as caught:
        Settings(data=tmp_path, prices=wrong)  # pyright: ignore[reportArgumentType] - as the environment gives it

    assert told in explained(caught.value)

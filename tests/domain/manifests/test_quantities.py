"""Quantities are read as the API server reads them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.manifests.quantities import quantity


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500m", "0.5"), ("2", "2"), (2, "2"), (0.1, "0.1"), ("1.5", "1.5"), ("512Mi", "536870912"),
        ("1Gi", "1073741824"),
        ("1G", "1000000000"), ("1e3", "1000"), ("100u", "0.0001"), (".5", "0.5"), ("1.", "1"),
    ],
)  # fmt: skip
def test_amounts_are_read_in_every_form(written: Any, meant: str) -> None:
    """Nobody gets past the quota by writing 64000000m."""
    assert quantity(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written", ["", "-1", "1 Gi", "Gi", "1gi", "1e999999999", "٣", True, None, [], {}, "1" * 40, -2]
)
def test_what_is_no_amount_is_none(written: Any) -> None:
    """A negative one, a number in other digits, and one that would take a year to compute."""
    assert quantity(written) is None


@given(st.text() | st.integers() | st.floats() | st.none())
def test_any_value_is_read_or_not(value: Any) -> None:
    """Nothing raises an error."""
    found = quantity(value)
    assert found is None or found >= 0

"""Numbers as people read them."""

import pytest

from driftline import humanize


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0, "share", "0.0%"),
        (1.0, "share", "100.0%"),
        (-0.05, "share", "-5.0%"),
        (0.00012, "share", "0.012%"),
        (1, "rows", "1 row"),
        (1234.0, "rows", "1,234 rows"),
        (0.25, "sd", "0.25 sd"),
        (None, "rows", "–"),
        (float("nan"), "", "–"),
        (float("inf"), "", "–"),
        (-1234567.0, "", "-1,234,567"),
        (1e-12, "", "1e-12"),
    ],
)
def test_quantity(value, unit, expected):
    """Shares are percent, large numbers have separators, and what is no number is a dash."""
    assert expected == humanize.quantity(value, unit)


def test_listing():
    """Few names are all told, many are counted."""
    assert ("", "'a'", "'a', 'b' and 1,000 more") == (
        humanize.listing([]),
        humanize.listing(["a"]),
        humanize.listing(["a", "b", *map(str, range(1000))], most=2),
    )

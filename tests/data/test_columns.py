# ruff: noqa: DTZ001 - columns hold times in UTC without a zone
"""Python values become typed columns: by one set of rules, and no value makes a row fail."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from driftline.data.columns import column


class Unprintable:
    """Raises when it is written."""

    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([True, None], pl.Boolean, [True, None]),
        ([1, None], pl.Int64, [1, None]),
        ([1, 2.5], pl.Float64, [1.0, 2.5]),
        ([2**63, 1], pl.Float64, [2.0**63, 1.0]),
        ([10**400, -(10**400)], pl.Float64, [float("inf"), float("-inf")]),
        ([None, None], pl.Null, [None, None]),
        ([[1, 2.5], None], pl.List(pl.Float64), [[1.0, 2.5], None]),
        ([{"a": 1}, [1, "b"]], pl.String, ['{"a": 1}', '[1, "b"]']),
        ([True, 1], pl.String, ["true", "1"]),
        ([Decimal("1.5"), np.float32(2.5), np.int8(3)], pl.Float64, [1.5, 2.5, 3.0]),
        ([np.array([1, 2]), (3, 4)], pl.List(pl.Float64), [[1.0, 2.0], [3.0, 4.0]]),
        ([timedelta(seconds=90)], pl.Float64, [90.0]),
        ([date(2024, 5, 1)], pl.Date, [date(2024, 5, 1)]),
        ([datetime(2024, 5, 1, 2, tzinfo=timezone(timedelta(hours=2)))], pl.Datetime, [datetime(2024, 5, 1)]),
        ([np.datetime64("2024-05-01", "ns")], pl.Datetime, [datetime(2024, 5, 1)]),
        ([pd.Timestamp("2024-05-01"), pd.NaT], pl.Datetime, [datetime(2024, 5, 1), None]),
        ([Decimal("sNaN")], pl.String, ["sNaN"]),
        ([Unprintable()], pl.String, ["(Unprintable: RuntimeError)"]),
    ],
)
def test_type_of_a_column(values, dtype, expected):
    """Each kind of value has one type, and its rows keep their values."""
    series = column("x", values, max_chars=100)
    assert (dtype, expected) == (series.dtype, series.to_list())


@pytest.mark.parametrize("values", [[2**53 + 1, 1.0], [2**63, 2**63 + 1], [2**64, 7]])
def test_ids_are_never_rounded(values):
    """Whole numbers that a Float64 would round become text where the column holds ids."""
    assert [str(value) for value in values] == column("id", values, exact=True).to_list()


def test_changes_are_reported():
    """A mixture of types and a text that is too long are reported by column, once."""
    reports = []
    column("mixed", [1, "a", datetime(2024, 5, 1, tzinfo=UTC)], report=lambda *words: reports.append(words))
    assert ["abc", "?"] == column(
        "long", ["abcd", "\ud800"], max_chars=3, report=lambda *words: reports.append(words)
    ).to_list()
    assert [
        ("mixed", "several types in one column; written as text"),
        ("long", "texts of more than 3 characters; cut"),
    ] == reports

"""Roles by usual names and values: ids, counters, times, and the model's columns."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.profiles.fitting.fit import fit
from driftline.types import Kind, Role

N = 300
DRAWS = np.random.default_rng(0)
NORMAL = DRAWS.normal(size=N)


def roles(columns, **settings):
    """The role of each column that is no feature."""
    plan = fit([pl.DataFrame(columns)], Config.model_validate(settings | {"derive": False}), "parquet")
    return {column.name: column.role for column in plan.columns if column.role is not Role.FEATURE}


@pytest.mark.parametrize(
    "name",
    ["id", "trip_id", "PassengerId", "customerID", "Order ID", "orderId", "RowNumber", "instant", "transaction_number"],
)
def test_ids_and_counters(name):
    """Names of rows and counters are ids, in a few hundred rows too."""
    assert roles({name: range(500, 500 + N), "x": NORMAL}) == {name: Role.ID}


@pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0", ""])
def test_index_of_pandas(name):
    """An index without a name is ignored, also where filtering left holes in it."""
    assert roles({name: range(0, 3 * N, 3), "x": NORMAL}) == {name: Role.IGNORED}


@pytest.mark.parametrize("name", ["paid", "humid", "valid", "number", "key_count", "age"])
def test_measures_are_no_ids(name):
    """Words that end in id, counts with holes and plain measures stay features."""
    assert roles({name: range(0, 3 * N, 3), "x": NORMAL}) == {}


def test_repeated_ids_are_no_names_of_rows():
    """An id that comes twice names no row."""
    assert roles({"customer_id": [*range(N - 1), 0], "x": NORMAL}) == {}


DAYS = pl.Series([dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(N)])
TIMES = {
    "Date": DAYS,
    "date": DAYS.cast(pl.String),
    "datetime": DAYS.cast(pl.Datetime("us")).cast(pl.String),
    "ts": DAYS.cast(pl.Datetime("ms")).to_physical(),
    "timestamp": DAYS.cast(pl.Datetime("ms")).to_physical() // 1000,
}


@pytest.mark.parametrize("name", TIMES)
def test_times(name):
    """Times by their usual names are the timestamp, as dates, texts and numbers since 1970."""
    assert roles({name: TIMES[name], "x": NORMAL}) == {name: Role.TIMESTAMP}


def test_times_that_are_none():
    """A number or a word under the name of a time is none, and a birthday is not when the row came."""
    assert roles({"time": NORMAL, "day": ["Mon", "Tue"] * (N // 2), "x": NORMAL}) == {}
    assert roles({"birth_date": DAYS.cast(pl.Datetime("us")), "x": NORMAL}) == {}


CLASSES = DRAWS.integers(0, 2, N)
SCORES = DRAWS.random(N)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"target": CLASSES, "prediction": CLASSES}, {"target": Role.TARGET, "prediction": Role.PREDICTION}),
        ({"y_true": CLASSES, "y_pred": CLASSES}, {"y_true": Role.TARGET, "y_pred": Role.PREDICTION}),
        ({"label": CLASSES, "pred": CLASSES}, {"label": Role.TARGET, "pred": Role.PREDICTION}),
        ({"target": CLASSES, "score": SCORES}, {"target": Role.TARGET, "score": Role.SCORE}),
        ({"label": CLASSES}, {}),
        ({"score": SCORES}, {}),
        ({"target": CLASSES, "score": SCORES * 800}, {"target": Role.TARGET}),
    ],
)
def test_target_prediction_and_score(columns, expected):
    """The model's columns by their usual names; names that others use too count in pairs, scores within 0 to 1."""
    assert roles(columns | {"x": NORMAL}) == expected


def test_what_is_stated_wins():
    """A stated role is never guessed again, and guesses are marked as such."""
    rows = {"target": CLASSES, "y": CLASSES, "Date": DAYS, "x": NORMAL}
    plan = fit([pl.DataFrame(rows)], Config(target="y", derive=False), "parquet")
    assert plan.by_name["target"].role is Role.FEATURE
    assert not plan.by_name["y"].column.guessed
    assert plan.by_name["y"].column.kind_guessed
    assert plan.by_name["Date"].column.guessed
    assert plan.by_name["Date"].kind is Kind.DATETIME

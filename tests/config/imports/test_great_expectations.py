"""Suites of Great Expectations become checks; what has none is told with its reason."""

import json

import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.main import main
from driftline.config.checks import parse
from driftline.config.imports.great_expectations import take_over
from driftline.errors import ConfigError

KNOWN = [
    ("expect_column_values_to_not_be_null", {"column": "fare", "mostly": 0.95}, "missing(fare) <= 5%"),
    ("expect_column_values_to_not_be_null", {"column": "fare"}, "missing(fare) <= 0%"),
    ("expect_column_values_to_be_in_set", {"column": "kind (1)", "value_set": [1, "a, b"]},
     'values("kind (1)") in {1, "a, b"}'),
    ("expect_column_values_to_be_between", {"column": "fare", "min_value": 0, "max_value": None, "mostly": 0.99},
     "values(fare) in [0, inf] mostly 99%"),
    ("expect_column_values_to_be_between", {"column": "at", "min_value": "2024-01-01", "max_value": "2024-02-01"},
     "values(at) in [2024-01-01, 2024-02-01]"),
    ("expect_column_values_to_be_unique", {"column": "id"}, "unique(id)"),
    ("expect_column_values_to_be_of_type", {"column": "fare", "type_": "float64"}, "type(fare) is Float64"),
    ("expect_column_mean_to_be_between", {"column": "fare", "min_value": 9, "max_value": 11}, "mean(fare) in [9, 11]"),
    ("expect_column_max_to_be_between", {"column": "fare", "max_value": 200}, "maximum(fare) in [-inf, 200]"),
    ("expect_table_row_count_to_be_between", {"min_value": 1000}, "rows in [1000, inf]"),
    ("expect_table_columns_to_match_set", {"column_set": ["a", "b"]}, "columns are {a, b}"),
    ("expect_table_columns_to_match_set", {"column_set": ["a"], "exact_match": False}, "columns include {a}"),
]  # fmt: skip
STRANGE = [
    ("expect_column_values_to_match_regex", {"column": "a", "regex": "x"}, "(a): no check says this"),
    ("expect_column_values_to_be_unique", {"column": "a", "mostly": 0.9}, "(a): mostly cannot be said in a check"),
    ("expect_column_values_to_be_between", {"column": "a"}, "(a): it has neither min_value nor max_value"),
    ("expect_column_values_to_be_between", {"column": "a", "min_value": 0, "row_condition": "b > 1"},
     "(a): row_condition cannot be said in a check"),
    ("expect_column_values_to_be_of_type", {"column": "a", "type_": "INTERVAL"}, "(a): the type 'INTERVAL' has no"),
    ("expect_column_values_to_be_in_set", {"column": "a"}, "(a): without 'value_set'"),
    ("expect_column_mean_to_be_between", {"min_value": {"$PARAMETER": "low"}}, "(number 0): without 'column'"),
    ("", {}, "an expectation without a type (number 0): no check says this"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["type", "expectation_type"])
@pytest.mark.parametrize(("kind", "said", "line"), KNOWN)
def test_each_expectation(kind, said, line, name):
    """In the form of each version an expectation is the line that says the same, and the line can be read."""
    found = take_over({"expectations": [{name: kind, "kwargs": said, "meta": {}}]})
    assert ((line,), ()) == found[:2]
    assert line == parse(line).text


@pytest.mark.parametrize(("kind", "said", "reason"), STRANGE)
def test_what_no_check_says(kind, said, reason):
    """It is left out, and told with the column and why."""
    checks, (left,), *_ = take_over({"expectations": [{"type": kind, "kwargs": said}]})
    assert () == checks
    assert left.startswith(kind)
    assert reason in left


@pytest.mark.parametrize("suite", [{}, {"expectations": {}}, {"expectations": ["a"]}])
def test_no_suite(suite):
    """What is no suite is refused."""
    with pytest.raises(ConfigError, match="expectations"):
        take_over(suite)


def test_init(tmp_path, monkeypatch):
    """`driftline init` writes the checks, and names what it did not take over."""
    monkeypatch.chdir(tmp_path)
    pl.DataFrame({"fare": [float(i % 9) for i in range(200)]}).write_parquet("rows.parquet")
    suite = [
        {"type": "expect_column_to_exist", "kwargs": {"column": "fare"}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "fare", "min_value": 0, "max_value": 9}},
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "fare", "regex": "x"}},
    ]
    (tmp_path / "suite.json").write_text(json.dumps({"name": "trips", "expectations": suite}))
    done = CliRunner().invoke(main, ["init", "rows.parquet", "--from", "suite.json"])
    assert 0 == done.exit_code, done.output
    assert "Not taken over: expect_column_values_to_match_regex (fare): no check says this" in done.output
    written = (tmp_path / "driftline.yaml").read_text()
    assert "columns include {fare}" in written
    assert "values(fare) in [0, 9]" in written

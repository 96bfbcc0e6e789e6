"""In which segment each row is."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.config.settings import Config
from driftline.errors import ConfigError
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.segments.splits import make_splits
from driftline.types import Level, ProfileKey


@pytest.fixture(scope="module")
def rows():
    """Rows of all types, with missing values in each."""
    random = np.random.default_rng(11)
    n = 600

    def some(values):
        return pl.Series(values).set(pl.Series(random.random(n) < 0.1), None)

    return pl.DataFrame(
        {
            "age": some(random.integers(18, 90, n).astype(float)),
            "amount": some(random.gamma(2, 20, n)),
            "trip km": some(random.integers(0, 30, n).astype(float)),
            "city": some(random.choice(["Bonn", "Ulm", "Kiel"], n)),
            "member": some(random.random(n) < 0.5),
            "zone_id": some(random.integers(1, 4, n)),
            "at": some(pl.Series(1_700_000_000 + random.integers(0, 86_400 * 9, n)).cast(pl.Int64) * 1_000_000).cast(
                pl.Datetime("us")
            ),
            "y": random.normal(size=n),
            "p": random.normal(size=n),
        }
    )


SAME_IN_SQL = {
    "age > 50": "age > 50",
    "30 <= age < 50 or city == 'Ulm'": "(age >= 30 AND age < 50) OR city = 'Ulm'",
    "not (age > 50 or member)": "NOT (age > 50 OR member)",
    'amount / column("trip km") > 5': '"trip km" <> 0 AND amount / "trip km" > 5',
    "abs(amount - 40) < 10 and not missing(age)": "ABS(amount - 40) < 10 AND age IS NOT NULL",
    "missing(city)": "city IS NULL",
    "city in ['Bonn', 'Kiel']": "city IN ('Bonn', 'Kiel')",
    "city not in ['Bonn']": "city NOT IN ('Bonn')",
    "city != 'Bonn'": "city <> 'Bonn'",
    "zone_id == 2": "zone_id = 2",
    "zone_id in [1, 3]": "zone_id IN (1, 3)",
    "member == 1": "member",
    "member != true": "NOT member",
    "at >= '2023-11-17'": "\"at\" >= TIMESTAMP '2023-11-17'",
    "-age % 7 == 0": "age % 7 = 0",
}  # fmt: skip


def segments(rows, said, **settings):
    """The segment of each row."""
    config = Config.model_validate({"segments": [said], "target": "y", "prediction": "p"} | settings)
    plan = fit([rows], config, "memory")
    (split,) = make_splits(plan)
    return split.segments_of(Batch(rows, "memory"))


@pytest.mark.parametrize("text", SAME_IN_SQL)
def test_conditions_agree_with_sql(rows, text):
    """A condition holds for the rows for which DuckDB's SQL says so; rows that lack a value it needs are left out."""
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    found = segments(rows, {"where": text})
    table = duckdb.from_arrow(rows.with_row_index("place").to_arrow())
    expected = table.filter(SAME_IN_SQL[text]).order("place").project("place").fetchall()
    assert [row for (row,) in expected] == found.is_not_null().arg_true().to_list()
    assert 20 < len(expected) < 580


WRONG = {
    "agee > 50": "segments.0.where: 'agee > 50', position 1: the reference has no column 'agee'; did you mean 'age'?",
    "age": "position 1: column 'age' is a number; expected a comparison, such as age > 5",
    "age > 'old'": "column 'age' is a number, \"'old'\" is a text; expected two of one type",
    "city > 'Bonn'": "column 'city' is a text; expected == or !=, not >",
    "city + 1 > 2": "column 'city' is a text; expected a number",
    "at > 'soon'": "expected a time such as '2024-01-31' or '2024-01-31 12:00', got 'soon'",
    "age in 3": "expected a list of numbers or texts",
    "age == [3]": "a list is compared by in, not by ==",
    "member > 0.5": "column 'member' is true or false, '0.5' is a number",
    "p == y and secret": "column 'secret' is ignored",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_types_name_key_and_column(rows, text):
    """A condition that does not suit the columns is refused when fitting, with key, place, column and what is due."""
    with pytest.raises(ConfigError) as raised:
        segments(rows.with_columns(secret=1), {"where": text}, columns={"secret": {"role": "ignored"}})
    assert WRONG[text] in str(raised.value)


def test_ranges(rows):
    """Ranges have their lower end; rows without a number are missing."""
    found = segments(rows, {"edges": {"age": [30, 50]}}).value_counts().rows()
    age = rows["age"]
    assert dict(found) == {
        "age=under 30": (age < 30).sum(),
        "age=30 to 50": ((age >= 30) & (age < 50)).sum(),
        "age=50 and over": (age >= 50).sum(),
        "age=(missing)": age.null_count(),
    }
    with pytest.raises(ConfigError, match=r"segments.0.edges: column 'city' is categorical; expected numbers"):
        segments(rows, {"edges": {"city": [30]}})
    with pytest.raises(ConfigError, match="the reference has no column 'agee'; did you mean 'age'"):
        segments(rows, {"edges": {"agee": [30]}})


def test_intersections_under_a_condition(rows):
    """Each combination of values is a segment, of the rows for which the condition holds."""
    said = {"name": "old", "columns": ["city", "member"], "where": "age > 50"}
    found = dict(segments(rows, said).drop_nulls().value_counts().rows())
    old = rows.filter(pl.col("age") > 50)
    keys = old.select(
        pl.concat_str(
            pl.lit("old="), pl.col("city").fill_null("(missing)"), pl.lit(" & "),
            pl.col("member").cast(pl.String).fill_null("(missing)"),
        )
    )  # fmt: skip
    assert found == dict(keys.to_series().value_counts().rows())
    assert 12 == len(found)


def test_intersections_are_bounded():
    """Of columns with many values the rarer ones are joined, so that there are about fifty segments."""
    random = np.random.default_rng(3)
    frame = pl.DataFrame({name: random.integers(0, 40, 20_000).astype(str) for name in "ab"})
    found = segments(frame, {"columns": ["a", "b"]}, target=None, prediction=None, privacy={"min_count": 1})
    own = [name for name in found.unique().to_list() if "(rare values)" not in name]
    assert 42 <= len(own) <= 50


def test_same_rows_without_the_column(rows):
    """Rows without a column that slices them are in no segment, and count as a whole."""
    config = Config.model_validate({"segments": [{"where": "age > 50"}, "city"], "target": "y", "prediction": "p"})
    monitor = Monitor.fit(rows, config)
    result = monitor.check(rows.drop("age"))
    assert {"city"} == {v.segment.split("=")[0] for v in result if v.segment}
    assert [Level.ALERT] == [
        v.level for v in result if v.metric == "column_gone" and v.column == "age" and not v.segment
    ]


def test_thresholds_of_a_segment(rows):
    """A threshold that a segment sets holds there and nowhere else; others stay as they are set for all."""
    worse = rows.with_columns(p=pl.col("y") + 2)
    said = [
        {"name": "old", "where": "age > 50", "metrics": {"mae": {"threshold": 9}}},
        {"name": "young", "where": "age <= 50"},
    ]
    monitor = Monitor.fit(
        rows.with_columns(p=pl.col("y") + 1),
        target="y",
        prediction="p",
        segments=said,
        metrics={"mae": {"relative": 0.2}},
    )
    found = {v.segment: v for v in monitor.check(worse) if v.metric == "mae"}
    assert {None: Level.ALERT, "old": Level.OK, "young": Level.ALERT} == {key: v.level for key, v in found.items()}
    assert {None: 1.2, "old": 10.2, "young": 1.2} == {key: round(v.threshold, 6) for key, v in found.items()}


def test_checks_of_segments(rows):
    """A person's own limit can be on a segment of any kind."""
    segments = [{"where": "age > 50"}, {"edges": {"age": [30]}}, {"columns": ["city", "member"]}]
    monitor = Monitor.fit(rows, target="y", prediction="p", segments=segments)
    monitor.expect(
        "rows >= 9 where age > 50", "rows >= 9 where age = under 30", "rows >= 999 where city & member = Ulm & true"
    )
    limits = [v for v in monitor.check(rows) if v.family == "expectation"]
    assert ["age > 50", "age=under 30", "city & member=Ulm & true"] == [v.segment for v in limits]
    assert [Level.OK, Level.OK, Level.ALERT] == [v.level for v in limits]
    for text, told in {
        "rows >= 1 where age": "write the segment as where age = under 30",
        "rows >= 1 where age = 20": "'age' has no segment '20'; known are: under 30, 30 and over",
        "rows >= 1 where city & member = Ulm": "has segments of 2 values, joined by ' & '",
        "rows >= 1 where city & member = Ulm & maybe": "'member' has no segment 'maybe'",
    }.items():
        with pytest.raises(ConfigError, match=told):
            monitor.expect(text)


def test_packs_keep_them(rows, tmp_path):
    """A saved monitor slices rows as the one that was fitted; all rows are the same with and without segments."""
    said = [{"where": "age > 50"}, {"columns": ["city", "member"]}, {"edges": {"age": [30]}}]
    monitor = Monitor.fit(rows, target="y", prediction="p", segments=said)
    loaded = Monitor.load(monitor.save(tmp_path / "pack"))
    assert monitor.plan.fingerprint == loaded.plan.fingerprint
    found = [[(v.metric, v.segment, v.value) for v in each.check(rows)] for each in (monitor, loaded)]
    assert found[0] == found[1]
    plain = Monitor.fit(rows, target="y", prediction="p")
    assert plain.plan.fingerprint != monitor.plan.fingerprint
    whole = [each.reference.profiles[ProfileKey()].columns["age"].counts.rows for each in (plain, monitor)]
    assert [600, 600] == whole

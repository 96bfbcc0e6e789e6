"""Fit, check, save and load: one orchestrator over every kind of input gives one answer."""

import datetime as dt
import gzip

import duckdb
import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.errors import ConfigError, InputError, PackError
from driftline.monitor import Monitor
from driftline.types import Level

START = dt.datetime(2022, 1, 3)  # noqa: DTZ001 - naive means UTC; a Monday


def rows(n, seed, shift=0.0, **more):
    """Rows of all kinds over four weeks, in the order of time."""
    random = np.random.default_rng(seed)
    at = np.sort(random.integers(0, 28 * 86_400, n))
    made = {
        "at": pl.Series(at * 1_000_000).cast(pl.Duration("us")) + START,
        "fare": (random.gamma(2, 5, n) + shift).round(3),
        "stops": random.integers(0, 5, n),
        "zone": random.choice(["north", "south", "é"], n, p=[0.5, 0.3, 0.2]),
        "card": random.random(n) < 0.6,
        "tip": pl.Series(random.normal(2, 1, n).round(3)).set(pl.Series(random.random(n) < 0.05), None),
    }
    return pl.DataFrame(made | more)


REFERENCE, SAME, SHIFTED = rows(4000, 1), rows(4000, 2), rows(4000, 3, shift=8.0)
EARLY, LATE = (frame.filter(pl.col("at") < START + dt.timedelta(days=3)) for frame in (REFERENCE, SHIFTED))
SETTINGS = {"timestamp": "at", "segments": ("zone",)}


@pytest.fixture(scope="module")
def monitor():
    """A monitor of the reference."""
    return Monitor.fit(REFERENCE, **SETTINGS)


@pytest.fixture(scope="module")
def early():
    """A monitor of the first days, and what it says of the shifted ones."""
    made = Monitor.fit(EARLY, **SETTINGS)
    return made, plain(made.check(LATE))


@pytest.fixture(scope="module")
def shifted(monitor):
    """What it says of the shifted rows."""
    return monitor.check(SHIFTED)


def plain(result):
    """The verdicts, without those that are about types and files, and without derived columns."""
    kept = [v for v in result if v.metric not in {"file_format", "type_changed"} and "." not in (v.column or "")]
    return [(v.metric, v.column, v.segment, v.level, v.n, v.since, v.value, v.low, v.high, v.p_value) for v in kept]


def near(expected, result):
    """Whether verdicts are the same but for the last digits, which the order of sums decides."""
    found = plain(result)
    assert [row[:6] for row in expected] == [row[:6] for row in found]
    for one, other in zip(expected, found, strict=True):
        numbers = [[float("nan") if value is None else value for value in row[6:]] for row in (one, other)]
        assert pytest.approx(numbers[0], rel=1e-9, abs=1e-12, nan_ok=True) == numbers[1], one
    return True


def alerts(result):
    """Columns with an alert, in order."""
    return sorted({verdict.column or verdict.metric for verdict in result if verdict.level is Level.ALERT})


def test_quiet_and_loud(monitor, shifted):
    """Rows like the reference are ok; a shifted column alerts, by its name, and no other."""
    quiet = monitor.check(SAME)
    assert ([], 0) == (alerts(quiet), quiet.exit_code)
    assert (["fare"], 1) == (alerts(shifted), shifted.exit_code)
    assert "fare" in shifted.headline


def test_pack(monitor, shifted, tmp_path):
    """A pack gives the same verdicts as the rows that it was made from."""
    path = monitor.save(tmp_path / "taxi.pack")
    loaded = Monitor.load(path)
    for current, expected in ((SAME, monitor.check(SAME)), (SHIFTED, shifted)):
        assert list(expected) == list(loaded.check(current))
    assert (monitor.columns, monitor.reference.dataset) == (loaded.columns, loaded.reference.dataset)
    assert path.read_bytes() == loaded.save(tmp_path / "again.pack").read_bytes()


def test_config_or_settings(monitor):
    """Single settings are a config; both at once, or an unknown one, are refused."""
    config = Config.model_validate(SETTINGS)
    assert plain(Monitor.fit(REFERENCE, config).check(SAME)) == plain(monitor.check(SAME))
    with pytest.raises(ConfigError, match="not both"):
        Monitor.fit(REFERENCE, config, timestamp="at")
    with pytest.raises(ConfigError, match="the reference has no column 'fair'; did you mean 'fare'"):
        Monitor.fit(REFERENCE, target="fair")


def tables(frame):
    """The frame as every kind of table."""
    arrow = frame.to_arrow()
    return {
        "polars": frame, "lazy": frame.lazy(), "pyarrow": arrow, "batches": arrow.to_reader(max_chunksize=100),
        "pandas": frame.to_pandas(), "pandas arrow": frame.to_pandas(use_pyarrow_extension_array=True),
        "duckdb": duckdb.connect().from_arrow(arrow),
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(tables(SAME[:1])))
def test_tables(early, kind):
    """Every kind of table gives the same verdicts, as reference and as current rows."""
    monitor, expected = early
    assert near(expected, monitor.check(tables(LATE)[kind]))
    other = Monitor.fit(tables(EARLY)[kind], **SETTINGS)
    assert near(expected, other.check(LATE))


def write(frame, path):
    """Write the rows in the format that the suffix says."""
    writers = {
        "csv": frame.write_csv,
        "jsonl": frame.write_ndjson,
        "arrow": frame.write_ipc,
        "parquet": frame.write_parquet,
    }
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(frame.write_csv().encode()))
    else:
        writers[path.suffix[1:]](path)
    return path


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "arrow", "parquet"])
def test_files(early, form, tmp_path):
    """Every file format gives the same verdicts, as reference and as current rows; a path may be text."""
    monitor, expected = early
    assert near(expected, monitor.check(str(write(LATE, tmp_path / f"now.{form}"))))
    other = Monitor.fit(write(EARLY, tmp_path / f"was.{form}"), **SETTINGS)
    assert near(expected, other.check(LATE))


def test_many_files(early, tmp_path):
    """A folder, or a glob, of parts is the whole."""
    for part in range(5):
        write(LATE[part * 100 : part * 100 + (100 if part < 4 else 1000)], tmp_path / f"{part}.parquet")
    monitor, expected = early
    assert near(expected, monitor.check(tmp_path))
    assert near(expected, monitor.check(str(tmp_path / "?.parquet")))


def test_order_of_rows(monitor, shifted):
    """The order of the rows does not matter, but to the last digits of sums."""
    mixed = SHIFTED.sample(fraction=1, shuffle=True, seed=0)
    assert near(plain(shifted), monitor.check(mixed))


def test_order_of_columns(monitor, shifted):
    """The order of the columns does not matter."""
    assert plain(shifted) == plain(monitor.check(SHIFTED.select(sorted(SHIFTED.columns))))


def test_segments(monitor):
    """What went wrong in one segment alone is told of that segment."""
    broken = SAME.with_columns(fare=pl.when(pl.col("zone") == "é").then(pl.col("fare") + 10).otherwise(pl.col("fare")))
    found = monitor.check(broken)
    assert {"zone=é"} == {v.segment for v in found if v.level is Level.ALERT and v.segment}
    assert {"zone=north", "zone=south", "zone=é"} == {v.segment for v in found if v.segment}


@pytest.mark.parametrize("day", [5, 14, 20])
def test_since(monitor, day):
    """A shift that starts midway is dated to its day, in UTC."""
    start = START + dt.timedelta(days=day)
    broken = SAME.with_columns(fare=pl.when(pl.col("at") >= start).then(pl.col("fare") * 3).otherwise(pl.col("fare")))
    finding = next(each for each in monitor.check(broken).findings if each.subject == "fare")
    assert start.isoformat() == finding.since


def test_since_of_missing_values(monitor):
    """Values that go missing from one day on are dated too."""
    start = START + dt.timedelta(days=10)
    broken = SAME.with_columns(tip=pl.when(pl.col("at") >= start).then(None).otherwise(pl.col("tip")))
    found = monitor.check(broken)
    (missing,) = [v for v in found if v.metric == "missing" and v.column == "tip" and not v.segment]
    assert (Level.ALERT, start.isoformat()) == (missing.level, missing.since)


def test_from_the_start_on(shifted):
    """What was wrong in all windows began with the first."""
    finding = next(each for each in shifted.findings if each.subject == "fare")
    assert START.isoformat() == finding.since


def test_without_time():
    """Without a timestamp there is no since, and no timeline."""
    found = Monitor.fit(REFERENCE.drop("at")).check(SHIFTED.drop("at"))
    assert (["fare"], (), None) == (alerts(found), found.timelines, found.findings[0].since)


def test_stated_window(monitor):
    """The hours that the rows stand for may be said; then missing hours at the end are noticed."""
    ends = START, START + dt.timedelta(days=28)
    half = SAME.filter(pl.col("at") < START + dt.timedelta(days=14))
    assert {Level.ALERT, Level.WARNING} & {
        v.level for v in monitor.check(half, window=ends) if v.metric in {"volume", "gap"}
    }
    whole = monitor.check(rows(4000, 9), window=ends)
    assert "2022-01-03T00:00:00/2022-01-31T00:00:00" == whole.window
    assert [] == alerts(whole)


def test_label(monitor):
    """The rows may be given a name."""
    assert "today" == monitor.check(SAME, label="today").current.label


def weekly(n, seed, days=28):
    """Rows whose values are others at the weekend."""
    random = np.random.default_rng(seed)
    day = np.arange(n) * days // n
    at = pl.Series((day * 86_400 + random.integers(0, 86_400, n)) * 1_000_000).cast(pl.Duration("us")) + START
    return pl.DataFrame({"at": at, "fare": random.normal(np.where(day % 7 >= 5, 14, 10), 2)})


def test_weekly_rhythm_is_no_drift():
    """A rhythm that the reference has itself is no drift, day by day; twice as much of it is."""
    monitor = Monitor.fit(weekly(28_000, 1), timestamp="at")
    week = weekly(7000, 2, days=7)
    for day in range(7):
        begin = START + dt.timedelta(days=day)
        part = week.filter(pl.col("at").is_between(begin, begin + dt.timedelta(days=1), closed="left"))
        assert [] == alerts(monitor.check(part, window=(begin, begin + dt.timedelta(days=1)))), day
    wrong = part.with_columns(pl.col("fare") + 8)
    assert ["fare"] == alerts(monitor.check(wrong, window=(begin, begin + dt.timedelta(days=1))))
    without = Monitor.fit(weekly(28_000, 1).drop("at"))
    assert ["fare"] == alerts(without.check(part.drop("at"))), "without the rhythm a Sunday stands out"


def test_schema(monitor):
    """Columns that are gone alert, added ones warn, and the others are judged as ever."""
    found = monitor.check(SHIFTED.drop("stops").with_columns(extra=1))
    assert ["fare", "stops"] == alerts(found)
    (added,) = [v for v in found if v.metric == "columns_added" and not v.segment]
    assert (Level.WARNING, ["extra: Int32"]) == (added.level, added.detail["names"])


def test_harmless_and_harmful_types(monitor):
    """A type that changes while all values survive is told and ok; text where numbers were is an alert."""
    found = monitor.check(SAME.with_columns(pl.col("stops").cast(pl.Float64), pl.col("zone").cast(pl.Categorical)))
    assert ([], {"stops", "zone"}) == (alerts(found), {v.column for v in found.notable if v.metric == "type_changed"})
    found = monitor.check(SAME.with_columns(fare=pl.lit("n/k")))
    assert "fare" in alerts(found)


def test_one_broken_column_stops_nothing(monitor):
    """A column of lists is one finding; all others are judged."""
    found = monitor.check(SHIFTED.with_columns(tip=pl.lit([1, 2])))
    assert ["fare", "tip"] == alerts(found)
    assert ["fare", "tip"] == sorted(finding.subject for finding in found.findings if not finding.lead.segment)


def test_no_rows(monitor):
    """No rows are not enough data; no common column, or an empty reference, cannot be judged at all."""
    found = monitor.check(SAME.clear())
    assert (Level.UNKNOWN, 3) == (found.level, found.exit_code)
    with pytest.raises(InputError, match="no column in common"):
        monitor.check(pl.DataFrame({"other": [1]}))
    with pytest.raises(InputError, match="has no rows"):
        Monitor.fit(SAME.clear())


def test_few_rows(monitor):
    """Twenty-nine rows are not judged."""
    found = monitor.check(SHIFTED[:29])
    assert {Level.UNKNOWN} == {v.level for v in found if v.metric == "jensen_shannon" and v.judged}


def test_no_pack(tmp_path):
    """What is no pack is refused in words."""
    (tmp_path / "x.pack").write_text("hello")
    with pytest.raises(PackError, match=r"x\.pack: not a monitor pack"):
        Monitor.load(tmp_path / "x.pack")


def test_late_labels():
    """While no label has come, performance is left out, with a note, and nothing alerts."""
    target = REFERENCE["fare"] * 2
    reference = REFERENCE.with_columns(y=target, answer=target + REFERENCE["tip"].fill_null(0))
    monitor = Monitor.fit(reference, target="y", prediction="answer", timestamp="at")
    answers = (SAME["fare"] * 2 + SAME["tip"].fill_null(0)).alias("answer")
    found = monitor.check(SAME.with_columns(answers, y=pl.lit(None)))
    assert ([], []) == (alerts(found), [v for v in found if v.family == "performance"])
    assert "no values yet" in " ".join(found.notes)
    assert alerts(monitor.check(SAME.with_columns(answers + 9, y=SAME["fare"] * 2))), "once it is there it is judged"


def test_store(monitor, tmp_path):
    """A check keeps its result and its profiles in a store when it is given one."""
    from driftline.stores.base import open_store  # noqa: PLC0415 - of this test alone

    with open_store(f"sqlite:///{tmp_path}/driftline.db") as store:
        found = monitor.check(SHIFTED, store=store)
        (run,) = store.runs()
        assert (found.level, found.headline) == (run.level, run.headline)
        assert store.fragments(found.model, found.fingerprint)


def test_days_with_few_rows_are_folded_as_weeks():
    """A year of hours teaches by its weeks, for its days have too few rows to be judged; and that is quick."""
    at = pl.datetime_range(START, START + dt.timedelta(days=360), "1h", eager=True)
    monitor = Monitor.fit(pl.DataFrame({"at": at, "x": np.random.default_rng(0).normal(size=at.len())}), timestamp="at")
    assert [7 * 86_400e6] == [kind.length for kind in monitor.reference.baseline.stats]


@pytest.mark.parametrize("microseconds", [0, 1, 300_000, 999_999])
def test_rows_within_a_second(microseconds):
    """Rows that came within a second are judged as any others."""
    steps = pl.Series(np.linspace(0, microseconds, 100).astype(np.int64)).cast(pl.Duration("us"))
    rows = pl.DataFrame({"at": pl.select(pl.lit(START) + steps).to_series(), "x": range(100)})
    monitor = Monitor.fit(rows, timestamp="at", stream={"every": "1m"})
    assert "ok" == monitor.check(rows).level.value


def test_labels_that_are_still_to_come_are_no_drift():
    """Shares and distances of a target are over the rows that have a label: few of them are unknown, not news."""
    n = 2000
    rng = np.random.default_rng(3)
    y = rng.choice(["a", "b", "c"], n)
    reference = pl.DataFrame({"x": rng.normal(size=n), "y": y, "answer": y})
    monitor = Monitor.fit(reference, target="y", prediction="answer")
    few = monitor.check(reference.with_columns(y=pl.when(pl.int_range(n) < 20).then("y")))
    judged = {v.metric: v for v in few if v.column == "y" and v.judged}
    assert (Level.UNKNOWN, 20) == (judged["jensen_shannon"].level, judged["jensen_shannon"].n)
    assert not [v for v in few if v.column == "y" and v.level.rank >= Level.WARNING.rank]
    some = reference.with_columns(
        y=pl.when(pl.int_range(n) < 400).then(pl.when(pl.int_range(n) < 100).then(pl.lit("new")).otherwise("y"))
    )
    new = next(v for v in monitor.check(some) if v.metric == "new_categories" and v.column == "y")
    assert (0.25, 400) == (new.value, new.n)


def test_by_version_of_the_model():
    """Each version that the reference has is judged against its own rows; a new one by a limit on its condition."""
    n, rng = 800, np.random.default_rng(7)
    rows = pl.DataFrame({"p": rng.normal(size=n), "model_version": np.where(np.arange(n) < n // 2, "6", "7")})
    rows = rows.with_columns(y=pl.col("p") + 0.1 * pl.Series(rng.normal(size=n)))
    later = {"name": "candidate", "where": "model_version == '8'"}
    monitor = Monitor.fit(
        rows, target="y", prediction="p", segments=["model_version", later], checks=["mae <= 2 where candidate"],
        describe=False,
    )  # fmt: skip
    worse = pl.when(pl.col("model_version") == "7").then(pl.col("y") + 5).otherwise("y")
    levels = {v.segment: v.level for v in monitor.check(rows.with_columns(y=worse)) if v.metric == "mae" and v.segment}
    assert (Level.OK, Level.ALERT) == (levels["model_version=6"], levels["model_version=7"])
    new = rows.with_columns(pl.col("y") + 5, model_version=pl.lit("8"))
    found = monitor.check(new)
    assert [("candidate", Level.ALERT)] == [(v.segment, v.level) for v in found if v.metric == "mae" and v.segment]
    assert any(v.metric == "new_categories" and v.column == "model_version" for v in found if v.level is Level.ALERT)

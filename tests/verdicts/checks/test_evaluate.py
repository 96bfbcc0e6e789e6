"""Expectations in a check: what holds, what is broken, and what cannot be told."""

from copy import copy
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.errors import ConfigError, InputError
from driftline.types import Health, Level

START = datetime(2024, 1, 1)  # noqa: DTZ001 - without a zone, as in most files
NAMES = [f"name {i}" for i in range(200)]


def trips(n=1000, seed=0, shift=0.0):
    """Trips five minutes apart."""
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "id": np.arange(n),
            "at": [START + timedelta(minutes=5 * i) for i in range(n)],
            "fare": random.gamma(2.0, 5.0, n) + shift,
            "zone": random.choice(["a", "b"], n),
            "pay": random.choice([1, 2, 3], n),
            "paid": random.random(n) < 0.5,
            "note": random.choice(NAMES, n),
            "took": random.normal(10, 2, n),
        }
    )
    return frame.with_columns(guess=pl.col("took") + pl.Series(random.normal(0, 1 + shift, n)))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A pack of a monitor of such trips."""
    monitor = Monitor.fit(
        trips(4000, 1), target="took", prediction="guess", timestamp="at", id="id", segments=["zone"],
        columns={"pay": {"kind": "categorical"}, "note": {"kind": "text"}},
    )  # fmt: skip
    return monitor.save(tmp_path_factory.mktemp("pack") / "trips.pack")


@pytest.fixture
def verdict(fitted):
    """The verdict on one expectation."""

    def judge(text, rows, **options):
        return judged(fitted, [text], rows, **options)[0]

    return judge


loaded = cache(Monitor.load)


def judged(fitted, texts, rows, **options):
    """The verdicts on some expectations."""
    result = copy(loaded(fitted)).expect(*texts).check(rows, **options)
    return [each for each in result if each.family == "expectation"]


def with_rows(frame, **columns):
    """The frame with the first values of some columns replaced."""
    for name, values in columns.items():
        series = frame[name].to_list()
        frame = frame.with_columns(pl.Series(name, [*values, *series[len(values) :]], dtype=frame[name].dtype))
    return frame


STRANGE = with_rows(
    trips(),
    fare=[-3.0, -1.0, 900.0, None, np.nan, np.inf],
    zone=["z", "z", "y"],
    pay=[9, None],
    id=[7] * 4,
    paid=[None],
)
CASES = [
    # text, broken, value, threshold
    ("missing(fare) <= 5%", False, 0.001, 0.05),
    ("missing(fare) <= 0.05%", True, 0.001, 0.0005),
    ("values(zone) in {a, b}", True, 0.003, 0.0),
    ("values(zone) in {a, b} mostly 99%", False, 0.003, 0.01),
    ("values(zone) in {a, b, y, z}", False, 0.0, 0.0),
    ("values(zone) in {a, b, y}", True, 0.002, 0.0),
    ("values(pay) in {1, 2.0, 3}", True, 1 / 999, 0.0),
    ("values(paid) in {True, 0}", False, 0.0, 0.0),
    ("values(paid) in {yes}", True, 1.0, 0.0),
    ("values(note) in {" + ", ".join(NAMES) + "}", False, 0.0, 0.0),
    ("values(note) in {name 1}", True, None, 0.0),
    ("values(fare) in [-3, 900]", True, 1 / 998, 0.0),
    ("values(id) in {1, 2}", True, None, 0.0),
    ("values(took) in [-100, 100]", False, 0.0, 0.0),
    ("values(at) in [2024-01-01, 2024-02-01]", False, 0.0, 0.0),
    ("values(at) in [2024-01-01 00:05, 2024-02-01]", True, None, 0.0),
    ("unique(id)", True, 0.004, 0.0),
    ("unique(took)", False, 0.0, 0.0),
    ("type(fare) is Float64", False, 0.0, 0.0),
    ("type(at) is Datetime", False, 0.0, 0.0),
    ("type(fare) in {Int64, String}", True, 1.0, 0.0),
    ("columns include {id, fare, zone}", False, 0.0, 0.0),
    ("columns include {id, tip, tax}", True, 2.0, 0.0),
    ("columns are {id, at, fare, zone, pay, paid, note, took}", True, 1.0, 0.0),
    ("rows >= 1000", False, 1000.0, 1000.0),
    ("rows < 1000", True, 1000.0, 1000.0),
    ("rows in [10, 20]", True, 1000.0, 20.0),
    ("minimum(fare) >= 0", True, -3.0, 0.0),
    ("jensen_shannon(fare) <= 10%", False, None, 0.1),
    ("file_format <= 0", None, None, None),
]


@pytest.fixture(scope="module")
def strange(fitted):
    """The verdicts on all cases, by text."""
    return {each.detail["expectation"]: each for each in judged(fitted, [case[0] for case in CASES], STRANGE)}


@pytest.mark.parametrize(("text", "broken", "value", "threshold"), CASES, ids=[case[0][:60] for case in CASES])
def test_strange_rows(strange, text, broken, value, threshold):
    """Shares, sets, ranges, types and columns are held against what is in the rows, exactly."""
    found = strange[text]
    assert {False: Level.OK, True: Level.ALERT, None: Level.UNKNOWN}[broken] is found.level
    assert threshold == found.threshold
    if value is not None:
        assert value == pytest.approx(found.value, abs=1e-12)
    assert (text, True, f"expectation {text}") == (found.detail["expectation"], found.judged, found.title)
    assert found.reason.startswith(f"expectation {text}: ")


def test_share_outside_is_bounded(fitted):
    """How many values are outside of a range is told between bounds that hold the truth; whether any are is exact."""
    rows = trips(3000, 4)
    ends = [(0.5, 20.0), (3.3, 17.7), (0.0, 12.345), (float(rows["fare"].min()), float(rows["fare"].max()))]
    verdicts = judged(fitted, [f"values(fare) in [{low!r}, {high!r}]" for low, high in ends], rows)
    for (low, high), found in zip(ends, verdicts, strict=True):
        share = float(((rows["fare"] < low) | (rows["fare"] > high)).mean())
        assert found.low <= share <= found.high <= found.low + 0.03
        assert (Level.ALERT if share else Level.OK) is found.level


def test_many_new_values(fitted):
    """Beyond 64 values that the reference does not know, a set is still held against all of them."""
    rows = trips().with_columns(zone=pl.Series([f"new {i % 300}" for i in range(1000)]))
    every = ", ".join(f"new {i}" for i in range(300))
    whole, part = judged(fitted, [f"values(zone) in {{{every}}}", "values(zone) in {new 1, new 2}"], rows)
    assert 0.0 == whole.low <= whole.high
    assert part.low <= 0.993 < part.high + 0.01
    assert Level.ALERT is part.level


def test_errors_of_the_model(fitted, verdict):
    """A limit against the reference's own error is broken by its value, and the interval says whether by chance."""
    worse, same = trips(2000, 5, shift=0.5), trips(2000, 6)
    broken = verdict("mae <= reference + 10%", worse)
    assert (Level.ALERT, Health.MODEL, None) == (broken.level, broken.health, broken.column)
    assert broken.threshold == pytest.approx(1.1 * broken.reference)
    assert "the interval rules chance out" in broken.reason
    kept, found = judged(fitted, ["mae <= reference + 10%", "mae <= 0.5"], same)
    assert Level.OK is kept.level
    near = verdict(f"mae <= {found.value - 0.001}: warning", same)
    assert Level.WARNING is near.level
    assert "the interval does not rule chance out" in near.reason


def test_segments(fitted):
    """A limit on a segment is held against its rows alone, whether the metric is taken by segment or not."""
    rows = trips(2000, 7).with_columns(fare=pl.when(pl.col("zone") == "b").then(None).otherwise("fare"))
    texts = [f"missing(fare) <= 1% where zone = {zone}" for zone in "ab"]
    texts += ["mean(took) in [9, 11] where zone = b", "duplicate_rows <= 1% where zone = b"]
    usual, missing, found, of_all = judged(fitted, texts, rows)
    assert [Level.OK, Level.ALERT] == [usual.level, missing.level]
    assert ("zone=b", Level.OK, (rows["zone"] == "b").sum()) == (found.segment, found.level, found.n)
    gone = rows.filter(pl.col("zone") == "a")
    none, unknown = judged(fitted, ["rows >= 10 where zone = b", "missing(fare) <= 1% where zone = b"], gone)
    assert [Level.ALERT, Level.UNKNOWN] == [none.level, unknown.level]
    assert "of all rows only" in of_all.reason


def test_age(verdict):
    """The age is counted to the end of the window, or to the time that the caller gives; stray dates do not count."""
    end = START + timedelta(days=2)
    rows = trips().filter(pl.col("at") < end - timedelta(hours=3))
    old = verdict("max_age(at) <= 2h", rows, window=(START, end))
    assert (Level.ALERT, "h") == (old.level, old.unit)
    assert 3 + 5 / 60 == pytest.approx(old.value)
    assert Level.OK is verdict("max_age(at) <= 4h", rows, window=(START, end)).level
    assert Level.OK is verdict("max_age(at) <= 1h", rows, now=end.replace(tzinfo=UTC) - timedelta(hours=3)).level
    assert Level.ALERT is verdict("max_age(at) <= 365d", rows, now=datetime(2030, 1, 1, tzinfo=UTC)).level
    stray = with_rows(rows, at=[START.replace(year=2099)])
    found = verdict("max_age(at) <= 2h", stray, now=end)
    assert (Level.ALERT, True) == (found.level, 2 <= found.value <= found.high <= 4)


def test_few_rows(verdict):
    """Few rows do not break a limit on an estimate; facts need no rows."""
    few = trips(10, 3).with_columns(fare=pl.lit(None, pl.Float64), zone=pl.lit("q"))
    assert Level.UNKNOWN is verdict("missing(fare) <= 5%", few).level
    assert Level.UNKNOWN is verdict("mae <= 0.001", few).level
    assert Level.ALERT is verdict("values(zone) in {a, b}", few).level
    assert Level.ALERT is verdict("rows >= 30", few).level


def test_no_rows_no_column_no_labels(fitted, verdict):
    """A column that did not come breaks its limits; labels that are yet to come, and no rows, leave them open."""
    texts = ["missing(took) <= 5%", "values(took) in [0, 90]", "mae <= 9", "unique(took)", "type(took) is Float64"]
    assert {Level.UNKNOWN} == {found.level for found in judged(fitted, texts, trips().drop("took"))}
    texts += ["columns include {id}", "values(zone) in {a}", "max_age(at) <= 1h"]
    assert {(Level.UNKNOWN, None)} == {(found.level, found.value) for found in judged(fitted, texts, trips(0))}
    gone = verdict("values(zone) in {a, b}", trips().drop("zone"))
    assert (Level.ALERT, None) == (gone.level, gone.value)
    assert "the column did not come" in gone.reason


def test_not_part_of_the_false_discoveries(fitted):
    """Limits change nothing about the other verdicts, and their p-values are not counted."""
    rows = trips(2000, 8, shift=0.2)
    plain = Monitor.load(fitted).check(rows)
    limited = Monitor.load(fitted).expect("mean(fare) <= 1", "missing(fare) <= 1%").check(rows)
    strip = [(v.metric, v.column, v.level, v.p_value) for v in limited if v.family != "expectation"]
    assert [(v.metric, v.column, v.level, v.p_value) for v in plain] == strip
    assert [None, None] == [v.p_value for v in limited if v.family == "expectation"]


def test_leads_findings(fitted):
    """A broken limit speaks for its column, and one on an error for the model."""
    result = Monitor.load(fitted).expect("mae <= 0.1", "mean(fare) <= 1").check(trips(2000, 9, shift=3.0))
    leads = {finding.topic: finding.lead.family for finding in reversed(result.findings)}
    assert "expectation" == leads["fare"] == leads["model performance"]


def test_kept_in_the_pack(fitted, tmp_path):
    """Limits are saved with the monitor; the same limit is kept once."""
    monitor = Monitor.load(fitted).expect("rows >= 5").expect("rows >= 5", "unique(id): warning")
    loaded = Monitor.load(monitor.save(tmp_path / "new.pack"))
    assert ["rows >= 5", "unique(id): warning"] == [check.text for check in loaded.plan.config.checks]
    assert monitor.plan.fingerprint == loaded.plan.fingerprint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("missing(far) <= 1%", "the reference has no column 'far'; did you mean 'fare'?"),
        ("mean(zone) <= 3", "'mean' is of columns that are numeric; 'zone' is categorical"),
        ("duplicates(fare) <= 1%", "whose role is id; 'fare' is feature"),
        ("roc_auc >= 0.5", "'roc_auc' is for binary; the task of this model is regression"),
        ("values(zone) in [1, 2]", "column 'zone' is categorical; a range is of numbers or dates"),
        ("values(at) in [1, 2]", "write dates such as 2024-01-31"),
        ("values(at) in {1, 2}", "write a range such as"),
        ("values(fare) in [2024-01-01, 2024-01-02]", "write numbers, not dates"),
        ("max_age(fare) <= 2h", "max_age is of dates"),
        ("rows >= 1 where pay = 1", "'pay' is no segment column"),
        ("rows >= 1 where zones = a", "did you mean 'zone'?"),
        ("rows >= 1 where zone = q", "'zone' has no segment 'q'"),
    ],
)
def test_what_says_nothing(fitted, text, told):
    """An expectation that says nothing about these columns is refused, with the nearest name."""
    with pytest.raises(ConfigError) as raised:
        Monitor.load(fitted).expect(text)
    assert f"checks: {text!r}: " in str(raised.value)
    assert told in str(raised.value)


def test_refused_at_fit_with_its_line(tmp_path):
    """A column that the reference does not have is told with the line of the file."""
    from driftline.config.load import load_config  # noqa: PLC0415 - the other tests go without a file

    (tmp_path / "driftline.yaml").write_text("checks:\n  - rows >= 1\n  - missing(far) <= 1%\n", encoding="utf-8")
    config = load_config(tmp_path / "driftline.yaml", {}, {})
    with pytest.raises(ConfigError, match=r"driftline\.yaml:3: checks: .* did you mean 'fare'\?"):
        Monitor.fit(trips(), config)


def test_ignored_and_missing_column():
    """A column that is ignored cannot be limited; without a common column nothing is judged at all."""
    monitor = Monitor.fit(trips(), columns={"note": {"role": "ignored"}})
    for text in ("missing(note) <= 1%", "columns include {note}"):
        with pytest.raises(ConfigError, match="is ignored"):
            monitor.expect(text)
    with pytest.raises(InputError):
        monitor.expect("rows >= 1").check(pl.DataFrame({"other": [1]}))

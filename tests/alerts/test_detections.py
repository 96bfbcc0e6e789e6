"""Detectors that are set: what they find becomes findings and incidents, within the budget, and outlives a restart."""

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.alerts.detections import Detections
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.types import Level, ProfileKey

DAY = 86_400e6
PER_DAY = 300
RATE = {"detector": "e_error_rate", "rows": "error"}


def answers(rates, first=0, seed=0):
    """Days of rows of a binary model that is wrong so often on each day."""
    random, days = np.random.default_rng(seed), len(rates)
    target = random.integers(0, 2, days * PER_DAY)
    wrong = random.random(target.size) < np.repeat(rates, PER_DAY)
    at = np.repeat(np.arange(first, first + days) * DAY, PER_DAY) + random.integers(0, DAY, target.size)
    columns = {"x": random.normal(size=target.size), "y": target, "p": np.where(wrong, 1 - target, target)}
    return pl.DataFrame(columns).with_columns(at=pl.Series(at.astype(np.int64)).cast(pl.Datetime("us")))


REFERENCE = answers([0.1] * 30)


def fit(detectors, rows=REFERENCE, **settings):
    """A monitor of rows, with detectors, that judges performance alone."""
    return Monitor.fit(
        rows, target="y", prediction="p", timestamp="at", detectors=detectors, only=("performance",), derive=False,
        **settings,
    )  # fmt: skip


def of_detectors(outcome):
    """The detectors' verdicts of a window by name."""
    return {verdict.metric: verdict for verdict in outcome.result.verdicts if "(" in verdict.metric}


@pytest.fixture(scope="module")
def monitor():
    """With detectors of rows and of windows."""
    return fit([RATE, {"detector": "cusum", "windows": "accuracy"}])


@pytest.fixture(scope="module")
def rows():
    """Ten days as in the reference, twelve that are half as bad again, and eight that are good again."""
    return answers([0.1] * 10 + [0.16] * 12 + [0.1] * 8, first=30, seed=1)


@pytest.fixture(scope="module")
def outcomes(monitor, rows):
    """What a watch says of each day."""
    return Watch(monitor).over(rows)


def test_step_is_an_incident(outcomes):
    """A lasting rise of errors is one incident of the model, dated to its day, until the errors are as they were."""
    opened = [(at, incident) for at, outcome in enumerate(outcomes) for incident in outcome.opened]
    assert 1 == len(opened)
    at, incident = opened[0]
    assert 10 <= at <= 13
    assert ("e_error_rate(error)", "1970-02-10T00:00:00") == (incident.metric, incident.since[:10] + "T00:00:00")
    assert "the model: error rate (e_error_rate) 10.3% → 16" in incident.headline
    assert "since 10 Feb 1970" in incident.sentence
    last = [incident for outcome in outcomes for incident in outcome.incidents][-1]
    assert (False, incident.id) == (last.is_open, last.id)
    before = [of_detectors(outcome)["e_error_rate(error)"].level for outcome in outcomes[:10]]
    assert [Level.OK] * 10 == before


def test_windows_are_followed(outcomes):
    """The detector of one number a window finds the fall of accuracy later than that of the rows."""
    levels = [of_detectors(outcome)["cusum(accuracy)"].level for outcome in outcomes]
    first = levels.index(Level.ALERT)
    assert first > next(at for at, outcome in enumerate(outcomes) if outcome.opened)
    verdict = of_detectors(outcomes[first])["cusum(accuracy)"]
    assert ("performance", "1970-02-10", "share") == (verdict.family, verdict.since[:10], verdict.unit)
    assert Level.OK is levels[-1]


def test_restart_changes_nothing(monitor, rows, outcomes):
    """Put away as bytes after each window, a watch says the same as one that never stopped."""
    state, said = Watch(monitor).state(), []
    for window in monitor.windows(rows[: 14 * PER_DAY], every="1d"):
        watch = Watch.from_state(monitor, codec.unpack(codec.pack(state)))
        said.append(of_detectors(watch.judge(window)))
        state = watch.state()
    whole = [window for window in said if window["cusum(accuracy)"].n]
    assert [of_detectors(outcome) for outcome in outcomes[:13]] == whole[:13]


def test_another_setting_begins_afresh(monitor, rows):
    """What a detector remembers is not taken over by one that is set otherwise; the others go on."""
    watch = Watch(monitor)
    watch.judge(next(iter(monitor.windows(rows, every="1d"))))
    changed = fit([{**RATE, "run_length": 50_000}, {"detector": "cusum", "windows": "accuracy"}])
    resumed = Watch.from_state(changed, watch.state())
    assert {} == resumed.detections.known
    same = Watch.from_state(fit([RATE, {"detector": "cusum", "windows": "accuracy"}]), watch.state())
    assert {"e_error_rate(error)", "cusum(accuracy)"} == same.detections.known.keys()


def test_budget_is_shared():
    """Detectors share a third of the budget, windows by themselves and over time the rest; a stated one is outside."""
    three = fit([RATE, {"detector": "cusum", "windows": "accuracy"}, {**RATE, "detector": "rddm", "run_length": 900}])
    detections = Detections(three)
    per_alert = 2 * 3 * 30  # windows: two detectors share a third of one alert in 30 days
    lengths = [detections.run_length(setting) for setting in three.plan.config.detectors]
    assert [pytest.approx(per_alert * PER_DAY, rel=0.01), per_alert, 900] == lengths
    assert pytest.approx(2 / 3) == three.budget.alerts
    assert 1.0 == fit([{**RATE, "run_length": 900}]).budget.alerts


def test_quiet_rows_stay_within_the_budget():
    """On 60 days like the reference's two detectors alert no more often than their third of the budget allows."""
    detections = Detections(monitor := fit([RATE, {"detector": "cusum", "rows": "x"}]))
    false = 0
    for window in monitor.windows(answers([0.1] * 60, first=30, seed=10), every="1d"):
        found = [verdict for verdict in detections.judge(window, []) if verdict.level is Level.ALERT]
        false += sum("found" in verdict.reason for verdict in found)
    assert false <= 3  # 0.7 are expected at most: more than 3 has a chance of 0.5 %


def test_too_small_to_matter():
    """A change that is certain and less than a third of what matters in one window is told, and no finding."""
    monitor = fit([RATE], metrics={"accuracy": {"threshold": 0.3}})
    outcomes = Watch(monitor).over(answers([0.16] * 5, first=30, seed=3))
    verdicts = [of_detectors(outcome)["e_error_rate(error)"] for outcome in outcomes]
    told = [verdict for verdict in verdicts if verdict.notable]
    assert told, [verdict.reason for verdict in verdicts]
    assert {Level.OK} == {verdict.level for verdict in verdicts}
    assert "a change too small to matter" in told[0].reason


def test_out_of_bounds_is_told():
    """Numbers that a detector refuses are left out and counted; the others are followed."""
    monitor = fit([{"detector": "e_mean", "rows": "x", "options": {"mean": 0, "low": -2, "high": 2}}])
    (outcome,) = Watch(monitor).over(answers([0.1], first=30))
    verdict = of_detectors(outcome)["e_mean(x)"]
    assert (Level.OK, True) == (verdict.level, verdict.notable)
    assert "numbers out of its bounds left out" in verdict.reason


@pytest.mark.parametrize(
    ("detector", "message"),
    [
        ({"detector": "cusum", "rows": "z"}, "the reference has no column 'z'"),
        ({"detector": "cusum", "rows": "loss"}, "it needs a score, and the model has none"),
        ({"detector": "cusum", "rows": "residual"}, "it is of regression models"),
        ({"detector": "cusum", "windows": "mae"}, "is for regression"),
        ({"detector": "cusum", "windows": "mean(z)"}, "the reference has no column 'z'"),
        ({"detector": "cusum", "windows": "accuracy where zone = 1"}, "'zone' is no segment column"),
        ({**RATE, "rows": "error where zone = 1"}, "'zone' is no segment column"),
        ({**RATE, "rows": "error where zone = 1 : alert"}, "nothing more was expected"),
    ],
)
def test_series_that_are_not_there(detector, message):
    """A series that the reference does not have is refused when it is fitted, by name."""
    with pytest.raises(ConfigError, match=message):
        fit([detector])


def test_one_check_says_that_it_has_no_memory(monitor, rows):
    """A single check judges no detector, and says so."""
    assert any("Detectors (e_error_rate(error)" in note for note in monitor.check(rows[:900]).notes)


def test_regression_of_residuals(tmp_path, run):
    """The terminal follows a regression's residuals and a segment's windows, set in a file."""
    random = np.random.default_rng(2)
    day = np.repeat(np.arange(45), PER_DAY)
    x = random.normal(size=day.size)
    y = 2 * x + random.normal(size=day.size) - 0.5 * (day >= 40)
    at = pl.Series((day * DAY + np.tile(np.arange(PER_DAY) * DAY / PER_DAY, 45)).astype(np.int64))
    rows = pl.DataFrame({"x": x, "p": 2 * x, "y": y, "zone": random.choice(["a", "b"], day.size)})
    rows = rows.with_columns(at=at.cast(pl.Datetime("us")))
    rows[: 30 * PER_DAY].write_parquet(tmp_path / "ref.parquet")
    rows[30 * PER_DAY :].write_parquet(tmp_path / "cur.parquet")
    (tmp_path / "driftline.yaml").write_text(
        "target: y\nprediction: p\ntimestamp: at\nsegments: [zone]\nonly: [performance]\ndetectors:\n"
        "  - {detector: cusum, rows: residual, options: {shift: 1}}\n"
        "  - {detector: page_hinkley, windows: mean_error where zone = a}\n"
    )
    code, text = run("watch", tmp_path / "ref.parquet", tmp_path / "cur.parquet", "-c", tmp_path / "driftline.yaml")
    assert 1 == code
    assert "the model: mean error (cusum) " in text
    assert "since 10 Feb 1970" in text


@pytest.fixture
def run():
    """Runs a command of the terminal: its exit code and what it printed."""

    def run(*words):
        outcome = CliRunner().invoke(main, [str(word) for word in words])
        return outcome.exit_code, outcome.output

    return run


def by_zone(rates, first=0, seed=0):
    """Days of rows in which only those of zone 5, a tenth, are wrong so often; the others on 10 % of each day."""
    rest, own = answers([0.1] * len(rates), first, seed), answers(rates, first, seed + 100)
    zone = np.random.default_rng(seed).random(rest.height) < 0.1
    rows = rest.with_columns(
        y=pl.Series(np.where(zone, own["y"], rest["y"])), p=pl.Series(np.where(zone, own["p"], rest["p"]))
    )
    return rows.with_columns(zone=pl.Series(np.where(zone, 5, 1)))


@pytest.fixture(scope="module")
def zones():
    """A monitor whose detectors follow the rows of all, of one value of a column, and where a condition holds."""
    detectors = [RATE, *({**RATE, "rows": f"error where {where}"} for where in ("zone = 5", "mild"))]
    detectors.append({"detector": "cusum", "rows": "x where zone = 5"})
    segments = ["zone", {"name": "mild", "where": "zone == 1"}]
    columns = {"zone": {"kind": "categorical"}}
    return fit(detectors, by_zone([0.1] * 30), segments=segments, columns=columns)


def test_rows_of_a_segment_are_followed(zones):
    """A lasting rise of errors in one segment is found there, and names it; the rows elsewhere are quiet."""
    reference = zones.reference.profiles
    lengths = [Detections(zones).run_length(setting) for setting in zones.plan.config.detectors]
    share = reference[ProfileKey(segment="zone=5")].rows / reference[ProfileKey()].rows
    assert pytest.approx(share * lengths[0], rel=0.01) == lengths[1]
    outcomes = list(Watch(zones).over(by_zone([0.1] * 8 + [0.35] * 8, first=30, seed=1)))
    told = {
        (v.metric, v.segment)
        for outcome in outcomes
        for v in outcome.result.verdicts
        if "(" in v.metric and v.level is Level.ALERT
    }
    assert {("e_error_rate(error)", "zone=5")} <= told
    assert ("e_error_rate(error)", "mild") not in told
    assert ("cusum(x)", "zone=5") not in told
    last = {(v.metric, v.segment): v for v in outcomes[-1].result.verdicts if "(" in v.metric}
    found = last["e_error_rate(error)", "zone=5"]
    assert "1970-02-08" == found.since[:10]
    rows = {segment: last["e_error_rate(error)", segment].n for segment in (None, "zone=5", "mild")}
    assert rows[None] == rows["zone=5"] + rows["mild"] == PER_DAY
    assert any("zone=5" in str(incident) for outcome in outcomes for incident in outcome.opened)


def test_rows_of_a_segment_outlive_a_restart(zones):
    """What a detector of a segment remembers is taken up by name, with its segment."""
    rows = by_zone([0.1] * 3, first=30, seed=2)
    whole, state, said = list(Watch(zones).over(rows)), Watch(zones).state(), []
    for window in zones.windows(rows, every="1d"):
        watch = Watch.from_state(zones, codec.unpack(codec.pack(state)))
        said.append(watch.judge(window))
        state = watch.state()
    verdicts = [[v for v in each.result.verdicts if "(" in v.metric] for each in (whole[1], said[1])]
    assert verdicts[0] == verdicts[1]
    assert "e_error_rate(error where zone = 5)" in watch.detections.known

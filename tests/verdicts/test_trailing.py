"""Windows that are compared with the windows before them: what a step, an outage and a slow drift become."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.alerts.preview import preview_acceptance
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.profiles.profile import Profile
from driftline.stores.base import open_store
from driftline.stores.results import load_result
from driftline.types import ProfileKey
from driftline.verdicts.trailing import merge_running

DAY = 86_400_000_000
DAYS = 3


def table(days, first, shift=0.0):
    """Days of 200 rows; column `a` is shifted by so much, or so much in each day."""
    random = np.random.default_rng(first)
    day = np.repeat(np.arange(days), 200)
    at = pl.Series((first + day) * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    data = {
        "a": random.normal(size=day.size) + (np.asarray(shift) * np.ones(days))[day],
        "b": random.normal(size=day.size),
    }
    return pl.DataFrame(data).with_columns(at=at, zone=pl.Series(np.where(random.random(day.size) < 0.5, "n", "s")))


def fit(**settings):
    """A monitor of thirty days."""
    settings = {"comparison": {"reference": "trailing", "windows": DAYS}} | settings
    return Monitor.fit(table(30, 0), timestamp="at", describe=False, derive=False, **settings)


@pytest.fixture(scope="module")
def monitor():
    return fit()


def test_step_is_told_once_and_then_forgotten():
    """A step opens an incident at once; once the last windows are behind it, it is over, though the rows stay."""
    outcomes = Watch(fit(segments=["zone"])).over(table(11, 30, [0.0] * 4 + [1.5] * 7))
    assert ["fixed"] * DAYS + ["windows"] * 8 == [
        "windows" if outcome.result.reference.label == f"the {DAYS} windows before" else "fixed" for outcome in outcomes
    ]
    assert [4] == [at for at, outcome in enumerate(outcomes) if outcome.opened]
    (incident,) = outcomes[-1].incidents or outcomes[-2].incidents or outcomes[-3].incidents
    assert ("a", False) == (incident.column, incident.is_open)
    reference = outcomes[5].result.reference
    assert (600, "1970-02-02T00:00:00", "1970-02-05T00:00:00") == (
        reference.rows, reference.start[:19], reference.end[:19],
    )  # fmt: skip
    assert {"n", "s"} == {one.segment[-1] for one in outcomes[5].result.verdicts if one.segment}


def test_slow_drift_is_forgotten():
    """What rises a little each day is found by a fixed reference, and never by one that moves along."""
    rows, told = table(20, 30, np.arange(20) * 0.05), {}
    for kind in ("fixed", "previous"):
        told[kind] = any(outcome.opened for outcome in Watch(fit(comparison={"reference": kind})).over(rows))
    assert {"fixed": True, "previous": False} == told


def test_one_metric_keeps_to_the_fixed_reference():
    """A metric that is named keeps to the rows that the monitor was fitted on, while the others forget."""
    own = fit(metrics={"jensen_shannon": {"reference": "fixed"}})
    last = Watch(own).over(table(6, 30, [1.5] * 6))[-1].result
    values = {one.metric: one.value for one in last.verdicts if one.column == "a"}
    assert values["jensen_shannon"] > 0.3


def test_previous_window():
    """The previous window alone: a step is told in the window of it, and both windows are named."""
    outcomes = Watch(fit(comparison={"reference": "previous"})).over(table(8, 30, [0.0] * 3 + [1.5] * 5))
    assert [3] == [at for at, outcome in enumerate(outcomes) if outcome.opened]
    assert "the window before" == outcomes[-1].result.reference.label


def test_outage_is_no_reference(monitor):
    """A window with hardly any rows does not become what the next ones are compared with."""
    rows = pl.concat([table(4, 30), table(1, 34)[:5], table(3, 35)])
    references = [outcome.result.reference for outcome in Watch(monitor).over(rows)]
    assert 600 == references[5].rows
    assert ("1970-02-01", "1970-02-04") == (references[5].start[:10], references[5].end[:10])


def test_memory_and_pack_come_back(monitor, tmp_path):
    """Restarted in the middle, from a pack and the state, verdicts are the same."""
    windows = list(monitor.windows(table(8, 30, [0.0] * 5 + [1.0] * 3), every="1d"))
    whole = Watch(monitor)
    expected = [whole.judge(window).result.verdicts for window in windows]
    first = Watch(monitor)
    for window in windows[:5]:
        first.judge(window)
    again = Watch.from_state(Monitor.load(monitor.save(tmp_path / "m.pack")), codec.unpack(codec.pack(first.state())))
    assert expected[5:] == [again.judge(window).result.verdicts for window in windows[5:]]


def test_runs_are_merged_as_one_by_one(monitor):
    """Each run of neighbours is what merging them in turn gives, for every length."""
    profiles = [window.profiles[ProfileKey()] for window in monitor.windows(table(7, 30), every="1d")]
    for count in (1, 3, 7):
        for at, merged in enumerate(merge_running(profiles, count)):
            expected = profiles[at]
            for other in profiles[at + 1 : at + count]:
                expected = Profile.merge(expected, other)
            assert expected.rows == merged.rows
            assert (expected.columns["a"].grouped == merged.columns["a"].grouped).all()


def test_kept_and_shown(monitor, tmp_path):
    """The report of a kept window has the charts of the windows that it was compared with; accepting is previewed."""
    url = f"sqlite:///{tmp_path}/s.db"
    with open_store(url) as store:
        Watch(monitor).over(table(8, 30, [0.0] * 4 + [1.5] * 4), store=store)
        last = load_result(store, store.windows("model")[0].run_id)
        (chart,) = [each for each in last.distributions if each.column.name == "a"]
        assert sum(bar.reference for bar in chart.bars if bar.low is not None and bar.low >= 1) > 0.5
        (incident,) = store.incidents()
        preview = preview_acceptance(store, incident.id)
        assert (4, ()) == (preview.windows, preview.left)
        assert preview.alerting
        assert datetime.now(UTC).isoformat()[:10] == store.packs("model")[0].saved[:10]
    shown = CliRunner().invoke(main, ["incident", incident.id, "accept", "--preview", "--store", url])
    assert f"4 windows since it opened, {preview.alerting} with an alert; accepted, 0 would have" in shown.output
    refused = CliRunner().invoke(main, ["incident", incident.id, "mute", "--preview", "--store", url])
    assert (2, True) == (refused.exit_code, "mute has none" in refused.output)
    with open_store(url) as store:
        assert () == store.incident(incident.id).actions


def test_versions_are_listed_and_written_back(tmp_path):
    """Each reference that windows were judged by is listed with its rows, and written back as a pack."""
    url, monitors = (
        f"sqlite:///{tmp_path}/s.db",
        [Monitor.fit(table(9, at), timestamp="at", derive=False) for at in (0, 9)],
    )
    with open_store(url) as store:
        for monitor in monitors:
            monitor.check(table(2, 20), store=store)
    listed = CliRunner().invoke(main, ["references", "--store", url]).output
    assert ["1970-01-10 to 1970-01-18", "1970-01-01 to 1970-01-09"] == [
        line.split("\n")[0] for line in listed.split("DataFrame, ")[1:]
    ]
    refused = CliRunner().invoke(main, ["references", "--store", url, "-o", f"{tmp_path}/old.pack"])
    assert "2 references to write" in refused.output
    first = monitors[0].plan.fingerprint
    CliRunner().invoke(main, ["references", "--store", url, "--plan", first, "-o", f"{tmp_path}/old.pack"])
    assert first == Monitor.load(tmp_path / "old.pack").plan.fingerprint

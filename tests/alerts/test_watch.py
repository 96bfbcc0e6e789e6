"""Windows judged with memory: quiet where nothing lasts, small lasting changes found, one incident for each trouble."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from driftline.alerts.evidence import Evidence
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.config.stream import StreamConfig
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.server.stream.watermark import Watermark
from driftline.types import Level, ProfileKey
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import iso

DAY = 86_400_000_000
PER_DAY = 200


def table(days, random, *, first=0, columns=6, shift=0.0, begin=0, effect=0.1):
    """Days of rows; each day moves all columns a little, and from `begin` on `c0` is shifted."""
    day = np.repeat(np.arange(days), PER_DAY)
    data = {f"c{k}": random.normal(size=day.size) + effect * random.normal(size=days)[day] for k in range(columns)}
    data["c0"] = data["c0"] + shift * (day >= begin)
    at = (first + day) * DAY + random.integers(0, DAY, day.size)
    return pl.DataFrame(data).with_columns(at=pl.Series(at).cast(pl.Datetime("us")))


@pytest.fixture(scope="module")
def monitor():
    return Monitor.fit(table(40, np.random.default_rng(1)), timestamp="at", describe=False)


@pytest.mark.slow
def test_quiet(monitor):
    """Ninety days like the reference's open at most as many incidents as the budget's Poisson band for three allows."""
    outcomes = Watch(monitor).over(table(90, np.random.default_rng(2), first=40))
    assert 90 == len(outcomes)
    assert sum(len(outcome.opened) for outcome in outcomes) <= 7


def test_large_change_at_once(monitor):
    """A large change opens one incident in its first window, which closes two quiet windows after the last odd one."""
    random = np.random.default_rng(3)
    rows = pl.concat([table(6, random, first=40, shift=3.0, begin=2), table(4, random, first=46)])
    outcomes = Watch(monitor).over(rows)
    assert [0, 0, 1, 0, 0, 0, 0, 0, 0, 0] == [len(outcome.opened) for outcome in outcomes]
    incidents = [incident for outcome in outcomes for incident in outcome.incidents]
    assert 1 == len({incident.id for incident in incidents})
    assert ("c0", "1970-02-12T00:00:00") == (incidents[0].column, incidents[0].since)
    assert [True] * 6 + [False] == [incident.is_open for incident in incidents]


def test_small_change_adds_up():
    """A change within what single days may vary is found by what adds up, and dated to when it can have begun."""
    random = np.random.default_rng(13)
    monitor = Monitor.fit(table(60, random, effect=0.2), timestamp="at", describe=False)
    outcomes = Watch(monitor).over(table(60, random, first=60, shift=0.5, begin=10, effect=0.2))
    opened = [incident for outcome in outcomes for incident in outcome.opened]
    assert {"c0"} == {incident.column for incident in opened}
    assert "it adds up over windows since 11 Mar 1970" in opened[0].reason
    assert opened[0].earliest <= "1970-03-12T00:00:00" <= opened[0].latest


def test_goes_on_from_its_state(monitor):
    """Half the windows, the state through the codec, and the other half give what all windows give."""
    rows = table(12, np.random.default_rng(4), first=40, shift=0.8, begin=4)
    windows = list(monitor.windows(rows, every="1d"))
    whole, first = Watch(monitor), Watch(monitor)
    expected = [whole.judge(window).incidents for window in windows]
    windows = list(monitor.windows(rows, every="1d"))
    found = [first.judge(window).incidents for window in windows[:6]]
    second = Watch.from_state(monitor, codec.unpack(codec.pack(first.state())))
    assert expected == found + [second.judge(window).incidents for window in windows[6:]]


def test_window_that_never_came(monitor):
    """A day without rows where rows are usual is an alert; it neither closes nor counts for other incidents."""
    rows = pl.concat([table(2, np.random.default_rng(6), first=40), table(1, np.random.default_rng(7), first=43)])
    outcomes = Watch(monitor).over(rows, until=datetime(1970, 2, 15, tzinfo=UTC))
    assert [400, 0] == [sum(o.result.current.rows for o in outcomes[:2]), outcomes[2].result.current.rows]
    assert "gap" in {verdict.metric for verdict in outcomes[2].result if verdict.level is Level.ALERT}
    assert 5 == len(outcomes)


def test_evidence_run_length():
    """Scores without a change pass a level of 50 on average no sooner than after 50 windows (simulated)."""
    random = np.random.default_rng(8)
    lengths = []
    for _ in range(150):
        evidence, length = Evidence(), 0
        while evidence.value < 50 and length < 500:
            evidence.add(str(length), float(random.normal()))
            length += 1
        lengths.append(length)
    assert np.mean(lengths) > 50


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_onset_interval(correlation):
    """The interval of the onset holds the true one in at least 85 of 100 simulated changes."""
    random = np.random.default_rng(9)
    held = 0
    for _ in range(200):
        evidence, noise = Evidence(), 0.0
        for window in range(30):
            noise = correlation * noise + np.sqrt(1 - correlation**2) * random.normal()
            evidence.add(f"{window:02d}", float(noise - 1.0 + 3.0 * (window >= 20)), correlation)
        _, earliest, latest = evidence.onset()
        held += earliest <= "20" <= latest
    assert held >= 170


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_a_change_that_lasts_is_not_over_by_chance(correlation):
    """A change of two deviations that lasts 60 windows ends early in at most 15 of 100 simulations, in time in most.

    Where each window is like the one before, a few low ones in a row are one reading, not several.
    """
    random = np.random.default_rng(10)
    early, late = 0, 0
    for _ in range(100):
        evidence, noise = Evidence(size=2.0), float(random.normal())
        for window in range(90):
            noise = correlation * noise + np.sqrt(1 - correlation**2) * random.normal()
            evidence.add(f"{window:02d}", float(noise + 2.0 * (window < 60)), correlation)
            if not evidence.is_lasting:
                break
        early, late = early + (window < 60), late + (window == 89)
    assert early <= 15
    assert late <= 5


def test_no_onset_before_the_end_of_what_was_over():
    """Once a change is over, the next one began after it, however long the first lasted."""
    evidence = Evidence(size=3.0)
    for window in range(30):
        evidence.add(f"{window:02d}", -1.0 if window == 20 else 2.8)
    assert evidence.onset()[0] > "20"


def test_what_began_in_windows_too_small_to_judge():
    """The onset may lie in windows that could not be judged, such as those of a night: from the last judged one on."""
    evidence = Evidence()
    for day in range(1, 9):
        for hour in range(8, 20):
            end = f"2024-01-0{day}T{hour + 1:02d}"
            evidence.add(f"2024-01-0{day}T{hour:02d}", 2.5 if day == 8 else -0.5, 0.0, end)
    assert ("2024-01-08T08", "2024-01-07T20", "2024-01-08T08") == evidence.onset()


def test_score_without_windows():
    """Where the reference taught nothing, the estimate's own error counts; without error what is above is far."""
    unknown = BaselineStats(0.0)
    assert [2.0, 0.0, 3.0] == [unknown.score(*each) for each in ((0.4, 0.1, 0.2), (0.2, 0.0, 0.2), (0.3, 0.0, 0.2))]


def test_command(tmp_path, monitor):
    """The command tells windows and incidents; its exit code says whether there was one."""
    from click.testing import CliRunner  # noqa: PLC0415 - of this case alone

    pack = monitor.save(tmp_path / "m.pack")
    quiet, loud = tmp_path / "quiet.parquet", tmp_path / "loud.parquet"
    table(3, np.random.default_rng(10), first=40).write_parquet(quiet)
    table(3, np.random.default_rng(11), first=40, shift=3.0, begin=1).write_parquet(loud)
    outcomes = [CliRunner().invoke(main, ["watch", str(pack), str(path)]) for path in (quiet, loud)]
    assert [0, 1] == [outcome.exit_code for outcome in outcomes]
    assert "0 incidents in 3 windows" in outcomes[0].output
    assert "opens: c0" in outcomes[1].output
    wrong = CliRunner().invoke(main, ["watch", str(pack), str(loud), "--every", "soon"])
    assert (2, True) == (wrong.exit_code, "expected such as 30m" in wrong.output)


def test_command_learns_the_width_that_it_watches_by(tmp_path, monitor):
    """A reference of rows is fitted for windows of an hour; of a pack without them it is said that they are unknown."""
    from click.testing import CliRunner  # noqa: PLC0415 - as above

    past, now = tmp_path / "past.parquet", tmp_path / "now.parquet"
    table(6, np.random.default_rng(12), columns=1).write_parquet(past)
    table(1, np.random.default_rng(14), first=6, columns=1).write_parquet(now)
    pack = monitor.save(tmp_path / "m.pack")
    told = [
        CliRunner().invoke(main, ["watch", *arguments, str(now), "--every", "1h"]).output
        for arguments in ([str(past), "--timestamp", "at"], [str(pack)])
    ]
    assert [False, True] == ["windows of 1h vary was not learnt" in output for output in told]


def test_a_step_that_stays_is_one_incident(monitor):
    """A change that lasts for sixty days is told once, and is not over before it is."""
    random = np.random.default_rng(21)
    rows = pl.concat([table(60, random, first=40, shift=0.8, begin=5), table(12, random, first=100)])
    outcomes = Watch(monitor).over(rows)
    opened = [(at, incident) for at, outcome in enumerate(outcomes) for incident in outcome.opened]
    assert ["c0"] == [incident.column for _, incident in opened]
    closed = [at for at, outcome in enumerate(outcomes) for incident in outcome.incidents if not incident.is_open]
    assert 1 == len(closed)
    assert 61 <= closed[0] <= 70


def test_windows_too_small_to_judge_end_nothing(monitor):
    """Days with ten rows, or none, neither close an incident nor open one."""
    random = np.random.default_rng(22)
    broken = table(4, random, first=40, shift=3.0)
    few = table(6, random, first=44).filter(pl.int_range(pl.len()) % 20 == 0)
    outcomes = Watch(monitor).over(pl.concat([broken, few, table(4, random, first=50)]))
    states = [[one.is_open for one in outcome.incidents if one.column == "c0"] for outcome in outcomes]
    assert [[True]] * 11 == states[:11]
    assert [False] in states[11:]


def test_a_second_event_is_told_in_the_same_incident(monitor):
    """A much larger jump of a column that is off already is an event of its open incident, with its own onset."""
    random = np.random.default_rng(23)
    rows = pl.concat([table(8, random, first=40, shift=1.0, begin=0), table(4, random, first=48, shift=6.0)])
    outcomes = Watch(monitor).over(rows)
    incidents = {one.id: one for outcome in outcomes for one in outcome.incidents if one.column == "c0"}
    assert 1 == len(incidents)
    (incident,) = incidents.values()
    assert "1970-02-10T00:00:00" == incident.since
    assert "1970-02-18T00:00:00" in {event.since for event in incident.events}


def test_weeks_begin_on_mondays_and_ends_are_cut(monitor):
    """Weekly windows begin on Mondays; the first and last one stand for the hours that the rows cover."""
    rows = table(10, np.random.default_rng(24), first=42)  # 1970-02-12 is a Thursday
    windows = [str(current.window) for current in monitor.windows(rows, every="1w")]
    assert [
        "1970-02-12T00:00:00/1970-02-16T00:00:00", "1970-02-16T00:00:00/1970-02-22T00:00:00",
    ] == windows  # fmt: skip


def test_weeks_begin_on_the_day_that_is_set(monitor):
    """With `stream.week_start: sunday` weekly windows begin on Sundays, over files and over a stream."""
    stream = StreamConfig(every="1w", week_start="sunday")
    plan = replace(monitor.plan, config=monitor.plan.config.model_copy(update={"stream": stream}))
    sundays = Monitor(replace(monitor.reference, plan=plan))
    rows = table(10, np.random.default_rng(24), first=42)  # 1970-02-12 is a Thursday
    windows = [str(current.window) for current in sundays.windows(rows, every="1w")]
    assert [
        "1970-02-12T00:00:00/1970-02-15T00:00:00", "1970-02-15T00:00:00/1970-02-22T00:00:00",
    ] == windows  # fmt: skip
    assert "1970-01-11T00:00:00" == iso(Watermark.from_state(stream).grid.start)


def test_many_windows_are_folded_in_parts(monitor, monkeypatch):
    """Windows that are too many for the memory at once are the same as if they were not."""
    rows = table(3, np.random.default_rng(25), first=42)
    whole = list(monitor.windows(rows, every="6h"))
    monkeypatch.setattr("driftline.monitor.MOST", 1)
    monkeypatch.setattr("driftline.monitor._MOST_CELLS", 5 * len(monitor.plan.columns))
    parts = list(monitor.windows(rows, every="6h"))
    assert [str(each.window) for each in whole] == [str(each.window) for each in parts]
    assert [each.profiles[ProfileKey()].dump() for each in whole] == [
        each.profiles[ProfileKey()].dump() for each in parts
    ]


def test_labels_that_never_came_in_a_file():
    """Windows of a file whose labels were due, and never came, are unknown; those of the last days are not due yet."""
    random = np.random.default_rng(25)
    rows = table(24, random, columns=1).with_columns(p=pl.col("c0"), y=pl.col("c0") + 0.1)
    monitor = Monitor.fit(
        rows[: 20 * PER_DAY], timestamp="at", target="y", prediction="p", stream={"label_delay": "2d"}
    )
    outcomes = Watch(monitor).over(rows[20 * PER_DAY :].with_columns(y=pl.lit(None, pl.Float64)))
    assert [Level.UNKNOWN] * 2 + [Level.OK] * 2 == [outcome.result.level for outcome in outcomes]
    assert outcomes[0].result.headline.startswith("No labels came for 200 rows")
    assert [] == [incident for outcome in outcomes for incident in outcome.incidents]

"""Wrong clocks and wrong times: each window is judged once, rows come back when they fit, and little is opened."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import StreamConfig
from driftline.errors import StoreError
from driftline.monitor import Monitor
from driftline.server.stream.stream import Stream
from driftline.server.stream.triggers import Trigger, due_windows
from driftline.server.stream.watermark import REASONS, DropReason, Watermark, screen
from driftline.stores.base import open_store
from driftline.windows import Windows

from .test_stream import HOUR, MONITOR, ROWS, START, Judged, Log, opened

DAY = 24 * HOUR
MINUTE = HOUR / 60


@pytest.fixture(scope="module")
def untimed():
    """A plan of rows without times: they are judged by when they came."""
    return Monitor.fit(ROWS.select("id", "x"), id="id", stream=StreamConfig(every="1h")).plan


def follow(plan, log, folder, judge):
    """A stream over a log."""
    return Stream(plan, log, open_store(f"sqlite:///{folder}/store.db"), folder / "stream.db", "model", judge)


def arrivals(log, start, hours, first_id, rows=40):
    """Batches without times, ten an hour, received by a clock that begins at `start`."""
    for at in range(10 * hours):
        ids = np.arange(first_id + rows * at, first_id + rows * (at + 1))
        frame = pl.DataFrame({"id": ids, "x": np.sin(ids.astype(float))})
        log.put("predictions", frame, received=start + at * HOUR / 10)


def run(stream, now):
    """Follow to the end of the log by a clock."""
    while stream.step(now) + stream.tick(now):
        pass


@pytest.mark.parametrize("jump", [900 * DAY, -900 * DAY], ids=["ahead", "behind"])
def test_clock_that_jumped_once(tmp_path, untimed, jump):
    """Rows that came by a clock that was years wrong do not make those after them late; no window is judged twice."""
    log, judge = Log(), Judged()
    with closing(follow(untimed, log, tmp_path, judge)) as stream:
        arrivals(log, START, 4, 0)
        run(stream, START + 4 * HOUR)
        arrivals(log, START + 4 * HOUR + jump, 1, 10_000)
        run(stream, START + 5 * HOUR + jump)
        arrivals(log, START + 5 * HOUR, 4, 20_000)
        run(stream, START + 9 * HOUR)
        assert 0 == stream.counts.get("late", 0)
        assert 3600 == stream.counts["rows"]
    on_time = [name for name, trigger in judge.order if trigger is Trigger.ON_TIME]
    assert len(set(on_time)) == len(on_time)
    for hour in (0, 1, 2, 5, 6, 7):
        assert Windows(START + hour * HOUR, HOUR, 1).name(0) in on_time, hour
    assert len(on_time) < 60


def test_rows_ahead_of_a_slow_clock_come_back(tmp_path):
    """Rows an hour ahead of the server's clock are set aside, counted, and in their windows once it is that late."""
    log, judge = Log(), Judged()
    with closing(opened(log, tmp_path, judge)) as stream:
        log.put("predictions", ROWS, received=START + HOUR)
        run(stream, START + HOUR)
        future = stream.counts["future"]
        assert (600, True) == (future + stream.counts["rows"], future > 400)
        run(stream, START + 2 * HOUR)
        assert future > stream.counts["future"] > 0
        run(stream, START + 5 * HOUR)
        assert (600, 0) == (stream.counts["rows"], stream.counts["future"])
        assert [] == list(stream.dropped(DropReason.FUTURE))
        log.put("predictions", ROWS, received=START + 5 * HOUR)
        run(stream, START + 9 * HOUR)
        assert (600, 600) == (stream.counts["rows"], stream.counts["duplicate"])
    on_time = [name for name, trigger in judge.order if trigger is Trigger.ON_TIME]
    assert sorted(set(on_time)) == on_time


def test_rows_of_the_future_survive_retention(tmp_path):
    """The log keeps rows that will come back; those of the far future it does not keep for ever."""
    log = Log()
    with closing(opened(log, tmp_path, Judged())) as stream:
        log.put("predictions", ROWS.head(10).with_columns(pl.col("t") + pl.duration(days=2)), received=START)
        log.put("predictions", ROWS, received=START + DAY)
        run(stream, START + DAY)
        assert 1 == stream.retire()
        log.put("predictions", ROWS.head(5).with_columns(pl.col("t") + pl.duration(days=9_000)), received=START + DAY)
        later = ROWS.with_columns(pl.col("t") + pl.duration(days=40), id=pl.col("id") + 10_000)
        log.put("predictions", later, received=START + 41 * DAY)
        run(stream, START + 41 * DAY)
        assert 4 == stream.retire()


def test_disk_fails_while_rows_come_back(tmp_path, monkeypatch):
    """Nothing of a return that fails stays; the next one brings each row back once."""
    log = Log()
    with closing(opened(log, tmp_path, Judged())) as stream:
        log.put("predictions", ROWS, received=START + HOUR)
        run(stream, START + HOUR)
        before = dict(stream.counts)

        def full(*_):
            raise StoreError("full")

        with monkeypatch.context() as patch:
            patch.setattr(stream.state, "keep_ids", full)
            with pytest.raises(StoreError):
                stream.step(START + 5 * HOUR)
        assert before == stream.counts
        run(stream, START + 5 * HOUR)
        assert 600 == stream.counts["rows"]


def test_scattered_times_open_few_windows(tmp_path):
    """2,000 rows over decades: the oldest are set aside, and empty windows are no more than those with rows."""
    log, judge = Log(), Judged()
    now = START + 365 * DAY
    times = np.linspace(START - 30 * 365 * DAY, now, 2_000).astype(np.int64)
    rows = pl.DataFrame({"id": np.arange(2_000), "x": 0.5, "t": pl.Series(times).cast(pl.Datetime("us"))})
    log.put("predictions", rows, received=now)
    with closing(opened(log, tmp_path, judge)) as stream:
        stream.step(now)
        assert 2_000 == sum(stream.counts.values())
        assert stream.counts["rows"] <= 1_000
        assert stream.counts["too_old"] > 1_000
        first, last = min(stream.panes()), stream.watermark.last_closed()
        due = due_windows(stream.panes(), 1, first, last, settle=False)
        assert stream.counts["rows"] <= len(due) + 1 <= 2 * stream.counts["rows"]


def test_most_panes_of_a_batch():
    """A batch has rows in a thousand panes, or in one for ten rows; beyond, the oldest are set aside."""
    settings = StreamConfig(every="1m")
    sparse, dense = (np.arange(2_000) * MINUTE, np.repeat(np.arange(2_000), 10) * MINUTE)
    scattered = REASONS.index(DropReason.SCATTERED)
    assert list(range(1_000)) == np.flatnonzero(screen(sparse, sparse.max(), settings) == scattered).tolist()
    assert not (screen(dense, dense.max(), settings) == scattered).any()


def test_max_age():
    """How old a row may be is a setting."""
    times = np.array([START - 8 * DAY, START - 6 * DAY, START])
    settings = StreamConfig(max_age="7d")
    assert [REASONS.index(DropReason.TOO_OLD), -1, -1] == screen(times, START, settings).tolist()


def test_long_silence_after_few_rows(tmp_path):
    """After few windows with rows few empty ones are judged; after many, at most 48."""
    log, judge = Log(), Judged()
    plan = replace(MONITOR.plan)
    with closing(follow(plan, log, tmp_path, judge)) as stream:
        log.put("predictions", ROWS, received=START + 24 * HOUR)
        run(stream, START + 24 * HOUR)
        run(stream, START + 200 * HOUR)
    assert 8 == len([name for name, trigger in judge.order if trigger is Trigger.ON_TIME])


@pytest.mark.parametrize(
    ("every", "name"),
    [("1d", "2024-03-10T05:00:00/2024-03-11T04:00:00"), ("1w", "2024-03-04T05:00:00/2024-03-11T04:00:00"),
     ("1h", "2024-03-10T07:00:00/2024-03-10T08:00:00")],
)  # fmt: skip
def test_panes_of_a_zone(every, name):
    """Panes of days and weeks are those of the zone, weeks from Monday on; they close when their local end has come."""
    watermark = Watermark.from_state(StreamConfig(every=every), zone="America/New_York")
    noon = np.array([1_710_057_600e6])  # 10 March 2024 08:00 UTC, the day on which clocks go forward
    panes, drops = watermark.assign(noon - 1, received=noon[0])
    window = watermark.window(int(panes[0]))
    assert ([-1], name) == (drops.tolist(), window.name(0))
    end = window.window().end
    assert [panes[0] - 1, panes[0]] == [watermark.last_closed(end + MINUTE + late) for late in (-1, 0)]

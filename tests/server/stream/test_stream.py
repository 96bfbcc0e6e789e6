"""A stream's profiles are those of a batch over the same rows, whatever the order, the batching and the restarts."""

import dataclasses
import datetime as dt
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline import registry
from driftline.config.settings import StreamConfig
from driftline.errors import StoreError
from driftline.monitor import Monitor
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.profile import Profile
from driftline.server.stream.decode import find_versions
from driftline.server.stream.label_join import id_hashes, label_frame, read_labels, with_labels
from driftline.server.stream.pane import FramesSource, RowSchema
from driftline.server.stream.stream import Stream
from driftline.server.stream.triggers import Trigger
from driftline.server.stream.watermark import DropReason
from driftline.stores.base import open_store
from driftline.types import Column, Kind, Role
from driftline.windows import Windows, iso

HOUR = 3600e6
START = 472_224 * HOUR  # an hour of November 2023
N = 600


@dataclass
class Entry:
    """What a log gives back."""

    position: int
    model: str
    kind: str
    rows: int
    received: float
    data: bytes


class Log(list):
    """The contract of an event log, in memory."""

    def put(self, kind, frame, received=START + 24 * HOUR):
        """Append one batch."""
        out = BytesIO()
        frame.write_ipc_stream(out)
        self.append(Entry(len(self) + 1, "model", kind, frame.height, received, out.getvalue()))

    def read(self, after, most_bytes, model=None):
        """Entries of a model after a position, at least one."""
        read = 0
        for entry in (entry for entry in self[after:] if model in {None, entry.model}):
            yield entry
            read += len(entry.data)
            if read >= most_bytes:
                return


def trips():
    """Rows of about four hours, with labels."""
    rng = np.random.default_rng(7)
    n = N
    times = pl.Series("t", (START + np.arange(n) * (4 * HOUR / n)).astype(np.int64)).cast(pl.Datetime("us"))
    x = rng.normal(size=n)
    columns = {"id": np.arange(n), "x": x, "z": rng.choice(list("ab"), n), "p": 2 * x, "y": 2 * x + rng.normal(size=n)}
    return pl.DataFrame(columns).with_columns(times)


ROWS = trips()
MONITOR = Monitor.fit(
    ROWS, target="y", prediction="p", timestamp="t", id="id", stream=StreamConfig(every="1h"),
    segments=("z", {"where": "p / x > 1.9 and y > p"}, {"columns": ["z"], "edges": {"x": [-0.5, 0.5]}}),
)  # fmt: skip


def batch(rows, hours=5):
    """The profiles of a batch by window and segment as they are kept, as bytes."""
    rows = rows.sort("t", "id")
    source = FramesSource([rows.select(sorted(rows.columns))])
    cells = registry.find("engines", "local")().fold(source, MONITOR.plan, Windows(START, HOUR, hours, judged=True))
    kept = {cell: profile.private(final=False) for cell, profile in cells.items()}
    found = {}
    for cell in sorted(cell for cell in kept if cell.window):
        found.setdefault(cell.window, {})[cell.segment] = kept[cell].dump()
    return found


class Judged(dict):
    """Remembers the last profiles of each window, and how often each was judged."""

    def __init__(self):
        super().__init__()
        self.order = []

    def __call__(self, cells, windows, turn):
        self[windows.name(0)] = {cell.segment: cells[cell].dump() for cell in sorted(cells)}
        self.order.append((windows.name(0), turn))


def opened(log, folder, judge):
    store = open_store(f"sqlite:///{folder}/store.db")
    return Stream(MONITOR.plan, log, store, Path(folder) / "stream.db", "model", judge)


@settings(max_examples=4)
@given(
    seed=st.integers(0, 1000), sizes=st.lists(st.integers(100, 300), min_size=1, max_size=5),
    again=st.floats(0, 1), labels_first=st.booleans(), restarts=st.booleans(), corrected=st.booleans(),
)  # fmt: skip
def test_stream_is_the_batch(seed, sizes, again, labels_first, restarts, corrected):
    """Shuffled rows, rows sent twice, labels before or after, corrected ones, restarts: the same bits as the batch."""
    rows = ROWS.drop("y").sample(fraction=1, shuffle=True, seed=seed)
    truth = ROWS.select("id", "y").sample(fraction=0.6, shuffle=True, seed=seed)
    if corrected:
        truth = pl.concat([truth, truth.head(50).with_columns(pl.col("y") + 1)])
    log, judge = Log(), Judged()
    batches, at = [], 0
    sent = pl.concat([rows, rows.sample(fraction=again, seed=seed)])
    while at < sent.height:
        size = sizes[len(batches) % len(sizes)]
        batches.append(("predictions", sent[at : at + size]))
        at += size
    labelled = [("labels", part) for part in truth.iter_slices(180)]
    with tempfile.TemporaryDirectory() as folder:
        stream = opened(log, folder, judge)
        for kind, frame in [*labelled, *batches] if labels_first else [*batches, *labelled]:
            log.put(kind, frame)
            if restarts:
                stream.step()
                stream.tick()
                stream.close()
                stream = opened(log, folder, judge)
        while stream.step():
            pass
        stream.tick(settle=True)
        counts = dict(stream.counts)
        left = sum(frame.height for frame in stream.dropped(DropReason.DUPLICATE))
        stream.close()
    target, rows = MONITOR.plan.by_name["y"], ROWS.drop("y")
    hashes, _ = id_hashes(rows.get_column("id"))
    expected = batch(with_labels(rows, hashes, label_frame(truth, "id", target, 0), target))
    assert {name: expected[name] for name in list(expected)[:3]} == dict(judge)
    assert (N, sent.height - N) == (counts["rows"], left)
    first = [name for name, turn in judge.order if turn is Trigger.ON_TIME]
    assert sorted(first) == first


def test_late_rows_judge_again_and_too_late_ones_are_kept_apart(tmp_path):
    """A row within the lateness has its window judged again; too late, future and timeless ones are counted."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    late = ROWS.slice(30, 10)
    log.put("predictions", ROWS.join(late, on="id", how="anti"))
    assert (1, 6) == (stream.step(), stream.tick())  # three windows, whose rows bring their labels along
    log.put("predictions", late)
    assert (1, 1) == (stream.step(), stream.tick(settle=True))
    assert batch(ROWS)[judge.order[-1][0]] == judge[judge.order[-1][0]]
    day = ROWS.with_columns(pl.col("t") + pl.duration(days=2), id=pl.col("id") + N)
    log.put("predictions", day, received=START + 72 * HOUR)
    odd = ROWS.head(3).with_columns(
        pl.Series("t", [ROWS["t"][0], None, ROWS["t"][0].replace(year=2090)]), id=pl.col("id") + 9_000
    )
    log.put("predictions", odd, received=START + 72 * HOUR)
    stream.step()
    assert (1, 1, 1) == tuple(stream.counts[reason] for reason in ("late", "no_timestamp", "future"))
    assert [9_000] == [row for frame in stream.dropped(DropReason.LATE) for row in frame["id"].to_list()]
    stream.close()


def test_each_window_ripens_once_in_order(tmp_path):
    """Labels that trickle in have windows judged again; for good once all are there, or no more are due."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    log.put("predictions", ROWS.drop("y"))
    assert (1, 3) == (stream.step(), stream.tick())
    truth = ROWS.select("id", "y")
    log.put("labels", truth[150:300])
    assert (1, 1) == (stream.step(), stream.tick())  # the second is whole, but the first one waits
    assert 0 == stream.tick()
    log.put("labels", truth[:149])
    stream.step()
    stream.tick()
    assert [Trigger.LATE] * 2 == [turn for _, turn in judge.order[3:]]
    week = ROWS[:40].drop("y").with_columns(pl.col("t") + pl.duration(days=8), id=pl.col("id") + 9_000)
    log.put("predictions", week, received=START + 9 * 24 * HOUR)
    stream.step()
    stream.tick()
    ripe = [name for name, turn in judge.order if turn is Trigger.FINAL]
    assert (sorted(ripe), 4) == (ripe, len(ripe))
    stream.close()


def test_silence_closes_windows(tmp_path):
    """After two hours without rows windows close without them; before, or while rows come, time is that of the rows."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    log.put("predictions", ROWS.drop("y"))
    heard = START + 24 * HOUR
    stream.step()
    assert (3, 0) == (stream.tick(heard), stream.tick(heard + 1.9 * HOUR))
    assert 3 == stream.tick(heard + 2.1 * HOUR)  # the last one with rows, and two without
    assert 0 == stream.tick(heard + 2.2 * HOUR)
    stream.close()


def test_windows_overlap(tmp_path):
    """Windows of two hours that begin each hour have the rows of both."""
    config = MONITOR.plan.config.model_copy(update={"stream": StreamConfig(every="1h", length="2h")})
    plan = dataclasses.replace(MONITOR.plan, config=config)
    log, judge = Log(), Judged()
    log.put("predictions", ROWS)
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        stream = Stream(plan, log, store, tmp_path / "stream.db", "model", judge)
        stream.step()
        stream.tick()
        rows = [Profile.load(plan, judge[name][""]).rows for name, turn in judge.order if turn is Trigger.ON_TIME]
        stream.close()
    assert [300, 300] == rows


def test_retention_forgets_old_pieces(tmp_path):
    """What is older than the retention goes, and the log is needed from the first entry of what is left."""
    log = Log()
    stream = opened(log, tmp_path, Judged())
    log.put("predictions", ROWS.drop("y"))
    log.put("labels", ROWS.select("id", "y").head(3))
    log.put("labels", pl.DataFrame({"id": [77_777], "y": [1.0]}))
    later = ROWS.drop("y").with_columns(pl.col("t") + pl.duration(days=31), id=pl.col("id") + N)
    log.put("predictions", later, received=START + 32 * 24 * HOUR)
    stream.step()
    stream.tick()
    assert 4 == stream.retire()
    left = "SELECT (SELECT count(*) FROM panes), (SELECT count(*) FROM entries), (SELECT count(*) FROM labels)"
    assert [(4, 4, 0)] == stream.state.read(left)
    assert len(later) == len(stream.ids)
    stream.close()


def test_one_process_at_a_time(tmp_path):
    """A second one is told that the first has the state open."""
    stream = opened(Log(), tmp_path, Judged())
    with pytest.raises(StoreError, match="another process"):
        opened(Log(), tmp_path, Judged())
    stream.close()


@pytest.mark.parametrize("name", ["*", "^.*$", "^id$", "^[$"])
def test_names_that_look_like_patterns(tmp_path, name):
    """A column whose name Polars would take for a pattern does not stop the stream."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    for part in ROWS.with_columns(pl.lit(1).alias("extra")).rename({"extra": name}).iter_slices(100):
        log.put("predictions", part)
    stream.step()
    stream.tick(settle=True)
    assert N == stream.counts["rows"]
    assert judge
    stream.close()


def test_whole_numbers_beyond_floats(tmp_path):
    """The largest whole number in a column of floats does not stop the stream."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    log.put("predictions", ROWS.with_columns(x=pl.lit(2**63 - 1, pl.Int64)))
    stream.step()
    stream.tick(settle=True)
    assert judge
    stream.close()


UNUSABLE = {
    "text": pl.Series("y", ["soon", "", "1e400"]),
    "null": pl.Series("y", [None, None, None], dtype=pl.Float64),
    "no number": pl.Series("y", [float("nan"), float("inf"), float("-inf")]),
    "truth values": pl.Series("y", [True, False, True]),
    "lists": pl.Series("y", [[1.0], [2.0], []]),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_labels_replace_no_good_one(tmp_path, name):
    """A label that cannot be used is counted, and the one that came before holds; the next good one replaces that."""
    log, judge = Log(), Judged()
    stream = opened(log, tmp_path, judge)
    log.put("predictions", ROWS.drop("y"))
    log.put("labels", ROWS.select("id", "y"))
    log.put("labels", pl.DataFrame([ROWS["id"].head(3), UNUSABLE[name]]))
    log.put("labels", pl.DataFrame({"id": [1], "y": [77.0]}))
    while stream.step():
        pass
    stream.tick(settle=True)
    assert (N + 1, 3) == (stream.counts["labels"], stream.counts["unusable_labels"])
    corrected = ROWS.with_columns(y=pl.when(pl.col("id") == 1).then(77.0).otherwise("y"))
    expected = batch(corrected)
    assert {window: expected[window] for window in expected.keys() & judge.keys()} == dict(judge)
    kept = stream.labels.of(min(stream.panes()))
    assert 2 == kept.filter(pl.col("hash") == id_hashes(pl.Series([1]))[0][0]).height, "the first one is history"
    stream.close()


@pytest.mark.parametrize(
    ("values", "dtype", "read"),
    [
        (["true", "0", "maybe", None], "Boolean", ["true", "false", None, None]),
        ([True, False], "Boolean", ["true", "false"]),
        ([1, 0.5], "Int64", ["true", None]),
    ],
)
def test_labels_of_two_classes(values, dtype, read):
    """Of a target of true and false all that is neither cannot be used."""
    target = ColumnPlan(Column("y", Kind.BOOLEAN, Role.TARGET, dtype))
    assert read == read_labels(pl.Series(values, strict=False), target).to_list()


def test_versions_become_events(tmp_path):
    """The first time of each version of the model is an event, once; times that cannot be are those of the server."""
    log, received = Log(), START + 24 * HOUR
    rows = ROWS.drop("y")
    log.put("predictions", rows[:300].with_columns(model_version=pl.lit("7")), received)
    log.put("predictions", rows[300:].with_columns(model_version=pl.Series([None, "8", "7"] * 100)), received)
    ahead = pl.lit(20_000 * 365 * 24 * int(HOUR)).cast(pl.Datetime("us"))
    log.put("predictions", rows[:3].with_columns(t=ahead, model_version=pl.Series([9, 9, 10])), received)
    for _ in range(2):
        stream = opened(log, tmp_path, Judged())
        while stream.step():
            pass
        found = {event.text: event.at for event in stream.store.events("model")}
        assert {"version"} == {event.kind for event in stream.store.events()}
        with stream.state.writing():
            stream.state.put("cursor", 0)
        stream.close()
    times = {"7": START, "8": START + 301 * 4 * HOUR / N, "9": received, "10": received}
    expected = {f"version {name} first seen": iso(time)[:19] for name, time in times.items()}
    assert expected == {text: at[:19] for text, at in found.items()}


def test_few_versions_become_events(tmp_path, monkeypatch):
    """A column with a version for each row does not flood the time line; a column of the plan is no version."""
    monkeypatch.setattr("driftline.server.stream.stream._VERSIONS", 5)
    log = Log()
    for part in ROWS.drop("y").with_columns(model_version=pl.col("id").cast(pl.String)).iter_slices(100):
        log.put("predictions", part)
    stream = opened(log, tmp_path, Judged())
    while stream.step():
        pass
    assert 5 == len(stream.store.events())
    stream.close()
    frame = ROWS.with_columns(model_version=pl.lit("7"))
    schema = RowSchema(Monitor.fit(frame, timestamp="t").plan)
    assert {} == find_versions(schema, frame, np.zeros(N), START)


@pytest.mark.parametrize(
    "value",
    [7, 1.5, True, None, "8", b"8", dt.timedelta(1), dt.time(1), dt.date(2024, 1, 1), [1], {"a": 1}],
    ids=lambda value: type(value).__name__,
)
def test_versions_of_any_type(value):
    """Whatever type names the version of the model, the batch is taken in, and at most one version is found."""
    frame = ROWS[:3].with_columns(model_version=pl.Series([value] * 3))
    found = find_versions(RowSchema(MONITOR.plan), frame, np.zeros(3), START)
    assert len(found) == (value is not None)
    assert all(isinstance(name, str) for name in found)

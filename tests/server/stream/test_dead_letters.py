"""A batch that cannot be folded is set aside, with its reason; the others are folded as if it had never come."""

from contextlib import closing

import polars as pl
import pytest

from driftline.errors import StoreError
from driftline.server.logs.base import Entry, open_log
from driftline.server.stream import decode, stream
from driftline.server.stream.culprits import find_culprits

from .test_stream import ROWS, START, Judged, batch, opened

HOUR = 3600e6
POISON = 666.0


@pytest.fixture
def log(tmp_path):
    """An empty log."""
    with open_log(f"sqlite:///{tmp_path}/log.db") as made:
        yield made


def put(log, name, frame, kind="predictions"):
    """Append one batch."""
    data = decode_to(frame)
    log.append([Entry(0, "model", kind, name, frame.height, START + 24 * HOUR, data)])


def decode_to(frame):
    """The frame as the log has it."""
    from driftline.data.ipc import to_stream  # noqa: PLC0415 - beside its one use

    return to_stream(frame)


def run(stream):
    """Follow until there is nothing to do."""
    while stream.step() + stream.tick(settle=True):
        pass


@pytest.fixture
def fragile(monkeypatch):
    """A fold that breaks on one value, in rows or labels."""
    fold = stream.fold_pane

    def fold_pane(schema, parts, labels, window):
        parts = list(parts)
        if any((frame["x"] == POISON).any() for frame, _ in parts):
            raise TypeError(f"{POISON} is a secret")
        if labels is not None and (labels["value"] == POISON).any():
            raise pl.exceptions.PanicException(f"{POISON} is a secret")
        return fold(schema, parts, labels, window)

    monkeypatch.setattr(stream, "fold_pane", fold_pane)


@pytest.mark.usefixtures("fragile")
def test_rows_that_break_the_fold(log, tmp_path):
    """Of many batches the one that breaks it is set aside; its ids may come again, and retried it is folded."""
    judge, bad = Judged(), ROWS[200:220].with_columns(x=pl.lit(POISON))
    parts = [ROWS[:100], bad, ROWS[100:200], ROWS[220:]]
    for at, part in enumerate(parts):
        put(log, f"b{at}", part)
    with closing(opened(log, tmp_path, judge)) as followed:
        run(followed)
        expected = batch(pl.concat([ROWS[:200], ROWS[220:]]))
        assert {name: expected[name] for name in list(expected)[:3]} == dict(judge)
        assert (580, 20) == (followed.counts["rows"], followed.counts["set_aside"])
        (letter,) = log.dead_letters("model")
        assert ("b1", 20, True) == (letter.batch, letter.rows, letter.reason.startswith("TypeError in "))
        assert "secret" not in letter.reason
        put(log, "again", ROWS[200:220])
        run(followed)
        assert batch(ROWS)[judge.order[-1][0]] == judge[judge.order[-1][0]]
        assert 600 == followed.counts["rows"]


def test_retried(log, tmp_path, monkeypatch):
    """What was set aside is folded once it can be, as if it had been so at once."""
    judge, fold = Judged(), stream.fold_pane

    def broken(schema, parts, labels, window):
        parts = list(parts)
        if any((frame["id"] == 0).any() for frame, _ in parts):
            raise TypeError
        return fold(schema, parts, labels, window)

    for at, part in enumerate(ROWS.iter_slices(200)):
        put(log, f"b{at}", part)
    with closing(opened(log, tmp_path, judge)) as followed:
        monkeypatch.setattr(stream, "fold_pane", broken)
        run(followed)
        assert 400 == followed.counts["rows"]
        monkeypatch.setattr(stream, "fold_pane", fold)
        assert (1, 0) == (log.retry("model"), len(log.dead_letters()))
        run(followed)
        expected = batch(ROWS)
        assert {name: expected[name] for name in list(expected)[:3]} == dict(judge)
        assert (600, 0) == (followed.counts["rows"], followed.counts.get("duplicate", 0))


@pytest.mark.usefixtures("fragile")
def test_labels_that_break_the_fold(log, tmp_path):
    """Labels are set aside like rows, and their rows are judged without them; so they are under a panic of Polars."""
    judge, rows = Judged(), ROWS.drop("y")
    put(log, "rows", rows)
    put(log, "good", ROWS.select("id", "y")[:50], "labels")
    put(log, "bad", pl.DataFrame({"id": [60], "y": [POISON]}), "labels")
    with closing(opened(log, tmp_path, judge)) as followed:
        run(followed)
        assert ["bad"] == [letter.batch for letter in log.dead_letters()]
        assert (600, 50, 1) == tuple(followed.counts[name] for name in ("rows", "labels", "set_aside"))
        assert 3 == len(judge)


@pytest.mark.parametrize("kind", ["predictions", "labels"])
def test_batch_that_cannot_be_decoded(log, tmp_path, kind):
    """A batch that is no Arrow stream is set aside at once; the cursor goes on."""
    judge = Judged()
    log.append([Entry(0, "model", kind, "bad", 7, START, b"no arrow")])
    put(log, "good", ROWS)
    with closing(opened(log, tmp_path, judge)) as followed:
        run(followed)
        assert (600, 7) == (followed.counts["rows"], followed.counts["set_aside"])
        assert ["bad"] == [letter.batch for letter in log.dead_letters()]


@pytest.mark.parametrize("error", [StoreError("gone"), MemoryError(), OSError(5, "I/O")])
def test_failures_of_the_machine_set_nothing_aside(log, tmp_path, monkeypatch, error):
    """A disk that fails or a lack of memory is no fault of the rows: it is raised, and works again afterwards."""

    def broken(*_):
        raise error

    put(log, "rows", ROWS)
    judge = Judged()
    for place, name in ((decode, "from_stream"), (stream, "fold_pane")):
        with closing(opened(log, tmp_path, judge)) as followed, monkeypatch.context() as patch:
            patch.setattr(place, name, broken)
            with pytest.raises(type(error)):
                run(followed)
    with closing(opened(log, tmp_path, judge)) as followed:
        run(followed)
        assert (3, [], 600) == (len(judge), log.dead_letters(), followed.counts["rows"])


def test_labels_without_rows(log, tmp_path):
    """Labels that hold no label with an id are nothing, and stop nothing."""
    put(log, "none", pl.DataFrame({"id": [], "y": []}, {"id": pl.Int64, "y": pl.Float64}), "labels")
    put(log, "no id", pl.DataFrame({"id": [None], "y": [1.0]}, {"id": pl.Int64, "y": pl.Float64}), "labels")
    put(log, "rows", ROWS)
    with closing(opened(log, tmp_path, Judged())) as followed:
        run(followed)
        assert (600, []) == (followed.counts["rows"], log.dead_letters())


def test_batch_that_cannot_be_placed(log, tmp_path, monkeypatch):
    """A bug where rows are placed costs the batches that meet it, not the others of the same step."""
    add = stream.Placement.add

    def broken(self, placed, ids, since):
        if any(rows.position == 2 for rows in placed):
            raise TypeError
        add(self, placed, ids, since)

    monkeypatch.setattr(stream.Placement, "add", broken)
    for at, part in enumerate(ROWS.iter_slices(200)):
        put(log, f"b{at}", part)
    with closing(opened(log, tmp_path, Judged())) as followed:
        run(followed)
        assert (400, 200) == (followed.counts["rows"], followed.counts["set_aside"])
        assert ["b1"] == [letter.batch for letter in log.dead_letters()]


def test_fault_of_no_batch(log, tmp_path, monkeypatch):
    """A fold that fails without any batch is a bug: it is raised, and no batch is blamed."""

    def broken(*_):
        raise TypeError

    put(log, "rows", ROWS)
    with closing(opened(log, tmp_path, Judged())) as followed:
        monkeypatch.setattr(stream, "fold_pane", broken)
        with pytest.raises(TypeError):
            run(followed)
        assert [] == log.dead_letters()


@pytest.mark.usefixtures("fragile")
def test_killed_between_log_and_state(log, tmp_path, monkeypatch):
    """A process that ends after it kept the dead letter, before the stream forgot the batch, finds it once more."""
    put(log, "bad", ROWS.with_columns(x=pl.lit(POISON)))

    def killed(*_):
        raise StoreError("killed")

    with closing(opened(log, tmp_path, Judged())) as followed, monkeypatch.context() as patch:
        patch.setattr(stream.Placement, "remove", killed)
        with pytest.raises(StoreError):
            run(followed)
    with closing(opened(log, tmp_path, Judged())) as followed:
        run(followed)
        assert (1, 0, 600) == (len(log.dead_letters()), followed.counts["rows"], followed.counts["set_aside"])


@pytest.mark.parametrize("bad", [[], [0], [9], [3, 4], list(range(10))])
def test_culprits_are_found(bad):
    """Exactly the batches that fail alone are found."""
    assert bad == find_culprits(range(10), lambda batches: not set(bad) & set(batches))


@pytest.mark.usefixtures("fragile")
def test_store_holds_no_trace(log, tmp_path):
    """A batch that spans windows is gone from all of them, those that were folded with it too."""
    judge = Judged()
    put(log, "good", ROWS[:300])
    with closing(opened(log, tmp_path, judge)) as followed:
        run(followed)
        put(log, "bad", ROWS[300:].with_columns(x=pl.when(pl.col("id") > 440).then(POISON).otherwise(pl.col("x"))))
        run(followed)
        assert (300, 300) == (followed.counts["rows"], followed.counts["set_aside"])
        assert [] == followed.state.read("SELECT * FROM panes WHERE rows > 0 AND pane > ?", START // HOUR + 1)

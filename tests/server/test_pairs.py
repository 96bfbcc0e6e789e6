"""Halves of calls: kept durably until the other half comes, logged once, given up in time, and bounded."""

import sqlite3

import pytest

from driftline.data.ipc import from_stream
from driftline.data.serving.cloudevents import InferenceEvent
from driftline.data.serving.inference import Names
from driftline.errors import BusyError, ConflictError, InputError
from driftline.server.pairs import Pairs

TIME = "2024-05-01T12:00:00Z"
REQUEST = InferenceEvent("c", False, TIME, {"instances": [{"x": 1.5}]})
RESPONSE = InferenceEvent("c", True, TIME, {"predictions": [2.5]})


@pytest.fixture
def kept(tmp_path, served):
    """Pairs over an empty file, which give up at once when they are swept."""
    with Pairs(tmp_path / "pairs.db", served.app.ingest, patience=0) as pairs:
        yield pairs


def logged(served):
    return [row for entry in served.log.read(0, 1 << 20) for row in from_stream(entry.data).to_dicts()]


def rest(kept):
    return kept._db.execute("SELECT count(*) FROM halves").fetchone()[0]


@pytest.mark.parametrize("halves", [(REQUEST, RESPONSE), (RESPONSE, REQUEST), (REQUEST, REQUEST, RESPONSE)])
def test_a_call_is_logged_once_it_is_whole(kept, served, halves):
    """In any order, and delivered twice, the call's rows are logged when both halves are there."""
    assert [None] * (len(halves) - 1) + [1] == [kept.take("model", half, Names()) for half in halves]
    assert [{"x": 1.5, "prediction": 2.5, "id": "c", "t": TIME}] == logged(served)
    assert (0, 0) == (kept.held, rest(kept))


def test_delivered_again_after_it_was_logged(kept, served):
    """A call that comes again changes nothing; a request alone that comes again is forgotten in time."""
    for half in (REQUEST, RESPONSE, REQUEST, RESPONSE, REQUEST):
        kept.take("model", half, Names())
    kept.sweep()
    assert (1, 0) == (len(logged(served)), rest(kept))


def test_a_restart_loses_nothing(tmp_path, served):
    """A half that was taken is there when the file is opened again, with its names."""
    with Pairs(tmp_path / "pairs.db", served.app.ingest) as pairs:
        pairs.take("model", InferenceEvent("c", False, None, {"instances": [[7]]}), Names(columns=("x",)))
        held = pairs.held
    with Pairs(tmp_path / "pairs.db", served.app.ingest) as pairs:
        assert held == pairs.held
        pairs.take("model", RESPONSE, Names())
    assert [{"x": 7, "prediction": 2.5, "id": "c"}] == logged(served)


def test_halves_alone(kept, served):
    """A request without a response is logged without a prediction; a response alone is dropped and counted."""
    kept.take("model", REQUEST, Names())
    kept.take("other", RESPONSE, Names())
    kept.sweep()
    assert ([{"x": 1.5, "id": "c", "t": TIME}], 1, 0) == (logged(served), kept.unmatched, rest(kept))


def test_halves_that_do_not_match(kept, served):
    """They are refused when the second comes, and forgotten: they never will."""
    kept.take("model", REQUEST, Names())
    with pytest.raises(InputError, match="1 rows in the request, but 2"):
        kept.take("model", InferenceEvent("c", True, TIME, {"predictions": [1, 2]}), Names())
    assert ([], 0, 0) == (logged(served), rest(kept), kept.held)


def test_an_id_that_is_used_again(kept, served):
    """Another call under the id of an earlier one is refused, and the earlier one stays."""
    for half in (REQUEST, RESPONSE, REQUEST):
        kept.take("model", half, Names())
    with pytest.raises(ConflictError, match="sent before with other rows"):
        kept.take("model", InferenceEvent("c", True, TIME, {"predictions": [9]}), Names())
    assert ([2.5], 0) == ([row["prediction"] for row in logged(served)], rest(kept))


def test_a_time_that_cannot_be_read_is_swept_away(kept, served):
    """A request that can never be logged does not stop the sweep."""
    kept.take("model", InferenceEvent("a", False, "soon", {"instances": [{"x": 1}]}), Names())
    kept.take("model", REQUEST, Names())
    kept.sweep()
    assert ([1.5], 0) == ([row["x"] for row in logged(served)], rest(kept))


def test_bounds(kept):
    """When too much waits, a half is refused for now, and nothing of it is kept."""
    kept.most = 40
    kept.take("model", REQUEST, Names())
    with pytest.raises(BusyError, match="send it again later"):
        kept.take("model", InferenceEvent("d", False, None, {"instances": [{"x": 1.5}]}), Names())
    assert 1 == rest(kept)


def test_a_disk_that_fails_keeps_the_call(kept, served, monkeypatch):
    """Where the log cannot be written the halves stay, and the next sweep logs them."""

    def fail(*_):
        raise BusyError("not now")

    kept.take("model", REQUEST, Names())
    with monkeypatch.context() as patch:
        patch.setattr(served.app.ingest, "append", fail)
        with pytest.raises(BusyError):
            kept.take("model", RESPONSE, Names())
    assert 2 == rest(kept)
    kept.sweep()
    assert (1, 0) == (len(logged(served)), rest(kept))


def test_long_ids_name_their_batch_by_a_hash(kept, served):
    """An id that cannot name a batch is still the id of its row."""
    call = "é" * 500
    for half in (REQUEST, RESPONSE):
        kept.take("model", InferenceEvent(call, half.is_response, None, half.payload), Names())
    (entry,) = served.log.read(0, 1 << 20)
    assert (64, call) == (len(entry.batch), from_stream(entry.data)["id"][0])


def test_the_file_is_durable(kept):
    """What is acknowledged survives a crash of the machine."""
    assert ("wal", 2) == (
        kept._db.execute("PRAGMA journal_mode").fetchone()[0],
        kept._db.execute("PRAGMA synchronous").fetchone()[0],
    )
    with pytest.raises(sqlite3.IntegrityError):
        kept._db.execute("INSERT INTO halves VALUES ('m', 'c', 0, '', NULL, NULL, 0)")

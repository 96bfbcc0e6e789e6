"""What the door answers as fine can be folded: ids, times and names that cannot be are refused with row and column."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from driftline.data.decode import as_numbers
from driftline.data.ipc import from_stream, to_stream
from driftline.data.payload import ARROW
from driftline.monitor import Monitor
from driftline.server import ingest
from driftline.server.stream.pane import RowSchema
from driftline.types import Kind, Role
from driftline.windows import microseconds

NOW = microseconds(datetime(2030, 1, 1, tzinfo=UTC))
TIMES = [
    "2024-02-01T08:00", "2024-02-01T08:00Z", "2024-02-01 08:00:00", "2024-02-01T08:00:00.5",
    "2024-02-01T08:00:00.123456Z", "2024-02-01T08:00+05:30", "20240201T080000", "2024-02-01", "2024-02-01T08",
    "2024-W05-4", "2024-02-01T08:00:00+05:30", "2024-02-30T08:00:00", "2024-02-01T25:00", "2024-02-01T24:00",
    "0001-01-01T00:00", "soon", "", "NA", "\uff12024-02-01T08:00",
]  # fmt: skip


@pytest.mark.parametrize("text", TIMES)
def test_fast_way_is_the_folds(watched, text):
    """What the fast check of times takes the fold reads as the same time."""
    if ingest._are_plain(RowSchema(watched.plan), pl.DataFrame({"t": [text]}), NOW):
        assert [microseconds(datetime.fromisoformat(text))] == as_numbers(pl.Series([text]), Kind.DATETIME).to_list()


@pytest.mark.parametrize("text", TIMES)
def test_times_are_folded_or_refused(served, text):
    """A time is one that the fold reads, is missing and counted, or is refused with its column and row."""
    response = served.post(json.dumps([{"id": 1, "t": "2024-01-01T00:00:00"}, {"id": 2, "t": text}]))
    is_read = as_numbers(pl.Series([text]), Kind.DATETIME).is_not_null()[0]
    if response.status_code == 422:
        assert not is_read
        assert "column 't', row 1: a time of the form" in response.json()["error"]
    else:
        assert is_read or "no_timestamp" in response.json()


def test_time_of_another_type(served):
    """Lists are no times."""
    frame = pl.DataFrame({"id": [1], "t": [[1, 2]]})
    response = served.post(to_stream(frame), content_type=ARROW)
    assert (422, True) == (response.status_code, "column 't', row 0" in response.json()["error"])


def test_ids_as_inexact_numbers(served):
    """Ids as fractions of 2^53 or more would be mixed up: refused; as whole numbers they stay exact."""
    response = served.post(to_stream(pl.DataFrame({"id": [1.0, 2.0**53]})), content_type=ARROW)
    assert (422, True) == (response.status_code, "column 'id', row 1" in response.json()["error"])
    ids = [2**63 + at for at in range(100)]
    assert 200 == served.post(json.dumps([{"id": each} for each in ids])).status_code
    (entry,) = served.log.read(0, 1)
    assert [str(each) for each in ids] == from_stream(entry.data)["id"].to_list()


@pytest.mark.parametrize("name", ["", "column_0", "*", "^.*$", "^id$", "^[$", "a\nb"])
def test_hostile_names(served, name):
    """A column may have any name, beside any other."""
    assert 200 == served.post(json.dumps([{"": 1, "column_0": 2, name: 3}])).status_code
    (entry,) = served.log.read(0, 1)
    assert [3] == from_stream(entry.data).get_column(name).to_list()


def test_decoder_panics(served, monkeypatch, caplog):
    """A failure inside of the decoder is a 422, counted, and one line of the log without what was sent."""

    def panic(*_, **__):
        raise pl.exceptions.PanicException("secret row")

    monkeypatch.setattr(ingest.payload, "read", panic)
    response = served.post(b'[{"id": 1}]')
    assert (422, 1) == (response.status_code, served.app.ingest.panics)
    assert "the decoder failed on a batch" in caplog.text
    assert "secret row" not in caplog.text + response.text


def test_ids_under_the_roles_name(served):
    """Ids that come as `id`, where the plan's column has another name, are exact too."""
    frame = pl.DataFrame({"trip": range(300), "x": [0.5, 1.5, 2.5] * 100})
    served.app.ingest._schemas["model"] = RowSchema(Monitor.fit(frame, id="trip").plan)
    ids = [2**63 + at for at in range(100)]
    assert 200 == served.post(json.dumps([{"id": each, "x": 1} for each in ids])).status_code
    (entry,) = served.log.read(0, 1)
    assert [str(each) for each in ids] == from_stream(entry.data)["trip"].to_list()


@pytest.mark.parametrize("error", [TypeError("secret row"), pl.exceptions.PanicException("secret row")])
def test_bug_in_decoding_a_rare_type(served, monkeypatch, error, caplog):
    """What the stream could not decode is refused before it is acknowledged, without a word of the rows."""

    def fails(*_):
        raise error

    monkeypatch.setattr(RowSchema, "ids", fails)
    response = served.post(to_stream(pl.DataFrame({"id": [[1]], "x": [1.0]})), content_type=ARROW)
    assert (422, 1) == (response.status_code, served.app.ingest.panics)
    assert "secret" not in response.text + caplog.text
    assert [] == served.log.read(0, 1)


def test_times_that_cannot_be_are_counted(served):
    """Rows that are too old or too scattered are counted in the answer, by the same rule as in the fold."""
    rows = [{"id": at, "t": f"{1950 + at}-01-01T00:00:00"} for at in range(40)]
    assert 40 == served.post(json.dumps(rows)).json()["too_old"]


@pytest.mark.parametrize("zone", [None, "Asia/Kolkata"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_datetimes_that_cannot_be_are_counted(served, unit, zone):
    """The fast check of datetimes sees what the slow one would: too old, in the future, missing, or nothing of it."""
    now = datetime.now(UTC).replace(tzinfo=None)

    def told(*times):
        series = pl.Series("t", times, pl.Datetime(unit))
        if zone:
            series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        frame = pl.DataFrame({"id": range(len(times)), "t": series})
        answer = served.post(to_stream(frame), content_type=ARROW).json()
        return {name: answer[name] for name in ("too_old", "future", "no_timestamp") if name in answer}

    assert {} == told(now, now - timedelta(hours=3))
    assert {"too_old": 1} == told(now, now - timedelta(days=15_000))
    assert {"future": 1} == told(now + timedelta(days=2), now)
    assert {"no_timestamp": 1} == told(now, None)


@pytest.mark.parametrize("unit", ["ms", "us"])
def test_datetimes_beyond_the_calendar_are_counted(served, unit):
    """What no calendar has is counted, and no library panics on it."""
    times = pl.Series("t", [10**18], pl.Int64).cast(pl.Datetime(unit))
    answer = served.post(to_stream(pl.DataFrame({"id": [1], "t": times})), content_type=ARROW)
    assert (200, 0) == (answer.status_code, served.app.ingest.panics)
    assert 1 == answer.json()["no_timestamp"]


def test_nested_times_beyond_the_calendar(served):
    """The answer names a time that Python has no word for."""
    times = pl.Series("t", [2**62], pl.Int64).cast(pl.Datetime("us")).reshape((1, 1))
    response = served.post(to_stream(pl.DataFrame({"id": [1], "t": times})), content_type=ARROW)
    assert (422, 0) == (response.status_code, served.app.ingest.panics)
    assert "column 't', row 0: a time of the form '[9]' cannot be read" in response.json()["error"]


def test_time_without_a_word(served):
    """A time that is NaN is refused in words, too."""
    response = served.post(to_stream(pl.DataFrame({"id": [1], "t": [float("nan")]})), content_type=ARROW)
    assert (422, 0) == (response.status_code, served.app.ingest.panics)
    assert "column 't', row 0" in response.json()["error"]


def test_unusable_labels_are_counted_in_the_answer(served):
    """Labels without a value that the target can have are kept, and the answer says how many they are."""
    target = served.app.ingest.plans["model"].with_role(Role.TARGET).name
    response = served.post(f'[{{"id": 1, "{target}": 1.5}}, {{"id": 2, "{target}": 1e400}}, {{"id": 3}}]', "labels")
    assert (200, 2) == (response.status_code, response.json()["unusable_labels"])
    assert "unusable_labels" not in served.post(json.dumps([{"id": 1, target: 1.5}]), "labels").json()

"""Rows over HTTP: every form and packing, each batch once, bounds, back-pressure, faults of the disk; all in words."""

import asyncio
import gzip
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from driftline.data.ipc import from_stream, to_stream
from driftline.data.payload import ARROW, JSON, LINES
from harness.kill_client import rows
from harness.patience import PATIENCE

from ..conftest import got, posted

FRAME = rows(1).drop("y")
TEXT = json.dumps(FRAME.to_dicts()).encode()
FORMS = {ARROW: to_stream(FRAME), JSON: TEXT, LINES: FRAME.write_ndjson().encode()}


PACKED = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
}


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("form", FORMS)
def test_forms(served, form, encoding):
    """Whatever the form and the packing, the log has the rows, as they were sent."""
    packed = {"content_encoding": encoding} if encoding else {}
    answer = served.post(PACKED[encoding](FORMS[form]), content_type=form, idempotency_key="a", **packed)
    assert (200, {"batch": "a", "rows": FRAME.height, "duplicate": False}) == (answer.status_code, answer.json())
    (entry,) = served.log.read(0, 1)
    assert ("model", "predictions", "a", FRAME.height) == (entry.model, entry.kind, entry.batch, entry.rows)
    assert_frame_equal(FRAME, from_stream(entry.data))


def test_each_batch_once(served):
    """A batch is known by its name, without one by its bytes; models and kinds are apart."""
    labels = json.dumps(rows(1).select("id", "y").to_dicts())
    sent = [
        posted(TEXT, idempotency_key="a"), posted(TEXT, idempotency_key="a"), posted(TEXT, "predictions", "other"),
        posted(labels, "labels", idempotency_key="a"), posted(TEXT), posted(TEXT),
    ]  # fmt: skip
    answers = [served.ask(each)[0].json() for each in sent]
    assert [False, True, False, False, False, True] == [each["duplicate"] for each in answers]
    assert answers[4]["batch"] == answers[5]["batch"] == answers[2]["batch"]
    assert 4 == len(served.log.read(0, 1_000_000))


def test_reused_key(served):
    """The same key with other rows is 409 and keeps the first ones; with the same rows, in any form, a duplicate."""
    assert 200 == served.post(TEXT, idempotency_key="a").status_code
    response = served.post(b'[{"id": 1}]', idempotency_key="a")
    assert (409, True) == (response.status_code, "send new rows under a new" in response.json()["error"])
    for form, body in FORMS.items():
        assert served.post(body, content_type=form, idempotency_key="a").json()["duplicate"]
    assert served.log.find("model", "predictions", "b") is None
    assert FRAME.height == served.log.find("model", "predictions", "a").rows
    served.log.trim(1_000_000, "model")
    assert served.post(b"[]", idempotency_key="a").json()["duplicate"]


def test_same_batch_at_the_same_time(served):
    """Of one batch that comes twenty times at once, one is new."""
    answers = served.ask(*(posted(TEXT, idempotency_key="a") for _ in range(20)))
    assert (1, 19) == tuple(sum(each.json()["duplicate"] is is_known for each in answers) for is_known in (False, True))
    assert 1 == len(served.log.read(0, 1_000_000))


DEEP = b"[" * 3000 + b"]" * 3000
HUGE = json.dumps([{"id": 1, "x": "9" * 2000}]).encode()
WIDE = json.dumps([{f"x{at}": at for at in range(60)}]).encode()
REFUSED = {
    "no JSON": (b"[{]", {}, 422, "no JSON"),
    "an object": (b"{}", {}, 422, "found an object"),
    "a number": (b"[1]", {}, 422, "row 0 is a number"),
    "empty": (b"", {}, 422, "the body is empty"),
    "no UTF-8": (b'[{"x": "\xff"}]', {}, 422, "no JSON"),
    "half a surrogate": (b'[{"x": "\\ud800"}]', {}, 422, "no JSON"),
    "deep": (DEEP, {}, 422, "no JSON"),
    "lines": (b'{"id": 1}\n{"id"', {"content_type": LINES}, 422, "line 2 of the body is no JSON"),
    "two on a line": (b'{"id": 1},{"id": 2}', {"content_type": LINES}, 422, "line 1"),
    "no Arrow": (b"rows", {"content_type": ARROW}, 422, "no Arrow IPC stream"),
    "half of Arrow": (FORMS[ARROW][:300], {"content_type": ARROW}, 422, "Arrow IPC stream"),
    "CSV": (b"x\n1", {"content_type": "text/csv"}, 415, "text/csv"),
    "br": (b"x", {"content_encoding": "br"}, 415, "expected gzip, zstd or identity"),
    "no gzip": (TEXT, {"content_encoding": "gzip"}, 422, "the body is not gzip"),
    "half of gzip": (gzip.compress(TEXT)[:-9], {"content_encoding": "gzip"}, 422, "cut short"),
    "no zstd": (TEXT, {"content_encoding": "zstd"}, 422, "the body is not zstd"),
    "half of zstd": (PACKED["zstd"](TEXT)[:-9], {"content_encoding": "zstd"}, 422, "zstd"),
    "a bomb": (gzip.compress(bytes(50_000_000)), {"content_encoding": "gzip"}, 413, "once unpacked"),
    "a bomb of zstd": (PACKED["zstd"](bytes(50_000_000)), {"content_encoding": "zstd"}, 413, "once unpacked"),
    "a large body": (b" " * 100_001, {}, 413, "more than 100,000 bytes"),
    "many rows": (b"[" + b"{}," * 1000 + b"{}]", {}, 413, "more than 1,000 rows"),
    "many columns": (WIDE, {}, 413, "more than 50 columns"),
    "a long text": (HUGE, {}, 413, "column 'x', row 0: a text of more than 1,000 bytes"),
    "a long name": (json.dumps([{"x" * 2000: 1}]).encode(), {}, 413, "a column's name"),
    "an id without a value": (b'[{"id": "a"}, {"id": null}]', {}, 422, "column 'id', row 1: an id without a value"),
    "a long batch id": (TEXT, {"idempotency_key": "a" * 201}, 422, "expected 1 to 200 printable"),
    "an odd batch id": (TEXT, {"idempotency_key": "a\tb"}, 422, "printable"),
    "many rows of Arrow": (to_stream(pl.DataFrame({"x": [1] * 1001})), {"content_type": ARROW}, 413, "1,000 rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(served, case):
    """What cannot be read or is too large is refused in words, and leaves nothing."""
    body, headers, status, words = REFUSED[case]
    answer = served.post(body, **headers)
    assert (status, True) == (answer.status_code, words in answer.json()["error"]), answer.text
    assert [] == served.log.read(0, 1)


def test_ids_that_are_not_numbers(served):
    """NaN is no id; null, NaN and infinity as values are taken in, for they are what is watched."""
    frame = pl.DataFrame({"id": [1.0, float("nan")]})
    answer = served.post(to_stream(frame), content_type=ARROW)
    assert (422, "column 'id', row 1: an id without a value; give each row one, or leave out 'id'") == (
        answer.status_code, answer.json()["error"],
    )  # fmt: skip
    odd = [float("nan"), float("inf"), None, 1e308]
    assert 200 == served.post(to_stream(pl.DataFrame({"id": range(4), "x": odd})), content_type=ARROW).status_code
    assert 200 == served.post(b'[{"id": 1, "x": 1}, {"id": 1, "x": "many"}, {"id": 2, "x": [1]}]').status_code


def test_unknown_models_and_paths(served):
    """Unknown models, kinds, paths and methods are told apart; labels need the target's column."""
    found = served.ask(
        posted(TEXT, model="bus"), posted(TEXT, "rows"), got("/v1/models/model/predictions"), got("/nothing"),
        posted(b'[{"id": 1}]', "labels"), posted(TEXT, model="../model"), got("/v1/models"), got("/healthz"),
        got("/readyz"), got("/openapi.json"),
    )  # fmt: skip
    assert [404, 404, 405, 404, 422, 404, 200, 200, 200, 200] == [each.status_code for each in found]
    assert "POST" == found[2].headers["allow"]
    assert {"error": "labels without the column 'y'; expected 'id' and 'y'"} == found[4].json()
    assert {"models": ["model", "other"]} == found[6].json()


def test_clocks_that_are_wrong(served):
    """Rows from the future, and rows without a time, are taken in and counted."""
    times = ["2024-01-01T00:00:00", "2199-01-01T00:00:00", "NA", None]
    answer = served.post(json.dumps([{"id": at, "t": time} for at, time in enumerate(times)]))
    assert (200, 2, 1) == (answer.status_code, answer.json()["no_timestamp"], answer.json()["future"])


def test_back_pressure(served, tmp_path):
    """While the disk does not take more, more is refused at once, to come again; what was taken is then kept."""
    served.limited(20_000)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(100) as pool:
        asked, deadline = [], time.monotonic() + PATIENCE
        while served.app.ingest.group_commit.waiting <= 20_000 - len(FORMS[ARROW]) and time.monotonic() < deadline:
            asked.append(
                pool.submit(served.ask, *(posted(TEXT, idempotency_key=f"{len(asked)}/{at}") for at in range(20)))
            )
            time.sleep(0.1)
        refused = served.post(TEXT, idempotency_key="more")
        other.execute("ROLLBACK")
        other.close()
        answers = [answer for each in asked for answer in each.result(PATIENCE)]
    assert (429, "1") == (refused.status_code, refused.headers["retry-after"])
    assert {200, 429} == {each.status_code for each in answers}
    kept = {each.json()["batch"] for each in answers if each.status_code == 200}
    assert kept == {each.batch for each in served.log.read(0, 10_000_000)}
    assert 0 == served.app.ingest.group_commit.waiting
    assert 200 == served.post(TEXT, idempotency_key="more").status_code


def test_database_that_turns_read_only(served):
    """A log that cannot be written is a 503 with words, and /readyz says so; it goes on afterwards."""
    served.log._writer.execute("PRAGMA query_only = ON")
    answer = served.post(TEXT)
    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
    assert "cannot be written" in answer.json()["error"]
    assert 503 == served.ask(got("/readyz"))[0].status_code
    served.log._writer.execute("PRAGMA query_only = OFF")
    assert 200 == served.post(TEXT).status_code


def test_slow_body(served):
    """A body that comes too slowly is given up."""

    async def forever():
        yield b"["
        await asyncio.sleep(60)

    (answer,) = served.patient(0.05).ask(posted(forever()))
    assert (408, "close") == (answer.status_code, answer.headers["connection"])


def test_rate(served):
    """Who asks too often is told when to come again."""
    served.app.authenticator.rate = 5
    found = served.ask(*(got("/v1/models") for _ in range(20)))
    statuses = [each.status_code for each in found]
    assert {200, 429} == set(statuses)
    assert "1" == found[statuses.index(429)].headers["retry-after"]


def test_other_sites_pages(served):
    """Without tokens a browser cannot be led here by another name."""
    request = httpx.Request("GET", "http://evil.example/v1/models")
    assert 403 == served.ask(request)[0].status_code


def test_numbers_of_any_size(served):
    """Whole numbers beyond 64 bits, and numbers beyond floats, are no defect."""
    body = b'[{"id": 1, "x": 123456789012345678901234567890}, {"id": 2, "x": 1e999}, {"id": 3, "x": -1}]'
    assert 200 == served.post(body).status_code
    (entry,) = served.log.read(0, 1)
    assert [1.2345678901234568e29, np.inf, -1.0] == from_stream(entry.data)["x"].to_list()


def test_deleted_log(served, tmp_path):
    """While the log's file is gone, or another is in its place, nothing is acknowledged; back again, all goes on."""
    path, away = tmp_path / "log.db", tmp_path / "away.db"
    assert 200 == served.post(TEXT).status_code
    path.rename(away)
    for _ in range(2):
        response = served.post(b'[{"id": 77}]')
        assert (503, "5") == (response.status_code, response.headers["retry-after"])
        assert "deleted or replaced" in response.json()["error"]
        assert 503 == served.ask(got("/readyz"))[0].status_code
        path.touch()
    away.replace(path)
    assert 200 == served.post(b'[{"id": 77}]').status_code


def test_columns_are_named(served):
    """The answer names columns that are missing or unknown, at most twenty; labels and whole rows have none."""
    row = {"id": 1, "t": "2024-01-01T00:00:00", "x": 1.0, "prediction": 2.0}
    assert not {"missing_columns", "unknown_columns"} & served.post(json.dumps([row])).json().keys()
    odd = {"id": 2, "t": row["t"], "X": 1.0, **{f"new{at}": 1 for at in range(30)}}
    found = served.post(json.dumps([odd])).json()
    assert ["prediction", "x"] == found["missing_columns"]
    assert (20, "X") == (len(found["unknown_columns"]), found["unknown_columns"][0])
    assert {("model", "missing_columns"): 1, ("model", "unknown_columns"): 1} == dict(served.app.ingest.mismatches)
    assert "missing_columns" not in served.post(b'[{"id": 1, "y": 2.0}]', kind="labels").json()


def test_events(served):
    """An event is kept once, at the time that it says, else now; what is none is refused in words."""
    event = {"text": "version 8 d'or", "kind": "deployment", "at": "2024-05-01T14:00:00+02:00", "by": "Ann"}
    first, again = (served.post(json.dumps(event), "events").json() for _ in range(2))
    assert [False, True] == [first["duplicate"], again["duplicate"]]
    now = served.post(b'{"text": "outage"}', "events").json()
    newest, kept = served.store.events("model")
    assert (first["id"], "2024-05-01T12:00:00.000Z", "deployment", "version 8 d'or", "Ann") == (
        kept.id, kept.at, kept.kind, kept.text, kept.person
    )  # fmt: skip
    assert (now["id"], now["at"], "note", None) == (newest.id, newest.at, newest.kind, newest.person)


@pytest.mark.parametrize(
    ("body", "model", "form", "status", "words"),
    [
        (b'{"text": "x"}', "bus", JSON, 404, "no model is called 'bus'"),
        (b'{"text": "x"}', "model", "text/plain", 415, "expected Content-Type: application/json"),
        (b"{", "model", JSON, 422, "no JSON object"),
        (b'["x"]', "model", JSON, 422, "expected a JSON object of texts"),
        (b'{"text": 1}', "model", JSON, 422, "expected a JSON object of texts"),
        (b'{"text": " "}', "model", JSON, 422, "a text of 1 to 2,000 characters"),
        (b'{"text": "x", "sort": "y"}', "model", JSON, 422, "unknown field 'sort'; known are: text, kind, at, by"),
        (b'{"text": "x", "kind": "New Tariff"}', "model", JSON, 422, "one word in lower case"),
        (b'{"text": "x", "at": "tomorrow"}', "model", JSON, 422, "expected a time such as"),
        (b'{"text": "x", "at": "0001-01-01T00:00:00+10:00"}', "model", JSON, 422, "expected a time such as"),
        (json.dumps({"text": "x", "by": "y" * 201}).encode(), "model", JSON, 422, "more than 200 characters"),
        (b'{"text": "' + b"x" * 70_000 + b'"}', "model", JSON, 413, "more than 65,536 bytes"),
    ],
)  # fmt: skip
def test_no_events(served, body, model, form, status, words):
    """What is no event, or of no model, is refused with the reason, and nothing is kept."""
    response = served.post(body, "events", model, content_type=form)
    assert (status, True) == (response.status_code, words in response.json()["error"])
    assert () == served.store.events()

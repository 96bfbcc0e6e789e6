"""Events of model servers and spans of language models over HTTP, as their senders write them."""

import gzip
import json
from dataclasses import replace

import httpx
import pytest

from driftline.data.ipc import from_stream
from driftline.data.serving.cloudevents import STRUCTURED
from driftline.server.pairs import Pairs

from ...data.serving.test_genai_spans import CALL, export

KSERVE = {
    "ce-specversion": "1.0", "ce-id": "c-1", "ce-source": "http://localhost:9081/", "ce-time": "2024-05-01T12:00:00Z",
    "ce-inferenceservicename": "taxi", "ce-namespace": "shop", "ce-component": "predictor", "ce-endpoint": "",
    "content-type": "application/x-www-form-urlencoded",
}  # fmt: skip
REQUEST, RESPONSE = (f"org.kubeflow.serving.inference.{half}" for half in ("request", "response"))


def sent(path, body, **headers):
    return httpx.Request("POST", f"http://localhost/v1/models/{path}", content=body, headers=headers)


@pytest.fixture
def paired(served, tmp_path):
    """The application with a file for halves of calls."""
    with Pairs(tmp_path / "pairs.db", served.app.ingest) as pairs:
        yield replace(served, app=replace(served.app, pairs=pairs))


def logged(served):
    return [row for entry in served.log.read(0, 1 << 20) for row in from_stream(entry.data).to_dicts()]


def test_kserve(paired):
    """A request and its response, as KServe's agent sends them, become the call's rows."""
    path = "model/cloudevents?columns=x"
    asked = sent(path, b'{"instances": [[1.5], [2.5]]}', **KSERVE | {"ce-type": REQUEST})
    answered = sent(path, b'{"predictions": [3, 4]}', **KSERVE | {"ce-type": RESPONSE})
    answers = [paired.ask(each)[0].json() for each in (asked, answered)]
    assert [{"call": "c-1", "rows": 0, "complete": False}, {"call": "c-1", "rows": 2, "complete": True}] == answers
    assert [("c-1-0", 1.5, 3), ("c-1-1", 2.5, 4)] == [
        (row["id"], row["x"], row["prediction"]) for row in logged(paired)
    ]


def test_structured_and_packed(paired):
    """An event may be one JSON object, and packed with gzip."""
    events = [
        {"specversion": "1.0", "type": kind, "id": "c", "data": data}
        for kind, data in ((REQUEST, {"instances": [{"x": 1}]}), (RESPONSE, {"predictions": [2]}))
    ]
    headers = {"content-type": STRUCTURED, "content-encoding": "gzip"}
    answers = paired.ask(*(sent("model/cloudevents", gzip.compress(json.dumps(e).encode()), **headers) for e in events))
    assert {200} == {answer.status_code for answer in answers}
    assert [{"x": 1, "prediction": 2, "id": "c"}] == logged(paired)


REFUSED = {
    "unknown type": ("model/cloudevents", b"{}", KSERVE | {"ce-type": "a.b"}, 415, "ce-type is 'a.b'; known are"),
    "no event": ("model/cloudevents", b"{}", {}, 415, "ce-specversion is missing"),
    "unknown protocol": ("model/cloudevents", b'{"data": 1}', KSERVE | {"ce-type": REQUEST}, 415, "the keys 'data'"),
    "no names": ("model/cloudevents", b'{"instances": [[1]]}', KSERVE | {"ce-type": REQUEST}, 422, "add columns="),
    "names": ("model/cloudevents?columns=a,a", b"{}", KSERVE, 422, "expected names with commas"),
    "unknown model": ("nothing/cloudevents", b"{}", KSERVE, 404, "no model is called 'nothing'"),
    "empty": ("model/cloudevents", b"", KSERVE, 422, "the body is empty"),
    "id twice": ("model/cloudevents", b"{}", [*KSERVE.items(), ("ce-id", "d")], 400, "ce-id was sent 2 times"),
    "too large": ("model/cloudevents", b"[" * 100_001, KSERVE, 413, "a body of more than 100,000 bytes"),
    "no spans": ("model/traces", b"{}", {"content-type": "application/json"}, 422, "an object with resourceSpans"),
    "protobuf": ("model/traces", b"", {"content-type": "application/x-protobuf"}, 415, "set the exporter's encoding"),
    "traces of nothing": ("nothing/traces", b"{}", {"content-type": "application/json"}, 404, "no model is called"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(paired, case):
    """What is unknown or too large is refused in words, and nothing of it is kept."""
    path, body, headers, status, message = REFUSED[case]
    request = httpx.Request("POST", f"http://localhost/v1/models/{path}", content=body, headers=headers)
    (answer,) = paired.ask(request)
    assert (status, True) == (answer.status_code, message in answer.json()["error"])
    assert ([], 0) == (logged(paired), paired.app.pairs.held)


def test_a_server_without_a_file_for_halves(served):
    """Such a server says that it takes no events."""
    (answer,) = served.ask(sent("model/cloudevents", b"{}", **KSERVE))
    assert (503, "this server keeps no halves of calls") == (answer.status_code, answer.json()["error"])


def test_spans(served):
    """Calls are logged once, however often an export comes; other spans are counted."""
    traces = export(CALL)
    traces["resourceSpans"][0]["scopeSpans"][0]["spans"].append({"name": "GET"})
    request = sent("model/traces", json.dumps(traces).encode(), **{"content-type": "application/json"})
    answers = [served.ask(request)[0].json() for _ in range(2)]
    assert [{"partialSuccess": {}, "rows": 1, "otherSpans": 1}] * 2 == answers
    (row,) = logged(served)
    assert ("0af7-b7ad", 12, "2024-05-01T12:00:00+00:00") == (row["id"], row["input_tokens"], row["t"])
    none = sent("model/traces", b'{"resourceSpans": []}', **{"content-type": "application/json"})
    assert 0 == served.ask(none)[0].json()["rows"]

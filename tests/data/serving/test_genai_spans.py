"""Spans of calls of language models, as the OpenTelemetry SDK makes them and as older tracers name things."""

from datetime import UTC, datetime

import pytest

from driftline.data.serving.genai_spans import SCHEMA, read_spans
from driftline.errors import InputError, UnsupportedError


def attribute(key, value):
    forms = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    if type(value) is int:
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, list):
        return {"key": key, "value": {"arrayValue": {"values": [{"stringValue": item} for item in value]}}}
    return {"key": key, "value": {forms[type(value)]: value}}


def export(named, **fields):
    span = {
        "traceId": "0af7", "spanId": "b7ad", "name": "chat m",
        "startTimeUnixNano": "1714564800000000000", "endTimeUnixNano": "1714564801250000000",
        "attributes": [attribute(*pair) for pair in named.items()], **fields,
    }  # fmt: skip
    resource = {"attributes": [attribute("service.name", "shop")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


CALL = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "m",
    "gen_ai.response.model": "m-2024", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 30,
    "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.cost": 0.002, "gen_ai.prompt": "secret words",
}  # fmt: skip


def test_call():
    """A call is a row with what the conventions name; texts of prompts are not in it."""
    ((row,), others) = read_spans(export(CALL))
    assert (list(SCHEMA), 0) == (list(row), others)
    assert row == {
        "id": "0af7-b7ad", "timestamp": datetime(2024, 5, 1, 12, tzinfo=UTC), "service": "shop", "operation": "chat",
        "provider": "openai", "model": "m", "response_model": "m-2024", "input_tokens": 12, "output_tokens": 30,
        "finish_reason": "stop", "latency_seconds": 1.25, "cost": 0.002, "failed": False, "error_type": None,
    }  # fmt: skip


def test_older_names():
    """Names before the conventions were renamed are read too."""
    older = {
        "gen_ai.operation.name": "chat", "gen_ai.system": "az", "gen_ai.usage.prompt_tokens": 5,
        "gen_ai.usage.completion_tokens": 6,
    }  # fmt: skip
    ((row,), _) = read_spans(export(older))
    assert ("az", 5, 6, None) == tuple(row[name] for name in ("provider", "input_tokens", "output_tokens", "cost"))


def test_failures():
    """A call fails by the status of its span or by the type of an error."""
    ((timeout,), _) = read_spans(export(CALL | {"error.type": "timeout"}))
    ((status,), _) = read_spans(export(CALL, status={"code": 2}))
    assert ((True, "timeout"), (True, None)) == tuple((row["failed"], row["error_type"]) for row in (timeout, status))


@pytest.mark.parametrize("attributes", [{}, {"http.method": "GET"}, {"gen_ai.operation.name": "execute_tool"}])
def test_other_spans(attributes):
    """Spans that are no call of a model are counted; those of an agent or tool would count calls twice."""
    assert ([], 1) == read_spans(export(attributes))


REFUSED = {
    "logs": ({"resourceLogs": []}, "resourceLogs: only spans are read"),
    "nothing": ({}, "expected OTLP/JSON, an object with resourceSpans"),
    "list": ({"resourceSpans": {}}, "resourceSpans: expected a list of objects"),
    "time": (export(CALL, startTimeUnixNano=-1), r"spans\[0\].startTimeUnixNano: expected nanoseconds"),
    "id": (export(CALL, spanId=""), r"spans\[0\].spanId: expected an id"),
    "tokens": (
        export(CALL | {"gen_ai.usage.input_tokens": "many"}),
        "gen_ai.usage.input_tokens: expected a whole number",
    ),
    "attribute": (
        export(CALL, attributes=[{"key": "gen_ai.operation.name", "value": {"bytesValue": "AA=="}}]),
        r"attributes\[0\] \(gen_ai.operation.name\): a value of the form 'bytesValue' is not read",
    ),
    "status": (export(CALL, status=3), "status: expected an object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    """What cannot be read is refused by its key."""
    traces, message = REFUSED[case]
    with pytest.raises((InputError, UnsupportedError), match=message):
        read_spans(traces)

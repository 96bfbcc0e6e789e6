"""OpenTelemetry spans of calls of language models as rows: OTLP/JSON, with the conventions for generative AI.

Sources: OpenTelemetry's OTLP specification (JSON encoding), and its semantic conventions for generative AI, whose names
since version 1.37 are read, and the older `gen_ai.system`, `gen_ai.usage.prompt_tokens` and `completion_tokens`. The
cost is in no convention; it is read from `gen_ai.usage.cost`, as several tracers write it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from driftline.errors import InputError, UnsupportedError

SCHEMA: Mapping[str, pl.DataType] = {
    "id": pl.String(), "timestamp": pl.Datetime("us", "UTC"), "service": pl.String(), "operation": pl.String(),
    "provider": pl.String(), "model": pl.String(), "response_model": pl.String(), "input_tokens": pl.Int64(),
    "output_tokens": pl.Int64(), "finish_reason": pl.String(), "latency_seconds": pl.Float64(), "cost": pl.Float64(),
    "failed": pl.Boolean(), "error_type": pl.String(),
}  # fmt: skip
"""The columns of a call, and their types. Texts of prompts and answers are never read."""
_NO_CALLS = frozenset({"create_agent", "invoke_agent", "invoke_workflow", "execute_tool"})  # their calls have spans
_ATTRIBUTES = {
    "operation": ("gen_ai.operation.name",),
    "provider": ("gen_ai.provider.name", "gen_ai.system"),
    "model": ("gen_ai.request.model",),
    "response_model": ("gen_ai.response.model",),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "finish_reason": ("gen_ai.response.finish_reasons",),
    "cost": ("gen_ai.usage.cost",),
    "error_type": ("error.type",),
}
_READ = {name for names in _ATTRIBUTES.values() for name in names} | {"service.name"}
_ERROR = (2, "STATUS_CODE_ERROR")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_NANOSECONDS = 2**63 - 1


def read_spans(traces: Any) -> tuple[list[dict[str, Any]], int]:
    """The calls of language models among spans, a row each with the columns of `SCHEMA`, and how many spans are others.

    Raises:
        UnsupportedError: when it holds logs or metrics instead of spans, or a value of an unknown form.
        InputError: when it is no OTLP/JSON; the message names the key.

    >>> span = {"traceId": "a", "spanId": "b", "startTimeUnixNano": "0", "endTimeUnixNano": "1500000000",
    ...         "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
    ...                        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}}]}
    >>> rows, others = read_spans({"resourceSpans": [{"scopeSpans": [{"spans": [span, {}]}]}]})
    >>> rows[0]["id"], rows[0]["input_tokens"], rows[0]["latency_seconds"], others
    ('a-b', 12, 1.5, 1)
    """
    if not isinstance(traces, dict) or "resourceSpans" not in traces:
        other = [key for key in ("resourceLogs", "resourceMetrics") if isinstance(traces, dict) and key in traces]
        if other:
            raise UnsupportedError(f"{other[0]}: only spans are read; expected resourceSpans")
        raise InputError("expected OTLP/JSON, an object with resourceSpans")
    rows: list[dict[str, Any]] = []
    others = 0
    for at, resource in enumerate(_list(traces, "resourceSpans", "")):
        place = f"resourceSpans[{at}]."
        about = resource.get("resource") or {}
        if not isinstance(about, dict):
            raise InputError(f"{place}resource: expected an object")
        service = _read_attributes(about, f"{place}resource.").get("service.name")
        for number, scope in enumerate(_list(resource, "scopeSpans", place)):
            inner = f"{place}scopeSpans[{number}]."
            for index, span in enumerate(_list(scope, "spans", inner)):
                row = _read_span(span, f"{inner}spans[{index}].")
                if row is None:
                    others += 1
                else:
                    rows.append(row | {"service": _text(service)})
    return rows, others


def _list(holder: Mapping[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    items = [] if holder.get(key) is None else holder[key]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(f"{place}{key}: expected a list of objects")
    return items


def _read_span(span: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    """The row of a span that is a call of a model; None of another."""
    attributes = _read_attributes(span, place)
    operation = attributes.get("gen_ai.operation.name")
    if operation in _NO_CALLS or not (operation or "gen_ai.request.model" in attributes):
        return None
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    for column, names in _ATTRIBUTES.items():
        row[column] = next((attributes[name] for name in names if name in attributes), None)
    for column in ("input_tokens", "output_tokens", "cost"):
        row[column] = _number(row[column], f"{place}{_ATTRIBUTES[column][0]}", whole=column != "cost")
    reasons = row["finish_reason"]
    row["finish_reason"] = ",".join(map(str, reasons)) if isinstance(reasons, list) else reasons
    start, end = (_nanoseconds(span, f"{side}TimeUnixNano", place) for side in ("start", "end"))
    status = span.get("status") or {}
    if not isinstance(status, dict):
        raise InputError(f"{place}status: expected an object with a code")
    row |= {
        "id": "-".join(_identifier(span, key, place) for key in ("traceId", "spanId")),
        "timestamp": _EPOCH + timedelta(microseconds=start // 1000),
        "latency_seconds": (end - start) / 1e9 if end >= start else None,
        "failed": status.get("code") in _ERROR or row["error_type"] is not None,
    }
    return {column: _text(value) if SCHEMA[column] == pl.String else value for column, value in row.items()}


def _identifier(span: Mapping[str, Any], key: str, place: str) -> str:
    value = span.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise InputError(f"{place}{key}: expected an id in hexadecimal digits")
    return value


def _nanoseconds(span: Mapping[str, Any], key: str, place: str) -> int:
    value = span.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int or not 0 <= value <= _MOST_NANOSECONDS:
        raise InputError(f"{place}{key}: expected nanoseconds since 1970, as a whole number or its digits")
    return value


def _number(value: Any, place: str, *, whole: bool) -> float | None:
    if value is None or (type(value) in {int, float} and not (whole and value != int(value))):
        return int(value) if whole and value is not None else value
    raise InputError(f"{place}: expected a {'whole ' if whole else ''}number, found {str(value)[:40]!r}")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _read_attributes(holder: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The attributes that are read, by name; all others are passed over, texts of prompts among them."""
    found: dict[str, Any] = {}
    for at, attribute in enumerate(_list(holder, "attributes", place)):
        if (key := attribute.get("key")) in _READ:
            found[str(key)] = _read_value(attribute.get("value"), f"{place}attributes[{at}] ({key})")
    return found


def _read_value(value: Any, place: str) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        raise InputError(f'{place}: expected a value such as {{"stringValue": …}}')
    ((form, content),) = value.items()
    try:
        if form == "intValue":  # 64 bits, which JSON writes as digits
            return int(content)
        if form == "doubleValue":
            return float(content)
        if form == "arrayValue":
            return [_read_value(item, place) for item in content.get("values") or []]
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise InputError(f"{place}: {form} is {str(content)[:40]!r}") from None
    if form not in {"stringValue", "boolValue"}:
        raise UnsupportedError(f"{place}: a value of the form {str(form)[:40]!r} is not read")
    return content

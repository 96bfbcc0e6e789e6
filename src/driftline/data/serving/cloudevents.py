"""CloudEvents 1.0 of inference loggers: KServe's and Seldon's requests and responses, in binary and structured mode.

KServe gives both events of one call the same `id`; Seldon gives each its own, and both the same `requestid`. In binary
mode the attributes are headers that begin with `ce-` and the body is the payload; in structured mode the body is one
JSON object, of the content type `application/cloudevents+json`.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic_core import from_json

from driftline.errors import InputError, UnsupportedError

STRUCTURED, BATCHED = "application/cloudevents+json", "application/cloudevents-batch+json"
_TYPES = {
    "org.kubeflow.serving.inference.request": ("id", False),
    "org.kubeflow.serving.inference.response": ("id", True),
    "io.seldon.serving.inference.request": ("requestid", False),
    "io.seldon.serving.inference.response": ("requestid", True),
}
"""The attribute by which the events of one call are joined, and whether it is a response, by the event's type."""
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class InferenceEvent:
    """One half of a call of a model.

    Args:
        call: the id that request and response share.
        is_response: which half it is.
        time: when the event was made, as it is written; None where it does not say.
        payload: what the model was sent, or answered.
    """

    call: str
    is_response: bool
    time: str | None
    payload: Any


def from_http(headers: Mapping[str, str], body: bytes) -> InferenceEvent:
    """The event of a request over HTTP, in the mode that its content type says.

    Raises:
        UnsupportedError: when it is of another version or type, or a batch of events.
        InputError: when an attribute is missing, or the payload is no JSON.

    >>> attributes = {"ce-specversion": "1.0", "ce-type": "org.kubeflow.serving.inference.request", "ce-id": "a"}
    >>> from_http(attributes, b'{"instances": [1]}')
    InferenceEvent(call='a', is_response=False, time=None, payload={'instances': [1]})
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCHED:
        raise UnsupportedError(f"the content type {BATCHED} is not read; send events one by one")
    if kind == STRUCTURED:
        return from_object(_parse(body, "the event"))
    attributes = {name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    call, is_response, time = _read_attributes(attributes, "the header ce-")
    return InferenceEvent(call, is_response, time, _parse(body, "the payload"))


def from_object(event: Any) -> InferenceEvent:
    """The event of a JSON object, as structured mode has it; raises as `from_http`."""
    if not isinstance(event, dict):
        raise InputError("a CloudEvent is a JSON object with specversion, type, id and data")
    call, is_response, time = _read_attributes(event, "")
    if "data_base64" not in event:
        data = event.get("data")
        return InferenceEvent(call, is_response, time, _parse(data.encode(), "data") if isinstance(data, str) else data)
    try:
        raw = base64.b64decode(event["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise InputError("data_base64: expected base64") from None
    return InferenceEvent(call, is_response, time, _parse(raw, "data_base64"))


def _read_attributes(attributes: Mapping[str, Any], place: str) -> tuple[str, bool, str | None]:
    version, kind, time = (attributes.get(name) for name in ("specversion", "type", "time"))
    if version != "1.0":
        said = f"{place}specversion is {str(version)[:20]!r}" if version else f"{place}specversion is missing"
        raise UnsupportedError(f"{said}; expected a CloudEvent of version 1.0")
    if kind not in _TYPES:
        raise UnsupportedError(f"{place}type is {str(kind)[:100]!r}; known are {', '.join(_TYPES)}")
    name, is_response = _TYPES[kind]
    call = attributes.get(name)
    if not isinstance(call, str) or not 0 < len(call) <= _LONGEST_ID:
        raise InputError(f"{place}{name}: expected the call's id, a text of 1 to {_LONGEST_ID} characters")
    if time is not None and not isinstance(time, str):
        raise InputError(f"{place}time: expected a time such as 2024-05-01T12:00:00Z")
    return call, is_response, time


def _parse(body: bytes, what: str) -> Any:
    try:
        return from_json(body)
    except ValueError as error:
        raise InputError(
            f"{what} is no JSON ({error}); binary tensors are not read: have payloads sent as JSON"
        ) from None

"""Events of inference loggers: both modes, both makers, and what is refused."""

import base64
import json

import pytest

from driftline.data.serving.cloudevents import STRUCTURED, InferenceEvent, from_http
from driftline.errors import InputError, UnsupportedError

KSERVE = {
    "specversion": "1.0",
    "type": "org.kubeflow.serving.inference.request",
    "id": "c",
    "time": "2024-01-01T00:00:00Z",
}
SELDON = KSERVE | {"type": "io.seldon.serving.inference.response", "id": "own", "requestid": "c"}
PAYLOAD = {"instances": [1]}
BODY = json.dumps(PAYLOAD).encode()


def binary(attributes, body=BODY):
    return from_http({f"ce-{name}": value for name, value in attributes.items()}, body)


def structured(**fields):
    return from_http({"content-type": f"{STRUCTURED}; charset=utf-8"}, json.dumps(fields).encode())


def test_modes():
    """Headers and a body, or one object, whose data is JSON, a text of JSON, or base64: the event is the same."""
    event = InferenceEvent("c", False, "2024-01-01T00:00:00Z", PAYLOAD)
    assert event == binary(KSERVE)
    assert event == structured(**KSERVE, data=PAYLOAD)
    assert event == structured(**KSERVE, data=BODY.decode())
    assert event == structured(**KSERVE, data_base64=base64.b64encode(BODY).decode())


def test_seldon_joins_by_the_request():
    """Seldon gives each event an id of its own; the request's is another attribute."""
    assert InferenceEvent("c", True, "2024-01-01T00:00:00Z", PAYLOAD) == binary(SELDON)


def test_headers_are_unescaped():
    """Values of headers are percent-encoded."""
    assert "é 1" == binary(KSERVE | {"id": "%C3%A9%201"}).call


REFUSED = {
    "version": ({"specversion": "0.3"}, "ce-specversion is '0.3'; expected a CloudEvent of version 1.0"),
    "type": ({"type": "com.example.order"}, "ce-type is 'com.example.order'; known are org.kubeflow"),
    "no id": ({"id": ""}, "ce-id: expected the call's id"),
    "long id": ({"id": "a" * 1001}, "ce-id: expected the call's id"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    """What is unknown is refused by the name of its attribute."""
    changed, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        binary(KSERVE | changed)


def test_bodies_that_are_refused():
    """Batches, broken JSON and broken base64 are refused in words."""
    with pytest.raises(UnsupportedError, match="send events one by one"):
        from_http({"content-type": "application/cloudevents-batch+json"}, b"[]")
    with pytest.raises(InputError, match=r"the payload is no JSON .* binary tensors are not read"):
        binary(KSERVE, b"\x00\x01")
    with pytest.raises(InputError, match="data_base64: expected base64"):
        structured(**KSERVE, data_base64="!")
    with pytest.raises(InputError, match="a CloudEvent is a JSON object"):
        from_http({"content-type": STRUCTURED}, b"[1]")
    with pytest.raises(UnsupportedError, match="ce-specversion is missing"):
        from_http({}, BODY)

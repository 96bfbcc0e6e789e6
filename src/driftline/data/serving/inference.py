"""Requests and responses of model servers as rows: protocol V1 (`instances`), and V2, the Open Inference Protocol.

Sources: KServe's data plane V1, and the Open Inference Protocol, whose tensors have a name, a shape, a datatype and
data. Other keys beside those that hold rows are not read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from driftline.errors import InputError, UnsupportedError

LEFT_OUT = "_"
_PREDICTION = "prediction"
_DATATYPES = frozenset({
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES",
})  # fmt: skip
_SHOWN, _MOST, _DIMENSIONS = 60, 2**31, 8
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Names:
    """Columns for values that a payload leaves without a name, by their place in a row.

    Args:
        columns: of the inputs, such as the features in the order in which the model takes them.
        outputs: of the outputs; `_` leaves one out. By default a single output is `prediction`.
    """

    columns: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, columns: str = "", outputs: str = "") -> "Names":
        """Names from lists with commas.

        Raises:
            InputError: when a name is empty or there twice.

        >>> Names.parse("fare, distance", "_,score").outputs
        ('_', 'score')
        """
        return cls(*(_split(key, text) for key, text in (("columns", columns), ("outputs", outputs))))


def _split(key: str, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    used = [name for name in names if name != LEFT_OUT]
    if "" in names or len(set(used)) < len(used):
        raise InputError(f"{key}={text[:_SHOWN]}: expected names with commas between them, each once")
    return names


def read_request(payload: Any, names: Names) -> Rows:
    """The inputs of a request, a row for each instance.

    Raises:
        UnsupportedError: when it is of another protocol, or has tensors in binary; the message names the key.
        InputError: when it is none of its own protocol, or has values without a name.

    >>> read_request({"instances": [[2.4, "card"]]}, Names(columns=("distance", "payment")))
    [{'distance': 2.4, 'payment': 'card'}]
    >>> tensor = {"name": "distance", "shape": [2], "datatype": "FP64", "data": [2.4, 3.5]}
    >>> read_request({"inputs": [tensor]}, Names())
    [{'distance': 2.4}, {'distance': 3.5}]
    """
    if isinstance(payload, dict) and "instances" in payload:
        return _read_list("instances", payload["instances"], names.columns, "columns")
    if isinstance(payload, dict) and "inputs" in payload:
        if not _are_tensors(payload["inputs"]):
            return _read_list("inputs", payload["inputs"], names.columns, "columns")
        return _read_tensors("inputs", payload["inputs"], names.columns, "columns")
    raise UnsupportedError(f"a request without instances (V1) or inputs (V2): {_describe(payload)}")


def read_response(payload: Any, names: Names) -> Rows:
    """The outputs of a response, a row for each instance; raises as `read_request`.

    >>> read_response({"predictions": [[0.9, 0.1]]}, Names(outputs=("_", "score")))
    [{'score': 0.1}]
    >>> read_response({"predictions": [11.5, 7]}, Names())
    [{'prediction': 11.5}, {'prediction': 7}]
    """
    if isinstance(payload, dict) and "predictions" in payload:
        return _read_list("predictions", payload["predictions"], names.outputs, "outputs")
    if isinstance(payload, dict) and "outputs" in payload:
        return _read_tensors("outputs", payload["outputs"], names.outputs, "outputs")
    raise UnsupportedError(f"a response without predictions (V1) or outputs (V2): {_describe(payload)}")


def join_rows(request: Any, response: Any | None, names: Names, key: str, time: str | None) -> Rows:
    """The rows of a request with the outputs of its response, if there is one.

    Each row gets `id` and `timestamp` unless it has its own: the id is `key`, with several rows `key-0`, `key-1` and so
    on. `model_version` is that of a V2 response.

    Raises:
        UnsupportedError, InputError: as `read_request`, and when request and response do not belong together.

    >>> join_rows({"instances": [{"x": 1}]}, {"predictions": [2]}, Names(), "a", None)
    [{'x': 1, 'prediction': 2, 'id': 'a'}]
    """
    rows = read_request(request, names)
    if response is not None:
        outputs = read_response(response, names)
        if len(outputs) != len(rows):
            raise InputError(f"{len(rows)} rows in the request, but {len(outputs)} in the response of the same id")
        for row, output in zip(rows, outputs, strict=True):
            if twice := row.keys() & output.keys():
                raise InputError(
                    f"{min(twice)!r} is an input and an output; name the outputs, as in outputs=prediction"
                )
            row.update(output)
    version = response.get("model_version") if isinstance(response, dict) else None
    for at, row in enumerate(rows):
        row.setdefault("id", key if len(rows) == 1 else f"{key}-{at}")
        if time is not None:
            row.setdefault("timestamp", time)
        if version:
            row.setdefault("model_version", version)
    return rows


def _are_tensors(inputs: Any) -> bool:
    """Whether `inputs` is that of V2; V1 may call its list of instances so, too."""
    return isinstance(inputs, list) and any(
        isinstance(item, dict) and {"name", "shape"} <= item.keys() for item in inputs
    )


def _read_list(key: str, values: Any, names: tuple[str, ...], setting: str) -> Rows:
    """Rows of protocol V1: objects, or lists of values without names, or one value each."""
    if not isinstance(values, list):
        raise InputError(f"{key}: expected a list with an item for each row, found {_describe(values)}")
    if values and all(isinstance(item, dict) for item in values):
        if names:
            raise InputError(f"{key}: objects with names of their own; leave {setting}= out")
        return [dict(item) for item in values]
    return [_name(f"{key}, row {at}", item if isinstance(item, list) else [item], names, setting)
            for at, item in enumerate(values)]  # fmt: skip


def _name(place: str, values: Sequence[Any], names: tuple[str, ...], setting: str) -> dict[str, Any]:
    if any(isinstance(value, dict) for value in values):
        raise InputError(f"{place}: an object among values; expected rows of one form")
    if not names and setting == "outputs" and len(values) == 1:
        names = (_PREDICTION,)
    if len(values) != len(names):
        given = f"{setting}= has {len(names)}" if names else f"and they have no names: add {setting}=NAME,NAME,…"
        raise InputError(f"{place}: {len(values)} values, {given}, one name for each value in its order")
    return {name: value for name, value in zip(names, values, strict=True) if name != LEFT_OUT}


def _read_tensors(key: str, tensors: Any, names: tuple[str, ...], setting: str) -> Rows:
    """Rows of protocol V2, whose tensors have the rows as their first dimension."""
    if not isinstance(tensors, list) or not tensors:
        raise InputError(f"{key}: expected a list of tensors, found {_describe(tensors)}")
    parts = [_read_tensor(f"{key}[{at}]", tensor) for at, tensor in enumerate(tensors)]
    heights = {len(rows) for _, rows in parts}
    if len(heights) > 1:
        raise InputError(f"{key}: tensors of {' and '.join(map(str, sorted(heights)))} rows; expected as many in each")
    places: list[str] = []
    for name, rows in parts:
        width = len(rows[0]) if rows else 1
        places += [name] if width == 1 else [""] * width
    if not names and setting == "outputs" and len(places) == 1:
        names = (_PREDICTION,)
    if not names and (unnamed := next((name for name, rows in parts if rows and len(rows[0]) > 1), None)) is not None:
        raise InputError(
            f"{key}: the tensor {unnamed!r} has several values a row without names: add {setting}=NAME,NAME,…, one "
            f"for each of the {len(places)} values of a row"
        )
    rows = [list(chain.from_iterable(values)) for values in zip(*(rows for _, rows in parts), strict=True)]
    if not names and len(set(places)) < len(places):
        raise InputError(f"{key}: two tensors of one name; add {setting}=NAME,NAME,…")
    return [_name(f"{key}, row {at}", values, names or tuple(places), setting) for at, values in enumerate(rows)]


def _read_tensor(place: str, tensor: Any) -> tuple[str, list[list[Any]]]:
    """The name of a tensor, and its values by row; floating datatypes are floats, however written."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise InputError(f"{place}: expected a tensor with name, shape, datatype and data, found {_describe(tensor)}")
    parameters = tensor.get("parameters")
    if isinstance(parameters, dict) and "binary_data_size" in parameters:
        raise UnsupportedError(f"{place}.parameters.binary_data_size: binary tensors are not read; send them as JSON")
    datatype = tensor.get("datatype")
    if not isinstance(datatype, str) or datatype not in _DATATYPES:
        known = ", ".join(sorted(_DATATYPES))
        raise UnsupportedError(f"{place}.datatype: {str(datatype)[:_SHOWN]!r} is not read; known are {known}")
    height, width = _read_shape(f"{place}.shape", tensor.get("shape"))
    data = _flatten(f"{place}.data", tensor.get("data"), len(tensor["shape"]))
    if len(data) != height * width:
        raise InputError(f"{place}: the shape is of {height * width} values, but its data has {len(data)}")
    if datatype.startswith("FP"):
        data = [float(value) if type(value) is int else value for value in data]
    return tensor["name"], [data[at : at + width] for at in range(0, len(data), width)]


def _read_shape(place: str, shape: Any) -> tuple[int, int]:
    """The number of rows, and of values in each."""
    if not isinstance(shape, list) or not shape or not all(type(size) is int and 0 <= size < _MOST for size in shape):
        raise InputError(f"{place}: expected a list of sizes such as [2, 4], found {_describe(shape)}")
    if len(shape) > _DIMENSIONS or (width := math.prod(shape[1:])) < 1:
        raise InputError(f"{place}: rows without values, or more than {_DIMENSIONS} dimensions")
    return shape[0], width


def _flatten(place: str, data: Any, dimensions: int) -> list[Any]:
    """All values of a tensor in their order; nested data has as many levels as dimensions, flat data one."""
    if not isinstance(data, list):
        raise InputError(f"{place}: expected a list, found {_describe(data)}")
    values: list[Any] = data
    for _ in range(dimensions - 1):
        if values and all(isinstance(item, list) for item in values):
            values = list(chain.from_iterable(values))
    if any(isinstance(item, list | dict) for item in values):
        raise InputError(f"{place}: nested deeper than its shape, or unevenly")
    return values


def _describe(value: object) -> str:
    """What is there instead, by its keys or its type."""
    if isinstance(value, Mapping):
        return f"found the keys {', '.join(map(repr, list(value)[:5]))[:_SHOWN]}" if value else "found no keys"
    return (
        "found a list" if isinstance(value, list) else f"found {'nothing' if value is None else type(value).__name__}"
    )

"""Payloads of model servers: both protocols, values without names, and what is refused, by its key."""

import pytest

from driftline.data.serving.inference import Names, join_rows, read_request, read_response
from driftline.errors import InputError, UnsupportedError

NAMED = Names(columns=("a", "b"), outputs=("_", "score"))


def tensor(name="x", shape=(2,), datatype="FP64", data=(1, 2), **more):
    return {"name": name, "shape": list(shape), "datatype": datatype, "data": list(data), **more}


REQUESTS = {
    "V1 objects": ({"instances": [{"a": 1, "b": [0.5]}, {"b": "x"}]}, Names(), [{"a": 1, "b": [0.5]}, {"b": "x"}]),
    "V1 lists": ({"instances": [[1, "x"], [2, None]]}, NAMED, [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
    "V1 values": ({"instances": [1, 2]}, Names(columns=("a",)), [{"a": 1}, {"a": 2}]),
    "V1 called inputs": ({"inputs": [[1, 2]]}, NAMED, [{"a": 1, "b": 2}]),
    "V1 without rows": ({"instances": []}, Names(), []),
    "V2 columns": (
        {"inputs": [tensor(), tensor("y", (2, 1), "BYTES", ["p", "q"])]},
        Names(),
        [{"x": 1.0, "y": "p"}, {"x": 2.0, "y": "q"}],
    ),
    "V2 matrix": ({"inputs": [tensor(shape=(1, 2), datatype="INT64")]}, NAMED, [{"a": 1, "b": 2}]),
    "V2 nested": (
        {"inputs": [tensor(shape=(2, 2), data=[[1, 2], [3, 4]], datatype="INT32")]},
        NAMED,
        [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
    ),
    "V2 left out": ({"inputs": [tensor(shape=(1, 2))]}, Names(columns=("_", "b")), [{"b": 2.0}]),
    "V2 without rows": ({"inputs": [tensor(shape=(0, 4), data=())]}, Names(), []),
}
REFUSED = {
    "another protocol": ({"data": {"ndarray": [[1]]}}, "found the keys 'data'"),
    "no object": ([1], "found a list"),
    "columns by name": ({"inputs": {"a": [1]}}, "inputs: expected a list with an item for each row"),
    "values without names": (
        {"instances": [[1, 2]]},
        "instances, row 0: 2 values, and they have no names: add columns=",
    ),
    "objects among values": ({"instances": [{"a": 1}, [2]]}, "instances, row 0: an object among values"),
    "matrix without names": (
        {"inputs": [tensor(shape=(1, 2))]},
        "the tensor 'x' has several values a row without names",
    ),
    "binary": (
        {"inputs": [tensor(parameters={"binary_data_size": 16})]},
        r"inputs\[0\].parameters.binary_data_size: binary tensors are not read",
    ),
    "datatype": ({"inputs": [tensor(datatype="BF16")]}, r"inputs\[0\].datatype: 'BF16' is not read; known are BOOL"),
    "shape": ({"inputs": [tensor(shape=("2",))]}, r"inputs\[0\].shape: expected a list of sizes"),
    "empty rows": ({"inputs": [tensor(shape=(2, 0), data=())]}, r"inputs\[0\].shape: rows without values"),
    "too many dimensions": ({"inputs": [tensor(shape=(1,) * 9, data=(1,))]}, "more than 8 dimensions"),
    "size": ({"inputs": [tensor(shape=(3,))]}, "the shape is of 3 values, but its data has 2"),
    "depth": ({"inputs": [tensor(data=[[1], [2]])]}, "nested deeper than its shape"),
    "rows": ({"inputs": [tensor(), tensor("y", (1,), data=(1,))]}, "tensors of 1 and 2 rows"),
    "one name twice": ({"inputs": [tensor(), tensor()]}, "two tensors of one name"),
    "no name": ({"inputs": [tensor(), {"shape": [2]}]}, r"inputs\[1\]: expected a tensor with name"),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_requests(case):
    """Each row of a request is an object with a name for each value, whatever the protocol."""
    payload, names, rows = REQUESTS[case]
    assert rows == read_request(payload, names)


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    """What is no request that can be read is refused by its key, and told what to do."""
    payload, message = REFUSED[case]
    with pytest.raises((InputError, UnsupportedError), match=message):
        read_request(payload, Names())


def test_responses():
    """A single output is the prediction; several have names of their own, or are given some."""
    assert [{"prediction": 1}] == read_response({"predictions": [[1]]}, Names())
    assert [{"prediction": 1.0}, {"prediction": 2.0}] == read_response({"outputs": [tensor("y")]}, Names())
    two = {"outputs": [tensor("label", (1,), "INT64", (1,)), tensor("proba", (1, 2), data=(0.1, 0.9))]}
    assert [{"prediction": 1, "score": 0.9}] == read_response(two, Names(outputs=("prediction", "_", "score")))
    with pytest.raises(UnsupportedError, match=r"without predictions \(V1\) or outputs \(V2\): found the keys 'error'"):
        read_response({"error": "no"}, Names())
    with pytest.raises(InputError, match="add outputs="):
        read_response({"predictions": [[0.1, 0.9]]}, Names())


def test_halves_that_do_not_match():
    """As many rows must be answered as were asked, and no output has the name of an input."""
    with pytest.raises(InputError, match="1 rows in the request, but 2 in the response"):
        join_rows({"instances": [{"a": 1}]}, {"predictions": [1, 2]}, Names(), "k", None)
    with pytest.raises(InputError, match="'prediction' is an input and an output"):
        join_rows({"instances": [{"prediction": 1}]}, {"predictions": [1]}, Names(), "k", None)


def test_ids():
    """Rows of one call have ids of their own, and an instance that has one keeps it."""
    request = {"instances": [{"a": 1}, {"id": "mine"}]}
    rows = join_rows(request, {"predictions": [1, 2], "model_version": "7"}, Names(), "k", "2024-01-01T00:00:00Z")
    assert ["k-0", "mine"] == [row["id"] for row in rows]
    assert {("2024-01-01T00:00:00Z", "7")} == {(row["timestamp"], row["model_version"]) for row in rows}


@pytest.mark.parametrize("text", ["a,,b", "a,a"])
def test_names(text):
    """Names are whole and different."""
    with pytest.raises(InputError, match="expected names with commas between them"):
        Names.parse(columns=text)

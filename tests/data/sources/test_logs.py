"""Logs of model servers as sources: BentoML's monitors, inference logs, and spans of language models."""

import gzip
import json

import polars as pl
import pytest

from driftline import Monitor
from driftline.data.sources import base_logs, inference
from driftline.data.sources.bentoml import Bentoml
from driftline.data.sources.genai import Genai
from driftline.data.sources.inference import Inference
from driftline.errors import ConfigError, InputError

from ..serving.test_genai_spans import CALL, export


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def rows_of(source):
    return pl.concat(list(source.batches()))


def event(call, *, response=False, **payload):
    kind = "response" if response else "request"
    head = {"specversion": "1.0", "type": f"org.kubeflow.serving.inference.{kind}", "id": call}
    return head | {"time": "2024-05-01T12:00:00Z", "data": payload}


def asked(call, *values):
    return event(call, instances=[{"x": value} for value in values])


def answered(call, *values):
    return event(call, response=True, predictions=list(values))


@pytest.fixture
def monitor_folder(tmp_path):
    """What BentoML's default monitor leaves, of two workers, one of them rotated."""
    columns = [
        {"name": "sepal length", "role": "feature", "type": "numerical"},
        {"name": "pred", "role": "prediction", "type": "categorical"},
        {"name": "vector", "role": "feature", "type": "numerical_sequence"},
    ]
    for worker in (1, 2):
        write(tmp_path / f"iris/schema/schema.{worker}.log", {"meta_data": {"bento_name": "i"}, "columns": columns})
    row = {"sepal length": 5, "pred": 1, "vector": [1, 2.5], "timestamp": "2024-05-01T12:00:00", "request_id": "r"}
    write(tmp_path / "iris/data/data.1.log", row | {"trace_id": "t"})
    write(tmp_path / "iris/data/data.1.log.2024-04-30", row | {"sepal length": None})
    write(tmp_path / "iris/data/data.2.log", row | {"pred": "setosa"})
    return tmp_path / "iris"


def test_bentoml(monitor_folder):
    """Rows of all workers have the types of the schema, whatever the first values look like."""
    found = rows_of(Bentoml(f"bentoml:///{monitor_folder}"))
    assert [pl.Float64, pl.String, pl.List(pl.Float64), pl.String, pl.String, pl.String] == found.dtypes
    assert ([5.0, None, 5.0], ["1", "1", "setosa"]) == (found["sepal length"].to_list(), found["pred"].to_list())
    assert [["pred"]] == [batch.columns for batch in Bentoml(f"bentoml:///{monitor_folder}").batches(["pred", "no"])]


def test_bentoml_refuses_what_the_schema_does_not_have(monitor_folder):
    """A column or a value that the schema does not have is refused with its file and line."""
    write(monitor_folder / "data/data.3.log", {"sepal_length": 1})
    with pytest.raises(
        InputError, match=r"data.3.log, line 1: the column 'sepal_length' is not in the schema; did you"
    ):
        rows_of(Bentoml(f"bentoml:///{monitor_folder}"))
    write(monitor_folder / "data/data.3.log", {"sepal length": "long"})
    with pytest.raises(InputError, match=r"data.3.log, line 1: sepal length is not a number"):
        rows_of(Bentoml(f"bentoml:///{monitor_folder}"))
    write(monitor_folder / "schema/schema.3.log", {"columns": [{"name": "pred", "type": "picture"}]})
    with pytest.raises(InputError, match="the column 'pred' is of type 'picture'; known are numerical"):
        Bentoml(f"bentoml:///{monitor_folder}")


def test_calls_are_joined(tmp_path):
    """Halves are joined by their id across files and in any order; all batches have the types of all rows."""
    write(tmp_path / "a.jsonl", asked("1", 1), answered("2", 20.5, 21), asked("3", 3), answered("9", 9))
    write(tmp_path / "b.jsonl", asked("2", 2.5, 2), answered("1", 10), asked("1", 1))
    source = Inference(f"inference:///{tmp_path}/*.jsonl")
    found = rows_of(source)
    assert ["2-0", "2-1", "1", "3", "1"] == found["id"].to_list()
    assert [20.5, 21.0, 10.0, None, None] == found["prediction"].to_list()
    assert ([2.5, 2.0, 1.0, 3.0, 1.0], 5, 1) == (found["x"].to_list(), source.rows, source.unmatched)
    assert found.equals(rows_of(source))


def test_bodies_of_the_open_inference_protocol(tmp_path):
    """Requests and responses without an event around them are joined by their own id."""
    fare = {"name": "fare", "shape": [1], "datatype": "FP32", "data": [7]}
    lines = [{"id": "1", "inputs": [fare]}, {"id": "1", "model_name": "m", "outputs": [fare | {"name": "minutes"}]}]
    found = rows_of(Inference(f"inference:///{write(tmp_path / 'a.jsonl', *lines)}"))
    assert [{"fare": 7.0, "prediction": 7.0, "id": "1"}] == found.to_dicts()
    with pytest.raises(InputError, match="line 1: id: expected a text"):
        Inference(f"inference:///{write(tmp_path / 'b.jsonl', {'inputs': []})}")


def test_names_of_values(tmp_path):
    """The URL names values without names, and an unknown setting is an error."""
    path = write(tmp_path / "a.jsonl", event("1", instances=[[2.4, "card"]]), answered("1", [0.2, 0.8]))
    found = rows_of(Inference(f"inference:///{path}?columns=km,paid&outputs=_,score"))
    assert [{"km": 2.4, "paid": "card", "score": 0.8}] == found.select("km", "paid", "score").to_dicts()
    with pytest.raises(InputError, match=r"a.jsonl, line 2: instances, row 0: 2 values, and they have no names"):
        Inference(f"inference:///{path}")
    with pytest.raises(ConfigError, match="unknown setting 'column'; did you mean 'columns'"):
        Inference(f"inference:///{path}?column=a")


def test_few_halves_wait(tmp_path, monkeypatch):
    """When too much waits the oldest request is given up: a row without a prediction."""
    monkeypatch.setattr(inference, "_WAITING", 1100)
    path = write(
        tmp_path / "a.jsonl", asked("1", 1), asked("2", 2), asked("3", 3), answered("1", 10), answered("3", 30)
    )
    source = Inference(f"inference:///{path}")
    found = rows_of(source)
    assert (["1", "2", "3"], [None, None, 30], 1) == (
        found["id"].to_list(),
        found["prediction"].to_list(),
        source.unmatched,
    )


def test_genai(tmp_path):
    """The calls among spans are rows of one form, and a file without calls has the columns all the same."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(export(CALL)).encode()))
    path = write(tmp_path / "b.jsonl", export({"http.method": "GET"}))
    found = rows_of(Genai(f"genai:///{tmp_path}"))
    assert [12] == found["input_tokens"].to_list()
    assert (0, found.columns) == ((empty := rows_of(Genai(f"genai:///{path}"))).height, empty.columns)
    write(path, export(CALL), {"resourceSpans": 3})
    with pytest.raises(InputError, match=r"b.jsonl, line 2: resourceSpans: expected a list"):
        rows_of(Genai(f"genai:///{path}"))


def test_lines(tmp_path, monkeypatch):
    """A missing file, a line that is no JSON object, and one that is too long are named."""
    with pytest.raises(InputError, match="no such file 'nowhere'; three slashes"):
        Genai("genai:///nowhere")
    path = tmp_path / "a.jsonl"
    path.write_text("\n[1]\n")
    with pytest.raises(InputError, match=r"a.jsonl, line 2: expected a JSON object"):
        rows_of(Genai(f"genai:///{path}"))
    path.write_text("{")
    with pytest.raises(InputError, match=r"a.jsonl, line 1: no JSON"):
        rows_of(Genai(f"genai:///{path}"))
    monkeypatch.setattr(base_logs, "LONGEST", 10)
    path.write_text(" " * 11)
    with pytest.raises(InputError, match=r"a.jsonl, line 1: more than 0 MiB in one line"):
        rows_of(Genai(f"genai:///{path}"))


def test_a_check_reads_them_by_url(tmp_path):
    """The URL stands where a file would: calls with twice the tokens are found."""
    for name, tokens in (("reference", 100), ("current", 200)):
        calls = [
            export(CALL | {"gen_ai.usage.output_tokens": tokens + at % 7}, spanId=f"{at}") for at in range(300)
        ]  # fmt: skip
        write(tmp_path / f"{name}.jsonl", *calls)
    result = Monitor.fit(f"genai:///{tmp_path}/reference.jsonl").check(f"genai:///{tmp_path}/current.jsonl")
    assert {"output_tokens"} == {finding.topic for finding in result.findings if finding.level == "alert"}

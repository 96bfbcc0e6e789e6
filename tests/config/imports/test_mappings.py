"""The mappings of columns that NannyML and Evidently are given become settings; what has none is told."""

import json

import polars as pl
import pytest
import yaml
from click.testing import CliRunner

from driftline.cli.main import main
from driftline.config.imports.read import read_import
from driftline.config.load import load_config
from driftline.errors import ConfigError

NANNYML = {
    "input": {"reference_data": {"path": "s3://a/b.pq", "credentials": {"secret": "s3cret"}},
              "target_data": {"path": "labels.csv", "join_column": "trip"}},
    "output": {"raw_files": {"path": "/data/out"}},
    "column_mapping": {"features": ["fare"], "timestamp": "at", "y_pred": "answer", "y_true": "minutes"},
    "chunker": {"chunk_period": "W"}, "problem_type": "regression", "scheduling": {"interval": {"days": 1}},
}  # fmt: skip
EVIDENTLY = {
    "data_format": {"separator": ","},
    "column_mapping": {"target": "minutes", "prediction": "answer", "datetime": "at", "id": None,
                       "numerical_features": ["fare"], "categorical_features": ["zone"], "target_names": ["a", "b"]},
}  # fmt: skip


def written(tmp_path, name, document):
    path = tmp_path / name
    path.write_text(json.dumps(document) if name.endswith("json") else yaml.safe_dump(document))
    return path


def test_nannyml(tmp_path):
    """Roles, the task, the id that labels are joined by and the width of windows; no secret is told."""
    checks, left, settings, kinds = read_import(written(tmp_path, "nann.yml", NANNYML))
    assert {
        "target": "minutes", "prediction": "answer", "timestamp": "at", "id": "trip", "stream.every": "1w",
        "model.task": "regression",
    } == settings  # fmt: skip
    assert ((), ()) == (checks, kinds)
    assert ["column_mapping.features", "input", "output", "scheduling"] == sorted(one.split(":")[0] for one in left)
    assert "s3cret" not in str(left)


def test_evidently(tmp_path):
    """Roles and kinds; what is empty says nothing."""
    _, left, settings, kinds = read_import(written(tmp_path, "config.json", EVIDENTLY))
    assert {"target": "minutes", "prediction": "answer", "timestamp": "at"} == settings
    assert ("fare=numeric", "zone=categorical") == kinds
    assert ["column_mapping.target_names", "data_format"] == sorted(one.split(":")[0] for one in left)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"column_mapping": {"y_true": 3}}, "column_mapping.y_true: expected the name of one column"),
        ({"column_mapping": {"y_true": "a"}, "problem_type": "ranking"}, "problem_type: expected regression"),
        ({"column_mapping": {"y_true": "a"}, "chunker": 3}, "chunker: expected settings below it"),
        ({"column_mapping": {"target": 3}}, "column_mapping.target: expected the name of one column"),
        ({"column_mapping": "a"}, "expected the expectations of a suite"),
    ],
)
def test_what_is_none_is_refused(tmp_path, document, said):
    """The message names the file and the key."""
    path = written(tmp_path, "other.yml", document)
    with pytest.raises(ConfigError, match=said) as caught:
        read_import(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(("name", "document"), [("nann.yml", NANNYML), ("config.json", EVIDENTLY)])
def test_init(tmp_path, monkeypatch, name, document):
    """`driftline init` writes what was said, an option wins over the file, and what is left is named."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, name, document)
    rows = {"fare": range(200), "zone": [i % 5 for i in range(200)], "trip": range(200), "other": range(200)}
    times = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 9, 7), "1h", eager=True)[:200]
    frame = pl.DataFrame(rows).with_columns(
        minutes=pl.col("fare") + 0.5, answer=pl.col("fare") * 1.0, at=pl.Series(times)
    )
    frame.write_parquet("rows.parquet")
    done = CliRunner().invoke(main, ["init", "rows.parquet", "--from", name, "--prediction", "other"])
    assert 0 == done.exit_code, done.output
    assert "Not taken over: " in done.output
    config = load_config(tmp_path / "driftline.yaml", {}, {})
    assert ("minutes", "other", "at") == (config.target, config.prediction, config.timestamp)

"""The model of the settings and its JSON Schema."""

import jsonschema
import pytest
from pydantic import ValidationError

from driftline import registry
from driftline.config.settings import Config, json_schema


@pytest.fixture(autouse=True)
def two_metrics(monkeypatch):
    """Settings are tested against fixed names, whatever metrics are installed."""
    names = {"metrics": ("missing", "psi"), "detectors": ("cusum", "rddm")}
    monkeypatch.setattr(registry, "names", names.__getitem__)


def test_everything_has_a_default():
    """An empty file is a valid one."""
    assert Config() == Config.model_validate({})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"metrics": {"psy": {}}}, "no metric is called 'psy'; did you mean 'psi'?"),
        ({"target": "y", "prediction": "y"}, "column 'y' is the target already"),
        ({"metrics": {"psi": {"threshold": float("inf")}}}, "finite number"),
        ({"windows": "1d"}, "Extra inputs"),
    ],
)
def test_wrong_use_is_loud(said, words):
    """A mistake in Python is told as it is made."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(said)
    assert words in str(caught.value)


def test_schema_is_valid_and_describes_every_setting():
    """The published schema is a JSON Schema, and no setting lacks its description."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    bare = [name for part in parts for name, prop in part["properties"].items() if not prop.get("description")]
    assert [] == bare


@pytest.mark.parametrize(
    ("said", "valid"),
    [
        ({}, True),
        ({"metrics": None, "model": None, "segments": None}, True),
        ({"metrics": {"psi": {"threshold": 0.2}}}, True),
        ({"metrics": {"psy": {}}}, False),
        ({"judge": {"min_rows": 1}}, False),
        ({"treshold": 1}, False),
    ],
)
def test_schema_agrees_with_the_model(said, valid):
    """An editor with the schema refuses what the loader refuses."""
    assert valid == jsonschema.Draft202012Validator(json_schema()).is_valid(said)

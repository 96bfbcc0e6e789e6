"""The JSON report keeps the promise of its published schema."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from driftline.verdicts.result import Result

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def test_the_schema_itself_is_valid() -> None:
    """The published file is a JSON Schema of draft 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


def test_every_document_validates(any_result: Result) -> None:
    """Loud, quiet, small, hostile and wide results all give documents of the schema."""
    Draft202012Validator(SCHEMA).validate(json.loads(any_result.render("json")))


@pytest.mark.parametrize(
    "path", [(), ("reference",), ("verdicts", 0), ("findings", 0), ("distributions", 0, "bars", 0)]
)
def test_the_schema_knows_every_field(story: Result, path: tuple[str | int, ...]) -> None:
    """A field that the schema does not know is refused wherever it stands."""
    document = json.loads(story.render("json"))
    part: Any = document
    for step in path:
        part = part[step]
    part["surprise"] = 1
    with pytest.raises(ValidationError, match="surprise"):
        Draft202012Validator(SCHEMA).validate(document)


def test_the_schema_refuses_a_wrong_level(story: Result) -> None:
    """A level outside the vocabulary is refused."""
    document = json.loads(story.render("json"))
    document["verdicts"][0]["level"] = "fine"
    with pytest.raises(ValidationError, match="fine"):
        Draft202012Validator(SCHEMA).validate(document)


def test_findings_point_at_their_verdicts(story: Result) -> None:
    """The first index of a finding is the verdict that leads it."""
    document = json.loads(story.render("json"))
    expected = [finding.lead.reason for finding in story.findings]
    assert expected == [document["verdicts"][each["verdicts"][0]]["reason"] for each in document["findings"]]


def test_numbers_that_json_cannot_hold_become_null(story: Result) -> None:
    """NaN and infinity, however deep, never reach the file."""
    odd = replace(story.verdicts[0], detail={"x": [math.nan, {"y": math.inf}], "z": (1, {2})})
    document = json.loads(replace(story, verdicts=(odd,)).render("json"), parse_constant=pytest.fail)
    expected = {"x": [None, {"y": None}], "z": [1, [2]]}
    assert expected == document["verdicts"][0]["detail"]

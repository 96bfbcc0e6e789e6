"""How rows are sliced, as settings."""

import pytest
from pydantic import ValidationError

from driftline.config.segments.settings import SegmentConfig
from driftline.config.settings import Config

WRONG = [
    ({}, "says nothing"),
    ({"name": "old"}, "says nothing"),
    ({"columns": ["a", "b", "c", "d"]}, "at most 3"),
    ({"columns": ["a", "b"], "edges": {"c": [1], "d": [2]}}, "at most 3 columns"),
    ({"columns": ["a"], "where": "b > 1"}, "say what it is called"),
    ({"columns": ["a=b", "c"]}, "say what the intersection is called"),
    ({"name": "a=b", "where": "b > 1"}, "cannot be a name"),
    ({"edges": {"a": []}}, "1 to 20 numbers in rising order"),
    ({"edges": {"a": [1, float("inf")]}}, "in rising order"),
    ({"edges": {"a": [2, 2]}}, "in rising order"),
    (None, "got nothing"),
    (7, "got 7"),
]


@pytest.mark.parametrize(("said", "told"), WRONG)
def test_mistakes_say_what_is_expected(said, told):
    """What says nothing, or can be read in two ways, is refused."""
    with pytest.raises(ValidationError, match=told):
        Config.model_validate({"segments": [said]})


def test_written_as_said():
    """Settings are written as a person said them, and read back as the same."""
    said = [
        "city",
        {"columns": ["city", "kind"]},
        {"edges": {"age": [30.0, 50.0]}},
        {"name": "old", "where": "age > 50", "metrics": {"mae": {"threshold": 2.0}}},
    ]
    config = Config.model_validate({"segments": said})
    assert said == config.model_dump(mode="json")["segments"]
    assert config == Config.model_validate(config.model_dump(mode="json"))
    assert ["city", "city & kind", "age", "old"] == [split.key for split in config.segments]


def test_names_are_used_once():
    """Two ways to slice have two names; the same one twice is one."""
    with pytest.raises(ValidationError, match="two are called 'age'"):
        Config.model_validate({"segments": ["age", {"edges": {"age": [30]}}]})
    assert 1 == len(Config.model_validate({"segments": ["age", "age"]}).splits)


def test_attributes_and_their_intersections():
    """Protected attributes are segments, too, and so is each pair of them unless it is turned off."""
    attributes = ["sex", {"edges": {"age": [40]}}]
    config = Config.model_validate({"segments": ["sex"], "fairness": {"attributes": attributes}})
    assert ["sex", "age", "sex & age"] == [split.key for split in config.splits]
    assert {"age": (40.0,)} == dict(config.splits[2].edges)
    plain = Config.model_validate({"fairness": {"attributes": attributes, "intersections": False}})
    assert ["sex", "age"] == [split.key for split in plain.splits]
    with pytest.raises(ValidationError, match="expected columns or edges"):
        Config.model_validate({"fairness": {"attributes": [{"where": "age > 50"}]}})
    with pytest.raises(ValidationError, match="segments has another 'age'"):
        Config.model_validate({"segments": [{"edges": {"age": [30]}}], "fairness": {"attributes": attributes}})


def test_which_segments_are_its_own():
    """Segments are named by what slices them."""
    assert SegmentConfig(columns=("city",)).has("city=Bonn")
    assert not SegmentConfig(columns=("city",)).has("city & kind=Bonn & van")
    assert not SegmentConfig(name="old", where="age > 50").has("old=x")

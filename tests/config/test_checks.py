"""The grammar of expectations: what each line means, and every mistake with its position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline import registry
from driftline.config.checks import Limit, parse
from driftline.config.load import load_config
from driftline.config.settings import Config, json_schema
from driftline.errors import ConfigError
from driftline.types import Level

MEANT = {
    "missing(x) <= 5%": {"subject": "missing", "column": "x", "high": Limit(0.05)},
    "missing( Fare amount )<0.05": {"column": "Fare amount", "high": Limit(0.05, strict=True)},
    "missing('a)b') <= 1 %": {"column": "a)b", "high": Limit(0.01)},
    "mean(x) > -1.5e3": {"low": Limit(-1500.0, strict=True)},
    "mean(x) == 4": {"low": Limit(4.0), "high": Limit(4.0)},
    "mean(x) in [1, 1_000]": {"low": Limit(1.0), "high": Limit(1000.0)},
    "mean(x) in [1, inf]": {"low": Limit(1.0), "high": None},
    "rows >= 1000 where kind = a b": {"subject": "rows", "column": None, "where": ("kind", "a b")},
    "rows >= 1 where 'k=d' = 'x:y' : warning": {"where": ("k=d", "x:y"), "level": Level.WARNING},
    "rows >= 1 where age > 50 : warning": {"where": ("age > 50", None), "level": Level.WARNING},
    "mae <= reference": {"high": Limit(0.0, reference=True)},
    "mae <= reference + 10%": {"high": Limit(0.1, reference=True, relative=True)},
    "roc_auc >= reference - 0.02 : alert": {"low": Limit(-0.02, reference=True), "level": Level.ALERT},
    "missing(x) <= reference + 5 points": {"high": Limit(0.05, reference=True)},
    "values(x) in {1, 'a, b', \"}\"}": {"allowed": ("1", "a, b", "}")},
    "values(x) in [0, 200] mostly 99%": {"low": Limit(0.0), "high": Limit(200.0), "mostly": 0.99},
    "values(t) in [1970-01-01, 1970-01-02T00:00]": {"low": Limit(0.0), "high": Limit(86_400e6), "unit": "time"},
    "unique(x)": {"subject": "unique", "column": "x"},
    "max_age(t) <= 90 minutes": {"high": Limit(90.0), "unit": "min"},
    "max_age(t) < 2h": {"high": Limit(2.0, strict=True), "unit": "h"},
    "type(x) is Datetime(time_unit='us')": {"allowed": ("Datetime(time_unit='us')",)},
    "type(x) in {Int64, Float64}: warning": {"allowed": ("Int64", "Float64"), "limit": "type(x) in {Int64, Float64}"},
    "columns include {a, b}": {"subject": "columns", "allowed": ("a", "b"), "whole": False},
    "columns are {a}": {"allowed": ("a",), "whole": True},
}
WRONG = {
    "mising(x) <= 5%": (1, "no metric is called 'mising'; did you mean 'missing'?"),
    "valeus(x) in {1}": (1, "did you mean 'values'?"),
    "qqqq <= 1": (1, "`driftline metrics` lists them"),
    "": (1, "expected a metric, or values, unique, type, max_age or columns, got the end"),
    "missing(x <= 5%": (16, "expected ')', got the end"),
    "missing() <= 5%": (9, "expected the name of a column"),
    "missing <= 5%": (9, "is of one column: write missing(COLUMN)"),
    "rows(x) >= 5": (5, "is of the whole table: write it without a column"),
    "missing(x) = 5%": (12, "expected one of <=, <, >=, >, == or 'in', got '= 5%'"),
    "missing(x) <=": (14, "expected a number, or 'reference', got the end"),
    "missing(x) <= 5": (15, "5 limits nothing; did you mean 5%?"),
    "mae <= 5%": (8, "'mae' is no share"),
    "mae <= reference + 5 points": (8, "points are of shares"),
    "psi(x) <= reference": (11, "compares with the reference already"),
    "unique": (7, "'unique' is of one column"),
    "unique(x) <= 5%": (11, "nothing more was expected, got '<= 5%'"),
    "values(x) in {1, 2": (19, "expected '}', got the end"),
    "values(x) in [3, 1]": (14, "the range is empty"),
    "values(x) in [2024-13-01, 2024-12-01]": (14, "is no date"),
    "values(x) in {1} mostly 200%": (25, "expected a share such as 99%"),
    "max_age(t) <= 2": (15, "expected '<=' and a span of time"),
    "max_age(t) >= 2h": (15, "expected '<=' and a span of time"),
    "type(x) Float64": (9, "expected 'is' and a type"),
    "columns(x) include {a}": (8, "write columns include"),
    "columns have {a}": (9, "expected 'include' or 'are'"),
    "rows >= 1 where kind =": (23, "expected the segment's value, got the end"),
    "rows >= 1: alrt": (12, "no level is called 'alrt'"),
}


@pytest.mark.parametrize("text", MEANT)
def test_meaning(text):
    """Each line says what it seems to say."""
    found = parse(text)
    assert MEANT[text] == {name: getattr(found, name) for name in MEANT[text]}
    assert text == found.text


@pytest.mark.parametrize("text", WRONG)
def test_mistakes_have_a_position(text):
    """Each mistake is told with its position, what was expected, and the nearest name."""
    position, told = WRONG[text]
    with pytest.raises(ConfigError) as raised:
        parse(text)
    assert f"{text!r}, position {position}: " == str(raised.value)[: len(f"{text!r}, position {position}: ")]
    assert told in str(raised.value)


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from([*" (){}[]:,'\"%<>=", "missing", "x", "in", "5", "where"])).map("".join)
)
def test_any_text(text):
    """Whatever a person writes, it is an expectation or a mistake that is told."""
    try:
        found = parse(text).text
    except ConfigError as error:
        found = str(error)
    assert text.strip() in found or repr(text.strip()) in found


@pytest.mark.parametrize("name", registry.names("metrics"))
def test_every_metric_can_be_limited(name):
    """A limit can be set on every metric, at any end of its range."""
    metric = registry.find("metrics", name)
    column = "" if metric.on == "table" else "(x)"
    ends = [end for end in (metric.low, metric.high) if end is not None] or [1]
    for end in ends:
        assert Limit(float(end)) == parse(f"{name}{column} <= {end}").high


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a file of this text, called driftline.yaml."""
    monkeypatch.chdir(tmp_path)

    def load_text(text, environ=None):
        (tmp_path / "driftline.yaml").write_text(text, encoding="utf-8")
        return load_config((tmp_path / "driftline.yaml").relative_to(tmp_path), environ or {}, {})

    return load_text


def test_in_a_file(load):
    """A list of lines; a level may follow a colon, which YAML takes for a mapping."""
    config = load("checks:\n  - missing(x) <= 5%\n  - values(x) in {a, b}: warning  # why\n  - 'rows >= 5'\n")
    assert ["missing(x) <= 5%", "values(x) in {a, b}: warning", "rows >= 5"] == [check.text for check in config.checks]
    assert ["driftline.yaml:2", "driftline.yaml:3", "driftline.yaml:4"] == [check.place for check in config.checks]
    assert config == Config.model_validate(config.model_dump(mode="json"))


def test_in_the_environment(load):
    """Commas inside of braces and brackets part nothing."""
    config = load("", {"DRIFTLINE_CHECKS": "values(x) in {a, b}, values(y) in [0, 1], rows >= 5"})
    assert ["values(x) in {a, b}", "values(y) in [0, 1]", "rows >= 5"] == [check.text for check in config.checks]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "target: a\nchecks:\n  - rows >= 1\n  - mising(x) <= 5%\n",
            "driftline.yaml:4: checks.1: 'mising(x) <= 5%', position 1: no metric is called 'mising'; did you mean",
        ),
        ("checks: [values(x) in {a]\n", "driftline.yaml:1: not valid YAML"),
        ("checks:\n  - [a]\n", "driftline.yaml:2: checks.0: expected text such as"),
        ("checks: rows >= 1\n", "driftline.yaml:1: checks: expected a list, got 'rows >= 1'"),
    ],
)
def test_mistakes_have_a_line(load, text, told):
    """A mistake in a file is told with the line."""
    with pytest.raises(ConfigError) as raised:
        load(text)
    assert told == str(raised.value)[: len(told)]


def test_schema_knows_checks():
    """The JSON Schema lets an editor accept lines, with a level or without."""
    kinds = {option.get("type") for option in json_schema()["properties"]["checks"]["anyOf"][0]["items"]["anyOf"]}
    assert {"string", "object"} == kinds

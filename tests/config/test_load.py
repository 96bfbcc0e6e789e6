"""Reading the settings: order of places, and every mistake with where it was made."""

import pytest

from driftline import registry
from driftline.config import messages
from driftline.config.load import load_config
from driftline.config.settings import ColumnConfig, Config
from driftline.errors import ConfigError
from driftline.types import Kind


@pytest.fixture(autouse=True)
def two_metrics(monkeypatch):
    """Settings are tested against fixed names, whatever metrics are installed."""
    names = registry.names
    monkeypatch.setattr(registry, "names", lambda group: ("missing", "psi") if group == "metrics" else names(group))
    messages._schema.cache_clear()
    yield
    messages._schema.cache_clear()


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a file of these bytes, called driftline.yaml."""
    monkeypatch.chdir(tmp_path)

    def load_text(text, environ=None, **flags):
        path = tmp_path / "driftline.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path.relative_to(tmp_path), environ or {}, flags)

    return load_text


def test_file_environment_flag(load):
    """A flag beats the environment, which beats the file; what is not said stays as it was."""
    text = "target: file\nid: file\nscore: file\n"
    config = load(text, {"DRIFTLINE_TARGET": "env", "DRIFTLINE_ID": "env"}, target="flag", score=None, segments=())
    assert ("flag", "env", "file") == (config.target, config.id, config.score)


def test_environment_reaches_everything(load):
    """Parts are joined by two underscores, lists are separated by commas, an empty value takes back."""
    environ = {
        "DRIFTLINE_SEGMENTS": "zone, hour",
        "DRIFTLINE_MODEL__NAME": "taxi",
        "DRIFTLINE_JUDGE__MIN_ROWS": "50",
        "DRIFTLINE_METRICS__PSI__THRESHOLD": "0.3",
        "DRIFTLINE_COLUMNS__Fare__KIND": "text",
        "DRIFTLINE_STORE": "",
        "DRIFTLINE_TAXI_DATA": "/data",
        "HOME": "/root",
    }
    expected = Config.model_validate(
        {
            "segments": ["zone", "hour"],
            "model": {"name": "taxi"},
            "judge": {"min_rows": 50},
            "metrics": {"psi": {"threshold": 0.3}},
            "columns": {"Fare": {"kind": "text"}},
        }
    )
    assert expected == load("store: sqlite:///a.db\n", environ)


def test_names_stay_as_written(load):
    """Words that YAML takes for something else are still names."""
    config = load("target: no\npositive: 007\nid: 1e5\ncolumns:\n  null: {kind: text}\n  2022-01-01:\n")
    assert ("no", "007", "1e5") == (config.target, config.positive, config.id)
    assert {"null": ColumnConfig(kind=Kind.TEXT), "2022-01-01": ColumnConfig()} == config.columns


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "metrics:\nmodel:\nsegments:\ncolumns:\n", "\ufeff{}", "---\n...\n"]
)
def test_nothing_said(load, text):
    """An empty file, and headings with nothing below them, mean the defaults."""
    assert Config() == load(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "metrics:\n  psi:\n    treshold: 1",
            "driftline.yaml:3: unknown key 'treshold' under metrics.psi; did you mean 'threshold'?",
        ),
        ("stream:\n  truth: 3d", "driftline.yaml:2: stream.truth is called stream.label_delay now; rename it"),
        ("modle: {}", "driftline.yaml:1: unknown key 'modle'; did you mean 'model'?"),
        ("metrics:\n  psy: {}", "driftline.yaml:2: metrics.psy: no metric is called 'psy'; did you mean 'psi'?"),
        (
            "\njudge:\n  min_rows: many",
            "driftline.yaml:3: judge.min_rows: expected a whole number, at least 2, got 'many'",
        ),
        ("judge: {fdr: 1}", "driftline.yaml:1: judge.fdr: expected a number, above 0, below 1, got '1'"),
        ("judge: 3", "driftline.yaml:1: judge: expected settings below it: min_rows, fdr, got '3'"),
        (
            "segments:\n- a\n- [b]",
            (
                "driftline.yaml:3: segments.1: expected a column's name, or settings such as "
                "{columns: [city, kind]} or {where: age > 50}, got a list"
            ),
        ),
        (
            "segments:\n- a\n- wher: age > 50",
            "driftline.yaml:3: unknown key 'wher' under segments.1; did you mean 'where'?",
        ),
        (
            "segments:\n- where: age >",
            (
                "driftline.yaml:2: segments.0.where: 'age >', position 6: not a condition; expected "
                "comparisons such as age > 50, joined by and, or, not; numbers may be added, divided and so on"
            ),
        ),
        (
            "segments:\n- edges: {age: [50, 30]}",
            (
                "driftline.yaml:2: segments.0.edges: column 'age': expected 1 to 20 "
                "numbers in rising order, such as [30, 50], got [50.0, 30.0]"
            ),
        ),
        (
            "segments:\n- metrics: {missin: {threshold: 1}}\n  where: age > 50",
            "driftline.yaml:2: segments.0.metrics.missin: no metric is called 'missin'; did you mean 'missing'?",
        ),
        ("segments: a", "driftline.yaml:1: segments: expected a list, got 'a'"),
        ("columns: []", "driftline.yaml:1: columns: expected names with settings below them, got a list"),
        (
            "model:\n  task: guess",
            "driftline.yaml:2: model.task: expected one of regression, binary, multiclass, ranking, got 'guess'",
        ),
        (
            "window: soon",
            "driftline.yaml:1: window: expected a value such as auto, none, 30m, 1h, 1d, 2w, got 'soon'",
        ),
        (
            "model: {name: }",
            "driftline.yaml:1: model.name: expected text, at least 1 character, at most 200 characters, got nothing",
        ),
        (
            "target: a\nid: b\ntarget: c",
            "driftline.yaml:3: 'target' is said twice (first at driftline.yaml:1); keep one of them",
        ),
        (
            "target: a\nid: a",
            "driftline.yaml:2: id: column 'a' is the target already; each use needs a column of its own",
        ),
        ("- a", "driftline.yaml:1: expected settings such as 'target: fare', got a list"),
        ("a: &x 1\nb: *x", "driftline.yaml:2: an alias (*name) is not supported; write the value out"),
        ("a: !!python/none x", "driftline.yaml:1: a tag (!name) is not supported; write the plain value"),
        ("? [a]\n: b", "driftline.yaml:1: a key must be a plain name, not a list or a mapping"),
        ("[" * 100_000, "driftline.yaml:1: nested more than 10 deep"),
        (b"id: a\ntarget: \xff", "driftline.yaml:2: not UTF-8 text (byte 0xff); save it as UTF-8"),
        ("id: a\ntarget: \x01", "driftline.yaml:2: not valid YAML: a control character (code 1)"),
        ("#" * (1 << 20) + "\n", "driftline.yaml: larger than 1 MiB, which no settings file is; is it the right file?"),
        (
            "model:\n\tname: a",
            "driftline.yaml:2: not valid YAML: while scanning for the next token, "  # noqa: ISC004 - one sentence
            "found character '\\t' that cannot start any token; indent with spaces, not tabs",
        ),
        (
            "target: [a\n",
            "driftline.yaml:2: not valid YAML: "  # noqa: ISC004 - one sentence
            "while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
    ],
)
def test_mistakes_in_the_file(load, text, message):
    """Each mistake names file, line and setting, and says what was expected."""
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert message == str(caught.value)


def test_all_mistakes_at_once(load):
    """Two mistakes are two lines, so that one run is enough to find them."""
    with pytest.raises(ConfigError) as caught:
        load("modle: 1\njudge: 2\n")
    assert 2 == len(str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DRIFTLINE_TARGTE", "x", "no setting is set by this environment variable; did you mean 'DRIFTLINE_TARGET'?"),
        (
            "DRIFTLINE_MODEL",
            "x",
            "no setting is set by this environment variable; did you mean 'DRIFTLINE_MODEL__TASK'?",
        ),
        ("DRIFTLINE_JUDGE__MIN_ROWS", "x", "judge.min_rows: expected a whole number, at least 2, got 'x'"),
        ("DRIFTLINE_METRICS__PSY__JUDGED", "no", "metrics.psy: no metric is called 'psy'; did you mean 'psi'?"),
    ],
)
def test_mistakes_in_the_environment(variable, value, message):
    """A mistake in the environment names the variable."""
    with pytest.raises(ConfigError) as caught:
        load_config(None, {variable: value}, {})
    assert f"{variable}: {message}" == str(caught.value)


def test_mistakes_in_a_flag(load):
    """A mistake on the command line names the option, even where the file has the setting too."""
    with pytest.raises(ConfigError) as caught:
        load("window: 1d\n", window="x")
    assert str(caught.value).startswith("option 'window': window: expected a value such as")


def test_file_that_cannot_be_read(tmp_path):
    """A missing file and a folder are told in words."""
    for path, words in (
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_config(path, {}, {})
        assert f"{path}: {words}" == str(caught.value).partition(";")[0]


def test_many_columns_are_quick(load):
    """A file with thousands of columns loads; time does not grow with the square."""
    text = "columns:\n" + "".join(f"  column_{index}: {{kind: text}}\n" for index in range(2000))
    assert 2000 == len(load(text).columns)

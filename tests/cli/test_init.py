"""The first driftline.yaml: loads back to what was said, and shows everything else."""

import json

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline import registry
from driftline.cli.config_template import Guesses, write_config
from driftline.config.load import load_config
from driftline.config.settings import Config, json_schema
from driftline.types import Column, Kind, Role

COLUMNS = [
    Column("fare", Kind.NUMERIC, Role.TARGET, "Float64"),
    Column("pickup", Kind.DATETIME, Role.TIMESTAMP, "Datetime(time_unit='us')"),
    Column("no", Kind.CATEGORICAL, Role.FEATURE, "String", guessed=False),
]
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12)


def reload(text, folder):
    path = folder / "driftline.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return load_config(path, {}, {})


@given(
    names=st.lists(NAMES, unique=True, max_size=4),
    said=st.fixed_dictionaries(
        {},
        optional={
            "positive": NAMES,
            "segments": st.lists(NAMES, max_size=3),
            "columns": st.dictionaries(NAMES, st.sampled_from([{}, {"kind": "text"}, {"role": "id"}]), max_size=3),
            "model": st.fixed_dictionaries({"name": NAMES}, optional={"task": st.sampled_from(["binary", None])}),
            "judge": st.fixed_dictionaries({"fdr": st.floats(1e-300, 0.99), "min_rows": st.integers(2, 1 << 40)}),
        },
    ),
)
@settings(max_examples=60)
def test_loads_back_equal(tmp_path_factory, names, said):
    """Whatever the names of the columns, the written text says what the configuration said."""
    config = Config.model_validate(said)
    columns = [Column(name, Kind.TEXT, Role.TARGET, f"Enum([{name}])") for name in names]
    assert config == reload(write_config(columns, config), tmp_path_factory.getbasetemp())


def test_guesses_taken_over(tmp_path):
    """Taking the # away turns a guess into a setting."""
    text = write_config(COLUMNS, Config())
    for line in ("# target: fare", "# fare: {kind", "# 'no': {kind"):
        assert 1 == text.count(line)
        text = text.replace(line, line[2:])
    config = reload(text, tmp_path)
    assert ("fare", {"fare", "no"}) == (config.target, set(config.columns))


def test_formats_task_and_positive_class_are_shown(tmp_path):
    """What else was guessed is shown where it is set, and what is unsure comes first; taken over, it is said."""
    guesses = Guesses({"pickup": "%m/%d/%Y"}, "binary", "yes", ["Column 'due' is ambiguous."])
    text = write_config(COLUMNS, Config(), guesses=guesses)
    assert "# To decide: Column 'due' is ambiguous." in text
    for line in ("# task: binary", "# positive: 'yes'", "# pickup: {kind"):
        assert 1 == text.count(line)
        text = text.replace(line, line[2:])
    config = reload(text, tmp_path)
    assert ("binary", "yes", "%m/%d/%Y") == (config.model.task, config.positive, config.columns["pickup"].format)


def test_every_default_can_be_switched_on(tmp_path):
    """Each commented setting is valid by itself: with all of them on, nothing changes but the guesses."""
    lines = write_config([], Config()).splitlines()
    keys = {*Config.model_fields, "name", "version", "task", "min_rows", "fdr", *registry.names("metrics")}
    on = [line.replace("# ", "", 1) if line.strip("# ").partition(":")[0] in keys else line for line in lines]
    on = [line for line in on if "Dr" not in line]
    loaded = reload("\n".join(on), tmp_path)
    assert Config() == loaded.model_copy(update={"metrics": {}})
    assert set(registry.names("metrics")) == set(loaded.metrics)


def test_validates_against_the_schema():
    """An editor that knows the JSON Schema finds nothing wrong with the file."""
    config = Config.model_validate({"model": {"name": "taxi"}, "columns": {"x": {}}, "segments": ["zone"]})
    said = json.loads(json.dumps(yaml.safe_load(write_config(COLUMNS, config))))
    jsonschema.validate(said, json_schema())


@pytest.mark.parametrize("name", list(Config.model_fields))
def test_shows_every_setting(name):
    """No setting is left out of the first file."""
    lines = write_config(COLUMNS, Config()).splitlines()
    assert 1 == sum(line.removeprefix("# ").startswith(f"{name}:") for line in lines)

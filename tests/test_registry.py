"""The door for parts: a person's own module, entry points, and what goes wrong with either."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import polars as pl
import pytest

from driftline import Monitor, registry
from driftline.config.load import load_config
from driftline.errors import ConfigError, PackError
from driftline.types import Level

METRIC = '''
"""A module of a person's own."""
from driftline import Estimate, level
from driftline.metrics.missing import missing
from driftline.profiles.sketches.counts import Counts

@level(title="odd rows", family="quality", low=0, high=1, unit="share", threshold=0.1, kinds={"numeric"})
def oddness(column):
    """Share of rows whose column is there, 0 to 1."""
    counts = column.get(Counts)
    return Estimate(value=counts.values / max(counts.rows, 1), n=counts.rows)
'''


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """What a test loads is gone after it."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(registry, "_modules", {})
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if name.startswith("my_"):
            del sys.modules[name]
    for cached in (registry.names, registry.find, registry.every):
        cached.cache_clear()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module of this text, which can then be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text, name="my_metrics"):
        path = tmp_path / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    return write


def test_metric_of_a_module(module):
    """A metric of a module that the settings name is measured and judged; what the module imports is not taken in."""
    name = module(METRIC)
    rows = pl.DataFrame({"x": [i / 7 for i in range(100)]})
    monitor = Monitor.fit(rows, plugins=[name], checks=["oddness(x) >= 90%"], metrics={"oddness": {"threshold": 0.2}})
    now = rows.with_columns(x=pl.Series([1.0] * 50 + [None] * 50))
    levels = {v.family: v.level for v in monitor.check(now) if v.metric == "oddness"}
    assert {"quality": Level.OK, "expectation": Level.ALERT} == levels
    assert ("missing", "oddness") == tuple(each for each in registry.names("metrics") if each in {"missing", "oddness"})
    registry.load(name)  # once more changes nothing


def test_before_the_names_are_checked(module, tmp_path):
    """Settings may name the plugin's metrics, wherever in the file."""
    path = tmp_path / "driftline.yaml"
    path.write_text(
        f"checks: [oddness(x) >= 1%]\nmetrics: {{oddness: }}\nplugins: [{module(METRIC)}]\n", encoding="utf-8"
    )
    assert "oddness" in load_config(path, {}, {}).metrics


def test_parts_of_a_package_below(module):
    """A package that only gathers the parts of its modules is fine."""
    module(METRIC, "my_package.inner")
    registry.load(module("from my_package.inner import oddness", "my_package.__init__").removesuffix(".__init__"))
    assert "oddness" in registry.names("metrics")


def test_a_pack_runs_no_code(module, tmp_path):
    """A pack that uses a plugin imports nothing by itself: whoever loads it names the plugin."""
    name = module(METRIC + f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    registry.load(name)
    pack = Monitor.fit(pl.DataFrame({"x": [1.0] * 100}), plugins=[name]).save(tmp_path / "x.pack")
    (tmp_path / "ran").unlink()
    registry._modules.clear()
    registry._loaded.clear()
    del sys.modules[name]
    registry.names.cache_clear()
    with pytest.raises(PackError, match="--plugin my_metrics"):
        Monitor.load(pack)
    assert not (tmp_path / "ran").exists()
    assert (name,) == Monitor.load(pack, plugins=[name]).plan.config.plugins
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nowhere_at_all", "the module 'my_metrics' cannot be imported: No module named 'nowhere_at_all'"),
        ("def broken(:", "cannot be imported: SyntaxError"),
        ("undefined_name", "cannot be imported: NameError"),
        ("x = 1", "defines no metric, sketch or transform"),
        (METRIC.replace("oddness", "psi"), "'psi' is a part of metrics already"),
        (METRIC.replace("threshold=0.1", "treshold=0.1"), "a metric has no fact 'treshold'; did you mean 'threshold'?"),
        (METRIC.replace('"quality"', '"quality!"'), "family must be one of"),
    ],
)
def test_modules_that_are_wrong(module, tmp_path, text, told):
    """Whatever is wrong with a module is one sentence, with the line of the settings."""
    path = tmp_path / "driftline.yaml"
    path.write_text(f"target: a\nplugins: [{module(text)}]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_config(path, {}, {})
    assert str(raised.value).startswith(f"{path}:2: plugins.0: ")
    assert told in str(raised.value)


@pytest.mark.parametrize("name", ["", ".", "my metrics", "os.path;x", "../x", "x.py.", "1a"])
def test_names_that_are_none(name):
    """What is no name of a module is never imported."""
    with pytest.raises(ConfigError, match="no name of a module"):
        registry.load(name)


def test_current_folder_is_not_searched(module, tmp_path, monkeypatch):
    """A module that lies in the current folder is not found unless the folder is on the path."""
    name = module(METRIC)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if Path(entry or ".").resolve() != tmp_path])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    with pytest.raises(ConfigError, match="the current folder is not searched"):
        registry.load(name)


@pytest.mark.parametrize(
    ("group", "name", "value", "told"),
    [
        ("metrics", "odd", "nowhere_at_all:odd", "cannot be loaded: ModuleNotFoundError"),
        ("metrics", "odd", "driftline.errors:nothing", "cannot be loaded: AttributeError"),
        ("metrics", "odd", "driftline.errors:ConfigError", "which is no part of metrics"),
        ("metrics", "odd", "my_metrics:oddness", "must be named 'oddness'"),
        ("metrics", "psi", "my_metrics:oddness", "exist twice"),
        ("sketches", "other_counts", "driftline.profiles.sketches.counts:Counts", "must be named 'counts'"),
        ("transforms", "odd", "my_metrics:oddness", "which is no part of transforms"),
    ],
)
def test_entry_points_that_are_wrong(module, monkeypatch, group, name, value, told):
    """Whatever is wrong with an installed package is one sentence that names it."""
    module(METRIC)
    point = EntryPoint(name, value, f"driftline.{group}")
    monkeypatch.setattr(registry, "_entries", lambda group: (point,) if f"driftline.{group}" == point.group else ())
    for cached in (registry.names, registry.find, registry.every):
        cached.cache_clear()
    with pytest.raises(ConfigError) as raised:
        registry.every(group)
    assert told in str(raised.value)


def test_entry_points_are_found(module, monkeypatch):
    """A metric of an installed package is found by its name; loading its module as well changes nothing."""
    point = EntryPoint("oddness", f"{module(METRIC)}:oddness", "driftline.metrics")
    monkeypatch.setattr(registry, "_entries", lambda group: (point,) if f"driftline.{group}" == point.group else ())
    for cached in (registry.names, registry.find, registry.every):
        cached.cache_clear()
    assert "odd rows" == registry.find("metrics", "oddness").title
    registry.load("my_metrics")
    assert "oddness" in registry.every("metrics")


def test_example_of_the_documentation(module):
    """The module that the documentation shows can be loaded, and finds what it says."""
    page = Path(__file__).parent.parent.joinpath("docs/custom-metrics.md").read_text(encoding="utf-8")
    name = module(page.split("```python\n")[1].split("```")[0])
    monitor = Monitor.fit(pl.DataFrame({"x": [i % 50 + 0.5 * (i % 3) for i in range(3000)]}), plugins=[name])
    now = pl.DataFrame({"x": [0.0] * 500 + [1.5] * 500})
    found = {verdict.metric: verdict for verdict in monitor.check(now)}
    assert (Level.ALERT, 0.5) == (found["zeroness"].level, found["zeroness"].value)
    assert (False, 2 / 101) == (found["distinct_ratio"].judged, found["distinct_ratio"].value)

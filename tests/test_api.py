"""The front door: few names, and nothing heavy behind it until it is used."""

import importlib.metadata
import json
import subprocess
import sys
import time

import polars as pl
import pytest

import driftline
from driftline import Monitor
from driftline.config.keywords import Settings

HEAVY = ("polars", "numpy", "pydantic", "scipy", "msgpack", "rich", "vl_convert", "pyarrow", "pandas")


def loaded(code):
    """Which heavy packages a fresh interpreter has loaded after this code."""
    code += f"; import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_light_import():
    """`import driftline` loads none of the heavy packages, nor does asking for its names or its errors."""
    assert [] == loaded("import driftline; dir(driftline); driftline.InputError; driftline.Level")


def test_extras_are_not_loaded():
    """A check loads no package of an extra."""
    code = "import driftline, polars as pl; f = pl.DataFrame({'x': range(99)}); driftline.Monitor.fit(f).check(f)"
    assert not {"vl_convert", "pyarrow", "pandas"} & set(loaded(code))


def test_special_functions_wait():
    """Importing the monitor loads no special function of SciPy: they come with the first estimate."""
    code = (
        "from driftline import Monitor; import sys; print(*[name for name in sys.modules if 'scipy.special' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [] == done.stdout.split()


def test_names():
    """Every public name is there, and is documented; any other is an AttributeError."""
    assert sorted(driftline.__all__) == driftline.__all__
    for name in driftline.__all__:
        assert getattr(driftline, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'Monitr'"):
        _ = driftline.Monitr


def test_version():
    """The version is that of the package that is installed."""
    assert importlib.metadata.version("driftline") == driftline.__version__


def test_settings_have_types():
    """Each setting is a keyword with a type, but for the engine, which is an argument of its own."""
    assert set(driftline.Config.model_fields) - {"engine"} == set(Settings.__annotations__)


def test_check():
    """One step gives the result of fit and check; a wrong setting is told as by `fit`."""
    rows = pl.DataFrame({"x": range(100)})
    result = driftline.check(rows, rows.with_columns(pl.col("x") + 500), exact=0)
    assert driftline.Level.ALERT is result.level
    with pytest.raises(driftline.ConfigError, match="tarqet"):
        driftline.check(rows, rows, tarqet="x")


def test_short_representations():
    """A monitor, a result and a finding show themselves in one line."""
    rows = pl.DataFrame({"x": range(100)})
    monitor = driftline.Monitor.fit(rows)
    result = monitor.check(rows.with_columns(pl.col("x") + 500))
    assert "<Monitor model: 1 column, 100 rows of reference>" == repr(monitor)
    assert f"<Result model: alert: {result.headline}>" == repr(result)
    assert repr(result.findings[0]).startswith("<Finding alert: x")
    assert max(len(repr(each)) for each in (monitor, result, *result.findings)) < 300


def test_check_on_the_class():
    """`check` on the class, instead of on a monitor, says what to call."""
    rows = pl.DataFrame({"x": range(100)})
    with pytest.raises(driftline.ConfigError, match=r"driftline\.check\(reference, current\)"):
        driftline.Monitor.check(rows, rows)


def test_result_as_data():
    """A result is a table a verdict a row for pandas and Polars, and plain values as the JSON report has them."""
    rows = pl.DataFrame({"x": range(100)})
    result = driftline.check(rows, rows)
    assert result.to_polars().to_dicts()[0].keys() == set(result.to_pandas().columns)
    assert len(result) == len(result.to_pandas())
    assert result.to_dict() == json.loads(result.render("json"))


def test_seconds_include_fitting(monkeypatch):
    """The seconds of a check in one step are those of fitting and judging."""
    rows, fit = {"x": list(range(100))}, Monitor.fit
    monkeypatch.setattr(Monitor, "fit", lambda *args, **settings: (time.sleep(0.3), fit(*args, **settings))[1])
    assert driftline.check(rows, rows).elapsed > 0.3

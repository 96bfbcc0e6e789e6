"""The front door: few names, and nothing heavy behind it until it is used."""

import subprocess
import sys

import pytest

import driftline

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


def test_names():
    """Every public name is there, and is documented; any other is an AttributeError."""
    assert sorted(driftline.__all__) == driftline.__all__
    for name in driftline.__all__:
        assert getattr(driftline, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'Monitr'"):
        _ = driftline.Monitr

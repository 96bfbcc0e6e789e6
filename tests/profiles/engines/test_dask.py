"""Dask: the suite of all engines, on threads; lost workers on processes of their own."""

import os

import pandas as pd
import polars as pl
import pytest

pytest.register_assert_rewrite("driftline.testing.engines")

if not os.environ.get("ALL_COMPONENTS"):  # where that is set, nothing may be left out
    pytest.importorskip("dask", reason="Dask is not installed: make test")

import dask  # noqa: E402 - after the lines above
import dask.dataframe as dd  # noqa: E402 - after the lines above

from driftline import Monitor  # noqa: E402 - after the lines above
from driftline.errors import EngineError, InputError  # noqa: E402 - after the lines above
from driftline.profiles.engines.base import open_source  # noqa: E402 - after the lines above
from driftline.profiles.engines.dask import Dask  # noqa: E402 - after the lines above
from driftline.testing.engines import EngineSuite, assert_same, sample_rows  # noqa: E402 - after the lines above
from driftline.types import ProfileKey  # noqa: E402 - after the lines above
from harness.deaths import dies  # noqa: E402 - after the lines above

ROWS = sample_rows()
SETTINGS = {"target": "target", "prediction": "prediction", "segments": ("zone",)}


def pandas(rows):
    """The rows as a pandas table."""
    return rows.to_pandas(use_pyarrow_extension_array=True)


class TestFrames(EngineSuite):
    """The suite of all engines, with a data frame."""

    @pytest.fixture
    def engine(self):
        """The engine."""
        return Dask()

    def source(self, batches):
        """A data frame."""
        return open_source(dd.from_delayed([dask.delayed(pandas)(batch) for batch in batches], verify_meta=False))


class TestDelayed(TestFrames):
    """The suite of all engines, with delayed tables."""

    def source(self, batches):
        """Delayed tables."""
        return open_source([dask.delayed(batch.to_arrow)() for batch in batches])


def test_monitor():
    """A data frame is judged as it is, with the verdicts of the local engine."""
    reference, current = pandas(ROWS), pandas(ROWS.with_columns(pl.col("units") + 3))
    expected = Monitor.fit(reference, **SETTINGS).check(current)
    monitor = Monitor.fit(dd.from_pandas(reference, npartitions=3), **SETTINGS)
    found = monitor.check(dd.from_pandas(current, npartitions=5))
    assert [(v.metric, v.column, v.level) for v in expected] == [(v.metric, v.column, v.level) for v in found]
    assert (997, "dask DataFrame") == (found.current.rows, found.current.label)
    assert 997 == monitor.check(dd.from_pandas(current, npartitions=2), engine="local").current.rows


def test_partitions_that_differ():
    """Delayed tables that differ in columns and types come out as files that do."""
    parts = [ROWS[:400], ROWS[400:800].drop("paid"), ROWS[800:].with_columns(pl.col("units").cast(pl.String))]
    local, engine, source = Monitor.fit(ROWS), Dask(), open_source([dask.delayed(part) for part in parts])
    found = engine.fold(source, local.plan)[ProfileKey()]
    assert (597, 997, 197) == (found.columns["paid"].n, found.columns["units"].n, 197)
    assert {"Int64": 800, "String": 197} == found.columns["units"].states["Dtypes"].rows


def test_partition_that_raises():
    """What a partition raises is told in its own words; what is no table is refused."""

    def fails():
        raise ValueError("no rate for the month of May")

    with pytest.raises(InputError, match="ValueError: no rate for the month of May"):
        Monitor.fit([dask.delayed(ROWS), dask.delayed(fails)()])
    with pytest.raises(InputError, match="cannot read a int"):
        Monitor.fit([dask.delayed(ROWS), dask.delayed(7)])
    with pytest.raises(InputError, match="cannot read a Bag of dask"):
        Monitor.fit(__import__("dask.bag").bag.from_sequence([1]))


@pytest.mark.filterwarnings("ignore")  # of `distributed`, about the worker that is killed here
def test_lost_worker(tmp_path):
    """A worker that is killed is replaced, with the same outcome; without a cluster that is an error in words."""
    rows = pd.DataFrame({"id": range(600)})
    parts = [rows[:300], rows[300:]]
    with dask.config.set(scheduler="processes", num_workers=1), pytest.raises(EngineError, match="Dask lost a worker"):
        Monitor.fit([dask.delayed(parts[0]), dask.delayed(dies)(parts[1], "")])
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        found = Monitor.fit([dask.delayed(parts[0]), dask.delayed(dies)(parts[1], str(tmp_path / "marker"))])
    expected = Monitor.fit(rows)
    assert (tmp_path / "marker").exists()
    assert expected.plan.fingerprint == found.plan.fingerprint
    assert_same(expected.reference.profiles[ProfileKey()], found.reference.profiles[ProfileKey()])

"""Ray: the suite of all engines, on two workers."""

import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

pytest.register_assert_rewrite("driftline.testing.engines")

from driftline import Monitor  # noqa: E402 - after the line above
from driftline.errors import InputError  # noqa: E402 - after the line above
from driftline.profiles.engines.base import open_source  # noqa: E402 - after the line above
from driftline.profiles.engines.ray import Ray  # noqa: E402 - after the line above
from driftline.testing.engines import EngineSuite, assert_same, cut, sample_rows  # noqa: E402 - after the line above
from driftline.types import ProfileKey  # noqa: E402 - after the line above
from harness import deaths  # noqa: E402 - after the line above

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray warns of itself
ROWS = sample_rows()
SETTINGS = {"target": "target", "prediction": "prediction", "segments": ("zone",)}


@pytest.fixture(scope="session")
def cluster():
    """Ray on this machine alone."""
    if not os.environ.get("ALL_COMPONENTS"):  # where that is set, nothing may be left out
        pytest.importorskip("ray", reason="Ray is not installed: make test")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray  # noqa: PLC0415 - an extra
    import ray.data  # noqa: PLC0415 - an extra

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()


def dataset(ray, batches):
    """A dataset with each batch as a block."""
    return ray.data.from_arrow([batch.to_arrow() for batch in batches])


class TestRay(EngineSuite):
    """The suite of all engines."""

    @pytest.fixture
    def engine(self, cluster):
        """The engine."""
        type(self).ray = cluster
        return Ray()

    def source(self, batches):
        """A dataset."""
        return open_source(dataset(self.ray, batches))


def test_monitor(cluster):
    """A dataset is judged as it is, with the verdicts of the local engine."""
    reference, current = ROWS, ROWS.with_columns(pl.col("units") + 3)
    expected = Monitor.fit(reference, **SETTINGS).check(current)
    monitor = Monitor.fit(dataset(cluster, cut(reference, (400, 0, 597))), **SETTINGS)
    found = monitor.check(dataset(cluster, [current]).map_batches(lambda rows: rows, batch_format="pyarrow"))
    assert [(v.metric, v.column, v.level) for v in expected] == [(v.metric, v.column, v.level) for v in found]
    assert (997, "ray Dataset") == (found.current.rows, found.current.label)
    assert 997 == monitor.check(dataset(cluster, [current]), engine="local").current.rows


def test_partition_that_raises(cluster):
    """What a block raises is told in its own words; what is no dataset is refused."""

    def fails(_):
        raise ValueError("no rate for the month of May")

    with pytest.raises(InputError, match="ValueError: no rate for the month of May"):
        Monitor.fit(cluster.data.range(100).map_batches(fails))
    with pytest.raises(InputError, match="cannot read a ObjectRef of ray"):
        Monitor.fit(cluster.put(1))


def test_lost_worker(cluster, tmp_path):
    """A worker that is killed is replaced, with the same outcome."""
    rows, marker = pa.table({"id": range(600)}), str(tmp_path / "marker")
    cluster.cloudpickle.register_pickle_by_value(deaths)  # workers do not look below `tests`
    found = Monitor.fit(
        cluster.data.from_arrow(rows).map_batches(deaths.dies, fn_args=(marker,), batch_format="pyarrow")
    )
    expected = Monitor.fit(rows)
    assert Path(marker).exists()
    assert expected.plan.fingerprint == found.plan.fingerprint
    assert_same(expected.reference.profiles[ProfileKey()], found.reference.profiles[ProfileKey()])

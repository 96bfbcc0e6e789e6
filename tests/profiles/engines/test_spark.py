"""Spark: the suite of all engines, on a session of two tasks at a time."""

import json
import os
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

pytest.register_assert_rewrite("driftline.testing.engines")

from driftline import Monitor  # noqa: E402 - after the line above
from driftline.cli.main import main  # noqa: E402 - after the line above
from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.errors import ConfigError, EngineError, InputError  # noqa: E402 - after the line above
from driftline.profiles.engines.base import open_source  # noqa: E402 - after the line above
from driftline.profiles.engines.spark import Spark  # noqa: E402 - after the line above
from driftline.testing.engines import EngineSuite, assert_same, cut, sample_rows  # noqa: E402 - after the line above
from driftline.types import ProfileKey  # noqa: E402 - after the line above
from harness.deaths import dies_at_row_0  # noqa: E402 - after the line above

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]
ROWS = sample_rows()


@pytest.fixture(scope="session")
def session():
    """A Spark session of this machine alone; a task that fails is tried twice."""
    if not os.environ.get("ALL_COMPONENTS"):  # where that is set, nothing may be left out
        pytest.importorskip("pyspark", reason="Spark is not installed: make test")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Spark needs Java: scripts/components installs it")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": False,
        "spark.sql.session.timeZone": "UTC", "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": 2, "spark.driver.memory": "512m", "spark.sql.adaptive.enabled": False,
        # Java compiles once, quickly, and takes classes to be whole: a session of a minute does not earn back more.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
        "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
        "spark.python.daemon.module": "harness.spark_workers",  # which workers find below `tests`
        "spark.executorEnv.PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2,2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def framed(session, batches):
    """A DataFrame with each batch as a partition."""
    frames = [session.createDataFrame(batch.to_arrow()).coalesce(1) for batch in batches]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.union(frame)
    return whole


class TestSpark(EngineSuite):
    """The suite of all engines."""

    @pytest.fixture
    def engine(self, session):
        """The engine."""
        type(self).session = session
        return Spark()

    def source(self, batches):
        """A DataFrame."""
        return open_source(framed(self.session, batches))


def test_monitor(session):
    """A DataFrame is judged as it is, with the verdicts of the local engine."""
    reference, current = ROWS, ROWS.with_columns(pl.col("units") + 3)
    settings = {"target": "target", "prediction": "prediction", "segments": ("zone",)}
    expected = Monitor.fit(reference, **settings).check(current)
    monitor = Monitor.fit(framed(session, cut(reference, (400, 0, 597))), **settings)
    found = monitor.check(framed(session, cut(current, (997,))))
    assert [(v.metric, v.column, v.level) for v in expected] == [(v.metric, v.column, v.level) for v in found]
    assert (997, "pyspark DataFrame") == (found.current.rows, found.current.label)
    with pytest.raises(ConfigError, match="spark cannot fold a polars DataFrame"):
        monitor.check(current, engine="spark")
    assert 997 == monitor.check(framed(session, [current]), engine="local").current.rows


@pytest.mark.usefixtures("session")
def test_files(tmp_path):
    """The terminal has files read by Spark; columns and types that differ between files come out as read here."""
    ROWS[:400].write_parquet(tmp_path / "a.parquet")
    ROWS[400:800].drop("paid").with_columns(pl.col("units").cast(pl.Float64)).write_parquet(tmp_path / "b.parquet")
    ROWS[800:].with_columns(pl.col("units").cast(pl.String)).write_parquet(tmp_path / "c.parquet")
    local, engine, config = open_source(tmp_path), Spark(), Config(target="target", prediction="prediction")
    source = open_source(tmp_path, "spark")
    monitor = Monitor.fit(local, config)
    assert monitor.plan.fingerprint == engine.fit(source, config).fingerprint
    assert_same(
        monitor.reference.profiles[ProfileKey()], engine.fold(source, monitor.plan)[ProfileKey()].private(final=True)
    )
    said = []
    for name in ("local", "spark"):
        report = tmp_path / f"{name}.report"
        with pytest.raises(SystemExit):
            main(
                [
                    "check",
                    str(tmp_path / "a.parquet"),
                    str(tmp_path / "*.parquet"),
                    "--engine",
                    name,
                    "--json",
                    str(report),
                ]
            )
        said.append(json.loads(report.read_text())["verdicts"])
    assert [(v["metric"], v["column"], v["level"]) for v in said[0]] == [
        (v["metric"], v["column"], v["level"]) for v in said[1]
    ]
    assert "column_gone" in {v["metric"] for v in said[1]}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl"])
def test_text_files(tmp_path, form):
    """Text files have the kinds and the values that they have when read here."""
    rows, path = ROWS.select("units", "zone", "target", pl.col("at").dt.truncate("1s")), tmp_path / f"rows.{form}"
    if form == "jsonl":
        rows.drop("at").write_ndjson(path)
    else:
        rows.write_csv(path, compression="gzip" if form == "csv.gz" else "uncompressed")
    expected, found = Monitor.fit(path), Monitor.fit(path, engine="spark")
    assert {(c.name, c.kind) for c in expected.columns} == {(c.name, c.kind) for c in found.columns}
    for name, column in expected.reference.profiles[ProfileKey()].columns.items():
        assert column.counts.state() == found.reference.profiles[ProfileKey()].columns[name].counts.state()


@pytest.mark.usefixtures("session")
def test_bad_files(tmp_path):
    """A file that is not there, damaged, or of unknown type is named."""
    with pytest.raises(InputError, match=r"none.parquet: Spark"):
        Monitor.fit(tmp_path / "none.parquet", engine="spark")
    ROWS.write_parquet(tmp_path / "whole.parquet")
    (tmp_path / "broken.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"broken.parquet"):
        Monitor.fit(tmp_path, engine="spark")
    (tmp_path / "rows.xlsx").write_text("x")
    with pytest.raises(InputError, match=r"rows.xlsx: no file of a known type; expected Parquet"):
        Monitor.fit(tmp_path / "rows.xlsx", engine="spark")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(InputError, match=r"ragged.csv"):
        Monitor.fit(tmp_path / "ragged.csv", engine="spark")


def test_bad_frames(session):
    """A name that is there twice, a stream and a table without columns are refused in words."""
    frame = session.range(3)
    with pytest.raises(InputError, match="'id' is a column name more than once"):
        Monitor.fit(frame.join(frame.alias("b")))
    with pytest.raises(InputError, match="a stream, which never ends"):
        Monitor.fit(session.readStream.format("rate").load())
    with pytest.raises(InputError, match="no columns"):
        Monitor.fit(frame.select())


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_lost_worker(session, tmp_path):
    """A worker that is killed is replaced, with the same outcome; if all are, that is an error in words."""
    rows = session.range(0, 2000, 1, 4)
    expected = Monitor.fit(pl.DataFrame({"id": range(2000)}))
    found = Monitor.fit(rows.mapInArrow(lambda batches: dies_at_row_0(batches, str(tmp_path / "marker")), "id long"))
    assert (tmp_path / "marker").exists()
    assert expected.plan.fingerprint == found.plan.fingerprint
    assert_same(expected.reference.profiles[ProfileKey()], found.reference.profiles[ProfileKey()])
    with pytest.raises(EngineError, match="Spark lost a worker"):
        Monitor.fit(rows.mapInArrow(dies_at_row_0, "id long"))


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_partition_that_raises(session):
    """What goes wrong while a partition is made is told in its own words."""

    def fails(batches):
        yield next(iter(batches))
        raise ValueError("no rate for the month of May")

    with pytest.raises(InputError, match="ValueError: no rate for the month of May"):
        Monitor.fit(session.range(0, 100, 1, 2).mapInArrow(fails, "id long"))

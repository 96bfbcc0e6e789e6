"""Input that is too wide, too varied, too long or too finely sliced: the work and the memory stay bounded."""

import datetime as dt
import tracemalloc

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.config.settings import MOST_DESCRIBED
from driftline.profiles.plan import SEGMENTS
from driftline.types import Level

from .conftest import rows

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(9)


def _wide(columns: int, n: int = 60) -> pl.DataFrame:
    return pl.DataFrame({f"c{at}": RANDOM.normal(size=n) for at in range(columns)})


def test_very_many_columns():
    """Of each of very many columns only what is judged is measured, and what settings name; the result says so."""
    monitor = Monitor.fit(_wide(MOST_DESCRIBED + 20), metrics={"mean": {"enabled": True}})
    result = monitor.check(_wide(MOST_DESCRIBED + 20).with_columns(c7=pl.lit(99.0)))
    assert ["c7"] == [finding.lead.column for finding in result.findings if finding.level is Level.ALERT]
    assert {"mean"} == {verdict.metric for verdict in result if not verdict.judged and verdict.column}
    assert MOST_DESCRIBED + 20 == len([verdict for verdict in result if verdict.metric == "mean"])
    assert any("only what is judged is measured" in note for note in result.notes)


def test_very_many_columns_as_csv(tmp_path):
    """A CSV file of 5,000 columns is read, and its columns are found."""
    _wide(5000, 40).write_csv(tmp_path / "wide.csv")
    from driftline.data.sources.files import Files  # noqa: PLC0415 - its only use

    assert 5000 == next(Files(tmp_path / "wide.csv").batches()).width


@pytest.mark.parametrize("settings", [{}, {"id": "name"}, {"segments": ("name",)}])
def test_very_many_distinct_values(settings, tmp_path):
    """A column in which every value is another one is judged in bounded memory, whatever it is said to be."""
    n = 50_000
    frame = pl.select(pl.int_range(n).alias("i")).select(name=pl.format("customer {}", "i"), x=pl.col("i") % 100)
    frame.write_parquet(tmp_path / "many.parquet")
    tracemalloc.start()
    monitor = Monitor.fit(tmp_path / "many.parquet", **settings)
    result = monitor.check(tmp_path / "many.parquet")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50e6
    assert Level.OK is result.level
    size = monitor.save(tmp_path / "many.pack").stat().st_size
    assert size < 1.5e6


def test_new_names_are_kept_in_bounds():
    """However many values are new, few of them are kept by name, and all are counted."""
    known = pl.DataFrame({"k": ["a", "b", "c"] * 100})
    strange = pl.DataFrame({"k": [f"new {at}" for at in range(50_000)]})
    monitor = Monitor.fit(known)
    result = monitor.check(strange)
    found = next(verdict for verdict in result if verdict.metric == "new_categories")
    assert found.value == 1
    assert len(found.detail["names"]) <= 20


def test_very_many_segments():
    """Of a segment column with 5,000 values the most frequent are judged one by one, the others together."""
    n = 20_000
    zone = np.minimum(RANDOM.geometric(0.002, n), 5000)
    frame = pl.DataFrame({"zone": zone, "x": RANDOM.normal(size=n)})
    monitor = Monitor.fit(frame, segments=("zone",))
    result = monitor.check(frame)
    names = {verdict.segment for verdict in result if verdict.segment}
    assert SEGMENTS + 1 == len(names)
    assert "zone=(rare values)" in names
    assert any("the most frequent are judged one by one" in note for note in result.notes)
    assert n == sum(profile.rows for cell, profile in monitor.reference.profiles.items() if cell.segment)


def test_very_many_windows():
    """A width that would make half a million windows is widened, and the result says so."""
    start = dt.datetime(2023, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
    when = [start + dt.timedelta(hours=hour) for hour in range(0, 365 * 24, 3)]
    frame = pl.DataFrame({"when": when, "x": RANDOM.normal(size=len(when))})
    monitor = Monitor.fit(frame, window="1m", timestamp="when")
    result = monitor.check(frame.with_columns(pl.col("x") + 5))
    assert result.timelines
    assert all(len(line.points) < 100 for line in result.timelines)
    assert any("Windows of 1m would be too many here" in note for note in result.notes)


def test_centuries_of_rows():
    """Rows spread over centuries have few windows and few days to learn from."""
    frame = pl.DataFrame(
        {
            "when": pl.datetime_range(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1), "30d", eager=True),  # noqa: DTZ001 - naive on purpose
        }
    )
    frame = frame.with_columns(x=RANDOM.normal(size=frame.height))
    assert Level.ALERT is not Monitor.fit(frame, timestamp="when").check(frame).level


def test_rows_are_read_in_parts(tmp_path):
    """A file is never in memory as a whole: its batches are bounded."""
    from driftline.data.file_formats import BATCH  # noqa: PLC0415 - its only use
    from driftline.data.sources.files import Files  # noqa: PLC0415 - its only use

    rows(1, 400_000).write_parquet(tmp_path / "long.parquet", row_group_size=100_000)
    heights = [batch.height for batch in Files(tmp_path / "long.parquet").batches()]
    assert 400_000 == sum(heights)
    assert max(heights) <= 2 * BATCH

"""What the explanation says is what happens: shares add up to the budget, and the replay counts odd windows."""

import re

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.commands.explain import explain_monitor
from driftline.cli.main import main
from driftline.monitor import Monitor
from driftline.types import Level
from driftline.verdicts.decide import is_test
from driftline.verdicts.measure import measure
from driftline.verdicts.sides import Current

DAY = 86_400_000_000


def table(days, *, odd=None):
    """Days of 300 rows; on the odd one the number is far off."""
    day = np.repeat(np.arange(days), 300)
    random = np.random.default_rng(3)
    x = random.normal(size=day.size) + (9.0 * (day == odd) if odd is not None else 0)
    at = pl.Series(day * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame({"x": x, "of": np.char.add("k", (day % 3).astype(str)), "at": at})


@pytest.mark.parametrize(("odd", "alerts"), [(None, 0), (10, 1)])
def test_replay(odd, alerts):
    """A reference without an odd day replays without alert; one with such a day with one, and both survive the pack."""
    text = "\n".join(explain_monitor(Monitor.fit(table(28, odd=odd)[["x", "at"]], timestamp="at")))
    assert f"{alerts} alert{'' if alerts == 1 else 's'} in 28 windows" in text


def test_shares():
    """Each p-value's share times what the estimates that can alert weigh is half of the budget of a day."""
    monitor = Monitor.fit(table(28), timestamp="at", alerts={"budget": "2 per week"}, segments=("of",))
    lines = list(explain_monitor(monitor))
    judged = next(
        int(found[1].replace(",", "")) for line in lines if (found := re.match(r"judged.*?: ([\d,]+) est", line))
    )
    share = next(float(found[1]) for line in lines if (found := re.search(r"held to ([\d.e-]+)", line)))
    reference = monitor.reference
    itself = measure(reference, Current(profiles=reference.profiles, dataset=reference.dataset))
    tests = [each.metric for each in itself if each.judged and is_test(each) and each.metric.most is Level.ALERT]
    weight = sum(metric.weight for metric in tests)
    assert 0.05 == pytest.approx(weight * share, rel=0.05)  # 1 in 7 would be more than any window may
    result = monitor.check(table(28)[:300])
    tested = [v for v in result if v.judged and v.p_value is not None and v.level is not Level.UNKNOWN]
    assert judged >= len([v for v in tested if v.segment is None])
    assert "of 3 segments" in "\n".join(lines)


def test_command(tmp_path):
    """The command explains rows and packs alike; without times it says that a replay is not possible."""
    path = tmp_path / "rows.parquet"
    table(28).write_parquet(path)
    pack = Monitor.fit(path, timestamp="at").save(tmp_path / "m.pack")
    told = [CliRunner().invoke(main, ["explain", *words]) for words in ((str(path), "--timestamp", "at"), (str(pack),))]
    assert [0, 0] == [each.exit_code for each in told]
    assert told[0].output == told[1].output
    table(28).drop("at").write_parquet(path)
    assert "a replay cannot tell" in CliRunner().invoke(main, ["explain", str(path)]).output


def test_detectors():
    """Each detector is named with how seldom it alerts falsely, and whether that is within the budget."""
    days = np.repeat(np.arange(30), 100)
    rows = pl.DataFrame({"x": np.sin(np.arange(days.size)), "at": days * 86_400_000_000}).with_columns(
        pl.col("at").cast(pl.Datetime("us"))
    )
    detectors = [{"detector": "cusum", "rows": "x"}, {"detector": "ewma", "windows": "rows", "run_length": 500}]
    lines = list(explain_monitor(Monitor.fit(rows, timestamp="at", detectors=detectors)))
    assert "  cusum(x): falsely once in 9,310 rows of an unchanged series" in lines
    assert "  ewma(rows): falsely once in 500 windows of an unchanged series, stated, on top of the budget" in lines

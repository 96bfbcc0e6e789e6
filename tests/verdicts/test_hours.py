"""Windows shorter than a day are compared with that time of other days."""

import numpy as np
import polars as pl
import pytest

from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.types import SeriesKey
from driftline.verdicts.seasons import Season, WindowKind, lay_times_of_day, name_times_of_day
from driftline.windows import Window

pytestmark = pytest.mark.slow

HOUR = 3_600_000_000
MONDAY = 4 * 24 * HOUR  # 1970-01-05
HOURLY = 60


def rows(days, seed, *, first=0, shifted=()):
    """Rows of a column that follows the hour by up to three standard deviations, and differs on weekends."""
    random = np.random.default_rng(seed)
    at = MONDAY + first * 24 * HOUR + np.arange(days * 24 * HOURLY) * (HOUR // HOURLY)
    hour, day = at // HOUR % 24, (at - MONDAY) // (24 * HOUR)
    x = random.normal(size=at.size) + 3 * np.sin(hour / 24 * 2 * np.pi) + np.where(day % 7 >= 5, 2.0, 0.0)
    x += np.where(np.isin((at - MONDAY) // HOUR, list(shifted)), 3.0, 0.0)
    return pl.DataFrame({"x": x, "at": pl.Series(at).cast(pl.Datetime("us"))})


@pytest.fixture(scope="module")
def monitor():
    """A monitor of four weeks, which learnt the hours."""
    return Monitor.fit(rows(28, 0), timestamp="at", stream={"every": "3h"})


def test_night_and_weekend_are_not_drift(monitor):
    """A week as those before opens nothing, hour by hour, though hours differ by six standard deviations."""
    outcomes = Watch(monitor).over(rows(7, 1, first=28), every="3h")
    assert 7 * 8 == len(outcomes)
    assert [] == [one for outcome in outcomes for one in outcome.opened]


def test_without_season_they_are(monitor):
    """The same week against the whole reference: what is tolerated is what hours differ, and little is seen."""
    blind = Monitor.fit(rows(28, 0), timestamp="at", stream={"every": "3h"}, season="none")
    width = 3 * 3600
    assert (
        blind.reference.baseline.stats[WindowKind(width * 1e6, seasonal=True)][SeriesKey("jensen_shannon", "x")].limit
        > 0.6
    )
    assert (
        0.4
        > monitor.reference.baseline.stats[WindowKind(width * 1e6, seasonal=True)][
            SeriesKey("jensen_shannon", "x")
        ].limit
    )


def test_one_hour_is_found_in_its_window(monitor):
    """Hours whose values are three standard deviations up open an incident at once, though usual at noon."""
    at = 28 * 24 + 30  # hours, in the eleventh window
    outcomes = Watch(monitor).over(rows(3, 2, first=28, shifted=range(at, at + 3)), every="3h")
    (opened,) = [(number, one) for number, outcome in enumerate(outcomes) for one in outcome.opened]
    assert (10, "x") == (opened[0], opened[1].column)


def test_a_pack_keeps_the_hours(monitor, tmp_path):
    """What was learnt is the same once saved and loaded."""
    loaded = Monitor.load(monitor.save(tmp_path / "hours.pack"))
    assert monitor.reference.baseline == loaded.reference.baseline
    times = Window(MONDAY + 35 * 24 * HOUR + 6 * HOUR, MONDAY + 35 * 24 * HOUR + 9 * HOUR)
    assert monitor.reference.baseline.season(times).dump() == loaded.reference.baseline.season(times).dump()
    assert 20 * 3 * HOURLY == monitor.reference.baseline.season(times).rows


def test_grids_and_names():
    """Whole days only, of a width that divides them, the last four weeks; a name tells the time of the day."""
    width = float(HOUR)
    assert lay_times_of_day(MONDAY + 5.0, MONDAY + 2.9 * 24 * HOUR, width, 1000) is None
    assert lay_times_of_day(MONDAY, MONDAY + 10 * 24 * HOUR, 5 * width, 1000) is None
    assert lay_times_of_day(MONDAY, MONDAY + 10 * 24 * HOUR, 24 * width, 1000) is None
    whole = lay_times_of_day(MONDAY - 5.0, MONDAY + 40.5 * 24 * HOUR, width, 1000)
    assert (MONDAY + 12 * 24 * HOUR, 28 * 24) == (whole.start, whole.count)
    assert 5 * 24 == lay_times_of_day(MONDAY, MONDAY + 40.5 * 24 * HOUR, width, 5 * 24 + 7).count
    assert "hours/3600/weekend/0" == name_times_of_day(MONDAY + 5 * 24 * HOUR, width)[0].name


def test_few_days_share_their_hours():
    """Where there are not three working days and three weekend days, all days are alike."""
    few = Monitor.fit(rows(5, 0), timestamp="at", stream={"every": "6h"})
    assert {Season(21_600e6, "", slot) for slot in range(4)} == few.reference.baseline.seasons.keys()


def test_a_night_of_a_tenth_is_no_other_unit():
    """Values that are a tenth every night are no change of unit then; the same values at noon are."""
    random = np.random.default_rng(7)

    def day(tenths):
        at = np.arange(24 * HOURLY) * (HOUR // HOURLY)
        x = random.lognormal(sigma=0.3, size=at.size) / np.where(np.isin(at // (3 * HOUR), tenths), 10.0, 1.0)
        return x, at

    parts = [day([0]) for _ in range(14)] + [day([0, 4])]
    at = np.concatenate([MONDAY + 24 * HOUR * number + at for number, (_, at) in enumerate(parts)])
    table = pl.DataFrame({"x": np.concatenate([x for x, _ in parts]), "at": pl.Series(at).cast(pl.Datetime("us"))})
    split = 14 * 24 * HOURLY
    monitor = Monitor.fit(table[:split], timestamp="at", stream={"every": "3h"}, only=["quality"], describe=False)
    windows = monitor.windows(table[split:], every="3h")
    told = [[v.detail["unit"] for v in monitor.judge(each).verdicts if v.detail.get("unit")] for each in windows]
    assert [[], [], [], []] == told[:4]
    assert ["divided by 10, as from millimetres to centimetres"] == told[4]
    assert [[], [], []] == told[5:]

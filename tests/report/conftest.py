"""Results to lay out: a story of taxi trips, a quiet one, one of few rows, one of hostile names and a wide one."""

# ruff: noqa: E501 - the sentences of reports are long, and are read best as one line
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from driftline.types import Bar, ChartData, Column, Dataset, Health, Kind, Level, Point, Role, Task, Timeline, Verdict
from driftline.verdicts.result import Result

OK, UNKNOWN, WARNING, ALERT = Level.OK, Level.UNKNOWN, Level.WARNING, Level.ALERT
ROWS, BEFORE = 55_211, 68_113
SINCE = "2023-02-14T00:00:00+00:00"
HOSTILE = (
    "<script>alert('x')</script>", 'quo"te\' & <b>bold</b>', "🚕 taxi 出租车", "long_" * 60, "two\nlines\ttabbed",
    "\x00\x07bell", "a\u202eb", "| pipe ` tick * star @someone", "]]>", "",
)  # fmt: skip


def verdict(metric: str, column: str | None = None, level: Level = OK, **facts: Any) -> Verdict:
    """A verdict with everything that a test does not care about filled in."""
    title = {
        "psi": "Population stability index",
        "missing": "Missing values",
        "mean": "Mean",
        "ks": "Kolmogorov-Smirnov distance",
    }
    known: dict[str, Any] = {
        "health": Health.DATA, "family": "drift", "title": title.get(metric, metric.replace("_", " ").capitalize()),
        "segment": None, "window": None, "value": 0.01, "low": 0.005, "high": 0.02, "n": ROWS, "unit": "",
        "threshold": 0.2, "reason": f"{column}: {metric} is 0.01, well inside what is normal.",
    }  # fmt: skip
    return Verdict(metric=metric, column=column, level=level, **(known | facts))


def numeric_bars(center: float, shift: float, width: float, missing: tuple[float, float] = (0, 0)) -> tuple[Bar, ...]:
    """Twenty bars of two bell curves, and one of missing values."""
    edges = [center + width * (at - 10) / 3 for at in range(21)]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    was, now = ([math.exp(-(((x - center - move) / width) ** 2) / 2) for x in middles] for move in (0, shift))
    bars = [
        Bar(f"{low:.3g} to {high:.3g}", a / sum(was) * (1 - missing[0]), b / sum(now) * (1 - missing[1]), low, high)
        for (low, high), a, b in zip(pairwise(edges), was, now, strict=True)
    ]
    return (*bars, *([Bar("missing", *missing, special=True)] if any(missing) else []))


def category_bars(counts: dict[str, tuple[float, float]], **special: tuple[float, float]) -> tuple[Bar, ...]:
    """A bar a category, and the special ones."""
    return tuple(
        [Bar(name, *shares) for name, shares in counts.items()]
        + [Bar(name, *shares, special=True) for name, shares in special.items()]
    )


def column(
    name: str, kind: Kind = Kind.NUMERIC, role: Role = Role.FEATURE, dtype: str = "Float64", **facts: Any
) -> Column:
    return Column(name, kind, role, dtype, **facts)


COLUMNS = (
    column("lpep_pickup_datetime", Kind.DATETIME, Role.TIMESTAMP, "Datetime(us)", guessed=False),
    column("duration", role=Role.TARGET, guessed=False),
    column("prediction", role=Role.PREDICTION, guessed=False),
    column("fare_amount"), column("trip_distance"), column("total_amount"), column("tip_amount"),
    column("passenger_count"),
    column("PULocationID", Kind.CATEGORICAL, Role.SEGMENT, "Int64"),
    column("DOLocationID", Kind.CATEGORICAL, dtype="Int64"),
    column("payment_type", Kind.CATEGORICAL, dtype="Int64"),
    column("store_and_fwd_flag", Kind.BOOLEAN, dtype="Boolean"),
    column("ehail_fee"),
    *(column(f"weather_{name}") for name in (
        "temperature", "humidity", "wind", "rain", "snow", "pressure", "cloud", "visibility", "dew_point", "gust",
        "uv", "sunshine", "pollen", "ozone", "smog", "tide", "moon",
    )),
)  # fmt: skip


def timeline(metric: str, title: str, name: str | None, unit: str, values: list[float], **facts: Any) -> Timeline:
    days = [f"2023-02-{day:02}T00:00:00+00:00/2023-02-{day + 1:02}T00:00:00+00:00" for day in range(1, len(values) + 1)]
    half = max(values) * 0.05
    points = tuple(Point(day, value, value - half, value + half, 1900) for day, value in zip(days, values, strict=True))
    known: dict[str, Any] = {"segment": None, "reference": values[0], "threshold": None}
    return Timeline(metric=metric, title=title, column=name, unit=unit, points=points, **(known | facts))


def performance() -> Iterator[Verdict]:
    """The model's errors: mean absolute error overall and by zone, and two that are only described."""
    facts = {"health": Health.MODEL, "family": "performance"}
    yield verdict(
        "mae", level=ALERT, title="Mean absolute error", unit="min", value=5.12, low=5.03, high=5.21, threshold=4.18,
        reference=3.8, p_value=1e-40, since=SINCE, **facts,
        reason="Mean absolute error rose from 3.8 min to 5.12 min [5.03 min, 5.21 min], more than the 10% that matters.",
    )  # fmt: skip
    yield verdict(
        "rmse", level=WARNING, title="Root mean squared error", unit="min", value=8.1, low=7.2, high=9.0, threshold=7.1,
        reference=6.5, p_value=0.003, **facts,
        reason="Root mean squared error rose from 6.5 min to 8.1 min [7.2 min, 9 min].",
    )  # fmt: skip
    yield verdict("r2", title="R²", value=0.71, low=0.69, high=0.73, reference=0.8, threshold=None, judged=False,
                  reason="R² is 0.71 [0.69, 0.73].", **facts)  # fmt: skip
    for at, (zone, level) in enumerate(
        {"74": ALERT, "75": OK, "41": OK, "166": WARNING, "7": OK, "260": UNKNOWN}.items()
    ):
        value = 4.0 + 2.4 * (3 - level.rank if level is UNKNOWN else level.rank) / 3
        yield verdict(
            "mae", level=level, title="Mean absolute error", unit="min", segment=f"PULocationID={zone}", reference=3.9,
            value=None if level is UNKNOWN else value, low=value - 0.3, high=value + 0.35, threshold=4.3,
            n=21 if level is UNKNOWN else 4000 - 500 * at, **facts,
            reason=f"Only 21 rows where PULocationID={zone}; 30 are needed to say."
            if level is UNKNOWN else f"Mean absolute error where PULocationID={zone} is {value:.2f} min; it was 3.9 min.",
        )  # fmt: skip


def troubles() -> Iterator[Verdict]:
    """What stands out, or is worth telling, in the data."""
    yield verdict("rows", title="Rows", family="quality", value=ROWS, low=None, high=None, unit="rows", reference=BEFORE,
                  threshold=None, reason="55,211 rows; the reference has 68,113.")  # fmt: skip
    yield verdict("added_columns", title="Columns added", family="schema", value=0, low=None, high=None, unit="columns",
                  threshold=0, reason="No column was added.")  # fmt: skip
    yield verdict(
        "missing", "passenger_count", ALERT, family="quality", unit="share", value=0.231, low=0.2275, high=0.2346,
        threshold=0.061, reference=0.041, p_value=0.0, since=SINCE,
        reason="Missing values in 'passenger_count' rose from 4.1% to 23.1% [22.8%, 23.5%], more than the 2 points that matter.",
    )  # fmt: skip
    yield verdict("psi", "passenger_count", WARNING, value=0.24, low=0.21, high=0.27, p_value=1e-9, since=SINCE,
                  reason="The distribution of 'passenger_count' moved: PSI 0.24 [0.21, 0.27] against 0.2.")  # fmt: skip
    yield verdict("psi", "fare_amount", ALERT, value=0.412, low=0.394, high=0.43, p_value=1e-80, since=SINCE,
                  reason="The distribution of 'fare_amount' moved: PSI 0.412 [0.394, 0.43], where 0.2 is the most that is normal.")  # fmt: skip
    yield verdict("ks", "fare_amount", ALERT, value=0.31, low=0.3, high=0.32, threshold=0.1, p_value=1e-80,
                  reason="The two distributions of 'fare_amount' differ by 0.31 at the widest point.")  # fmt: skip
    yield verdict("wasserstein", "fare_amount", WARNING, unit="sd", value=0.52, low=0.5, high=0.54, threshold=0.3,
                  reason="Values of 'fare_amount' moved by 0.52 sd on average.")  # fmt: skip
    yield verdict("mean", "fare_amount", family="description", value=16.3, low=16.2, high=16.4, reference=12.9,
                  threshold=None, judged=False, unit="column", reason="The mean of 'fare_amount' went from 12.9 to 16.3.")  # fmt: skip
    yield verdict("new_categories", "PULocationID", WARNING, title="New categories", family="quality", unit="share",
                  value=0.034, low=0.0325, high=0.0356, threshold=0.01, reference=0.0, since="2023-02-20T06:00:00+00:00",
                  reason="3.4% of 'PULocationID' are values that the reference does not have: '999', '998'.")  # fmt: skip
    yield verdict("type", "DOLocationID", title="Type", family="schema", value=None, low=None, high=None, threshold=None,
                  notable=True, reason="'DOLocationID' was Int64 and is Float64 now; all values survive the change.")  # fmt: skip
    yield verdict("missing", "ehail_fee", family="quality", title="Missing values", unit="share", value=1.0, low=1.0,
                  high=1.0, reference=1.0, threshold=None, notable=True,
                  reason="'ehail_fee' is always missing, as it was in the reference.")  # fmt: skip
    yield verdict("psi", "ehail_fee", UNKNOWN, value=None, low=None, high=None, n=0, reason="'ehail_fee' has no values to compare.")  # fmt: skip


def pictures() -> Iterator[ChartData]:
    zones = {"74": (0.14, 0.12), "75": (0.13, 0.125), "41": (0.08, 0.08), "166": (0.06, 0.05), "7": (0.05, 0.06)}
    zones |= {"East Harlem North (all blocks)": (0.04, 0.04), "other": (0.5, 0.491)}
    flags = category_bars({"N": (0.96, 0.95), "Y": (0.01, 0.012)}, missing=(0.03, 0.038))
    for at, each in enumerate(COLUMNS[1:]):
        if each.name in {"PULocationID", "DOLocationID"}:
            new = (0.0, 0.034) if each.name == "PULocationID" else (0.0, 0.0)
            yield ChartData(each, category_bars(zones, missing=(0.0, 0.0), new=new))
        elif each.kind in {Kind.BOOLEAN, Kind.CATEGORICAL}:
            yield ChartData(each, flags)
        elif each.name == "ehail_fee":
            yield ChartData(each, (Bar("missing", 1.0, 1.0, special=True),))
        elif each.name == "passenger_count":
            values = [(1, 0.8, 0.64), (2, 0.08, 0.06), (3, 0.03, 0.02), (4, 0.02, 0.02), (5, 0.029, 0.029)]
            bars = [Bar(str(x), was, now, x, x) for x, was, now in values]
            yield ChartData(each, (*bars, Bar("missing", 0.041, 0.231, special=True)))
        else:
            yield ChartData(each, numeric_bars(12.9 + at, 3.4 if each.name == "fare_amount" else 0.1, 4.0))


def story() -> Result:
    """A month of taxi trips in which some days broke."""
    quiet = [
        verdict(metric, each.name, reason=f"'{each.name}': {metric} is 0.01 [0.005, 0.02]; up to 0.2 is normal.",
                health=Health.MODEL if each.role in {Role.TARGET, Role.PREDICTION} else Health.DATA)
        for each in COLUMNS[1:] for metric in ("psi", "ks")
        if each.name not in {"fare_amount", "passenger_count", "ehail_fee"}
    ]  # fmt: skip
    good, bad = [0.041, 0.04, 0.043, 0.039, 0.042, 0.04, 0.041], [0.41, 0.39, 0.43, 0.4, 0.42, 0.44, 0.41]
    lines = (
        timeline("missing", "Missing values", "passenger_count", "share", good + good[:6] + bad + bad, threshold=0.061),
        timeline("psi", "Population stability index", "fare_amount", "", [0.02] * 13 + [0.4, 0.45, 0.5, 0.43] * 3, threshold=0.2),
        timeline("mae", "Mean absolute error", None, "min", [3.8, 3.9, 3.7, 3.75] * 3 + [3.8] + [5.2, 5.5] * 6, threshold=4.18),
    )  # fmt: skip
    return Result(
        model="green-taxi-duration", task=Task.REGRESSION,
        reference=Dataset("green_tripdata_2023-01.parquet", BEFORE, "2023-01-01T00:01:31+00:00", "2023-01-31T23:58:02+00:00", "parquet"),
        current=Dataset("green_tripdata_2023-02.parquet", ROWS, "2023-02-01T00:02:11+00:00", "2023-02-28T23:59:40+00:00", "parquet"),
        columns=COLUMNS, verdicts=(*performance(), *troubles(), *quiet), distributions=tuple(pictures()), timelines=lines,
        fingerprint="9f2c51d07be84a6f9f2c51d07be84a6f", version="0.1.0", created="2023-03-01T06:00:12+00:00", elapsed=1.84,
        notes=("1 row of the reference lies before 2010 (2009-01-01): it is out of range and left out of the windows.",),
    )  # fmt: skip


def quieted() -> Result:
    loud = story()
    kept = tuple(each for each in loud.verdicts if each.level is OK and not each.notable)
    return replace(loud, verdicts=kept, timelines=(), notes=())


def few() -> Result:
    loud = story()
    why = "Only 12 rows; 30 are needed to say."
    verdicts = tuple(
        verdict("psi", each.name, UNKNOWN, value=None, low=None, high=None, n=12, reason=why) for each in COLUMNS
    )
    return replace(
        loud, verdicts=verdicts, distributions=(), timelines=(), notes=(), current=Dataset("tiny.csv", 12, format="csv")
    )


def hostile() -> Result:
    columns = tuple(column(name, Kind.CATEGORICAL, dtype=name) for name in HOSTILE)
    verdicts = tuple(
        verdict(
            "psi",
            name,
            ALERT,
            title=name,
            segment=f"{name}={name}",
            reason=f"{name} moved.",
            unit=name[:5],
            detail={name: {1, 2}, "x": math.nan},
        )
        for name in HOSTILE
    ) + tuple(verdict("missing", name, WARNING, family="quality", reason=name, since=name) for name in HOSTILE)
    bars = category_bars(dict.fromkeys(HOSTILE, (0.1, 0.1)), missing=(0.0, 0.1))
    lines = tuple(timeline("missing", name, name, "", [0.1, 0.2, 0.1, 0.4]) for name in HOSTILE)
    side = Dataset(HOSTILE[0], 10, HOSTILE[1], HOSTILE[4], HOSTILE[5])
    return Result(
        model=HOSTILE[0], task=None, reference=side, current=side, columns=columns, verdicts=verdicts,
        distributions=tuple(ChartData(each, bars) for each in columns), timelines=lines, notes=HOSTILE,
        fingerprint=HOSTILE[0], version=HOSTILE[1], created=HOSTILE[4],
    )  # fmt: skip


def wide() -> Result:
    columns = tuple(column(f"feature_{at:04}") for at in range(1200))
    levels = {3: ALERT, 700: WARNING, 1100: ALERT}
    verdicts = tuple(
        verdict(metric, each.name, levels.get(at, OK) if metric == "psi" else OK)
        for at, each in enumerate(columns) for metric in ("psi", "ks", "missing", "mean", "wasserstein")
    )  # fmt: skip
    bars = numeric_bars(0, 0.5, 1)
    return replace(
        story(),
        columns=columns,
        verdicts=verdicts,
        distributions=tuple(ChartData(each, bars) for each in columns),
        timelines=(),
    )


STORIES: dict[str, Callable[[], Result]] = {
    "story": story,
    "quiet": quieted,
    "few": few,
    "hostile": hostile,
    "wide": wide,
}


@pytest.fixture(name="story", scope="session")
def _story() -> Result:
    return story()


@pytest.fixture(name="hostile", scope="session")
def _hostile() -> Result:
    return hostile()


@pytest.fixture(name="wide", scope="session")
def _wide() -> Result:
    return wide()


@pytest.fixture(params=["few", "hostile", "quiet", "story"], scope="session")
def any_result(request: pytest.FixtureRequest) -> Result:
    """Each of the results in turn, save the wide one, which is slow."""
    return STORIES[request.param]()

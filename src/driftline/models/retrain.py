"""When training a model anew pays: what its decay costs, beside what a training costs."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import scipy

from driftline import humanize
from driftline.errors import InputError
from driftline.models.tables import Table, check_table, values_of
from driftline.models.truth import Truth

_DAY = np.timedelta64(1, "D")
_FEWEST = 10

Interval = tuple[float, float, float]
"""A value with the ends of its 95 % interval."""


@dataclass(frozen=True, slots=True)
class Retraining:
    """Whether and how often training anew pays.

    `decay` is what the mean loss of a row grows in a day, `(value, low, high)`; `gain` what one training at the end of
    the rows saves over `horizon` days, less its cost; `every` the days between trainings that cost least in the long
    run, None where there is no decay, as is its upper end where there may be none.
    """

    of: str
    unit: str
    days: int
    age: float
    rows_a_day: float
    horizon: float
    decay: Interval
    gain: Interval
    every: tuple[float, float, float | None] | None

    @property
    def pays(self) -> bool | None:
        """Whether a training now pays within the horizon; None while the interval holds both."""
        return True if self.gain[1] > 0 else False if self.gain[2] < 0 else None

    def __str__(self) -> str:
        said = {
            True: "Train it anew: it pays",
            False: "A training now does not pay",
            None: "It is not known whether a training pays",
        }
        value, low, high = self.gain
        grows, least, most = (f"{part:.3g}" for part in self.decay)
        saved = f"{humanize.number(value)} {humanize.interval(low, high, '')}"
        lines = [
            f"{said[self.pays]} within {self.horizon:g} days: {saved}.",
            f"Its {self.of} grows by {grows} [{least}, {most}] a day ({self.days} days).",
        ]
        if self.every is None:
            return "\n".join([*lines, "No decay is seen: train by need, not by the calendar."])
        last = self.every[2]
        ends = f"[{self.every[1]:.0f}, {'never' if last is None else format(last, '.0f')}]"
        return "\n".join([*lines, f"Cheapest in the long run is every {self.every[0]:.0f} days {ends}."])

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def plan_retraining(  # noqa: PLR0913 - each is a fact of its own
    rows: Table,
    *,
    target: str,
    prediction: str,
    timestamp: str,
    price: float,
    cost: float,
    trained: datetime | None = None,
    horizon: float = 90,
) -> Retraining:
    """Whether training a model anew pays now, and how often it does, from the decay seen so far.

    Args:
        rows: a DataFrame of pandas or Polars with labels and answers of one version of the model, of at least ten days.
        target: the column with the labels; numbers make it a regression (mean absolute error), anything else a
            classification (share of wrong answers).
        prediction: the column with the answers.
        timestamp: the column with the times, as dates and times without a zone.
        price: what a loss of 1 in one row costs: a unit of the target, or one wrong answer.
        cost: what a training costs, in the same money.
        trained: when the model was trained; by default at the first of the rows.
        horizon: over how many days a training has to pay.

    Raises:
        InputError: when a column is not there or has missing values, or there are too few days.

    The mean loss of each day is taken to grow along a line from the day of training, a training to bring it back to
    where it started, and the losses of days around the line to be independent. The interval of the slope is Student's
    over days. Trainings every T days cost `cost / T + price * rows a day * decay * T / 2` a day, least at the square
    root of `2 cost / (price * rows a day * decay)`. A decay that comes in jumps is not seen as such.

    >>> import polars as pl
    >>> from datetime import datetime, timedelta
    >>> when = [datetime(2026, 1, 1) + timedelta(days=at // 50) for at in range(2_000)]
    >>> rows = pl.DataFrame({"at": when, "y": [0.0] * 2_000, "guess": [1 + 0.1 * (at // 50) for at in range(2_000)]})
    >>> rows = rows.with_columns(y=pl.int_range(2_000) % 30, guess=pl.col("guess") + pl.int_range(2_000) % 30)
    >>> found = plan_retraining(rows, target="y", prediction="guess", timestamp="at", price=1, cost=250)
    >>> round(found.decay[0], 3), round(found.every[0], 1), found.pays
    (0.1, 10.0, True)
    """
    check_table(rows, [target, prediction, timestamp])
    for name, value in (("price", price), ("cost", cost), ("horizon", horizon)):
        if not value > 0:
            raise InputError(f"{name}: {value} is not above 0")
    truth = Truth(rows, target, None)
    scores = truth.scores(values_of(rows, prediction, "prediction"))
    losses = scores if truth.regression else 1 - scores
    times = np.asarray(rows[timestamp].to_numpy())
    if times.dtype.kind != "M" or np.isnat(times).any():
        raise InputError(f"timestamp {timestamp!r}: expected a date and time in each row, it holds {times.dtype}")
    start = times.min() if trained is None else np.datetime64(trained)
    if start > times.min():
        raise InputError(f"trained: {trained} is after the first row, {times.min()}")
    ages = (times - start) / _DAY
    day = np.floor(ages).astype(np.int64)
    known, place = np.unique(day, return_inverse=True)
    if known.size < _FEWEST:
        raise InputError(f"rows: they cover {known.size} days; at least {_FEWEST} are needed")
    counts = np.bincount(place)
    mean, at = np.bincount(place, losses) / counts, np.bincount(place, ages) / counts
    spread = ((at - at.mean()) ** 2).sum()
    slope = float(((at - at.mean()) * mean).sum() / spread)
    rest = mean - mean.mean() - slope * (at - at.mean())
    half = float(scipy.special.stdtrit(known.size - 2, 0.975) * np.sqrt((rest**2).sum() / (known.size - 2) / spread))
    age, a_day = float(ages.max()), losses.size / known.size
    decay = slope, slope - half, slope + half
    value, low, high = (price * a_day * part * age * horizon - cost for part in decay)
    return Retraining(
        truth.of_errors[0], truth.of_errors[1], int(known.size), age, a_day, horizon, decay, (value, low, high),
        _find_every(decay, price * a_day, cost),
    )  # fmt: skip


def _find_every(decay: Interval, worth: float, cost: float) -> tuple[float, float, float | None] | None:
    value, low, high = decay
    if value <= 0:
        return None
    days = [None if part <= 0 else float(np.sqrt(2 * cost / (worth * part))) for part in (value, high, low)]
    return days[0] or 0.0, days[1] or 0.0, days[2]

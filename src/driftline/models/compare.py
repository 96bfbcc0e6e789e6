"""Whether the model that serves is still the best one, beside challengers and the simplest answer on the same rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from driftline import humanize
from driftline.arrays import Floats
from driftline.errors import InputError
from driftline.models.tables import Table, check_table, labels, values_of
from driftline.models.truth import Truth
from driftline.models.withdrawals import show_change
from driftline.stats.intervals import mean_sequence

if TYPE_CHECKING:
    import polars as pl

SIMPLEST = "the simplest answer"


@dataclass(frozen=True, slots=True)
class Difference:
    """One challenger against the champion, on the rows of a segment, or on all (`segment` None).

    `champion` and `challenger` are the mean absolute error, or the share of wrong answers; `change` is the challenger's
    minus the champion's, below 0 where the challenger is better, with an interval that may be looked at every day.
    """

    name: str
    segment: str | None
    rows: int
    champion: float
    challenger: float
    change: float
    low: float
    high: float

    @property
    def better(self) -> bool | None:
        """Whether the challenger is better; None while the interval holds both."""
        return True if self.high < 0 else False if self.low > 0 else None


@dataclass(frozen=True)
class Comparison:
    """All challengers, over all rows and by segment; iterate over its differences."""

    champion: str
    of: str
    unit: str
    differences: tuple[Difference, ...]

    @property
    def advice(self) -> str:
        """What to do, in a sentence: by the differences over all rows."""
        whole = [one for one in self.differences if one.segment is None]
        simplest = next((one for one in whole if one.name == SIMPLEST), None)
        rivals = [one for one in whole if one.name != SIMPLEST]
        best = min((one for one in rivals if one.better), key=lambda one: one.challenger, default=None)
        if best:
            return f"{best.name} is better than {self.champion}: switch to it."
        if simplest and simplest.better is not False:
            return f"{self.champion} is not known to be better than {SIMPLEST}: train it anew, or do without it."
        if rivals and all(one.better is False for one in rivals):
            return f"{self.champion} is the best of them: keep it."
        return f"No challenger is known to be better than {self.champion}: keep it, and look again with more rows."

    def __str__(self) -> str:
        lines = [self.advice, f"{humanize.capitalize(self.of)}, on the same rows:"]
        for one in self.differences:
            where = f" where {one.segment}" if one.segment else ""
            was, now = (humanize.quantity(part, self.unit) for part in (one.champion, one.challenger))
            change = show_change(one.change, one.low, one.high, self.unit)
            lines.append(f"  {one.name}{where}: {now} instead of {was} ({change}), {one.rows:,} rows")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"advice": self.advice} | asdict(self)

    def to_polars(self) -> "pl.DataFrame":
        """One row a difference."""
        import polars as pl  # noqa: PLC0415 - slow to import

        return pl.DataFrame([asdict(one) for one in self.differences])


def compare_models(  # noqa: PLR0913 - each is a fact of its own
    rows: Table,
    *,
    target: str,
    champion: str,
    challengers: Sequence[str] = (),
    reference: Table | None = None,
    by: str | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """Compare the predictions of several models for the same rows, as often as you like.

    Args:
        rows: a DataFrame of pandas or Polars with the target and a column of each model's answers; at least 100 rows,
            all that have labels so far.
        target: its column; numbers make it a regression, anything else (whole numbers of at most 20 values included) a
            classification.
        champion: the column of the model that serves.
        challengers: the columns of the models that could take its place.
        reference: rows with the target on which the simplest answer is found: the median, or the most frequent class.
            Without them there is none to compare with.
        by: a column of labels by whose values the comparison is repeated, where there are at least 100 rows of one.
        confidence: of all intervals of one pair of models over time.

    Returns:
        The differences, over all rows first.

    Raises:
        InputError: when a column is not there, a target or answer is missing, or there are too few rows.

    The intervals are confidence sequences (`driftline.stats.intervals.mean_sequence`): they hold for all numbers of
    rows together, so the comparison may be made anew every day and ended as soon as it says something. A fixed interval
    that is looked at daily is wrong far more often than it says. Assumes independent rows.
    Source: Waudby-Smith et al. (2024).

    >>> import numpy as np, polars as pl
    >>> random = np.random.default_rng(0)
    >>> minutes = random.normal(20, 5, 2_000)
    >>> rows = pl.DataFrame({"minutes": minutes, "old": minutes + random.normal(0, 3, 2_000)})
    >>> rows = rows.with_columns(new=pl.Series(minutes + random.normal(0, 2, 2_000)))
    >>> compare_models(rows, target="minutes", champion="old", challengers=["new"]).advice
    'new is better than old: switch to it.'
    """
    names = [champion, *challengers]
    check_table(rows, [target, *names, *([by] if by else [])])
    if len(set(names)) < len(names):
        raise InputError(f"challengers: a model is named twice among {', '.join(names)}")
    truth = Truth(rows, target, None)
    losses = {name: _losses(truth, _answers(rows, name, truth)) for name in names}
    if reference is not None:
        check_table(reference, [target])
        losses[SIMPLEST] = _losses(truth, _simplest(Truth(reference, target, None), truth))
    if len(losses) < 2:
        raise InputError("challengers: name at least one, or give reference rows for the simplest answer")
    parts: list[tuple[str | None, np.ndarray]] = [(None, np.ones(truth.target.size, bool))]
    if by:
        own = labels(rows, by)
        parts += [(f"{by}={label}", own == label) for label in np.unique(own).tolist()]
    found = [
        _compare(name, segment, losses[champion][chosen], losses[name][chosen], confidence)
        for segment, chosen in parts
        if chosen.sum() >= Truth.FEWEST
        for name in losses
        if name != champion
    ]
    return Comparison(champion, *truth.of_errors, tuple(found))


def _answers(rows: Table, name: str, truth: Truth) -> np.ndarray:
    answers = values_of(rows, name, "model")
    if truth.regression and answers.dtype.kind not in "iuf":
        raise InputError(f"{name!r} holds {answers.dtype}; the target is a number, so numbers are expected")
    return answers


def _simplest(reference: Truth, truth: Truth) -> np.ndarray:
    if truth.regression:
        return np.full(truth.target.size, np.median(reference.target))
    classes, counts = np.unique(reference.target, return_counts=True)
    return np.full(truth.target.size, classes[int(np.argmax(counts))])


def _losses(truth: Truth, answers: np.ndarray) -> Floats:
    scores = truth.scores(answers)
    return scores if truth.regression else 1 - scores


def _compare(name: str, segment: str | None, ours: Floats, theirs: Floats, confidence: float) -> Difference:
    apart = theirs - ours
    change, low, high = mean_sequence(float(apart.mean()), float(apart.var(ddof=1)), apart.size, confidence)
    return Difference(name, segment, apart.size, float(ours.mean()), float(theirs.mean()), change, low, high)

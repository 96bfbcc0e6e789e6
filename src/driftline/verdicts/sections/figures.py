"""Figures read from profiles: rows over time, confusion, ROC, precision and recall, calibration, gain, errors."""

from collections.abc import Sequence

import numpy as np

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality, covered
from driftline.profiles.sketches.confusion import Confusion
from driftline.profiles.sketches.rhythm import HOUR, Rhythm
from driftline.profiles.sketches.scored import Scored
from driftline.stats.classification import precision_band, roc_band
from driftline.types import Health
from driftline.verdicts.sections.records import Cell, Chart, Row, Series, Table
from driftline.verdicts.sections.residuals import chart_residuals, chart_residuals_by_prediction
from driftline.windows import iso

_POINTS = 60  # of a line: more cannot be told apart
_CLASSES = 8  # a matrix of more is not read; the pairs that changed most are listed instead
_PAIRS = 20
_LEAST = 10  # rows behind a point of the calibration
_WIDTHS = (1, 2, 3, 6, 12, 24, 168)  # hours of a step


def make_figures(current: Profile, reference: Profile) -> tuple[Table | Chart, ...]:
    """All figures that the profiles hold the numbers of."""
    figures = (
        chart_volume(current, reference),
        tabulate_confusion(current, reference),
        *chart_scores(current, reference),
        chart_residuals(current, reference),
        chart_residuals_by_prediction(current, reference),
    )
    return tuple(figure for figure in figures if figure is not None)


def chart_volume(current: Profile, reference: Profile) -> Chart | None:
    """Rows of the current hours beside those that the reference leads to expect, in at most 60 steps."""
    rhythm, own = HourlySeasonality.from_profile(reference), current.get_or_none(Rhythm)
    hours = covered(current) if rhythm is not None and own is not None else np.empty(0, np.int64)
    if rhythm is None or own is None or hours.size < 2:
        return None
    counts = own.hours
    rows = np.array([counts.get(int(hour), 0) for hour in hours], np.float64)
    width = next((width for width in _WIDTHS if hours.size <= _POINTS * width), -(-hours.size // _POINTS))
    starts = np.arange(0, hours.size, width)
    times = [iso(hour * HOUR) for hour in (*hours[starts], hours[-1] + 1)]

    def line(name: str, side: str, numbers: Floats) -> Series:
        steps = np.add.reduceat(numbers, starts)
        return Series(name, side, tuple(zip(times, (*steps.tolist(), float(steps[-1])), strict=True)))

    unit = "hour" if width == 1 else "day" if width == 24 else "week" if width == 168 else f"{width} hours"
    return Chart(
        name="volume", title="Rows over time", health=Health.DATA, detail=True, x="time (UTC)", y=f"rows per {unit}",
        steps=True, series=(line("expected", "reference", rhythm.expected(hours)), line("rows", "current", rows)),
        caption="Expected are the reference's rows in the same hours of the week.",
    )  # fmt: skip


def tabulate_confusion(current: Profile, reference: Profile) -> Table | None:
    """How the rows of each true class are predicted; of more than eight classes, the pairs whose share changed most."""
    now, was = current.get_or_none(Confusion), reference.get_or_none(Confusion)
    if now is None or was is None or not now.pairs:
        return None
    names = list(dict.fromkeys((*was.classes, *now.classes)))
    counts, past = (_count_pairs(side, names) for side in (now, was))
    ours, theirs = _divide_rows(counts), _divide_rows(past)
    if len(names) > _CLASSES:
        return _list_pairs(names, counts, ours, theirs)
    rows = []
    for at, name in enumerate(names):
        cells: list[Cell] = [f"{_share(was)} → {_share(now)}" for was, now in zip(theirs[at], ours[at], strict=True)]
        rows.append(Row((name, *cells, f"{int(counts[at].sum()):,}")))
    return Table(
        name="confusion", title="Confusion matrix", health=Health.MODEL, detail=True,
        heads=("True class", *(f"predicted {name}" for name in names), "Rows now"), rows=tuple(rows),
        caption="Of the rows of each true class, the share that is predicted as each class: reference → current.",
    )  # fmt: skip


def _count_pairs(confusion: Confusion, names: Sequence[str]) -> Integers:
    """Rows (names, names) by true and predicted class."""
    index = {name: at for at, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)), np.int64)
    for true, row in confusion.pairs.items():
        for predicted, n in row.items():
            matrix[index[true], index[predicted]] = n
    return matrix


def _divide_rows(matrix: Integers) -> Floats:
    """Shares of each row of a matrix; nan where it has none."""
    total = matrix.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(matrix, total, out=np.full(matrix.shape, np.nan), where=total > 0)
    return shares


def _share(share: float) -> str:
    return humanize.quantity(None if np.isnan(share) else float(share), "share")


def _list_pairs(names: list[str], matrix: Integers, ours: Floats, theirs: Floats) -> Table:
    moved = np.nan_to_num(np.abs(ours - theirs))
    order = np.argsort(-moved, axis=None, kind="stable")[:_PAIRS]
    rows = []
    for at in order:
        true, predicted = divmod(int(at), len(names))
        if moved[true, predicted] > 0:
            shares = _share(theirs[true, predicted]), _share(ours[true, predicted])
            rows.append(Row((f"{names[true]} as {names[predicted]}", *shares, f"{int(matrix[true, predicted]):,}")))
    return Table(
        name="confusion", title="Confusion of classes", health=Health.MODEL, detail=True,
        heads=("True class as predicted", "Reference", "Current", "Rows now"), rows=tuple(rows),
        caption="Of the rows of the true class, the share that is predicted so; those that changed most.",
    )  # fmt: skip


def chart_scores(current: Profile, reference: Profile) -> tuple[Chart, ...]:
    """ROC, precision over recall, calibration and gain of the scores of a binary classifier."""
    sides = [("reference", reference.get_or_none(Scored)), ("current", current.get_or_none(Scored))]
    known = [(name, scored) for name, scored in sides if scored is not None and scored.counts.any(axis=1).all()]
    if not known or known[-1][0] != "current":
        return ()
    positive = f"positive class {current.plan.positive}"
    guide = Series("no skill", "guide", ((0.0, 0.0), (1.0, 1.0)))
    right = Series("as predicted", "guide", ((0.0, 0.0), (1.0, 1.0)))
    return (
        Chart(
            name="roc", title="ROC curve", health=Health.MODEL, detail=True, x="false positive rate",
            y="true positive rate", series=(guide, *(_draw_roc(name, scored) for name, scored in known)),
            caption=f"For each threshold of the score; {positive}. The whole curve lies within the band in at least "
            "95 % of cases (simultaneous: Campbell 1994).",
        ),
        Chart(
            name="precision-recall", title="Precision and recall", health=Health.MODEL, detail=True, x="recall",
            y="precision", series=tuple(_draw_precision(name, scored) for name, scored in known),
            caption=f"For each threshold of the score; {positive}. The band has the 95 % interval of the precision at "
            "each threshold by itself (pointwise: Wilson).",
        ),
        Chart(
            name="calibration", title="Calibration", health=Health.MODEL, detail=True, x="mean score",
            y="share that is positive", series=(right, *(Series(n, n, _calibration(s)) for n, s in known)),
            caption=f"Rows in tenths of the score; {positive}.",
        ),
        Chart(
            name="gain", title="Gain curve", health=Health.MODEL, detail=True, x="share of rows, highest scores first",
            y="share of positives found", series=(guide, *(Series(name, name, _gain(s)) for name, s in known)),
            caption=f"How many of the positives are among so many rows; {positive}.",
        ),
    )  # fmt: skip


def _draw_roc(name: str, scored: Scored) -> Series:
    """The ROC curve of one side; of the current one with its band."""
    negatives, positives = _rates(scored)
    points = _thin(negatives, positives)
    if name != "current":
        return Series(name, name, points)
    at = np.linspace(0.0, 1.0, _POINTS + 1)
    low, high = roc_band(negatives, positives, int(scored.counts[0].sum()), int(scored.counts[1].sum()), at)
    return Series(name, name, points, band=tuple(zip(at.tolist(), low.tolist(), high.tolist(), strict=True)))


def _rates(scored: Scored) -> tuple[Floats, Floats]:
    """Shares (bins + 1,) of negatives and of positives at or above each threshold, the highest threshold first."""
    from_top = np.concatenate((np.zeros((2, 1)), np.cumsum(scored.counts[:, ::-1], axis=1)), axis=1)
    return from_top[0] / from_top[0, -1], from_top[1] / from_top[1, -1]


def _gain(scored: Scored) -> tuple[tuple[float, float], ...]:
    from_top = np.concatenate((np.zeros((2, 1)), np.cumsum(scored.counts[:, ::-1], axis=1)), axis=1)
    rows = from_top.sum(axis=0)
    return _thin(rows / rows[-1], from_top[1] / from_top[1, -1])


def _draw_precision(name: str, scored: Scored) -> Series:
    """Precision over recall of one side; of the current one with its band."""
    from_top = np.cumsum(scored.counts[:, ::-1], axis=1).astype(np.float64)
    some = from_top.sum(axis=0) > 0
    positive, rows = from_top[1, some], from_top[:, some].sum(axis=0)
    recall, precision = positive / from_top[1, -1], positive / rows
    at = _pick(recall)
    low, high = precision_band(positive[at], rows[at])
    points = tuple(zip(recall[at].tolist(), precision[at].tolist(), strict=True))
    band = tuple(zip(recall[at].tolist(), low.tolist(), high.tolist(), strict=True)) if name == "current" else ()
    return Series(name, name, points, band=band)


def _calibration(scored: Scored) -> tuple[tuple[float, float], ...]:
    rows = scored.counts.sum(axis=0).astype(np.float64)
    means = np.divide(scored.sums, rows, out=np.zeros_like(rows), where=rows > 0)
    tenth = np.minimum((means * 10).astype(np.int64), 9)
    total, positive, sums = (
        np.bincount(tenth, weights=part, minlength=10) for part in (rows, scored.counts[1], scored.sums)
    )
    return tuple((float(sums[i] / total[i]), float(positive[i] / total[i])) for i in range(10) if total[i] >= _LEAST)


def _thin(x: Floats, y: Floats) -> tuple[tuple[float, float], ...]:
    """At most 60 of the points, evenly along x, both ends included."""
    at = _pick(x)
    return tuple(zip(x[at].tolist(), y[at].tolist(), strict=True))


def _pick(x: Floats) -> Integers:
    """The places (k,) of at most 62 points, evenly along x, both ends included."""
    at = np.searchsorted(x, np.linspace(x[0], x[-1], _POINTS), "left").clip(0, x.size - 1)
    places: Integers = np.unique(np.concatenate(([0], at, [x.size - 1])))
    return places

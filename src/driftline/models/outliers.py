"""Rows that are odd by what goes together: an isolation forest or nearest neighbours, fitted on the reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.errors import InputError, MissingExtraError
from driftline.models.tables import Table, add_columns, check_table, codes, labels, take
from driftline.stats.intervals import wilson

if TYPE_CHECKING:
    import polars as pl

_FEWEST, _MOST = 200, 20_000
_NEIGHBOURS = 10
_TOLD = 3
_LIMIT = 0.99


@dataclass(frozen=True, eq=False)
class Outliers:
    """How odd each row is: `scores` (n,), higher is odder, and `limit`, over which 1 % of the reference's rows are.

    `worst` (k,) are the places of the oddest of those over the limit, the first most, and `why` names of each the up to
    three columns whose values raise the score most, beside what usual rows have there that are alike otherwise.
    """

    how: str
    scores: Floats
    limit: float
    worst: Integers
    why: tuple[tuple[str, ...], ...]
    rows: Table = field(repr=False)

    @property
    def share(self) -> tuple[float, float, float]:
        """The share of rows over the limit with its 95 % interval (Wilson), `(value, low, high)`."""
        value, low, high, *_ = wilson(int((self.scores > self.limit).sum()), self.scores.size)
        return value, low, high

    def join(self, name: str = "outlier_score") -> Table:
        """The rows with their scores as a column: to be logged, and judged as any column.

        Raises:
            InputError: when the rows have such a column.
        """
        if name in self.rows.columns:
            raise InputError(f"name: the rows have a column {name!r} already")
        return add_columns(self.rows, {name: self.scores})

    def to_polars(self, show: Sequence[str] = ()) -> "pl.DataFrame":
        """The worst rows: `row` (place), `score`, `why`, and the values of the columns that may be shown.

        Raises:
            InputError: when a column to show is not there.
        """
        import polars as pl  # noqa: PLC0415 - slow to import

        check_table(self.rows, list(show))
        why = pl.Series("why", [list(names) for names in self.why], dtype=pl.List(pl.String))
        found = pl.DataFrame({"row": self.worst, "score": self.scores[self.worst], "why": why})
        kept = take(self.rows, self.worst)
        return found.with_columns([pl.Series(name, kept[name].to_list()) for name in show])

    def __str__(self) -> str:
        value, low, high = self.share
        shown = f"{humanize.quantity(value, 'share')} {humanize.interval(low, high, 'share')}"
        lines = [f"Odd rows: {shown}, in the reference 1.0% ({self.how})"]
        for place, names in list(zip(self.worst.tolist(), self.why, strict=True))[:5]:
            by = humanize.listing(names, _TOLD) or "all of it"
            lines.append(f"  row {place}: {humanize.number(float(self.scores[place]))}, by {by}")
        return "\n".join(lines)


def find_outliers(
    rows: Table,
    reference: Table,
    *,
    features: Sequence[str] | None = None,
    method: Literal["forest", "neighbours"] = "forest",
    keep: int = 20,
    seed: int = 0,
) -> Outliers:
    """How odd each row is by what goes together in the reference.

    Args:
        rows: a DataFrame of pandas or Polars.
        reference: rows that say what is usual, at least 200; of more, 20,000 are drawn.
        features: the columns that count; by default all that both have.
        method: `forest`, an isolation forest (scikit-learn's, 200 trees), or `neighbours`, the distance to the tenth
            nearest row of the reference, by robust standard deviations.
        keep: how many of the oddest rows are kept with why.
        seed: of draws and the forest.

    Raises:
        InputError: when a column is not there, or there are too few rows.
        MissingExtraError: when scikit-learn is not installed.

    A column of labels counts by how rare each is in the reference; a missing value is taken for a usual one. The limit
    is the 99 % quantile of half of the reference's rows, the other half of which fitted the method, so that new rows
    like the reference are as often over it. Source: Liu, Ting & Zhou (2008); Ramaswamy, Rastogi & Shim (2000). Needs
    `driftline[learn]`.

    >>> import numpy as np, polars as pl
    >>> km = np.random.default_rng(0).normal(10, 2, 1_000)
    >>> usual = pl.DataFrame({"km": km, "fare": 2 * km})
    >>> found = find_outliers(pl.DataFrame({"km": [10.0, 14.0], "fare": [20.0, 12.0]}), usual, method="neighbours")
    >>> found.worst.tolist()
    [1]
    """
    if find_spec("sklearn") is None:
        raise MissingExtraError("find_outliers", "learn")
    check_table(rows, [])
    check_table(reference, [])
    named = [name for name in reference.columns if name in rows.columns] if features is None else list(features)
    check_table(rows, named)
    check_table(reference, named)
    if not named:
        raise InputError("rows: they have no column in common with the reference")
    if len(reference) < _FEWEST:
        raise InputError(f"reference: {len(reference)} rows are too few; at least {_FEWEST} are needed")
    random = np.random.default_rng(seed)
    order = random.permutation(len(reference))[:_MOST]
    coding = [_Coding.fit(reference, name) for name in named]
    past = np.stack([one.numbers(reference) for one in coding], axis=1)[order]
    now = np.stack([one.numbers(rows) for one in coding], axis=1)
    first, second = past[: len(past) // 2], past[len(past) // 2 :]
    score = _fit_forest(first, seed) if method == "forest" else _fit_neighbours(first)
    limit, scores = float(np.quantile(score(second), _LIMIT)), score(now)
    odd = np.flatnonzero(scores > limit)
    worst = odd[np.argsort(-scores[odd], kind="stable")][:keep]
    why = _explain(score, now[worst], first, named) if worst.size else ()
    how = "isolation forest, 200 trees" if method == "forest" else f"distance to the {_NEIGHBOURS}th nearest row"
    return Outliers(how, scores, limit, worst, why, rows)


@dataclass(frozen=True)
class _Coding:
    """A column as numbers: robust standard deviations from the median, or how rare labels are."""

    name: str
    center: float
    scale: float
    rarity: dict[str, float] | None

    @classmethod
    def fit(cls, reference: Table, name: str) -> "_Coding":
        if np.asarray(reference[name].to_numpy()).dtype.kind not in "iufmM":
            texts, counts = np.unique(labels(reference, name), return_counts=True)
            rarity = -np.log(counts / counts.sum())
            return cls(name, 0.0, 1.0, dict(zip(texts.tolist(), rarity.tolist(), strict=True)))
        values = codes(reference, name)
        values = values[np.isfinite(values)]
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if values.size else (0.0, 0.0, 0.0)
        scale = float(high - low) / 1.349 or (float(values.std()) if values.size else 0.0) or 1.0
        return cls(name, float(middle), scale, None)

    def numbers(self, rows: Table) -> Floats:
        if self.rarity is not None:
            rarest = max(self.rarity.values()) + 1.0
            return np.array([self.rarity.get(text, rarest) for text in labels(rows, self.name).tolist()], np.float64)
        steps = (codes(rows, self.name) - self.center) / self.scale
        return np.where(np.isnan(steps), 0.0, np.clip(steps, -1e6, 1e6))


def _fit_forest(first: Floats, seed: int) -> Any:
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 - an extra, and slow to import

    forest = IsolationForest(n_estimators=200, random_state=seed).fit(first)
    return lambda table: -forest.score_samples(table)


def _fit_neighbours(first: Floats) -> Any:
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 - an extra, and slow to import

    nearest = NearestNeighbors(n_neighbors=_NEIGHBOURS).fit(first)
    return lambda table: nearest.kneighbors(table)[0][:, -1]


def _explain(score: Any, worst: Floats, usual: Floats, names: list[str]) -> tuple[tuple[str, ...], ...]:
    """Of each row (k, d) the columns without whose values its score falls most.

    Each is replaced by that of the usual row (m, d) which is nearest in the other columns.
    """
    before, falls = score(worst), []
    for at in range(len(names)):
        mixed = worst.copy()
        others = np.delete(np.arange(len(names)), at)
        for row in range(len(worst)):
            apart = ((usual[:, others] - worst[row, others]) ** 2).sum(axis=1)
            mixed[row, at] = usual[int(np.argmin(apart)), at] if others.size else np.median(usual)
        falls.append(before - score(mixed))
    table = np.stack(falls, axis=1)
    order = np.argsort(-table, axis=1, kind="stable")[:, :_TOLD]
    return tuple(tuple(names[at] for at in own if table[row, at] > 0) for row, own in enumerate(order.tolist()))

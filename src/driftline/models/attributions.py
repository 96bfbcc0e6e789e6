"""What features add to answers, row by row: as columns, in words, and beside those of other rows."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.tables import Table, add_columns, check_table, labels
from driftline.stats import attributions

if TYPE_CHECKING:
    import polars as pl

PREFIX = "shap_"
_FEWEST = 100
_TOLD = 5


@dataclass(frozen=True, eq=False)
class Attributions:
    """Attributions of the rows that were explained.

    `values` (n, d) of n rows at `places` (n,) and d `features`; with `base` they add up to the number explained,
    `what`. `errors` (n, d) are their standard errors where they are sampled. `how` says how they were found.
    """

    features: tuple[str, ...]
    places: Integers
    values: Floats
    errors: Floats | None
    base: float
    what: str
    how: str
    inputs: Table = field(repr=False)

    def join(self, prefix: str = PREFIX) -> Table:
        """The rows that were explained, with a column of each feature's attribution beside their own.

        Raises:
            InputError: when the rows have a column of such a name.
        """
        names = [f"{prefix}{name}" for name in self.features]
        if taken := [name for name in names if name in self.inputs.columns]:
            raise InputError(
                f"prefix: the rows have a column {taken[0]!r} already; give another prefix than {prefix!r}"
            )
        return add_columns(self.inputs, {name: self.values[:, at] for at, name in enumerate(names)})

    def to_polars(self, prefix: str = PREFIX) -> "pl.DataFrame":
        """The place of each row that was explained, `row`, and a column of each feature's attribution."""
        import polars as pl  # noqa: PLC0415 - slow to import

        return pl.DataFrame(
            {"row": self.places} | {f"{prefix}{f}": self.values[:, i] for i, f in enumerate(self.features)}
        )

    def describe_row(self, place: int, *, most: int = _TOLD, show_values: bool = True) -> str:
        """Why the answer of one row is what it is, in a sentence.

        Args:
            place: of the row, among those that were given.
            most: how many features are told one by one.
            show_values: whether the row's own values may be shown.

        Raises:
            InputError: when the row was not explained.
        """
        at = int(np.searchsorted(self.places, place))
        if at >= self.places.size or self.places[at] != place:
            raise InputError(f"row {place} was not explained; explained are {humanize.count(self.places.size, 'row')}")
        own = self.values[at]
        order = np.argsort(-np.abs(own), kind="stable")
        told = [self._name(int(i), at, show_values=show_values) for i in order[:most]]
        rest = order[most:]
        if rest.size:
            told.append(f"{float(own[rest].sum()):+.3g} by {humanize.count(int(rest.size), 'other')}")
        total = self.base + float(own.sum())
        return f"{self.what} {humanize.number(total)}: {humanize.number(self.base)} as usual, {', '.join(told)}"

    def _name(self, feature: int, at: int, *, show_values: bool) -> str:
        name = self.features[feature]
        value = self.inputs[name].to_numpy()[at] if show_values else None
        shown = humanize.number(float(value)) if isinstance(value, float | np.floating) else str(value)
        return f"{float(self.values[at, feature]):+.3g} by {name}{f'={shown}' if show_values else ''}"

    def __str__(self) -> str:
        sizes = np.abs(self.values)
        mean, n = sizes.mean(axis=0), len(sizes)
        half = (
            scipy.special.ndtri(0.975) * sizes.std(axis=0, ddof=1) / np.sqrt(n)
            if n > 1
            else np.full(mean.shape, np.nan)
        )
        lines = [f"Mean size of what features add to the {self.what}, {humanize.count(n, 'row')} ({self.how}):"]
        for at in np.argsort(-mean, kind="stable").tolist():
            ends = humanize.interval(max(0.0, float(mean[at] - half[at])), float(mean[at] + half[at]), "")
            lines.append(f"  {self.features[at]}: {humanize.number(float(mean[at]))} {ends}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class AttributionChange:
    """How much one feature counts, on the reference's rows and now, in a segment or in all rows (`segment` None).

    `was` and `now` are mean absolute attributions; `change` is their difference as a share of all of the reference's
    features, with its 95 % interval; ranks are 1 for the feature that counts most, now with a 95 % interval.
    """

    feature: str
    segment: str | None
    was: float
    now: float
    change: float
    low: float
    high: float
    rank_was: int
    rank_now: int
    rank_low: int
    rank_high: int


@dataclass(frozen=True, slots=True)
class AttributionOrder:
    """How well the current order keeps the reference's attributions on top: nDCG, with its 95 % interval."""

    segment: str | None
    rows: int
    reference_rows: int
    ndcg: float
    low: float
    high: float
    features: tuple[AttributionChange, ...]

    @property
    def moved(self) -> bool:
        """Whether it is surely below 0.90, where Amazon SageMaker Clarify raises an alert."""
        return self.high < 0.9


@dataclass(frozen=True)
class AttributionDrift:
    """All rows first, then the segments that have rows enough; `left_out` are the others."""

    orders: tuple[AttributionOrder, ...]
    left_out: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[AttributionOrder]:
        return iter(self.orders)

    def __str__(self) -> str:
        lines = []
        for order in self.orders:
            where = f" where {order.segment}" if order.segment else ""
            told = " (the order changed)" if order.moved else ""
            ends = humanize.interval(order.low, order.high, "")
            rows = humanize.count(order.rows, "row")
            lines.append(f"Order of attributions kept{where}: nDCG {order.ndcg:.3f} {ends}{told}, {rows}")
            for one in order.features:
                sizes = f"{humanize.number(one.was)} → {humanize.number(one.now)}"
                change = f"{100 * one.change:+.1f} points of all [{100 * one.low:+.1f}, {100 * one.high:+.1f}]"
                rank = f"{one.rank_was} → {one.rank_now} [{one.rank_low}, {one.rank_high}]"
                lines.append(f"  {one.feature}: {sizes}, {change}, rank {rank}")
        if self.left_out:
            lines.append(f"Fewer than {_FEWEST} rows: {humanize.listing(self.left_out, 5)}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def to_polars(self) -> "pl.DataFrame":
        """One row a feature and segment, with the nDCG of the segment."""
        import polars as pl  # noqa: PLC0415 - slow to import

        rows = [
            asdict(one) | {"rows": order.rows, "ndcg": order.ndcg, "ndcg_low": order.low, "ndcg_high": order.high}
            for order in self.orders
            for one in order.features
        ]
        return pl.DataFrame(rows, schema_overrides={"segment": pl.String})


def compare_attributions(
    current: Table | Attributions, reference: Table | Attributions, *, by: str | None = None, prefix: str = PREFIX
) -> AttributionDrift:
    """Whether a model goes by other features than before, over all rows and by segment.

    Args:
        current: a DataFrame of pandas or Polars with a column of each feature's attribution, or what `explain_rows`
            gave; at least 100 rows. Rows in which an attribution is missing do not count.
        reference: the same of the reference.
        by: a column of labels by whose values it is repeated, where both have at least 100 rows of one.
        prefix: what the names of the columns of attributions begin with.

    Returns:
        For all rows and each segment: nDCG, and of each feature the mean absolute attribution, its change and its rank.

    Raises:
        InputError: when there are no such columns, the two have different ones, or there are too few rows.

    Intervals are those of the metrics `attribution_drift` and `attribution_ndcg`. Assumes independent rows, and that
    both sides were explained alike. Source: Järvelin & Kekäläinen (2002), in the use that SageMaker Clarify documents.

    >>> import numpy as np, polars as pl
    >>> random = np.random.default_rng(0)
    >>> was = pl.DataFrame({"shap_km": random.normal(0, 3, 500), "shap_rain": random.normal(0, 1, 500)})
    >>> now = pl.DataFrame({"shap_km": random.normal(0, 1, 500), "shap_rain": random.normal(0, 3, 500)})
    >>> compare_attributions(now, was).orders[0].moved
    True
    """
    sides = [one.join(prefix) if isinstance(one, Attributions) else one for one in (current, reference)]
    for side in sides:
        check_table(side, [by] if by else [])
    named, past = ([str(name) for name in side.columns if str(name).startswith(prefix)] for side in sides)
    if not past:
        raise InputError(f"reference: no column begins with {prefix!r}; say with prefix= what attributions begin with")
    if sorted(named) != sorted(past):
        apart = ", ".join(sorted(set(named) ^ set(past)))
        raise InputError(f"current, reference: they have different columns of attributions: {apart[:300]}")
    sizes = [_sizes(side, past) for side in sides]
    known = [np.asarray(np.isfinite(size).all(axis=1)) for size in sizes]
    parts: dict[str | None, list[np.ndarray]] = {None: known}
    if by:
        texts = [labels(side, by) for side in sides]
        for label in np.unique(np.concatenate(texts)).tolist():
            parts[f"{by}={label}"] = [own & (text == label) for own, text in zip(known, texts, strict=True)]
    orders, few = [], []
    for segment, chosen in parts.items():
        if min(int(own.sum()) for own in chosen) < _FEWEST:
            if segment is None:
                least = min(int(own.sum()) for own in known)
                raise InputError(
                    f"rows: {least} with all attributions are too few to say; at least {_FEWEST} are needed"
                )
            few.append(segment)
            continue
        now, was = (size[own] for size, own in zip(sizes, chosen, strict=True))
        orders.append(_compare(segment, [name.removeprefix(prefix) for name in past], now, was))
    return AttributionDrift(tuple(orders), tuple(few))


def _sizes(side: Table, names: list[str]) -> Floats:
    found = [np.asarray(side[name].to_numpy()) for name in names]
    if strange := [name for name, own in zip(names, found, strict=True) if own.dtype.kind not in "iuf"]:
        raise InputError(f"column {strange[0]!r} of attributions does not hold numbers")
    return np.abs(np.stack(found, axis=1).astype(np.float64))


def _compare(segment: str | None, names: list[str], now: Floats, was: Floats) -> AttributionOrder:
    (mean, spread), (past, past_spread) = ((own.mean(axis=0), own.var(axis=0, ddof=1) / len(own)) for own in (now, was))
    change, low, high, _ = attributions.changes(mean, spread, past, past_spread)
    before, after = attributions.rank(past), attributions.rank(mean)
    least, most = attributions.rank_interval(mean, spread)
    features = [
        AttributionChange(
            name, segment, float(past[at]), float(mean[at]), float(change[at]), float(low[at]), float(high[at]),
            int(before[at]), int(after[at]), int(least[at]), int(most[at]),
        )
        for at, name in enumerate(names)
    ]  # fmt: skip
    features.sort(key=lambda one: one.rank_was)
    found = attributions.ndcg_interval(mean, spread, past, past_spread)
    return AttributionOrder(segment, len(now), len(was), *found, tuple(features))

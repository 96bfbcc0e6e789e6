"""Two versions of a model side by side on the same rows: what the new one does otherwise, how well, and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.answers import Ask, as_input, ask_model, find_number, list_features
from driftline.models.proxies import Proxy, measure_proxies
from driftline.models.tables import Table, check_table, codes, labels, replace_column, take
from driftline.models.truth import Truth
from driftline.models.version_changes import VersionChanges, VersionDifference
from driftline.models.withdraw import measure_gap

_REPEATS = 5
_FEWEST = 100
_SKILL = 0.3  # from which on a column stands for an attribute
_MOVED = 0.25  # of the larger effect: what a change of size is


def compare_versions(  # noqa: PLR0913 - each is a fact of its own
    old: Any,
    new: Any,
    rows: Table,
    *,
    target: str | None = None,
    features: Sequence[str] | None = None,
    positive: Any = None,
    protected: Sequence[str] = (),
    by: str | None = None,
    most: int = 1_000,
    seed: int = 0,
) -> VersionChanges:
    """What a new version of a model does otherwise than the old one, on the same rows.

    Args:
        old: the version that serves: a fitted estimator such as scikit-learn's, or a function of a frame that gives
            numbers (rows,); of classes the probability of `positive`.
        new: the version that is to take its place.
        rows: a DataFrame of pandas or Polars; at least 100 rows that neither was fitted on.
        target: the column with what is right: adds performance, and importances by it.
        features: the columns that both are given; by default those that each names itself, else all others.
        positive: the class that is an advantage; of two by default the last in sorted order.
        protected: columns between whose groups the versions are compared, and for which other columns may stand. They
            need not be features.
        by: a column of labels by whose values performance is compared, where there are at least 100 rows of one.
        most: of how many rows importances and effects are taken: of more, as many are drawn.
        seed: of draws and permutations.

    Returns:
        Of all rows: the mean of the number that is explained (probability or answer), its mean absolute difference, the
        share of answers that differ; with a target the performance, by segment too, and the gap of each protected
        attribute. Of each feature: its coefficient in linear models, its permutation importance (the loss added, or
        without a target the mean absolute move of the number), and its effect: partial dependence at the 90 % less
        that at the 10 % quantile, of labels at the last less at the first one. `flags` name features that are protected
        or stand for an attribute whose effect turned its sign or changed by over a quarter.

    Raises:
        InputError: when a column is not there, there are too few rows, or a version cannot be asked.

    Student's intervals of paired differences over rows, those of features at 95 % for all features together
    (Bonferroni); gaps by 400 bootstrap draws. They are about these two models: what another training would give is
    not in them. A column stands for an attribute where a tree tells its groups from it with a skill surely over 0.3
    (`driftline.models.proxies`). Assumes independent rows. Source: Breiman (2001); Friedman (2001). Needs
    `driftline[learn]` with protected columns.

    >>> import numpy as np, polars as pl
    >>> random = np.random.default_rng(0)
    >>> rows = pl.DataFrame({"km": random.normal(size=300), "rain": random.normal(size=300)})
    >>> found = compare_versions(lambda f: f["km"].to_numpy(), lambda f: 2 * f["km"].to_numpy(), rows)
    >>> [(one.of, one.feature) for one in found if one.sure]
    [('mean absolute difference of the answer', None), ('importance', 'km'), ('effect', 'km')]
    """
    check_table(rows, [*protected, *([target] if target else []), *([by] if by else [])])
    if len(rows) < _FEWEST:
        raise InputError(f"rows: {len(rows)} are too few to say; at least {_FEWEST} are needed")
    if protected and find_spec("sklearn") is None:
        raise InputError("compare_versions needs scikit-learn to find proxies: pip install 'driftline[learn]'")
    apart = {target, *protected}
    given = [name for name in rows.columns if name not in apart] if features is None else list(features)
    truth = Truth(rows, target, positive) if target else None
    if truth and protected:
        truth.require_advantage(positive)
    versions = [_Version.of(model, rows, given, features is not None, truth, positive) for model in (old, new)]
    named = list(dict.fromkeys(name for version in versions for name in version.features))
    found = [
        *_compare_answers(rows, versions),
        *(_compare_truth(rows, versions, truth, by, protected, seed) if truth else []),
    ]
    random = np.random.default_rng(seed)
    places = np.arange(len(rows)) if len(rows) <= most else np.sort(random.choice(len(rows), most, replace=False))
    part = take(rows, places)
    share = 1 - 0.05 / len(named)
    effects = {}
    for name in named:
        found += _compare_coefficients(name, versions, len(part))
        found.append(_compare_importance(name, part, versions, truth, places, share, random))
        effects[name] = _compare_effects(name, part, versions, share)
        found += [one.difference for one in [effects[name]] if one]
    proxies = [
        one
        for attribute in protected
        for one in measure_proxies(part, [n for n in named if n != attribute], attribute, seed)
    ]
    near = {one.feature: one for one in reversed(proxies) if one.low > _SKILL}
    flags = [
        _flag(name, effects[name], near.get(name), versions[1].what)
        for name in named
        if name in near or name in protected
    ]
    return VersionChanges(
        versions[1].what, len(rows), tuple(found), tuple(proxies), tuple(flag for flag in flags if flag)
    )


@dataclass(frozen=True)
class _Version:
    model: Any
    features: list[str]
    ask: Ask
    what: str
    truth: Truth | None

    @classmethod
    def of(
        cls, model: Any, rows: Table, given: list[str], stated: bool, truth: Truth | None, positive: Any
    ) -> "_Version":
        own = getattr(model, "feature_names_in_", None)
        named = list_features(model, rows, given if stated or own is None else None)
        return cls(model, named, *find_number(model, named, positive), truth)

    def answers(self, rows: Table) -> np.ndarray:
        """What it answers (n,): numbers, or classes."""
        if self.truth is None or self.truth.regression or not hasattr(self.model, "classes_"):
            numbers = self.ask(rows)
            if self.truth is None or self.truth.regression:
                return numbers
            classes = np.unique(self.truth.target)
            if len(classes) > 2:
                raise InputError(
                    "model: a function of probabilities is for two classes; give an estimator with classes_"
                )
            other = classes[0] if classes[1] == self.truth.positive else classes[1]
            chosen: np.ndarray = np.where(numbers >= 0.5, self.truth.positive, other)
            return chosen
        return np.asarray(ask_model(self.model.predict, as_input(self.model, rows, self.features)))


@dataclass(frozen=True)
class _Effect:
    difference: VersionDifference
    old: tuple[float, float]
    new: tuple[float, float]


def _paired(was: Floats, now: Floats, confidence: float = 0.95) -> tuple[float, float, float, float, float]:
    """Both means, their difference and its ends."""
    apart = now - was
    change = float(apart.mean())
    half = float(scipy.special.stdtrit(apart.size - 1, (1 + confidence) / 2) * apart.std(ddof=1) / np.sqrt(apart.size))
    return float(was.mean()), float(now.mean()), change, change - half, change + half


def _compare_answers(rows: Table, versions: list["_Version"]) -> list[VersionDifference]:
    what, n = versions[1].what, len(rows)
    was, now = (version.ask(rows) for version in versions)
    unit = "share" if what.startswith("probability") else ""
    found = [VersionDifference(f"mean {what}", unit, *_paired(was, now), n)]
    numbers = _paired(np.zeros(n), np.abs(now - was))
    found.append(VersionDifference(f"mean absolute difference of the {what}", unit, *numbers, n))
    if hasattr(versions[0].model, "classes_") and hasattr(versions[1].model, "classes_"):
        classes = [np.asarray(ask_model(v.model.predict, as_input(v.model, rows, v.features))) for v in versions]
        differ = _paired(np.zeros(n), (classes[0] != classes[1]).astype(float))
        found.append(VersionDifference("share of answers that differ", "share", *differ, n))
    return found


def _compare_truth(
    rows: Table, versions: list["_Version"], truth: Truth, by: str | None, protected: Sequence[str], seed: int
) -> list[VersionDifference]:
    """Performance, by segment too, and gaps between groups."""
    answers = [version.answers(rows) for version in versions]
    was, now = (truth.scores(own) for own in answers)
    found = [VersionDifference(truth.name, truth.unit, *_paired(was, now), was.size)]
    texts = labels(rows, by) if by else np.empty(0, str)
    for label in np.unique(texts).tolist():
        own = texts == label
        if own.sum() >= _FEWEST:
            numbers = _paired(was[own], now[own])
            found.append(VersionDifference(truth.name, truth.unit, *numbers, int(own.sum()), segment=f"{by}={label}"))
    both = truth.gap_of(answers[0]), truth.gap_of(answers[1])
    for attribute in protected:
        groups = labels(rows, attribute)
        if len(np.unique(groups)) < 2:
            raise InputError(f"protected: column {attribute!r} has one group only; there is no gap to measure")
        gap = measure_gap(attribute, groups, both, truth, seed)
        numbers = gap.having, gap.lacking, gap.change, gap.low, gap.high
        found.append(VersionDifference(gap.of, gap.unit, *numbers, groups.size))
    return found


def _compare_coefficients(name: str, versions: list["_Version"], n: int) -> list[VersionDifference]:
    """The coefficient of one column in both, where both are linear in it; a fact of the models, without an interval."""
    found = []
    for version in versions:
        weights = getattr(version.model, "coef_", None)
        if weights is None or np.size(weights) != len(version.features) or name not in version.features:
            return []
        found.append(float(np.ravel(weights)[version.features.index(name)]))
    was, now = found
    return [VersionDifference("coefficient", "", was, now, now - was, now - was, now - was, n, feature=name)]


def _compare_importance(  # noqa: PLR0913, PLR0917 - each is a fact of its own
    name: str, part: Table, versions: list["_Version"], truth: Truth | None, places: Integers, share: float,
    random: np.random.Generator,
) -> VersionDifference:  # fmt: skip
    """How much is lost when a column's values are permuted, alike for both."""
    orders = [random.permutation(len(part)) for _ in range(_REPEATS)]
    found = []
    for version in versions:
        if name not in version.features:
            found.append(np.zeros(len(part)))
            continue
        before = version.answers(part) if truth else version.ask(part)
        added = np.zeros(len(part))
        for order in orders:
            mixed = replace_column(part, name, order)
            if truth is None:
                added += np.abs(version.ask(mixed) - before)
            else:
                sign = 1.0 if truth.regression else -1.0
                added += sign * (truth.scores_at(places, version.answers(mixed)) - truth.scores_at(places, before))
        found.append(added / _REPEATS)
    unit = "share" if truth and not truth.regression else ""
    return VersionDifference("importance", unit, *_paired(found[0], found[1], share), len(part), feature=name)


def _compare_effects(name: str, part: Table, versions: list["_Version"], share: float) -> _Effect | None:
    """Partial dependence between a low and a high value of a column; None where it has one value only."""
    ends = _find_ends(part, name)
    if ends is None:
        return None
    moves = []
    for version in versions:
        if name not in version.features:
            moves.append(np.zeros(len(part)))
            continue
        low, high = (version.ask(replace_column(part, name, np.full(len(part), place))) for place in ends)
        moves.append(high - low)
    numbers = _paired(moves[0], moves[1], share)
    sides = [_paired(np.zeros(own.size), own, share)[3:] for own in moves]
    difference = VersionDifference("effect", "", *numbers, len(part), feature=name)
    return _Effect(difference, (sides[0][0], sides[0][1]), (sides[1][0], sides[1][1]))


def _find_ends(part: Table, name: str) -> tuple[int, int] | None:
    """Places of two rows: with the 10 % and the 90 % quantile of numbers, the first and the last label."""
    values = codes(part, name)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    if not order.size or values[order[0]] == values[order[-1]]:
        return None
    low, high = int(order[int(0.1 * (order.size - 1))]), int(order[round(0.9 * (order.size - 1))])
    labelled = np.asarray(part[name].to_numpy()).dtype.kind not in "iufmM"
    return (int(order[0]), int(order[-1])) if labelled or values[low] == values[high] else (low, high)


def _flag(name: str, effect: _Effect | None, proxy: Proxy | None, what: str) -> str:
    """What deserves a look: a protected column, or one that stands for an attribute, whose effect moved."""
    if effect is None:
        return ""
    one = effect.difference
    turned = (effect.old[0] > 0 and effect.new[1] < 0) or (effect.old[1] < 0 and effect.new[0] > 0)
    grown = one.sure and abs(one.change) > _MOVED * max(abs(one.old), abs(one.new))
    if not (turned or grown):
        return ""
    as_what = "is protected" if proxy is None else f"stands for {proxy.attribute} (skill {proxy.skill:.2f})"
    word = "turned" if turned else "grew" if abs(one.new) > abs(one.old) else "shrank"
    sizes = f"from {humanize.number(one.old)} to {humanize.number(one.new)}"
    return f"{name} {as_what}, and its effect on the {what} {word} {sizes}"

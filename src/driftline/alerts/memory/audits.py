"""Remembers how good estimates of performance proved once labels came, and widens those that were too sure."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy.special import bdtr

from driftline import humanize, registry
from driftline.metrics.base import Metric
from driftline.profiles.plan import Plan
from driftline.stores.base import Store
from driftline.types import Estimate, ProfileKey, Role, SeriesKey, Verdict
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.sections.audit import LABELLED, compare_estimates, find_real
from driftline.verdicts.sides import Current, Reference

_KEPT = 60
"""Windows: what was true of estimates before them says little of now."""
_FEWEST = 5
_PROMISED = 0.95
_CHANCE = 0.05
"""So rarely an interval that keeps its promise is taken for one that does not, where it is looked at once."""
_FARTHEST = 1e3


@dataclass(frozen=True, slots=True)
class Audit:
    """One estimate and what came true: how far off, and that in margins of the interval; from 1 on it lay outside."""

    error: float
    margins: float

    @classmethod
    def compare(cls, value: float, low: float, high: float, real: float) -> "Audit":
        """Of an estimate with its interval.

        >>> Audit.compare(0.8, 0.75, 0.85, 0.7).margins
        2.0
        """
        error = value - real
        margin = value - low if error > 0 else high - value
        return cls(error, min(_FARTHEST, abs(error) / margin) if margin > 0 else _FARTHEST * (error != 0))


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """How good one estimate was over the last windows with labels: in how many its interval held, how far it was off.

    `mean_error` is estimate minus what came true, `mean_size` the mean of its size, `factor` how many times as wide
    the interval has to be.
    """

    metric: str
    windows: int
    held: int
    mean_error: float
    mean_size: float
    factor: float

    def __str__(self) -> str:
        metric = registry.every("metrics")[self.metric]
        off = humanize.quantity(self.mean_size, metric.unit)
        side = (
            f", {humanize.quantity(abs(self.mean_error), metric.unit)} too {'high' if self.mean_error > 0 else 'low'}"
        )
        wide = f"; widened {self.factor:.2g}-fold until they hold again" if self.factor > 1 else ""
        held = f"{self.held:,} of {humanize.count(self.windows, 'window')}"
        return f"{metric.title}: held in {held}; off by {off} on average{side if self.mean_error else ''}{wide}"


@dataclass(eq=False)
class Audits:
    """The last 60 windows with labels of each estimated metric, by window: what was estimated, and what came true.

    An estimate that held what came true in far fewer windows than it promised has lied: concept drift, which it cannot
    see. From then on its interval is as many times as wide as would have held in 95 % of those windows (split
    conformal prediction; Vovk, Gammerman & Shafer 2005), until it keeps its promise again.
    """

    known: dict[str, dict[str, Audit]] = field(default_factory=dict)

    def add(self, reference: Reference, current: Current) -> None:
        """Compare the estimates of a window whose labels are there; none is added where they are missing."""
        if current.window is None:
            return
        window = str(current.window)
        for metric, estimate, real in compare_estimates(reference, current.profiles[ProfileKey()], current.span):
            self._add(metric.name, window, (estimate.value, estimate.low, estimate.high, real.value))

    def factor(self, metric: str) -> float:
        """How many times as wide as they say intervals have to be; 1 while they keep their promise."""
        margins = sorted(audit.margins for audit in self.known.get(metric, {}).values())
        held, n = sum(each <= 1 for each in margins), len(margins)
        if n < _FEWEST or float(bdtr(held, n, _PROMISED)) >= _CHANCE:
            return 1.0
        return max(1.0, margins[min(n, math.ceil((n + 1) * _PROMISED)) - 1])

    def summarize(self) -> list[AuditSummary]:
        """How good each estimate was, those first that held in the smallest share of their windows.

        >>> print(Audits({"estimated_accuracy": {"w": Audit(0.02, 0.5), "v": Audit(-0.06, 1.5)}}).summarize()[0])
        estimated accuracy: held in 1 of 2 windows; off by 4.0% on average, 2.0% too low
        """
        found = []
        for metric, audits in self.known.items():
            errors = [audit.error for audit in audits.values()]
            n, held = len(errors), sum(audit.margins <= 1 for audit in audits.values())
            size = sum(map(abs, errors)) / n
            found.append(AuditSummary(metric, n, held, sum(errors) / n, size, self.factor(metric)))
        return sorted(found, key=lambda one: one.held / one.windows)

    def widen(self, measurements: Sequence[Measurement], current: Current) -> list[Measurement]:
        """The measurements of a window, with what is known of its estimates; those that lied are widened.

        Where most rows have a label the real metric is judged, and the estimate stays as it was made.
        """
        whole = current.profiles[ProfileKey()]
        target = whole.plan.with_role(Role.TARGET)
        waits = target is not None and 2 * whole.columns[target.name].counts.values < whole.rows
        return [
            dataclasses.replace(each, estimate=self._widen(each.metric, each.estimate, waits=waits))
            if each.metric.name in self.known and each.estimate.value is not None
            else each
            for each in measurements
        ]

    def recall(self, store: Store, plan: Plan, before: str) -> None:
        """Take up what a store has of windows of this plan that start before a time (ISO 8601, UTC)."""
        self.known = {}
        for run in reversed(store.windows(plan.config.model.name, _KEPT, until=before)):
            if run.plan == plan.fingerprint and run.window and (run.labelled or 0.0) >= LABELLED:
                stored = [each.verdict for each in store.verdicts(run_id=run.run_id, limit=None)]
                of_all = {each.metric: each for each in stored if each.series == SeriesKey(each.metric)}
                self._take(run.window, of_all, plan)

    def _take(self, window: str, verdicts: Mapping[str, Verdict], plan: Plan) -> None:
        """Take up the estimates of one window, as far as it has what came true."""
        for name, verdict in verdicts.items():
            real = verdicts.get(find_real(name)) if verdict.family == "estimate" else None
            if real is not None and min(verdict.n, real.n) >= plan.config.judge.min_rows:
                self._add(name, window, (verdict.value, verdict.low, verdict.high, real.value))

    def _add(self, name: str, window: str, numbers: Sequence[float | None]) -> None:
        """Add an estimate with its ends, and what came true, unless one of them is not known."""
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers):
            audits = {**self.known.get(name, {}), window: Audit.compare(*known)}
            self.known[name] = {each: audits[each] for each in sorted(audits)[-_KEPT:]}

    def _widen(self, metric: Metric, estimate: Estimate, *, waits: bool) -> Estimate:
        """The estimate with what is known of earlier ones: where they lied, wider, and saying so."""
        audits = self.known[metric.name].values()
        held, n = sum(audit.margins <= 1 for audit in audits), len(audits)
        error = sum(audit.error for audit in audits) / n
        detail: dict[str, Any] = {**estimate.detail, "audited": n, "held": held, "mean_error": error}
        times = self.factor(metric.name)
        if not waits or times <= 1 or estimate.value is None or estimate.low is None or estimate.high is None:
            return dataclasses.replace(estimate, detail=detail)
        value, low, high = estimate.value, estimate.low, estimate.high
        ends = value - times * (value - low), value + times * (high - value)
        low = ends[0] if metric.low is None else max(metric.low, ends[0])
        high = ends[1] if metric.high is None else min(metric.high, ends[1])
        said = f"widened {times:.2g}-fold: what came true lay within in only {held} of the last {n} windows with labels"
        said += (
            f", and was {humanize.quantity(abs(error), metric.unit)} {'lower' if error > 0 else 'higher'} on average"
        )
        return dataclasses.replace(
            estimate, low=low, high=high, says="; ".join(filter(None, (estimate.says, said))),
            detail={**detail, "widened": times, "promised": [estimate.low, estimate.high]},
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """All memory as plain values."""
        return {
            name: [[window, audit.error, audit.margins] for window, audit in audits.items()]
            for name, audits in self.known.items()
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Iterable[Sequence[Any]]]) -> "Audits":
        """The inverse of `state`."""
        return cls(
            {name: {window: Audit(error, margins) for window, error, margins in of} for name, of in state.items()}
        )

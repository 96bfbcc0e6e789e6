"""Audits the estimates of performance once the labels are there: what was estimated beside what came true."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from driftline import humanize, registry
from driftline.metrics import base_estimate, base_reweighted
from driftline.metrics.base import Metric
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Health, ProfileKey, Role
from driftline.verdicts.measure import choose_side, measure_metric
from driftline.verdicts.sections.records import Quantity, Row, Table
from driftline.windows import Window

if TYPE_CHECKING:
    from driftline.verdicts.sides import Current, Reference

LABELLED = 0.9  # of the rows, from which on what came true is known
_PREFIXES = base_estimate.PREFIX, base_reweighted.PREFIX
_FEWEST = 5  # windows, from which on it is said how many held


def audit_estimates(reference: "Reference", current: "Current") -> Iterator[Table]:
    """A table of each estimated metric of performance beside the real one; none while labels are missing.

    The last column says in how many of the windows, those with enough rows to be judged, what came true lies within
    the estimate's 95 % interval.
    """
    rows = []
    whole = current.profiles[ProfileKey()]
    windows = [part for key, part in sorted(current.profiles.items()) if key.window and not key.segment]
    for metric, estimate, real in compare_estimates(reference, whole, current.span):
        pairs = [found for part in windows if (found := _compare(metric, reference, part, current.span))]
        held = sum(_holds(*own) for own in pairs)
        unit = registry.every("metrics")[find_real(metric.name)].unit
        interval = humanize.interval(estimate.low, estimate.high, unit)
        rows.append(
            Row((
                _name(metric), Quantity(estimate.value, unit), interval,
                Quantity(real.value, unit), "within" if _holds(estimate, real) else "outside",
                f"{held:,} of {len(pairs):,}" if len(pairs) >= _FEWEST else "–",
            ))
        )  # fmt: skip
    if rows:
        yield Table(
            name="estimates", title="Estimated before labels, and what came true", health=Health.MODEL, detail=True,
            heads=("Metric", "Estimated", "95 % interval", "Came true", "Came true lies", "Windows within"),
            rows=tuple(rows),
            caption="Estimated from the predictions and the reference's labels alone. If what came true lies outside "
            "in far more than 5 % of the windows, what leads to the target has changed (concept drift), and estimates "
            "are not to be trusted.",
        )  # fmt: skip


def compare_estimates(
    reference: "Reference", part: Profile, span: Window | None
) -> Iterator[tuple[Metric, Estimate, Estimate]]:
    """Each metric that estimates another one, its estimate and the real one; none while labels are missing.

    `span` is the time of the rows: they are measured against the reference's windows of its season, as in a check.
    """
    for name, metric in registry.every("metrics").items():
        if name.startswith(_PREFIXES) and (pair := _compare(metric, reference, part, span)) is not None:
            yield metric, *pair


def find_real(name: str) -> str:
    """The name of the metric that another one estimates.

    >>> find_real("estimated_mae"), find_real("reweighted_f1")
    ('mae', 'f1')
    """
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _name(metric: Metric) -> str:
    reweighted = ", reweighted" if metric.name.startswith(base_reweighted.PREFIX) else ""
    return humanize.capitalize(metric.title.removeprefix("estimated ").removeprefix("reweighted ")) + reweighted


def _compare(
    metric: Metric, reference: "Reference", part: Profile, span: Window | None
) -> tuple[Estimate, Estimate] | None:
    """The estimate and the real metric of these rows; None where one has no value, or labels are missing."""
    plan, side = reference.plan, reference.of_metric(metric.name)
    whole, season = side.profiles[ProfileKey()], side.baseline.season(span)
    target = plan.with_role(Role.TARGET)
    if target is None or part.rows < max(1, plan.config.judge.min_rows):
        return None
    if part.columns[target.name].counts.values < LABELLED * part.rows:
        return None
    real = registry.every("metrics")[find_real(metric.name)]
    found = [
        measurement.estimate
        for one in (metric, real)
        for measurement in measure_metric(one, plan, ProfileKey(), part, choose_side(one, whole, season))
        if measurement.estimate.value is not None and measurement.estimate.n >= plan.config.judge.min_rows
    ]
    return (found[0], found[1]) if len(found) == len((metric, real)) else None


def _holds(estimate: Estimate, real: Estimate) -> bool:
    if estimate.low is None or estimate.high is None or real.value is None:
        return False
    return estimate.low <= real.value <= estimate.high

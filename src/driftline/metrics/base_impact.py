"""What the drift of one column would do to the model's errors, were it the only change."""

from collections.abc import Callable
from functools import partial

from driftline.metrics.base import VALUES, Metric
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats.expected.impact import change_of_mean
from driftline.types import Estimate, Role

impact: Callable[..., Callable[..., Metric]] = partial(
    drift, kinds=VALUES, roles={Role.FEATURE, Role.SEGMENT}, low=None, worse="both", windowed=False
)


def change_of_error(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """By how much the mean error rises if the rows only move between the groups of values of this column.

    None where the reference says nothing of the errors within the groups.
    """
    losses = reference.plan.losses
    if losses is None or not current.grouped.any() or not reference.grouped.any():
        return None
    change = change_of_mean(current.grouped, reference.grouped, *losses)
    return Estimate.from_interval(change, current.sample_size)

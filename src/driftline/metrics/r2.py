"""R² of a regression."""

from driftline.metric import level
from driftline.profile import Profile
from driftline.sketches.regression import Regression
from driftline.stats import intervals
from driftline.types import Estimate, Health, Role, Task


@level(
    title="R²",
    family="performance",
    health=Health.MODEL,
    on="table",
    needs=Regression,
    tasks={Task.REGRESSION},
    by_segment=True,
    windowed=True,
    high=1,
    worse="down",
    threshold=0.1,
)
def r2(profile: Profile) -> Estimate | None:
    """Share of the target's variance that the model explains, up to 1; below 0 it is worse than the target's mean.

    The interval is by the delta method on the means of squared error, target and squared target. Judged for being over
    0.1 lower than in the reference. Assumes independent rows. Source: Wright (1921).
    """
    errors = profile.get(Regression)
    if errors.n < 2:
        return Estimate(value=None, n=errors.n)
    _, _, square, z, zz = errors.mean.tolist()
    target = errors.plan.with_role(Role.TARGET)
    scale = target.scale**2 if target else 1.0
    variance = zz - z * z
    if not variance > 0:
        return Estimate(value=None, n=errors.n, detail={"why": "the target does not vary"})
    value = 1 - square / (variance * scale)
    slope = square / (variance**2 * scale)
    gradient = [0.0, 0.0, -1 / (variance * scale), -2 * z * slope, slope]
    return Estimate.of(intervals.delta(value, gradient, errors.comoments / (errors.n - 1), errors.n), errors.n)

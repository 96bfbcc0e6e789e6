"""The distance that values must move, which two metrics give in units of their own: worked out once for a column."""

from driftline.profiles.distribution import distributions
from driftline.profiles.profile import ColumnProfile
from driftline.stats import ecdf


def transport(current: ColumnProfile, reference: ColumnProfile) -> tuple[tuple[float, float, float, float], int]:
    """Wasserstein distance in the column's unit, as `(value, low, high, p_value)`, and the current numbers it is of."""
    found: tuple[tuple[float, float, float, float], int] = current.once_beside(reference, "transport", _transport)
    return found


def _transport(current: ColumnProfile, reference: ColumnProfile) -> tuple[tuple[float, float, float, float], int]:
    now, was = distributions(current, reference)
    return ecdf.wasserstein(now.edges, now.counts, was.counts, now.sums, was.sums, now.ends, was.ends), now.n

"""The two lanes of a model: what its rows say at once, and what waits for their truth."""

from enum import StrEnum

from driftline.types import Role


class Lane(StrEnum):
    """A half of the metrics. Performance and all about the target's column need the truth, which may come days later.

    >>> Lane.of("drift", Role.PREDICTION).value, Lane.of("drift", Role.TARGET).value
    ('inputs', 'truth')
    """

    INPUTS = "inputs"
    TRUTH = "truth"

    @classmethod
    def of(cls, family: str, role: Role | None) -> "Lane":
        """The lane of a metric of this family, on a column of this role; None for one of no single column."""
        return cls.TRUTH if family == "performance" or role is Role.TARGET else cls.INPUTS

"""What each row costs, by the formula of the settings."""

from weakref import WeakKeyDictionary

from driftline.config.segments.expression import parse_formula
from driftline.profiles.plan import Plan
from driftline.profiles.segments.condition import Formula, make_formula

_MADE: WeakKeyDictionary[Plan, Formula] = WeakKeyDictionary()


def make_row_cost(plan: Plan) -> Formula | None:
    """The formula of what a row costs, made once for a plan; None where none is set.

    Raises:
        ConfigError: names the column, and what was expected, where the formula does not suit the columns.
    """
    if plan.config.row_cost is None:
        return None
    if plan not in _MADE:
        _MADE[plan] = make_formula(parse_formula(plan.config.row_cost), plan.columns, "row_cost")
    return _MADE[plan]

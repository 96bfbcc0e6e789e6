"""What each row costs, by the formula of the settings."""

from weakref import WeakKeyDictionary

from driftline.config.segments.expression import parse_formula
from driftline.profiles.plan import Plan
from driftline.profiles.privacy.labels import hidden_hash
from driftline.profiles.segments.condition import Formula, make_formula
from driftline.types import Role, Task

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


def find_classes(plan: Plan) -> tuple[str, str] | None:
    """The negative and the positive class of a binary target, as the formula of what a row costs reads them.

    None where that reads no target, where the target has not two classes, and where one is kept as a hash alone.
    """
    formula, target = make_row_cost(plan), plan.with_role(Role.TARGET)
    if formula is None or target not in formula.columns or plan.task is not Task.BINARY or plan.positive is None:
        return None
    negative = [label for label in target.categories if label != plan.positive]
    if len(negative) != 1 or any(hidden_hash(label) is not None for label in (*negative, plan.positive)):
        return None
    return negative[0], plan.positive

"""What each row costs, by the formula of the settings."""

from weakref import WeakKeyDictionary

from driftline.config.segments.expression import parse_formula
from driftline.profiles.plan import Plan
from driftline.profiles.privacy.labels import hidden_hash, hide
from driftline.profiles.segments.condition import Formula, make_formula
from driftline.types import Role, Task

_MADE: WeakKeyDictionary[Plan, Formula] = WeakKeyDictionary()
_CLASSES: WeakKeyDictionary[Plan, tuple[str, str] | None] = WeakKeyDictionary()
_USUAL = ("true", "false", *map(str, range(-1, 21)))  # names of classes


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

    None where that reads no target, and where the target has not two classes. Found once for a plan. The name of a
    class that is kept as a hash is looked for among what the formula compares with, and the usual ones; a text that is
    not among them is none of them, which is all that the formula asks for.
    """
    if plan not in _CLASSES:
        _CLASSES[plan] = _find_classes(plan)
    return _CLASSES[plan]


def _find_classes(plan: Plan) -> tuple[str, str] | None:
    formula, target = make_row_cost(plan), plan.with_role(Role.TARGET)
    if formula is None or target not in formula.columns or plan.task is not Task.BINARY or plan.positive is None:
        return None
    others = [label for label in target.categories if label != plan.positive]
    stated = parse_formula(plan.config.row_cost or "").constants
    texts = [f"{one:.15g}" if isinstance(one, float) else one for one in stated if not isinstance(one, bool)]
    names = {hide(text): text for text in (*_USUAL, *texts)}
    found = [names.get(label, label) for label in (*others, plan.positive)]
    if len(found) != 2 or (target.of_numbers and any(hidden_hash(label) is not None for label in found)):
        return None
    return found[0], found[1]

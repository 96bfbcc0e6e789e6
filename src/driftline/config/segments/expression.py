"""A condition on a row, or a number of it, as text: `age > 50 and city in ['Bonn', 'Ulm']`, `2 * abs(a - b)`.

The text is read by Python's own parser, and only what this module lists is let through; nothing is ever evaluated as
Python. What the columns hold is not known here: `profiles.segments.condition` checks that and makes a condition, or a
number, of rows.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from driftline.errors import ConfigError, suggest_name

FUNCTIONS = ("abs", "min", "max", "missing")
"""`abs(x)`, `min(x, y)` and `max(x, y)` of numbers; `missing(column)` is true where the column has no value."""
_COLUMN = "column"  # column("trip distance") names a column that is no plain word
_TRUTH = {"true": True, "false": False}
_LONGEST = 500
_DEEPEST = 30
_OPERATORS = (
    ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Pow,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn,
)  # fmt: skip
_EXPECTED = "expected comparisons such as age > 50, joined by and, or, not; numbers may be added, divided and so on"
_EXPECTED_NUMBER = "expected a number such as 2 * abs(target - prediction), or 20 if target == 'late' else 0"


@dataclass(frozen=True, slots=True)
class Name:
    """A column in an expression, and where it stands (from 1)."""

    column: str
    position: int


@dataclass(frozen=True)
class RowExpression:
    """A condition or number of a row: its text as it is shown, and its tree, which has listed kinds of nodes alone."""

    text: str
    tree: ast.expr

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """The columns, each where it stands first."""
        found: dict[str, Name] = {}
        for node, _ in _walk(self.tree, 1):
            if (name := column_of(node)) is not None and name not in found:
                found[name] = Name(name, _position(node))
        return tuple(found.values())


def parse_formula(said: str) -> RowExpression:
    """The number of a row that a text states.

    Raises:
        ConfigError: with the position of the mistake, and what is expected.

    >>> parse_formula("2*abs(target - prediction)").text
    '2 * abs(target - prediction)'
    """
    return _parse(said, "formula", _EXPECTED_NUMBER)


def parse_expression(said: str) -> RowExpression:
    """The condition that a text states.

    Raises:
        ConfigError: with the position of the mistake, and what is expected.

    >>> parse_expression("amount / distance > 20  and  kind == 'van'").text
    "amount / distance > 20 and kind == 'van'"
    >>> [name.column for name in parse_expression('column("trip km") > 3').names]
    ['trip km']
    >>> parse_expression("__import__('os')")
    Traceback (most recent call last):
    ...
    driftline.errors.ConfigError: "__import__('os')", position 1: no function is called '__import__'; known are: \
column, abs, min, max, missing
    """
    return _parse(said, "condition", _EXPECTED)


def _parse(said: str, what: str, expected: str) -> RowExpression:
    text = said.strip()
    if not text or len(text) > _LONGEST:
        raise ConfigError(f"expected a {what} of 1 to {_LONGEST} characters, got {len(text)}; {expected}")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = getattr(error, "offset", None) or len(text) + 1
        hint = "; write == to compare" if _has_single_equals(text) else ""
        raise ConfigError(f"{text!r}, position {at}: not a {what}{hint}; {expected}") from None
    for node, depth in _walk(tree, 1):
        if why := _refuse(node, depth, expected):
            raise ConfigError(f"{text!r}, position {_position(node)}: {why}")
    shown = ast.unparse(tree)
    expression = RowExpression(
        shown, ast.parse(shown, mode="eval").body
    )  # so that positions are those of what is shown
    if not expression.names:
        raise ConfigError(f"{text!r}, position 1: names no column; {expected}")
    return expression


def column_of(node: ast.AST) -> str | None:
    """The column that a node names, or None where it is something else."""
    if isinstance(node, ast.Name):
        return None if node.id in _TRUTH else node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _COLUMN:
        argument = node.args[0]
        return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None
    return None


def constant_of(node: ast.AST) -> bool | float | str | None:
    """The value that a node states, or None where it states none; a number comes as float.

    >>> constant_of(ast.parse("-3", mode="eval").body), constant_of(ast.parse("true", mode="eval").body)
    (-3.0, True)
    """
    if isinstance(node, ast.Name):
        return _TRUTH.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = constant_of(node.operand)
        number = inner if isinstance(inner, float) else None
        return None if number is None else -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        return node.value if isinstance(node.value, bool | str) else float(node.value)
    return None


def _walk(node: ast.AST, depth: int) -> Iterator[tuple[ast.AST, int]]:
    """The nodes that stand for something, with how deep they are; those below a node that is refused do not come."""
    yield node, depth
    if isinstance(node, ast.Call):
        children: list[ast.AST] = [] if column_of(node) is not None else list(node.args)
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        if not isinstance(child, ast.expr_context):
            yield from _walk(child, depth + 1)


def _refuse(node: ast.AST, depth: int, expected: str) -> str:
    """Why a node may not stand in an expression; empty where it may."""
    if depth > _DEEPEST:
        return f"nested more than {_DEEPEST} deep"
    if isinstance(node, ast.Call):
        return _refuse_call(node)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return "" if node.elts and all(constant_of(item) is not None for item in node.elts) else (
            "expected numbers or texts in the list, such as ['Bonn', 'Ulm']"
        )  # fmt: skip
    if isinstance(node, ast.Constant):
        return _refuse_constant(node)
    plain = ast.Name | ast.BoolOp | ast.UnaryOp | ast.BinOp | ast.Compare | ast.IfExp
    return "" if isinstance(node, (plain, *_OPERATORS)) else expected


def _refuse_constant(node: ast.Constant) -> str:
    if isinstance(node.value, int | float) and abs(node.value) > 1e300:
        return "expected a number up to 1e300"
    return "" if constant_of(node) is not None else "expected a number, a text in quotes, true or false"


def _refuse_call(node: ast.Call) -> str:
    known = (_COLUMN, *FUNCTIONS)
    if not isinstance(node.func, ast.Name) or node.func.id not in known:
        name = ast.unparse(node.func)
        return f"no function is called {name!r}; {suggest_name(name, known)}"
    several = node.func.id in {"min", "max"}
    if node.keywords or (len(node.args) < 2 if several else len(node.args) != 1):
        return f"{node.func.id} takes {'two arguments or more' if several else 'one argument'}"
    if node.func.id == _COLUMN and column_of(node) is None:
        return 'expected the name of a column in quotes, such as column("trip distance")'
    if node.func.id == "missing" and column_of(node.args[0]) is None:
        return "missing is of a column: write missing(COLUMN)"
    return ""


def _position(node: ast.AST) -> int:
    return getattr(node, "col_offset", 0) + 1


def _has_single_equals(text: str) -> bool:
    bare = text
    for sign in ("==", "<=", ">=", "!="):
        bare = bare.replace(sign, "")
    return "=" in bare

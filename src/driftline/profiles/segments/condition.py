"""A condition or formula of the settings, checked against the columns of a plan, and what it says of each row.

A row where a condition is neither true nor false, for a value that it needs is missing, does not count, as in SQL; one
where a formula has no number neither.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats
from driftline.config.segments.expression import RowExpression, column_of, constant_of
from driftline.data.decode import as_numbers
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan, is_number
from driftline.types import Kind, Role


class _Type(StrEnum):
    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"
    TIME = "a time"


_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b, ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b, ast.Mod: lambda a, b: a % b, ast.Pow: lambda a, b: a**b,
}  # fmt: skip
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_EQUALITY = (ast.Eq, ast.NotEq)
_NAMED = (Role.TARGET, Role.PREDICTION, Role.SCORE)
"""Roles whose column a formula may name by the role, unless another column has that name."""


@dataclass(frozen=True)
class Condition:
    """A checked condition: the columns that it reads, and the same in Polars over columns "0", "1" and so on."""

    columns: tuple[ColumnPlan, ...]
    expression: pl.Expr

    def holds(self, batch: Batch) -> pl.Series:
        """Where it is true (height,); a row in which a needed value is missing is false."""
        frame = pl.DataFrame([_read(batch, column).alias(str(at)) for at, column in enumerate(self.columns)])
        return frame.select(self.expression.fill_null(value=False)).to_series()


@dataclass(frozen=True)
class Formula:
    """A checked formula: the columns that it reads, and the same in Polars over columns "0", "1" and so on."""

    columns: tuple[ColumnPlan, ...]
    expression: pl.Expr

    def values(self, batch: Batch) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The number of each row (height,), NaN where it is none, and whether all that it reads is there (height,)."""
        frame = pl.DataFrame([_read(batch, column).alias(str(at)) for at, column in enumerate(self.columns)])
        made = frame.select(self._number.alias("value"), pl.all_horizontal(pl.all().is_not_null()).alias("there"))
        return made["value"].to_numpy(), made["there"].to_numpy()

    def values_if(self, batch: Batch, given: ColumnPlan, label: str) -> Floats:
        """The number of each row (height,) if one column had this label in all rows, NaN where it is none."""
        series = [_repeat(given, label, batch.height) if own is given else _read(batch, own) for own in self.columns]
        frame = pl.DataFrame([own.alias(str(at)) for at, own in enumerate(series)])
        return frame.select(self._number.alias("value"))["value"].to_numpy()

    @property
    def _number(self) -> pl.Expr:
        return self.expression.cast(pl.Float64).fill_null(float("nan"))


def make_formula(expression: RowExpression, columns: Sequence[ColumnPlan], key: str) -> Formula:
    """The formula over these columns; `target`, `prediction` and `score` are the columns of that role.

    Raises:
        ConfigError: as of `make_condition`.
    """
    known = {column.name: column for column in columns if column.source is None}
    for role in _NAMED:
        named = next((column for column in known.values() if column.role is role), None)
        if named is not None:
            known.setdefault(role.value, named)
    compiler = _compiler(expression, known, key)
    return Formula(tuple(compiler.columns), compiler.number(expression.tree))


def make_condition(expression: RowExpression, columns: Sequence[ColumnPlan], key: str) -> Condition:
    """The condition over these columns; `key` is the setting that states it.

    Raises:
        ConfigError: names key and column, and what was expected, where a column is not there, is ignored, or holds
            something else than the condition asks for.
    """
    compiler = _compiler(expression, {column.name: column for column in columns if column.source is None}, key)
    return Condition(tuple(compiler.columns), compiler.truth(expression.tree))


def _compiler(expression: RowExpression, known: dict[str, ColumnPlan], key: str) -> "_Compiler":
    """What compiles an expression, once its columns are found among those that are known by name."""
    for name in expression.names:
        where = f"{key}: {expression.text!r}, position {name.position}"
        if name.column not in known:
            hint = suggest_name(name.column, known, "the reference has: ")
            raise ConfigError(f"{where}: the reference has no column {name.column!r}; {hint}")
        if known[name.column].role is Role.IGNORED:
            raise ConfigError(f"{where}: column {name.column!r} is ignored; give it another role to use it here")
    names = [name.column for name in expression.names]
    return _Compiler(expression, {name: at for at, name in enumerate(names)}, [known[name] for name in names], key)


def _type_of(column: ColumnPlan) -> _Type:
    if column.kind is Kind.DATETIME:
        return _Type.TIME
    if column.kind is Kind.BOOLEAN:
        return _Type.TRUTH
    codes = column.kind in LABELS and is_number(column.column.dtype)
    return _Type.NUMBER if column.kind is Kind.NUMERIC or codes else _Type.TEXT


def _read(batch: Batch, column: ColumnPlan) -> pl.Series:
    """The values of a column (height,) as its type is computed with: NaN and what cannot be read are null."""
    kind = _type_of(column)
    if kind in {_Type.NUMBER, _Type.TIME}:
        return pl.Series(batch.numbers(column)).fill_nan(None)
    labels = batch.labels(column)
    return labels == "true" if kind is _Type.TRUTH else labels


def _repeat(column: ColumnPlan, label: str, height: int) -> pl.Series:
    """A label in so many rows (height,), as `_read` reads it."""
    kind = _type_of(column)
    value = float(label) if kind is _Type.NUMBER else label == "true" if kind is _Type.TRUTH else label
    return pl.Series([value]).new_from_index(0, height)


class _Compiler:
    """Makes a Polars expression of a tree, and checks the types on the way."""

    def __init__(
        self, expression: RowExpression, places: dict[str, int], columns: Sequence[ColumnPlan], key: str
    ) -> None:
        self.expression, self.places, self.columns, self.key = expression, places, columns, key

    def wrong(self, node: ast.AST, why: str) -> ConfigError:
        """The mistake at a node."""
        at = getattr(node, "col_offset", 0) + 1
        return ConfigError(f"{self.key}: {self.expression.text!r}, position {at}: {why}")

    def truth(self, node: ast.expr) -> pl.Expr:
        """A node that has to be true or false."""
        made, kind = self.make(node)
        if kind is not _Type.TRUTH:
            raise self.wrong(node, f"{self._name(node)} is {kind}; expected a comparison, such as {_example(node)} > 5")
        return made

    def number(self, node: ast.expr) -> pl.Expr:
        """A node that has to be a number."""
        made, kind = self.make(node)
        if kind is not _Type.NUMBER:
            raise self.wrong(node, f"{self._name(node)} is {kind}; expected a number")
        return made

    def make(self, node: ast.expr) -> tuple[pl.Expr, _Type]:
        """The expression of a node, and its type."""
        name, constant = column_of(node), constant_of(node)
        if name is not None:
            return pl.col(str(self.places[name])), _type_of(self.columns[self.places[name]])
        if constant is not None:
            kind = {bool: _Type.TRUTH, float: _Type.NUMBER, str: _Type.TEXT}[type(constant)]
            return pl.lit(constant), kind
        if isinstance(node, ast.BinOp):
            return self._compute(node), _Type.NUMBER
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            inner = self.number(node.operand)
            return (-inner if isinstance(node.op, ast.USub) else inner), _Type.NUMBER
        if isinstance(node, ast.IfExp):
            return self._choose(node), _Type.NUMBER
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id != "missing":
            return self._call(node.func.id, [self.number(argument) for argument in node.args]), _Type.NUMBER
        return self._decide(node), _Type.TRUTH

    def _decide(self, node: ast.expr) -> pl.Expr:
        """What is true or false: joined conditions, comparisons, and whether a value is missing."""
        if isinstance(node, ast.BoolOp):
            first, *others = map(self.truth, node.values)
            for other in others:
                first = first & other if isinstance(node.op, ast.And) else first | other
            return first
        if isinstance(node, ast.UnaryOp):
            return ~self.truth(node.operand)
        if isinstance(node, ast.Compare):
            return self._compare_chain(node)
        if isinstance(node, ast.Call):
            return self.make(node.args[0])[0].is_null()
        raise self.wrong(node, f"{ast.unparse(node)!r} is not expected here")

    def _choose(self, node: ast.IfExp) -> pl.Expr:
        """One of two numbers, by a condition; missing where that is neither true nor false."""
        condition = self.truth(node.test)
        return pl.when(condition).then(self.number(node.body)).when(~condition).then(self.number(node.orelse))

    def _call(self, name: str, numbers: list[pl.Expr]) -> pl.Expr:
        """A function of numbers; missing where one of them is."""
        if name == "abs":
            return numbers[0].abs()
        made = pl.min_horizontal(numbers) if name == "min" else pl.max_horizontal(numbers)
        return pl.when(pl.all_horizontal([number.is_not_null() for number in numbers])).then(made)

    def _compute(self, node: ast.BinOp) -> pl.Expr:
        """Arithmetic; what is no number, such as 1 / 0, is missing."""
        made: pl.Expr = _ARITHMETIC[type(node.op)](self.number(node.left), self.number(node.right))
        return pl.when(made.is_finite()).then(made)

    def _compare_chain(self, node: ast.Compare) -> pl.Expr:
        sides = [node.left, *node.comparators]
        made = [self._compare(node, a, sign, b) for a, sign, b in zip(sides, node.ops, sides[1:], strict=False)]
        whole = made[0]
        for other in made[1:]:
            whole = whole & other
        return whole

    def _compare(self, node: ast.Compare, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> pl.Expr:
        if isinstance(sign, ast.In | ast.NotIn):
            return self._is_in(left, sign, right)
        if isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self.wrong(right, f"a list is compared by in, not by {_SIGNS[type(sign)]}")
        sides = [self.make(left), self.make(right)]
        for at, (side, other) in enumerate(((left, right), (right, left))):
            sides[at] = self._coerce(side, *sides[at], other=sides[1 - at][1], beside=other)
        (a, kind), (b, second) = sides
        if kind is not second:
            names = f"{self._name(left)} is {kind}, {self._name(right)} is {second}"
            raise self.wrong(node, f"{names}; expected two of one type")
        if kind in {_Type.TEXT, _Type.TRUTH} and not isinstance(sign, _EQUALITY):
            raise self.wrong(node, f"{self._name(left)} is {kind}; expected == or !=, not {_SIGNS[type(sign)]}")
        compared: pl.Expr = _COMPARISONS[type(sign)](a, b)
        return compared

    def _is_in(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> pl.Expr:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self.wrong(right, "expected a list of numbers or texts, such as ['Bonn', 'Ulm']")
        made = [self._compare(ast.Compare(left, [ast.Eq()], [item]), left, ast.Eq(), item) for item in right.elts]
        found = made[0]
        for other in made[1:]:
            found = found | other
        return found if isinstance(sign, ast.In) else ~found

    def _coerce(
        self, node: ast.expr, made: pl.Expr, kind: _Type, *, other: _Type, beside: ast.expr
    ) -> tuple[pl.Expr, _Type]:
        """A constant as the other side has it: a text as a time, 0 and 1 as false and true."""
        constant = constant_of(node)
        if other is _Type.TIME and isinstance(constant, str):
            name = column_of(beside)
            zone = self.columns[self.places[name]].zone if name in self.places else ""
            time = as_numbers(pl.Series([constant]), Kind.DATETIME, "", zone).item()
            if time is None:
                raise self.wrong(node, f"expected a time such as '2024-01-31' or '2024-01-31 12:00', got {constant!r}")
            return pl.lit(time), _Type.TIME
        if other is _Type.TRUTH and constant in (0.0, 1.0):
            return pl.lit(bool(constant)), _Type.TRUTH
        return made, kind

    def _name(self, node: ast.expr) -> str:
        name = column_of(node)
        return f"column {name!r}" if name is not None else repr(ast.unparse(node))


def _example(node: ast.expr) -> str:
    return ast.unparse(node) if column_of(node) is not None else "age"

"""Conditions on rows, as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.config.segments.expression import parse_expression
from driftline.errors import ConfigError

GOOD = {
    "age > 50": ["age"],
    " amount/distance>20 and not missing(age) ": ["age", "amount", "distance"],
    "city in ['Bonn', 'Ulm'] or member": ["city", "member"],
    'column("trip km") >= 3.5 and abs(delta) < 2e3': ["delta", "trip km"],
    "0 < age <= 10": ["age"],
    "member == true": ["member"],
    "max(age, 2) ** 2 > (amount if member else delta)": ["age", "amount", "delta", "member"],
}
BAD = {
    "": "1 to 500 characters, got 0",
    "a" * 501: "got 501",
    "age >": "position 6: not a condition",
    "age = 50": "write == to compare",
    "1 < 2": "names no column",
    "__import__('os').system('ls')": "position 1: no function is called",
    "age.real > 3": "position 1: expected comparisons",
    "age[0] > 3": "position 1: expected comparisons",
    "(lambda: age)() > 3": "no function is called",
    "[a for a in b]": "expected comparisons",
    "f'{age}' == 'a'": "position 1: expected comparisons",
    "age // 9 > 3": "expected comparisons",
    "min(age) > 1": "min takes two arguments or more",
    "age is True": "position 1: expected comparisons",
    "(age := 3) > 2": "expected comparisons",
    "age > 1e999": "expected a number up to 1e300",
    "age > 2j": "expected a number, a text in quotes",
    "age > None": "expected a number, a text in quotes",
    "age in [other]": "expected numbers or texts in the list",
    "age in []": "expected numbers or texts in the list",
    "abs(age, 2) > 1": "abs takes one argument",
    "abs(*age) > 1": "expected comparisons",
    "column(age) > 1": "expected the name of a column in quotes",
    "missing(age + 1)": "write missing(COLUMN)",
    "missing('age')": "write missing(COLUMN)",
    "(" * 400 + "age" + ")" * 90: "not a condition",
    "-" * 99 + "age > 1": "nested more than 30 deep",
    "age > 1\nimport os": "not a condition",
    "age > '\0'": "not a condition",
}


@pytest.mark.parametrize("text", GOOD)
def test_columns_are_found(text):
    """A condition that is let through names its columns, and its text reads back as the same."""
    expression = parse_expression(text)
    assert GOOD[text] == sorted(name.column for name in expression.names)
    assert expression.text == parse_expression(expression.text).text


@pytest.mark.parametrize("text", BAD)
def test_all_else_is_refused(text):
    """What is no plain condition is refused with a sentence; nothing of it runs."""
    with pytest.raises(ConfigError) as raised:
        parse_expression(text)
    assert BAD[text] in str(raised.value)


@given(st.text(alphabet="ab1. <>=!()[]{}'\"+-*/%,:&|~^@lambdnotriwx_\n", max_size=60))
def test_no_text_breaks_it(text):
    """Any text is a condition or a ConfigError."""
    try:
        assert parse_expression(text).names
    except ConfigError as error:
        assert str(error)  # noqa: PT017 - either is right

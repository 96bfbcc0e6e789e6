"""Names and values of the data reach no surface as markup, links, formulas, control or bidirectional characters."""

import re

import polars as pl
import pytest

from driftline import registry
from driftline.cli.commands.db import escape_formulas
from driftline.types import Column, Dataset, Health, Kind, Level, Role, Verdict
from driftline.verdicts.result import Result

HOSTILE = (
    "<script>alert(1)</script>", "[pay](javascript:alert(1))", "@someone", "=1+1", "\x1b[31mred", "\x00\x07bell",
    "a\u202eb", "two\nlines", "| cell ` code",
)  # fmt: skip


@pytest.fixture(scope="module")
def result():
    """An alert about a column of each hostile name, with its name in the reason, too."""
    made = [
        Verdict(
            health=Health.DATA, family="drift", metric="psi", title="PSI", column=name, segment=f"{name}={name}",
            window=None, level=Level.ALERT, value=0.3, low=0.2, high=0.4, n=1000, unit="", threshold=0.2,
            reason=f"PSI 0.3; such as {name}",
        )
        for name in HOSTILE
    ]  # fmt: skip
    columns = tuple(Column(name, Kind.NUMERIC, Role.FEATURE, "Float64") for name in HOSTILE)
    side = Dataset(HOSTILE[0], 1000)
    return Result(
        model=HOSTILE[1], task=None, reference=side, current=side, columns=columns, verdicts=tuple(made), notes=HOSTILE
    )


@pytest.mark.parametrize("form", registry.names("formats"))
def test_reports(result, form):
    """Every format of the report, also one that comes later, passes hostile names on as text."""
    text = result.render(form)
    assert not re.search("[\x00-\x08\x0b-\x1f]", text)
    if form != "json":
        assert "\u202e" not in text
    if form in {"html", "junit"}:
        assert "<script>alert" not in text
    if form == "html":
        assert not re.search(r"<a [^>]*javascript:", text)
    if form == "markdown":
        plain = "".join(text.split("`")[::2])
        assert "<script" not in plain
        assert "@someone" not in plain
        assert not re.search(r"(?<!\\)\]\(javascript:", plain)


def test_spreadsheets():
    """Texts that a spreadsheet would take for a formula get a quote before them; other texts and numbers stay."""
    texts = ["=1+1", "+1", "-1", "@sum", "\tx", "fine", None]
    guarded = escape_formulas(pl.DataFrame({"text": texts, "number": [-1.0] * 7}))
    assert ["'=1+1", "'+1", "'-1", "'@sum", "'\tx", "fine", None] == guarded["text"].to_list()
    assert [-1.0] * 7 == guarded["number"].to_list()

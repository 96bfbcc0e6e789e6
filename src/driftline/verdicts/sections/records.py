"""The sections that a report is made of: what they hold, without a word on how they look.

A new section of these kinds is one entry in `sections.layout` and appears in every form of the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline import humanize
from driftline.types import ChartData, Column, Dataset, Health, Level, Verdict

if TYPE_CHECKING:
    from driftline.verdicts.result import Finding

Tally = Mapping[Level, int]
"""How many there are of each level, the worst level first."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a unit.

    >>> str(Quantity(0.25, "share"))
    '25.0%'
    """

    value: float | None
    unit: str = ""

    def __str__(self) -> str:
        return humanize.quantity(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class Change:
    """A number of the reference and the same of the current rows.

    >>> str(Change(0.25, 0.5, "share")), str(Change(None, 3.0)), str(Change(None, None))
    ('25.0% → 50.0%', '3', '–')
    """

    reference: float | None
    current: float | None
    unit: str = ""

    def __str__(self) -> str:
        now = humanize.quantity(self.current, self.unit)
        return now if self.reference is None else f"{humanize.quantity(self.reference, self.unit)} → {now}"


Cell = str | Quantity | Change


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row; `verdict` gives its level, and the interval to draw, where it tells of one."""

    cells: tuple[Cell, ...]
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """What all sections have.

    `name` is the anchor. `health` is the tier that it belongs to, None for what is about all of them. `detail` is for
    those who ask: left out where space is short, folded elsewhere.
    """

    name: str
    title: str
    health: Health | None = None
    detail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline(_Section):
    """The outcome in a sentence, which rows were compared, and what the model is.

    `facts` are names with values, such as ("positive class", "yes"); `tiers` count the findings of each tier and what
    was judged to be ok or unknown.
    """

    level: Level
    text: str
    reference: Dataset
    current: Dataset
    facts: tuple[tuple[str, str], ...]
    tiers: Mapping[Health, Tally]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, what it is about, and more for those who ask."""

    text: str
    names: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteList(_Section):
    """Sentences; `lead` says what to make of them."""

    notes: tuple[Note, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(_Section):
    """Numbers in rows. The first cell of a row names it."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: points (x, y) in order; x is a number, or a time in ISO 8601.

    `side` is "reference", "current", or "guide" for what only helps to read it. `band` are places along x with the
    lowest and the highest y that may be true there (x, low, high), in order; the chart's caption says of what.
    """

    name: str
    side: str
    points: tuple[tuple[float | str, float], ...]
    band: tuple[tuple[float | str, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart(_Section):
    """Numbers to draw: lines through points, or with `steps` a level that holds until the next point.

    `x` and `y` name the axes, with their units.
    """

    x: str
    y: str
    series: tuple[Series, ...]
    steps: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings about one topic: the one that speaks for them, the others, such as segments of it, and what shows it."""

    finding: "Finding"
    others: tuple["Finding", ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingList(_Section):
    """What stands out, the worst first. `count` findings are in the groups."""

    count: int
    groups: tuple[FindingGroup, ...]


@dataclass(frozen=True, slots=True)
class ColumnPanel:
    """A column with its distribution and verdicts, where there are any."""

    column: Column
    chart: ChartData | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnList(_Section):
    """Columns, the worst first."""

    panels: tuple[ColumnPanel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictList(_Section):
    """Verdicts with all their numbers, the worst first."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(_Section):
    """The columns as they were stated or guessed, in the order of the reference."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer(_Section):
    """What made the report, when, and of which plan."""

    facts: tuple[str, ...]


Section = Headline | FindingList | NoteList | Table | Chart | ColumnList | VerdictList | Schema | Footer

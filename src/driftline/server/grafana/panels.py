"""What a dashboard of Grafana shows, before it is written for a source of data: panels, their queries, alert rules."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a panel draws what its queries give."""

    NUMBER = "number"
    LINES = "lines"
    LEVELS = "levels"
    BARS = "bars"
    TABLE = "table"


class Form(StrEnum):
    """What a query gives: numbers over time, or rows as they are now."""

    SERIES = "time_series"
    ROWS = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query in the language of its source: PromQL or SQL. `legend` names the series of PromQL by their labels."""

    text: str
    form: Form = Form.SERIES
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel.

    `width` is in 24ths of the page, `height` in its rows. `unit` is one of Grafana's. `empty` is what stands there
    where nothing is found. `repeat` names the variable of whose values each has a panel of its own.
    """

    title: str
    kind: Kind
    queries: tuple[Query, ...]
    about: str = ""
    unit: str = ""
    width: int = 12
    height: int = 8
    empty: str = "nothing"
    repeat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a person chooses above the panels, from what the query gives; `several` at once where that is wanted."""

    name: str
    title: str
    query: str
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is drawn upright through every panel over time, from a query."""

    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A dashboard. `name` is part of its address (`uid`)."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()
    marks: tuple[Mark, ...] = ()
    since: str = "now-30d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alert rule: it fires where the query's value stays above `above` for `lasting`.

    Its query gives a value also where all is well, so that it is never without data because nothing is wrong.
    """

    name: str
    title: str
    query: str
    above: float
    severity: str
    summary: str
    lasting: str = "0s"

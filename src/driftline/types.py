"""The vocabulary: the small frozen values that every part of Driftline hands to the next."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What the values of a column are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    PREDICTION = "prediction"
    SCORE = "score"
    LOWER = "lower"
    UPPER = "upper"
    TARGET = "target"
    QUERY = "query"
    TIMESTAMP = "timestamp"
    ID = "id"
    SEGMENT = "segment"
    SERVICE = "service"
    ATTRIBUTION = "attribution"
    IGNORED = "ignored"

    def find_tier(self, default: "Health") -> "Health":
        """The tier that such a column belongs to; `default` where its role alone does not say.

        >>> Role.SERVICE.find_tier(Health.DATA), Role.FEATURE.find_tier(Health.DATA)
        (<Health.SERVICE: 'service'>, <Health.DATA: 'data'>)
        """
        told = self.of_model or self is Role.ATTRIBUTION
        return Health.SERVICE if self is Role.SERVICE else Health.MODEL if told else default

    @property
    def of_model(self) -> bool:
        """Whether such a column is of the model rather than of the data: what it answers, and the labels of that."""
        return self in {Role.PREDICTION, Role.SCORE, Role.LOWER, Role.UPPER, Role.TARGET}


class Health(StrEnum):
    """The three tiers that monitoring is about: the product's table of contents."""

    SERVICE = "service"
    DATA = "data"
    MODEL = "model"


class Task(StrEnum):
    """What the model does, which decides the performance metrics."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"
    RANKING = "ranking"


class Level(StrEnum):
    """What a verdict says. `unknown` means: too few rows, or none, to say."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ALERT = "alert"

    @property
    def rank(self) -> int:
        """How bad it is: ok 0, unknown 1, warning 2, alert 3.

        >>> sorted([Level.ALERT, Level.OK, Level.WARNING], key=lambda level: level.rank)[-1].value
        'alert'
        """
        return _RANKS[self]


PERFORMANCE = frozenset({"performance", "estimate"})
"""Families of metrics that say how right the model is, by labels or estimated before they come."""
WEAK_SEGMENT = "weak_segment"
"""The name under which a segment that the search found is followed, in place of a metric's."""
_RANKS = {level: rank for rank, level in enumerate(Level)}


class IncidentState(StrEnum):
    """Where an incident is in its life. A person says all of them but `open`; an incident that is over is `resolved`.

    `accepted` means: as the new normal. What watches the model ends what is accepted or resolved with the next window;
    what is a false alarm is followed to its end, and nobody is told.
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"


class Action(StrEnum):
    """What a person does to an incident."""

    ACKNOWLEDGE = "acknowledge"
    MUTE = "mute"
    NOTE = "note"
    ACCEPT = "accept"
    RESOLVE = "resolve"
    FALSE_ALARM = "false_alarm"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a schema: its name, kind, role, and the type that it has in the reference.

    `guessed`: neither kind nor role was stated; `kind_guessed`: the kind was not, whether or not the role was.
    """

    name: str
    kind: Kind
    role: Role
    dtype: str
    guessed: bool = True
    kind_guessed: bool = False

    def __post_init__(self) -> None:
        if self.guessed:
            object.__setattr__(self, "kind_guessed", True)


@dataclass(frozen=True, slots=True, order=True)
class ProfileKey:
    """Which rows a profile is about: a window of event time and a segment; empty means all.

    `window` is an ISO 8601 interval `start/end` (end excluded) in UTC, `segment` is `column=value`.
    """

    window: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """One series of estimates over time: a metric, of a column or of the table, in a segment or in all rows."""

    metric: str
    column: str | None = None
    segment: str | None = None

    @property
    def overall(self) -> "SeriesKey":
        """The same metric and column in all rows."""
        return SeriesKey(self.metric, self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval, sample size and p-value: what a metric gives.

    `value` None means that the metric has no value on these rows; `why` then says why. `says` is what the number alone
    does not tell, in words. `notable` asks for a mention even where nothing alerts. `since` is the start of the window
    in which it began, where the metric itself knows. `judged` False: these rows allow a description only. `reference`
    is the same quantity on the reference, for metrics that are taken on each side. `p_value` is of the hypothesis that
    nothing changed. `detail` holds further facts for programs. Non-finite numbers never leave a metric: they become
    None.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    p_value: float | None = None
    reference: "Estimate | None" = None
    why: str = ""
    says: str = ""
    notable: bool = False
    judged: bool = True
    since: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (("value", self.value), ("low", self.low), ("high", self.high), ("p_value", self.p_value))
        for name, number in numbers:
            if number is not None and not (type(number) is float and math.isfinite(number)):
                object.__setattr__(self, name, float(number) if math.isfinite(number) else None)
        if self.detail and any(isinstance(part, float) and not math.isfinite(part) for part in self.detail.values()):
            detail = {key: _finite(part) for key, part in self.detail.items()}
            object.__setattr__(self, "detail", detail)

    def __str__(self) -> str:
        """The value with its interval, the sample size and the reference's value, to three digits.

        >>> print(Estimate(value=0.25, low=0.2, high=0.31, n=200, reference=Estimate(value=0.1)))
        0.25 (0.2 to 0.31), n = 200; reference 0.1
        """
        if self.value is None:
            return f"no value: {self.why or 'too few rows'}, n = {self.n:,}"
        exact = self.low is None or self.high is None or self.low == self.high
        ends = "" if exact else f" ({_digits(self.low)} to {_digits(self.high)})"
        reference = self.reference.value if self.reference else None
        compared = "" if reference is None else f"; reference {_digits(reference)}"
        return f"{_digits(self.value)}{ends}, n = {self.n:,}{compared}"

    @classmethod
    def from_interval(
        cls, numbers: tuple[float, ...], n: int, *, why: str = "", says: str = "", notable: bool = False, **detail: Any
    ) -> "Estimate":
        """An estimate of `(value, low, high)` or `(value, low, high, p_value)` over n rows; `why` only without a value.

        >>> Estimate.from_interval((0.5, 0.4, float("inf")), 90).high is None
        True
        """
        value, low, high, p_value, *_ = (*numbers, None)
        why = "" if value is not None and math.isfinite(value) else why
        return cls(
            value=value, low=low, high=high, n=n, p_value=p_value, why=why, says=says, notable=notable, detail=detail
        )


def _digits(number: float | None) -> str:
    if number is None:
        return "unknown"
    return f"{round(number, 3) + 0.0:.6g}" if 0.1 <= abs(number) < 1e6 else f"{number + 0.0:.3g}"


def _finite(part: Any) -> Any:
    return None if isinstance(part, float) and not math.isfinite(part) else part


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule decided about an estimate: a row of every report and table.

    `reason` is the sentence for a person. `judged` is False for a number that is only described. `threshold` is the
    limit that `value` was compared with. `since` is the start of the window in which the change began, if time is
    known.
    """

    health: Health
    family: str
    metric: str
    title: str
    column: str | None
    segment: str | None
    window: str | None
    level: Level
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    threshold: float | None
    reason: str
    reference: float | None = None
    p_value: float | None = None
    since: str | None = None
    judged: bool = True
    notable: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def series(self) -> SeriesKey:
        """The series of estimates that it is one of."""
        return SeriesKey(self.metric, self.column, self.segment)

    @property
    def of_performance(self) -> bool:
        """Whether it is about how right the model is, by labels or estimated before they come."""
        return self.family in PERFORMANCE

    @property
    def of_fairness(self) -> bool:
        """Whether it compares the groups of a protected attribute, which `column` then names."""
        return self.family == "fairness" and self.column is not None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: shares of the reference's and of the current rows, 0 to 1.

    `low`/`high` bound the values of a numeric bar (None for an open end or a category). `special` marks the bars that
    are no value: missing, NaN, infinite, new values.
    """

    label: str
    reference: float
    current: float
    low: float | None = None
    high: float | None = None
    special: bool = False


@dataclass(frozen=True, slots=True)
class ChartData:
    """The reference's and the current distribution of one column, binned alike, for drawing."""

    column: Column
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One window of a timeline."""

    window: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One metric of one column over the windows of the current rows: shows since when."""

    metric: str
    title: str
    column: str | None
    segment: str | None
    unit: str
    reference: float | None
    threshold: float | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One of the two sets of rows that a check compares."""

    label: str
    rows: int
    start: str | None = None
    end: str | None = None
    format: str = ""

"""What a metric is: a pure function of profiles, with its facts on the decorator.

Two decorators make one. `@distance` takes `(current, reference)` and measures how far apart they are. `@level` takes
one side; it is called for both, and the reference's estimate becomes `Estimate.reference`. Both make a `Metric`,
which is called with `(current, reference)` and returns an `Estimate`, or None where it does not apply.

`on` says what the function gets: "column" a `ColumnProfile` of each side, "table" the complete `Profile`, "groups" the
`Groups` of one protected attribute.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

from driftline.errors import suggest_name
from driftline.types import Estimate, Health, Kind, Level, Role, Task

FAMILIES = ("schema", "quality", "description", "drift", "estimate", "performance", "fairness", "expectation")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric and its facts.

    `needs` is the sketch over several columns without which the metric does not apply; a column's metric
    gets it with the column. `extra` names the module that it computes with and the extra that installs it; without the
    module the metric does not apply.
    `unit` is a word of `words.quantity` ("share", "rows", "sd", …). `worse` is the direction that is worse: "up",
    "down" or "both". The smallest effect that matters is `threshold`: for a distance, of its value, or with "both" of
    how far it is from `neutral`, the value of no change (0 of a signed effect, 1 of a ratio); for a level, of the
    worsening against the reference, plus `relative` times the reference's value. `certain` metrics are facts rather
    than estimates: one row is enough. `most` is the worst level that the metric can raise. `weight` is its part of the
    chance of a false alert, where one that changes by degrees has 1: of what is there or not, few rows are certain with
    little of it. `judged` False means described only. `windowed` metrics are also taken over the windows of the current
    rows, to say since when. `seasonal` metrics, which windowed ones are unless they say otherwise, compare a window
    with the reference's windows of the same season where it has any; others always with the whole reference.
    """

    GROUP: ClassVar[str] = "metrics"

    name: str
    title: str
    health: Health
    family: str
    on: str
    needs: type[Any] | None
    extra: tuple[str, str] | None
    compares: bool
    function: Callable[..., Estimate | None]
    kinds: frozenset[Kind]
    roles: frozenset[Role]
    tasks: frozenset[Task]
    unit: str
    low: float | None
    high: float | None
    worse: str
    neutral: float
    threshold: float | None
    relative: float
    certain: bool
    most: Level
    weight: float
    judged: bool
    by_segment: bool
    windowed: bool
    seasonal: bool

    def __call__(self, current: Any, reference: Any) -> Estimate | None:
        """The estimate for these two profiles, or None where the metric does not apply to them."""
        if self.compares:
            return self.function(current, reference)
        now = self.function(current)
        was = reference.once(self.name, self.function)
        return now if now is None else dataclasses.replace(now, reference=was)

    @property
    def installed(self) -> bool:
        """Whether what it computes with is there."""
        return self.extra is None or is_installed(self.extra[0])

    @property
    def doc(self) -> str:
        """The function's docstring: the text of its docs page."""
        return self.function.__doc__ or ""


@cache
def is_installed(package: str) -> bool:
    """Whether a package is there, looked for once in a process: a check asks for the same few a hundred times."""
    return find_spec(package) is not None


VALUES = frozenset({Kind.NUMERIC, Kind.CATEGORICAL, Kind.BOOLEAN})


def _decorator(*, compares: bool, **facts: Any) -> Callable[[Callable[..., Estimate | None]], Metric]:
    defaults: dict[str, Any] = {
        "on": "column",
        "needs": None,
        "extra": None,
        "kinds": frozenset(Kind),
        "roles": frozenset(Role) - {Role.IGNORED},
        "tasks": frozenset(Task),
        "unit": "",
        "low": None,
        "high": None,
        "worse": "up",
        "neutral": 0.0,
        "threshold": None,
        "relative": 0.0,
        "certain": False,
        "most": Level.ALERT,
        "weight": 1.0,
        "by_segment": False,
        "windowed": False,
    }
    if strange := facts.keys() - defaults.keys() - {"title", "family", "health", "judged", "seasonal"}:
        hint = suggest_name(min(strange), [*defaults, "judged", "seasonal"])
        raise ValueError(f"a metric has no fact {min(strange)!r}; {hint}")
    known = defaults | facts
    known.setdefault("judged", known["threshold"] is not None)
    known.setdefault("seasonal", known["windowed"])
    for name in ("kinds", "roles", "tasks"):
        known[name] = frozenset(known[name])
    if known["family"] not in FAMILIES:
        raise ValueError(f"family must be one of {FAMILIES}, not {known['family']!r}")

    def wrap(function: Callable[..., Estimate | None]) -> Metric:
        return Metric(name=function.__name__, function=function, compares=compares, **known)

    return wrap


def level(*, title: str, family: str, health: Health = Health.DATA, **facts: Any) -> Callable[..., Metric]:
    """Make a metric of a function that measures one side: `f(profile) -> Estimate | None`."""
    return _decorator(compares=False, title=title, family=family, health=health, **facts)


def distance(*, title: str, family: str, health: Health = Health.DATA, **facts: Any) -> Callable[..., Metric]:
    """Make a metric of a function that compares: `f(current, reference) -> Estimate | None`."""
    return _decorator(compares=True, title=title, family=family, health=health, **facts)

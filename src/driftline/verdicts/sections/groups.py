"""Tables of the groups of each protected attribute: their rows, and their rates with intervals."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from driftline import humanize
from driftline.metrics import base_fairness as fairness
from driftline.profiles.segments.groups import Groups, list_groups
from driftline.types import Health, ProfileKey, Task
from driftline.verdicts.sections.records import Cell, Row, Table

if TYPE_CHECKING:
    from driftline.profiles.profile import Profile
    from driftline.verdicts.sides import Current, Reference

_Rates = dict[str, tuple[Callable[["Profile"], fairness.Rate], str]]
_BINARY: _Rates = {
    "Selection rate": (fairness.selected, "share"), "True positive rate": (fairness.true_positive, "share"),
    "False positive rate": (fairness.false_positive, "share"), "Precision": (fairness.predictive_value, "share"),
    "Accuracy": (fairness.right, "share"), "Score less outcome": (fairness.miscalibration, ""),
}  # fmt: skip
_RATES: dict[Task, _Rates] = {
    Task.BINARY: _BINARY,
    Task.MULTICLASS: {"Accuracy": (fairness.right, "share")},
    Task.REGRESSION: {"Mean absolute error": (fairness.absolute_error, ""), "Mean error": (fairness.signed_error, "")},
}


def tabulate_groups(reference: "Reference", current: "Current") -> Iterator[Table]:
    """A table of each protected attribute, a row of each group: what the measures of fairness are read from."""
    plan = reference.plan
    rates = _RATES.get(plan.task, {}) if plan.task else {}
    sides = zip(list_groups(plan, current.profiles), list_groups(plan, reference.profiles), strict=True)
    for now, was in sides if rates else ():
        shown = {
            name: part for name, part in rates.items() if any(part[0](profile)[1] for profile in now.profiles.values())
        }
        if shown:
            yield _tabulate(now, was, shown, current.profiles[ProfileKey()].rows)


def note_groups(reference: "Reference", current: "Current") -> Iterator[str]:
    """Which rows fairness leaves out, a sentence for each protected attribute: groups that are too small, or none.

    A value that too few of the reference's rows have to be kept is no group, nor is a missing one.
    """
    rows = current.profiles[ProfileKey()].rows
    for now, _ in zip(list_groups(reference.plan, current.profiles), list_groups(reference.plan, reference.profiles),
                      strict=True):  # fmt: skip
        small = [f"{label} ({humanize.count(part.rows, 'row')})" for label, part in now.profiles.items()
                 if part.rows < now.least]  # fmt: skip
        lost = rows - sum(part.rows for part in now.profiles.values())
        said = [f"groups of fewer than {now.least} rows: {humanize.name_some(small, 3)}"] if small else []
        outside = f"{humanize.count(lost, 'row')} of {rows:,} whose value is missing or no group of the reference"
        said += [outside] if lost > 0 else []
        if said:
            yield f"Fairness by {now.attribute} leaves out {' and '.join(said)}."


def _tabulate(now: Groups, was: Groups, rates: _Rates, rows: int) -> Table:
    lost = rows - sum(profile.rows for profile in now.profiles.values())
    without = f" In no group of {now.attribute}: {humanize.count(lost, 'row')} of {rows:,}." if lost else ""
    return Table(
        name=f"groups-{now.attribute}", title=f"Groups of {now.attribute}", health=Health.MODEL, detail=True,
        heads=("Group", "Rows", *rates),
        rows=tuple(
            Row((label, f"{profile.rows:,}", *(_show(*part, profile, was.profiles.get(label), now.least)
                                              for part in rates.values())))
            for label, profile in now.profiles.items()
        ),
        caption=f"Current rows, with the 95 % interval of each group by itself, and the reference behind. Fewer than "
        f"{now.least} rows are too few to say.{without}",
    )  # fmt: skip


def _show(
    measure: Callable[["Profile"], fairness.Rate], unit: str, now: "Profile", was: "Profile | None", least: int
) -> Cell:
    """Value and interval, and the value of the reference; in words where there are too few rows."""
    (value, low, high), n = measure(now)
    if n < least or not math.isfinite(value):
        return f"unknown: {humanize.count(n, 'row')}"
    (past, _, _), before = fairness.NOTHING if was is None else measure(was)
    known = before >= least and math.isfinite(past)
    behind = f", was {humanize.quantity(past, unit)}" if known else ""
    return f"{humanize.quantity(value, unit)} {humanize.interval(low, high, unit)}{behind}"

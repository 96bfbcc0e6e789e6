"""Signals of no single column: fairness between groups, rows unusual as a whole, concept drift, change detectors."""

from dataclasses import dataclass
from datetime import datetime

from driftline.dashboard.views.base import MOST_WINDOWS, Query, view
from driftline.dashboard.windows import History, WindowStatus, list_histories, name_signal, require_windows
from driftline.types import Level

_WINDOWS = 60
_MOST = 24
_SAID = {
    "fairness": "How far the groups of each protected attribute are apart.",
    "unusual rows": "Rows that are rarer, by all their values together, than 99 % of the reference's.",
    "concept drift": "Whether the same inputs lead to other outcomes than in the reference.",
    "weak segments": "Segments that the search found, each followed: how much higher the error is than elsewhere.",
    "detectors": "Change detectors of one series each, which have a memory.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Signals of one kind over the windows, what stood out first; `hidden` are so many more."""

    name: str
    about: str
    histories: tuple[History, ...]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsPage:
    """The signals of a model over its newest windows, the oldest first.

    They are those that the first or the last of these windows has, by kind; without the kinds that there are not.
    """

    model: str
    windows: tuple[WindowStatus, ...]
    signals: tuple[Signal, ...]
    now: datetime


@view(
    "/signals", "/v1/signals",
    parameters={"model": "Name of the model.", "windows": f"How many windows, at most {MOST_WINDOWS}."},
    required=("model",),
)  # fmt: skip
def signals(query: Query) -> SignalsPage:
    """Signals of no single column over a model's newest windows: fairness, unusual rows, concept drift, detectors."""
    model = query.require("model")
    windows = require_windows(query.store, model, query.number("windows", _WINDOWS, MOST_WINDOWS))
    runs = [window.run_id for window in windows]
    known = {each for run in {runs[0], runs[-1]} for each in query.store.contents(run).metrics}
    names = sorted({metric for family, metric in known if name_signal(family, metric)})
    chosen = [
        each
        for each in (query.store.verdicts(run_id=runs, metric=names, limit=None) if names else ())
        if name_signal(each.verdict.family, each.verdict.metric)
    ]
    by_name: dict[str, list[History]] = {name: [] for name in _SAID}
    for history in list_histories(windows, chosen).values():
        by_name[name_signal(history.newest.family, history.newest.metric) or ""].append(history)
    return SignalsPage(
        model=model, windows=windows, now=query.now,
        signals=tuple(
            Signal(name=name, about=_SAID[name], histories=tuple(sorted(found, key=_rank)[:_MOST]),
                   hidden=max(len(found) - _MOST, 0))
            for name, found in by_name.items() if found
        ),
    )  # fmt: skip


def _rank(history: History) -> tuple[int, int]:
    """What stood out last and most first."""
    loud = [at for at, level in enumerate(history.levels) if level in {Level.WARNING, Level.ALERT}]
    return -max((level.rank for level in history.levels), default=0), -(loud[-1] if loud else -1)

"""The first page: which models are in trouble, since when, how sure, and who has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from driftline.config.budget import Budget
from driftline.dashboard import times
from driftline.dashboard.views.base import Query, view
from driftline.dashboard.windows import WindowStatus, describe_window
from driftline.stores.base import Store
from driftline.stores.records import RunSummary, StoredIncident
from driftline.stores.results import load_fixed_reference
from driftline.types import Health, IncidentState, Level

_BEATS = 30
_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """A model as it stands.

    `level` is the worse of its newest window's and its open incidents'. `since` is when the first of these began,
    `owners` are who acknowledged them. `fresh` is the end of the newest window, `labelled` that of the newest one of
    which all labels are there; both ISO 8601. `budget_used` is the share of the false-alarm budget that incidents which
    a person called false alarms used of late: 1 is all of it. None where the store has no pack that says the budget.
    """

    model: str
    level: Level
    headline: str
    tiers: Mapping[Health, Level]
    windows: tuple[WindowStatus, ...]
    incidents: int
    since: str | None
    owners: tuple[str, ...]
    incident: str | None
    fresh: str
    judged: str
    labelled: str | None
    budget_used: float | None

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to look at."""
        return self.level is Level.OK and not self.incidents and self.budget_used == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Models, the worst first: a page of `total` of them; `troubled` have an open incident or an alert."""

    models: tuple[ModelStatus, ...]
    total: int
    troubled: int
    incidents: int
    search: str
    page: int
    pages: int
    now: datetime


@view(
    "/", "/v1/fleet",
    parameters={"search": "Only models with this text in their name.", "page": "Page of 50 models, from 1."},
)  # fmt: skip
def fleet(query: Query) -> Fleet:
    """All models, the worst first: level, tiers, newest windows, open incidents, and how fresh all of it is."""
    search = query.text("search")
    runs = [run for run in query.store.latest_runs() if query.viewer.may("read", run.model)]
    runs = [run for run in runs if search.casefold() in run.model.casefold()]
    troubles: dict[str, list[StoredIncident]] = {run.model: [] for run in runs}
    for incident in query.store.incidents(closed=False):
        if incident.is_open and incident.model in troubles:
            troubles[incident.model].append(incident)
    levels = {
        run.model: max((run.level, *(each.level for each in troubles[run.model])), key=lambda level: level.rank)
        for run in runs
    }
    runs.sort(key=lambda run: (-levels[run.model].rank, not troubles[run.model], run.model))
    pages = max(1, -(-len(runs) // _PAGE))
    page = min(query.number("page", 1, 1_000_000), pages)
    chosen = runs[(page - 1) * _PAGE : page * _PAGE]
    false: dict[str, list[StoredIncident]] = {}
    for incident in query.store.incidents(states={IncidentState.FALSE_ALARM}):
        false.setdefault(incident.model, []).append(incident)
    windows = query.store.windows_of([run.model for run in chosen], _BEATS)
    models = tuple(
        _describe(query, run, windows[run.model], levels[run.model], troubles[run.model], false.get(run.model, ()))
        for run in chosen
    )
    troubled = sum(bool(troubles[run.model]) or levels[run.model] is Level.ALERT for run in runs)
    return Fleet(
        models=models, total=len(runs), troubled=troubled, incidents=sum(map(len, troubles.values())), search=search,
        page=page, pages=pages, now=query.now,
    )  # fmt: skip


def _describe(
    query: Query, run: RunSummary, runs: Sequence[RunSummary], level: Level, incidents: list[StoredIncident],
    false: Sequence[StoredIncident],
) -> ModelStatus:  # fmt: skip
    windows = tuple(describe_window(each) for each in reversed(runs))
    newest = windows[-1]
    tiers: dict[Health, Level] = {}
    for window in windows:  # the newest window that says something of a tier speaks for it
        tiers |= window.tiers
    labelled = [window.window for window in windows if window.labelled == 1]
    first = min(incidents, key=lambda each: each.since or each.opened, default=None)
    return ModelStatus(
        model=run.model, level=level, headline=first.headline if first else newest.headline,
        tiers={tier: tiers[tier] for tier in Health if tier in tiers}, windows=windows, incidents=len(incidents),
        since=(first.since or first.opened) if first else None, incident=first.id if first else None,
        owners=tuple(dict.fromkeys(each.owner for each in incidents if each.owner)),
        fresh=_end(newest.window), judged=run.saved,
        labelled=_end(labelled[-1]) if labelled else None,
        budget_used=_share_budget(query.store, run, _end(newest.window), false),
    )  # fmt: skip


def _share_budget(store: Store, run: RunSummary, until: str, false: Sequence[StoredIncident]) -> float | None:
    """How much of a model's budget the false alarms of the budget's time up to `until` used."""
    if not false:
        return 0.0
    reference = load_fixed_reference(store, run)
    end = times.parse(until)
    if reference is None or end is None:
        return None
    budget = Budget.parse(reference.plan.config.alerts.budget)
    opened = [times.parse(incident.opened) for incident in false]
    start = end - timedelta(microseconds=budget.time)
    return sum(at is not None and start < at <= end for at in opened) / budget.alerts


def _end(window: str) -> str:
    return window.rpartition("/")[2]

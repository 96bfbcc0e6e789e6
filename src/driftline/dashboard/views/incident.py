"""One incident: its whole life, its evidence, and what a person may do to it."""

from dataclasses import dataclass
from datetime import datetime

from driftline.dashboard.views.base import Query, view
from driftline.dashboard.windows import History, WindowStatus, list_histories, list_windows
from driftline.errors import UnknownRecordError
from driftline.stores.incident_life import list_actions
from driftline.stores.records import StoredIncident
from driftline.types import Action, SeriesKey

_WINDOWS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """An incident, its leading metric over the windows up to its newest one, and what can be done to it now.

    `window` is the one that opened it, `newest` the last one that it was looked at in; None where the store has not
    kept them.
    """

    incident: StoredIncident
    history: History | None
    window: WindowStatus | None
    newest: WindowStatus | None
    actions: tuple[Action, ...]
    now: datetime


@view("/incident", "/v1/incident", parameters={"id": "The incident's id."}, required=("id",))
def incident(query: Query) -> IncidentPage:
    """One incident: what happened since when, its evidence, what people did, and what can be done now."""
    id_ = query.require("id")
    found = query.store.incident(id_)
    if not query.viewer.may("read", found.model):
        raise UnknownRecordError(f"no incident has the id {id_!r}")
    windows = list_windows(query.store, found.model, _WINDOWS, found.updated)
    opening = list_windows(query.store, found.model, 1, found.opened)
    history = None
    if windows and found.metric:
        runs = [window.run_id for window in windows]
        verdicts = query.store.verdicts(run_id=runs, metric=found.metric, column=found.column, limit=None)
        series = SeriesKey(found.metric, found.column, found.segment)
        history = list_histories(windows, verdicts).get(series)
    return IncidentPage(
        incident=found, history=history, window=opening[-1] if opening else None,
        newest=windows[-1] if windows else None, actions=list_actions(found), now=query.now,
    )  # fmt: skip

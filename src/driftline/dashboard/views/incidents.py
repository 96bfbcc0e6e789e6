"""All incidents: those that are open first, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from driftline.dashboard.views.base import Query, view
from driftline.stores.records import StoredIncident

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """A page of incidents, of one model or all; `total` counts all pages, `open` those that are open."""

    incidents: tuple[StoredIncident, ...]
    total: int
    open: int
    model: str
    state: str
    page: int
    pages: int
    now: datetime


@view(
    "/incidents", "/v1/incidents",
    parameters={
        "model": "Only of this model.", "state": "`open` (the default) or `all`.",
        "page": f"Page of {_PAGE} incidents, from 1.",
    },
)  # fmt: skip
def incidents(query: Query) -> Incidents:
    """Incidents, of one model or all, the newest first."""
    name, state = query.text("model"), "all" if query.text("state") == "all" else "open"
    found = [each for each in query.store.incidents(name or None) if query.viewer.may("read", each.model)]
    unsettled = [each for each in found if each.is_open]
    chosen = unsettled if state == "open" else found
    pages = max(1, -(-len(chosen) // _PAGE))
    page = min(query.number("page", 1, 1_000_000), pages)
    return Incidents(
        incidents=tuple(chosen[(page - 1) * _PAGE : page * _PAGE]), total=len(chosen), open=len(unsettled), model=name,
        state=state, page=page, pages=pages, now=query.now,
    )  # fmt: skip

"""Groups the alerts of stored windows into incidents, for schedulers that judge one window at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Incident, Notification
from driftline.alerts.sinks.base import Sink
from driftline.monitor import Monitor
from driftline.stores.base import Store
from driftline.stores.records import StoredIncident
from driftline.stores.results import load_result
from driftline.types import Verdict

_MOST = 400
"""Windows that are looked at: more than a year of days."""
_AT_LEAST = 10


def group_incidents(monitor: Monitor, store: Store, since: str | None = None) -> list[Incident]:
    """Follow the stored windows of a monitor in order of time, and keep their incidents; gives those it met.

    It begins where no incident was open: at the tenth newest window, or before that at `since` (ISO 8601, UTC), or
    where an incident began that was open then. So the same windows always give the same incidents, in whatever order
    they were judged. When a window is judged again, an incident keeps its id, whatever leads it then; one that no
    window shows any more is closed. At most 400 windows are followed.
    """
    name, plan = monitor.plan.config.model.name, monitor.plan.fingerprint
    runs = [run for run in store.windows(name, _MOST) if run.window and run.plan == plan]
    spans = {str(run.window): run for run in reversed(runs)}
    starts = {span.partition("/")[2]: span.partition("/")[0] for span in spans}
    if not spans:
        return []
    begin = min([*list(spans)[-_AT_LEAST:], since or "~"])
    known = sorted(store.incidents(name), key=lambda incident: incident.opened, reverse=True)
    for incident in known:
        if incident.opened in starts and (incident.closed is None or incident.closed > begin):
            begin = min(begin, starts[incident.opened])
    grouping, met = Grouping(monitor.plan.zone), dict[str, Incident]()
    for span, run in spans.items():
        if span >= begin:
            start, _, end = span.partition("/")
            onset = partial(_date, start)
            followed = grouping.follow(load_result(store, run.run_id), (start, end), set(), onset)
            met |= {incident.id: incident for incident in followed}
    met = {incident.id: incident for incident in _keep_ids(met, known)}
    gone = [
        replace(incident, closed=incident.updated)
        for incident in known
        if incident.id not in met and incident.closed is None and starts.get(incident.opened, "") >= begin
    ]
    store.save_incidents([*gone, *(incident.record() for incident in met.values())])
    return list(met.values())


def _keep_ids(met: Mapping[str, Incident], known: Sequence[StoredIncident]) -> Iterator[Incident]:
    """The incidents, each by the id of the known one that opened in the same window and shares a member with it."""
    free = [incident for incident in known if incident.id not in met]
    for incident in met.values():
        subjects = {member.subject for member in incident.members}
        same = (
            old for old in free
            if old.opened == incident.opened and old.health == incident.health
            and subjects & {member.subject for member in old.members}
        )  # fmt: skip
        old = None if any(incident.id == each.id for each in known) else next(same, None)
        if old is not None:
            free.remove(old)
        yield incident if old is None else replace(incident, id=old.id)


def _date(start: str, verdict: Verdict) -> tuple[str, str, str]:
    """When a finding began, as its window's own check says, else with the window."""
    return (verdict.since or start,) * 3


def notify(incidents: Iterable[Incident], sinks: Sequence[Sink], store: Store) -> None:
    """Tell sinks of incidents that are open or ended with the newest window, but for those that a person silenced.

    The same state of an incident has the same key, by which a receiver knows what it was told already.

    Raises:
        SinkError: when a receiver cannot be reached.
    """
    told = list(incidents)
    newest = max((incident.updated for incident in told), default="")
    for incident in told:
        if (incident.is_open or incident.closed == newest) and not store.incident(incident.id).is_silent:
            for sink in sinks:
                sink.send(Notification(incident=incident))

"""What would have alerted since an incident opened, had it been accepted: looked at before a person accepts it."""

from dataclasses import dataclass

from driftline.alerts.acceptance import Acceptance, apply_acceptances, choose_members
from driftline.alerts.sizes import measure_sizes
from driftline.stores.base import Store
from driftline.types import Level, Verdict
from driftline.verdicts.result import Finding

_MOST = 2_000  # windows that are looked at, the newest ones


@dataclass(frozen=True, slots=True)
class Preview:
    """The windows since an incident opened: how many there were, how many alert, and what would alert all the same.

    `left` has of each window in which something would the start of it, and the subjects.
    """

    windows: int
    alerting: int
    left: tuple[tuple[str, tuple[str, ...]], ...]


def preview_acceptance(store: Store, id_: str) -> Preview:
    """Judge the kept verdicts since an incident opened as if it had been accepted then, at the sizes seen until now.

    Windows are as a store keeps them: each as it was judged last.

    Raises:
        StoreError: when no incident has this id.
    """
    incident = store.incident(id_)
    runs = [run for run in store.windows(incident.model, _MOST) if _end(run.window) >= incident.opened]
    by_run: dict[str, list[Verdict]] = {run.run_id: [] for run in runs}
    levels = {Level.WARNING, Level.ALERT}
    for stored in store.verdicts(run_id=list(by_run), level=levels, limit=None) if runs else ():
        by_run[stored.run_id].append(stored.verdict)
    others = [member for other in store.incidents(incident.model, closed=False) for member in other.members]
    members = choose_members(incident.members, others)
    sizes: dict[str, dict[str, float]] = {member.subject: {} for member in members}
    for verdict in (verdict for verdicts in by_run.values() for verdict in verdicts):
        if (own := sizes.get(_subject(verdict))) is not None:
            own |= {name: max(size, own.get(name, 0.0)) for name, size in measure_sizes([verdict]).items()}
    accepted = {name: Acceptance(subject=name, text="", sizes=own) for name, own in sizes.items()}
    left = []
    for run in reversed(runs):
        kept = [one for one in apply_acceptances(by_run[run.run_id], accepted) if one.level is Level.ALERT]
        if kept:
            left.append(((run.window or run.created).partition("/")[0], tuple(dict.fromkeys(map(_subject, kept)))))
    alerting = sum(any(one.level is Level.ALERT for one in verdicts) for verdicts in by_run.values())
    return Preview(len(runs), alerting, tuple(left))


def _subject(verdict: Verdict) -> str:
    return Finding((verdict,)).subject


def _end(window: str | None) -> str:
    return (window or "").partition("/")[2]

"""The port of stores. These comments are the contract; `driftline.testing.stores` holds the suite for it."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, Self

from driftline.config.url import open_part
from driftline.errors import StoreError
from driftline.stores.records import (
    Contents,
    Fragment,
    LoudColumn,
    Run,
    RunSummary,
    StoredEvent,
    StoredIncident,
    StoredPack,
    StoredVerdict,
)
from driftline.types import Action, Health, IncidentState, Level, ProfileKey
from driftline.verdicts.result import Result


class Store(Protocol):
    """What keeps runs, verdicts, fragments, incidents and events.

    It is opened by calling the part with a URL, may be used from several threads and by several processes at once, and
    is closed by `close()` or a `with` block. Every failure is a `StoreError` that names the store and says what to do.
    What a method acknowledged by returning is there after a crash; what it did not is there whole or not at all.
    Order is always newest first; `limit` None means all.
    """

    def save_run(self, result: Result, fragments: Mapping[ProfileKey, bytes]) -> str:
        """Keep a result and the profiles that it came from, in one transaction; gives the run's id.

        The id is a hash of what is kept: saving the same result again gives the same id and changes nothing. A
        fragment's id is a hash of its bytes, so judging the same rows twice does not count them twice.
        """
        ...

    def put_fragments(self, fragments: tuple[Fragment, ...]) -> None:
        """Keep fragments in one transaction; one with the same model, plan, cell and id is replaced."""
        ...

    def runs(self, model: str | None = None, limit: int | None = 20) -> tuple[Run, ...]:
        """Runs, of one model or all."""
        ...

    def run(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            UnknownRecordError: when there is none.
        """
        ...

    def latest_runs(self) -> tuple[RunSummary, ...]:
        """The newest run of each model, in short, sorted by the model's name."""
        ...

    def windows(self, model: str, limit: int | None = 20, *, until: str | None = None) -> tuple[Run, ...]:
        """The newest run of each window of a model, the newest window first; a run of no window stands for itself.

        `until` takes only windows that start before this time (ISO 8601, UTC).
        """
        ...

    def windows_of(self, models: Collection[str], limit: int = 20) -> Mapping[str, tuple[RunSummary, ...]]:
        """The same in short of several models, by model; a model without a window has none. At most 1,000 models."""
        ...

    def verdicts(  # noqa: PLR0913 - what to choose by, each by its name
        self,
        *,
        run_id: str | Collection[str] | None = None,
        model: str | None = None,
        metric: str | Collection[str] | None = None,
        column: str | None = None,
        family: str | None = None,
        health: Health | None = None,
        level: Level | Collection[Level] | None = None,
        limit: int | None = 1000,
    ) -> tuple[StoredVerdict, ...]:
        """Verdicts that match all that is given; within a run, in the result's order.

        Of several runs, metrics or levels each will do.

        They are equal to those saved, but that in `detail` tuples are lists and non-finite numbers are None.
        """
        ...

    def loud_columns(self, run_ids: Collection[str]) -> tuple[LoudColumn, ...]:
        """The columns that alert or warn in these runs, in no order: the worst level of each, and what is of none.

        A column of which the data drift and something else stands out is there twice.
        """
        ...

    def contents(self, run_id: str) -> Contents:
        """What the verdicts of a run are about; of a run that is not there, nothing."""
        ...

    def cells(self, model: str, plan: str) -> tuple[ProfileKey, ...]:
        """The cells of which there are fragments, sorted: by window, then segment."""
        ...

    def fragments(self, model: str, plan: str, cell: ProfileKey | None = None) -> tuple[Fragment, ...]:
        """Fragments of a model under a plan (its fingerprint), of one cell or all, sorted by cell and id."""
        ...

    def save_pack(self, model: str, plan: str, data: bytes) -> None:
        """Keep the pack of a plan (its fingerprint); one that is kept already stays as it is."""
        ...

    def pack(self, model: str, plan: str) -> bytes | None:
        """The pack of a plan; None where it is not kept."""
        ...

    def packs(self, model: str | None = None) -> tuple[StoredPack, ...]:
        """The packs of one model or all, the newest first: each version of a reference that was used."""
        ...

    def save_incidents(self, incidents: Sequence[StoredIncident]) -> None:
        """Keep incidents as what watches the model has them, in one transaction; what people did stays as it is.

        `state`, `owner`, `muted_until` and `actions` are not taken from here. One that is over is resolved, if it was
        open, acknowledged or muted.
        """
        ...

    def incidents(
        self, model: str | None = None, *, states: Iterable[IncidentState] | None = None, closed: bool | None = None,
        limit: int | None = None,
    ) -> tuple[StoredIncident, ...]:  # fmt: skip
        """Incidents, of one model or all: in one of these states, and over (`closed`) or not, where that is given.

        States are those of now: a mute that has ended is none.
        """
        ...

    def incident(self, id_: str) -> StoredIncident:
        """The incident of this id.

        Raises:
            StoreError: when there is none.
        """
        ...

    def act_on_incident(
        self, id_: str, action: Action, by: str, note: str = "", until: datetime | None = None
    ) -> StoredIncident:
        """Record what a person does to an incident, and what becomes of it; of several people one at a time.

        What was done is never changed, and never written by what watches the model. `until` is when a mute ends.

        Raises:
            StoreError: when no incident has this id, or that cannot be done to it now.
        """
        ...

    def save_events(self, events: Sequence[StoredEvent]) -> int:
        """Keep events in one transaction; one with a known id changes nothing. Gives how many are new."""
        ...

    def events(self, model: str | None = None, limit: int | None = 1000) -> tuple[StoredEvent, ...]:
        """Events, of one model or all; the newest by the time at which they happened first."""
        ...

    def retire(self, model: str, before: str) -> int:
        """Drop the fragments of a model's windows that ended before a time (ISO 8601, UTC); gives how many.

        Runs and verdicts stay, and so do fragments that are of no window.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Closing twice is fine; any other call after it is a `StoreError`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_store(url: str) -> Store:
    """The store of a URL such as `sqlite:///driftline.db`; a path that ends in .db, .sqlite or .sqlite3 will do.

    `${VARIABLE}` in it stands for a value of the environment, and `@PATH` for the URL in that file.

    Raises:
        StoreError: when no store goes by that scheme, or it cannot be opened.
    """
    if "://" not in url and re.search(r"^[^@].*\.(db|sqlite3?)$", url):
        url = f"sqlite:///{url}"
    part, full = open_part("stores", url, "store", StoreError)
    store: Store = part(full)
    return store

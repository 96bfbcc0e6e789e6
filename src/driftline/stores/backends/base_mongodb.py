"""Incidents in documents of MongoDB: each with what people did to it, changed only as it was read."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from driftline.stores.incident_life import record_action, refuse_unknown, show_now, untouched
from driftline.stores.records import (
    OF_PEOPLE,
    OF_WATCH,
    Record,
    StoredIncident,
    incident_of,
    incident_record,
    plain_record,
)
from driftline.types import Action, IncidentState

_SETTLED = ("open", "acknowledged", "muted")


class MongodbIncidents(ABC):
    """The part of a store in MongoDB that keeps incidents, and what copying one needs of the rest."""

    @abstractmethod
    def open_collection(self, name: str) -> AbstractContextManager[Any]:
        """A collection, with the driver's errors as those of a store."""

    @abstractmethod
    def add_documents(self, collection: Any, documents: Sequence[Mapping[str, Any]]) -> int:
        """Insert documents of which some may be there already, as they are; gives how many are new."""

    @abstractmethod
    def add_run(self, run: Record) -> None:
        """The last step of saving a run: from now on it is there, with all that was written before."""

    @abstractmethod
    def find_fragments(self, wanted: Mapping[str, Any], parts: Mapping[str, int] | None = None) -> list[Any]:
        """Fragments that were put, or that are of a run that is there."""

    def save_incidents(self, incidents: Sequence[StoredIncident]) -> None:
        """Keep incidents as what watches the model has them; what people did stays as it is."""
        with self.open_collection("incidents") as collection:
            for incident in incidents:
                while not self._save_incident(collection, incident):
                    pass  # a person, or another process, was quicker

    def incidents(
        self, model: str | None = None, *, states: Iterable[IncidentState] | None = None, closed: bool | None = None,
        limit: int | None = None,
    ) -> tuple[StoredIncident, ...]:  # fmt: skip
        """Incidents, of one model or all, the newest first: in one of these states, and over or not, if given."""
        wanted = None if states is None else set(states)
        with self.open_collection("incidents") as collection:
            cursor = collection.find(choose(model=model)).sort([("opened", -1), ("_id", 1)])
            found = [_incident_of(row) for row in cursor]
        chosen = [
            each
            for each in found
            if (wanted is None or each.state in wanted) and (closed is None or (each.closed is not None) is closed)
        ]
        return tuple(chosen[:limit])

    def incident(self, id_: str) -> StoredIncident:
        """The incident of this id."""
        with self.open_collection("incidents") as collection:
            return _incident_of(self._find_incident(collection, id_))

    def act_on_incident(
        self, id_: str, action: Action, by: str, note: str = "", until: datetime | None = None
    ) -> StoredIncident:
        """Record what a person does to an incident, and what becomes of it."""
        with self.open_collection("incidents") as collection:
            while True:
                row = self._find_incident(collection, id_)
                after = record_action(_incident_of(row), action, by, note, until, now=datetime.now(UTC))
                change = {name: incident_record(after)[name] for name in OF_PEOPLE}
                done = {"$set": change, "$push": {"actions": plain_record(after.actions[-1])}, "$inc": {"changes": 1}}
                same = {"_id": id_, "changes": row["changes"]}
                if collection.update_one(same, done).matched_count:
                    return after

    def _save_incident(self, collection: Any, incident: StoredIncident) -> bool:
        """Keep one incident; False where another process changed it meanwhile."""
        record = incident_record(incident)
        row = collection.find_one({"_id": incident.id})
        if row is None:
            own = untouched(incident) | {"actions": [], "changes": 0}
            return bool(self.add_documents(collection, [record | own | {"_id": incident.id}]))
        change = {name: record[name] for name in OF_WATCH}
        if incident.closed is not None and row["state"] in _SETTLED:
            change["state"] = IncidentState.RESOLVED.value
        same = {"_id": incident.id, "changes": row["changes"]}
        return bool(collection.update_one(same, {"$set": change, "$inc": {"changes": 1}}).matched_count)

    def _find_incident(self, collection: Any, id_: str) -> Any:
        """The document of an incident.

        Raises:
            StoreError: when there is none.
        """
        found = collection.find_one({"_id": id_})
        if found is None:
            raise refuse_unknown(id_, [row["_id"] for row in collection.find({"closed": None}, {"_id": 1})])
        return found


def choose(**given: Any) -> dict[str, Any]:
    """The condition that what is given holds; of several values each will do."""
    return {
        name: str(value) if isinstance(value, str) else {"$in": [str(each) for each in value]}
        for name, value in given.items()
        if value is not None
    }


def _incident_of(row: Mapping[str, Any]) -> StoredIncident:
    """The incident of a document as it is now: a mute that has ended is none."""
    record = dict(row)
    if record["state"] == IncidentState.MUTED and record["muted_until"] and record["muted_until"] <= show_now():
        record["state"] = IncidentState.OPEN if record["owner"] is None else IncidentState.ACKNOWLEDGED
    return incident_of(record, record["actions"])


def hash_names(*names: str) -> str:
    """One name for several, of a length that an index takes."""
    return hashlib.blake2b(json.dumps(names).encode(), digest_size=20).hexdigest()

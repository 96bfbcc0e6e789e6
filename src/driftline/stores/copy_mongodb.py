"""The documents of a store in MongoDB as rows of tables, to copy it from or into one in SQL, or another of its kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from driftline.stores.backends.base_mongodb import MongodbIncidents, hash_names
from driftline.stores.records import ACTION_COLUMNS, EVENT_COLUMNS, INCIDENT_COLUMNS, RUN_COLUMNS, VERDICT_COLUMNS

Row = dict[str, Any]
_PAGE = 100
_COLUMNS = {
    "packs": ("model", "plan", "data", "saved"),
    "fragments": ("model", "plan", "window", "segment", "fragment_id", "data", "saved"),
    "incidents": INCIDENT_COLUMNS,
    "events": EVENT_COLUMNS,
}
_FLAGS = ("judged", "notable")


@dataclass(frozen=True)
class MongodbTables:
    """The tables that a store in MongoDB would be."""

    store: MongodbIncidents

    def read_runs(self) -> Iterator[list[Row]]:
        """All runs in their order."""
        after = 0
        while page := self._read_runs(after):
            after = page[-1]["number"]
            yield [{name: row[name] for name in RUN_COLUMNS if name != "number"} for row in page]

    def read_verdicts(self, run_id: str) -> list[Row]:
        """The verdicts of a run."""
        with self.store.open_collection("verdicts") as collection:
            found = list(collection.find({"run_id": run_id}).sort("position", 1))
        return [{name: row[name] for name in ("run_id", "position", *VERDICT_COLUMNS)} for row in found]

    def add_runs(self, rows: Sequence[Row], find_verdicts: Callable[[str], list[Row]]) -> int:
        """Keep the runs that are not there, each once its verdicts are."""
        new = 0
        for run in rows:
            run_id = run["run_id"]
            with self.store.open_collection("runs") as collection:
                if collection.find_one({"_id": run_id}, {"_id": 1}):
                    continue
            verdicts = [
                {"_id": f"{run_id}/{row['position']}"} | row | {name: bool(row[name]) for name in _FLAGS}
                for row in find_verdicts(run_id)
            ]
            with self.store.open_collection("verdicts") as collection:
                self.store.add_documents(collection, verdicts)
            self.store.add_run(run)
            new += 1
        return new

    def read_table(self, table: str) -> Iterator[list[Row]]:
        """All rows, in the order of the documents' names; the actions of an incident are rows of their own."""
        name = "incidents" if table == "incident_actions" else table
        with self.store.open_collection(name) as collection:
            ids = iter([row["_id"] for row in collection.find({}, {"_id": 1}).sort("_id", 1)])
        while page := list(islice(ids, _PAGE)):
            rows = [row for document in self._find(name, page) for row in _make_rows(table, document)]
            if rows:
                yield rows

    def keep_rows(self, table: str, rows: Sequence[Row]) -> int:
        """Keep rows: those that are only added as they are, incidents unless people did more to them here."""
        if table in {"packs", "events"}:
            names = [row["id"] if table == "events" else hash_names(row["model"], row["plan"]) for row in rows]
            with self.store.open_collection(table) as collection:
                documents = [{"_id": name} | _only(table, row) for name, row in zip(names, rows, strict=True)]
                return self.store.add_documents(collection, documents)
        keep = {"fragments": _keep_fragment, "incident_actions": _keep_action}.get(table, self._keep_incident)
        with self.store.open_collection("incidents" if table == "incident_actions" else table) as collection:
            return sum(keep(collection, row) for row in rows)

    def _read_runs(self, after: int) -> list[Row]:
        with self.store.open_collection("runs") as collection:
            return list(collection.find({"number": {"$gt": after}}).sort("number", 1).limit(_PAGE))

    def _find(self, name: str, ids: Sequence[str]) -> list[Row]:
        """The documents of these names; without fragments of a run that is not there."""
        wanted = {"_id": {"$in": list(ids)}}
        if name == "fragments":
            return self.store.find_fragments(wanted)
        with self.store.open_collection(name) as collection:
            return list(collection.find(wanted))

    def _keep_incident(self, collection: Any, row: Row) -> bool:
        own, known = _only("incidents", row), collection.find_one({"_id": row["id"]})
        if known is None:
            first = own | {"_id": row["id"], "actions": [], "changes": 0}
            return bool(self.store.add_documents(collection, [first]))
        if len(known["actions"]) > row["actions"] or all(known[name] == value for name, value in own.items()):
            return False
        same = {"_id": row["id"], "changes": known["changes"]}  # what changed meanwhile comes with the next copy
        return bool(collection.update_one(same, {"$set": own, "$inc": {"changes": 1}}).modified_count)


def _make_rows(table: str, document: Row) -> list[Row]:
    """The rows of a table that a document holds."""
    if table == "incident_actions":
        return [
            {"incident": document["_id"], "position": at} | {name: action[name] for name in ACTION_COLUMNS}
            for at, action in enumerate(document["actions"])
        ]
    row = _only(table, document) | {"actions": len(document.get("actions", ()))}
    return [row | {"data": bytes(row["data"])} if "data" in row else row]


def _only(table: str, row: Row) -> Row:
    return {name: row[name] for name in _COLUMNS[table]}


def _keep_fragment(collection: Any, row: Row) -> bool:
    own = _only("fragments", row)
    name = hash_names(*(row[part] for part in ("model", "plan", "window", "segment", "fragment_id")))
    done = collection.update_one({"_id": name}, {"$set": own | {"put": True}}, upsert=True)
    return bool(done.modified_count or done.upserted_id)


def _keep_action(collection: Any, row: Row) -> bool:
    action = {name: row[name] for name in ACTION_COLUMNS}
    next_one = {"_id": row["incident"], "actions": {"$size": row["position"]}}
    done = {"$push": {"actions": action}, "$inc": {"changes": 1}}
    return bool(collection.update_one(next_one, done).modified_count)

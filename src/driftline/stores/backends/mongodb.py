"""A store in MongoDB. A run counts from its own document on, which is written last: no transaction is needed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Self

from driftline.config.url import hide_secrets
from driftline.errors import MissingExtraError, StoreError
from driftline.stores.backends.base_mongodb import MongodbIncidents, choose, hash_names
from driftline.stores.incident_life import show_now
from driftline.stores.mongodb_errors import translate_errors
from driftline.stores.records import (
    Contents,
    Fragment,
    LoudColumn,
    Record,
    Run,
    RunSummary,
    StoredEvent,
    StoredPack,
    StoredVerdict,
    fragment_record,
    fragments_of,
    plain_record,
    records,
    refuse_run,
    run_of,
    summary_of,
    verdict_of,
)
from driftline.types import Health, Level, ProfileKey
from driftline.verdicts.result import Result

VERSION = 1
"""Of the collections; docs/tables.md says what is in them."""
_PREFIX = "driftline."
_PATIENCE = 10_000  # milliseconds until a server that cannot be found counts as away
_RUNS = 200  # whose verdicts are asked for at a time
_DUPLICATE = 11_000
_INDEXES = {
    "runs": (("model", "number"), ("number",), ("model", "key")),
    "verdicts": (("run_id", "position"),),
    "fragments": (("model", "plan", "window", "segment"),),
    "incidents": (("model", "opened"),),
    "events": (("model", "at"),),
}


class Mongodb(MongodbIncidents):
    """A store in the database that a URL names: `mongodb://user@host/database`, or `driftline` where it names none.

    Its collections begin with `driftline.`, so that it may share a database. Writes are acknowledged by a majority of
    the servers, and are in their journals. Each run, incident and event is there whole or not at all, also after a
    crash; of several incidents, events or profiles that were put together a crash may leave the first ones, which are
    written again by what put them.

    Args:
        url: names the servers and the database; the driver's own options may follow.

    Raises:
        StoreError: when the servers cannot be reached, or the database holds something else under these names.
        MissingExtraError: when pymongo is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import pymongo  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("a store in MongoDB", "mongodb") from error
        self._url, self._driver, self._closed = url, pymongo, False
        with translate_errors(url):
            self._client: Any = pymongo.MongoClient(
                url, serverSelectionTimeoutMS=_PATIENCE, appname="driftline", w="majority", journal=True
            )
            self._database = self._client.get_default_database("driftline")
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def save_run(self, result: Result, fragments: Mapping[ProfileKey, bytes]) -> str:
        """Keep a result and its profiles; gives the run's id, the same for the same result."""
        run, verdicts = records(result)
        run_id = str(run["run_id"])
        with self.open_collection("verdicts") as collection:
            known = self._database[f"{_PREFIX}runs"].find_one({"_id": run_id}, {"_id": 1})
            if known is None:
                self.add_documents(collection, [
                    {"_id": f"{run_id}/{at}", "run_id": run_id, "position": at} | verdict
                    for at, verdict in enumerate(verdicts)
                ])  # fmt: skip
        with self.open_collection("fragments") as collection:
            for fragment in fragments_of(result, fragments):
                new = fragment_record(fragment, show_now()) | {"put": False}
                collection.update_one(
                    {"_id": _key(fragment)}, {"$setOnInsert": new, "$addToSet": {"runs": run_id}}, upsert=True
                )
        if known is None:
            self.add_run(run)
        return run_id

    def put_fragments(self, fragments: tuple[Fragment, ...]) -> None:
        """Keep fragments; one with the same model, plan, cell and id is replaced."""
        with self.open_collection("fragments") as collection:
            for fragment in fragments:
                new = fragment_record(fragment, show_now()) | {"put": True}
                collection.update_one({"_id": _key(fragment)}, {"$set": new}, upsert=True)

    def runs(self, model: str | None = None, limit: int | None = 20) -> tuple[Run, ...]:
        """Runs, of one model or all, newest first."""
        with self.open_collection("runs") as collection:
            cursor = collection.find({} if model is None else {"model": model}).sort("number", -1)
            return tuple(map(run_of, _limit(cursor, limit)))

    def run(self, run_id: str) -> Run:
        """The run of this id."""
        with self.open_collection("runs") as collection:
            found = collection.find_one({"_id": run_id})
        if found is None:
            raise refuse_run(run_id)
        return run_of(found)

    def latest_runs(self) -> tuple[RunSummary, ...]:
        """The newest run of each model, in short, sorted by the model's name."""
        newest = [{"$group": {"_id": "$model", "number": {"$max": "$number"}}}]
        with self.open_collection("runs") as collection:
            numbers = [row["number"] for row in collection.aggregate(newest)]
            return tuple(map(summary_of, collection.find({"number": {"$in": numbers}}).sort("model", 1)))

    def windows(self, model: str, limit: int | None = 20, *, until: str | None = None) -> tuple[Run, ...]:
        """The newest run of each window of a model, the newest window first."""
        if limit == 0:
            return ()
        chosen: dict[str, Any] = {"model": model} | ({} if until is None else {"key": {"$lt": until}})
        steps: list[dict[str, Any]] = [
            {"$match": chosen},
            {"$group": {"_id": "$key", "number": {"$max": "$number"}}},
            {"$sort": {"_id": -1}},
            *([] if limit is None else [{"$limit": limit}]),
        ]
        with self.open_collection("runs") as collection:
            numbers = [row["number"] for row in collection.aggregate(steps)]
            return tuple(map(run_of, collection.find({"number": {"$in": numbers}}).sort("key", -1)))

    def windows_of(self, models: Collection[str], limit: int = 20) -> dict[str, tuple[RunSummary, ...]]:
        """The newest run of each window of several models, by model, the newest window first; a question each."""
        found = {model: self.windows(model, limit) for model in models}
        return {model: tuple(map(RunSummary.from_run, runs)) for model, runs in found.items()}

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
        """Verdicts that match all that is given: newest run first, within it in the result's order."""
        of_run = choose(_id=run_id, model=model)
        wanted = choose(metric=metric, column=column, family=family, health=health, level=level)
        found: list[StoredVerdict] = []
        with self.open_collection("runs") as collection:
            cursor = collection.find(of_run, {"model": 1, "created": 1}).sort("number", -1)
            for batch in _split(cursor, _RUNS):
                found += self._read_verdicts(batch, wanted)
                if limit is not None and len(found) >= limit:
                    return tuple(found[:limit])
        return tuple(found)

    def loud_columns(self, run_ids: Collection[str]) -> tuple[LoudColumn, ...]:
        """The columns that stand out in these runs."""
        worst: dict[tuple[str, str | None, bool], Level] = {}
        for stored in self.verdicts(run_id=run_ids, level=(Level.WARNING, Level.ALERT), limit=None):
            verdict = stored.verdict
            key = stored.run_id, verdict.column, verdict.family == "drift" and verdict.health is Health.DATA
            worst[key] = max(worst.get(key, Level.OK), verdict.level, key=lambda level: level.rank)
        return tuple(LoudColumn(run_id, column, level, drifts) for (run_id, column, drifts), level in worst.items())

    def contents(self, run_id: str) -> Contents:
        """What the verdicts of a run are about."""
        with self.open_collection("verdicts") as collection:
            found = list(collection.find({"run_id": run_id}, {"column": 1, "family": 1, "metric": 1}))
        return Contents(
            tuple(sorted({row["column"] for row in found if row["column"] is not None})),
            tuple(sorted({(row["family"], row["metric"]) for row in found})),
        )

    def cells(self, model: str, plan: str) -> tuple[ProfileKey, ...]:
        """The cells of which there are fragments, sorted."""
        documents = self.find_fragments({"model": model, "plan": plan}, {"data": 0})
        return tuple(sorted({ProfileKey(row["window"], row["segment"]) for row in documents}))

    def fragments(self, model: str, plan: str, cell: ProfileKey | None = None) -> tuple[Fragment, ...]:
        """Fragments of a model under a plan, of one cell or all, sorted by cell and id."""
        of_cell = {"window": cell.window, "segment": cell.segment} if cell else {}
        documents = self.find_fragments({"model": model, "plan": plan} | of_cell)
        documents.sort(key=lambda row: (row["window"], row["segment"], row["fragment_id"]))
        return tuple(
            Fragment(row["model"], row["plan"], ProfileKey(row["window"], row["segment"]), row["fragment_id"],
                     bytes(row["data"]))
            for row in documents
        )  # fmt: skip

    def save_pack(self, model: str, plan: str, data: bytes) -> None:
        """Keep the pack of a plan; one that is kept already stays as it is."""
        with self.open_collection("packs") as collection:
            new = {"model": model, "plan": plan, "data": data, "saved": show_now()}
            collection.update_one({"_id": hash_names(model, plan)}, {"$setOnInsert": new}, upsert=True)

    def pack(self, model: str, plan: str) -> bytes | None:
        """The pack of a plan; None where it is not kept."""
        with self.open_collection("packs") as collection:
            found = collection.find_one({"_id": hash_names(model, plan)})
        return None if found is None else bytes(found["data"])

    def packs(self, model: str | None = None) -> tuple[StoredPack, ...]:
        """The packs of one model or all, the newest first."""
        with self.open_collection("packs") as collection:
            cursor = collection.find(choose(model=model)).sort([("saved", -1), ("model", 1), ("plan", 1)])
            return tuple(StoredPack(row["model"], row["plan"], row["saved"], len(row["data"])) for row in cursor)

    def retire(self, model: str, before: str) -> int:
        """Drop the fragments of a model's windows that ended before a time."""
        with self.open_collection("fragments") as collection:
            windows = collection.distinct("window", {"model": model})
            ended = [window for window in windows if window and window.partition("/")[2] < before]
            return int(collection.delete_many({"model": model, "window": {"$in": ended}}).deleted_count)

    def save_events(self, events: Sequence[StoredEvent]) -> int:
        """Keep events; gives how many are new."""
        with self.open_collection("events") as collection:
            return self.add_documents(collection, [plain_record(event) | {"_id": event.id} for event in events])

    def events(self, model: str | None = None, limit: int | None = 1000) -> tuple[StoredEvent, ...]:
        """Events, of one model or all, the newest first."""
        with self.open_collection("events") as collection:
            cursor = collection.find(choose(model=model), {"_id": 0}).sort([("at", -1), ("id", 1)])
            return tuple(StoredEvent(**row) for row in _limit(cursor, limit))

    def close(self) -> None:
        """Let go of the connections."""
        self._closed = True
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def open_collection(self, name: str) -> Iterator[Any]:
        """A collection, with the driver's errors as those of a store."""
        if self._closed:
            raise StoreError(f"{hide_secrets(self._url)}: the store is closed")
        with translate_errors(self._url):
            yield self._database[_PREFIX + name]

    def _prepare(self) -> None:
        """Make the indexes, and say of which version the collections are.

        Raises:
            StoreError: when they are of a newer Driftline.
        """
        with self.open_collection("about") as collection:
            new = {"$setOnInsert": {"version": VERSION}}
            collection.update_one({"_id": "store"}, new, upsert=True)
            version = collection.find_one({"_id": "store"})["version"]
        if version > VERSION:
            raise StoreError(
                f"{hide_secrets(self._url)}: written by a newer Driftline (collections of version {version}, this one "
                f"knows {VERSION}); upgrade with: pip install -U driftline"
            )
        for name, indexes in _INDEXES.items():
            with self.open_collection(name) as collection:
                for columns in indexes:
                    collection.create_index([(column, 1) for column in columns])

    def add_documents(self, collection: Any, documents: Sequence[Mapping[str, Any]]) -> int:
        """Insert documents of which some may be there already, as they are; gives how many are new."""
        if not documents:
            return 0
        try:
            return len(collection.insert_many(documents, ordered=False).inserted_ids)
        except self._driver.errors.BulkWriteError as error:
            if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
                raise
            return int(error.details["nInserted"])

    def add_run(self, run: Record) -> None:
        """The last step of saving a run: from now on it is there, with all that was written before."""
        with self.open_collection("counters") as collection:
            counted = collection.find_one_and_update(
                {"_id": "runs"}, {"$inc": {"number": 1}}, upsert=True,
                return_document=self._driver.ReturnDocument.AFTER,
            )  # fmt: skip
        window = run["window"] if run["window"] is not None else f"{run['created']}{run['run_id']}"
        document = {"saved": show_now()} | run | {"_id": run["run_id"], "number": counted["number"], "key": window}
        with self.open_collection("runs") as collection:
            self.add_documents(collection, [document])

    def _read_verdicts(self, runs: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> Iterator[StoredVerdict]:
        """The verdicts of these runs, in their order."""
        by_run: dict[str, list[Mapping[str, Any]]] = {run["_id"]: [] for run in runs}
        with self.open_collection("verdicts") as collection:
            for row in collection.find({"run_id": {"$in": list(by_run)}} | dict(wanted)).sort("position", 1):
                by_run[row["run_id"]].append(row)
        for run in runs:
            for row in by_run[run["_id"]]:
                yield StoredVerdict(run["_id"], run["model"], run["created"], verdict_of(row))

    def find_fragments(self, wanted: Mapping[str, Any], parts: Mapping[str, int] | None = None) -> list[Any]:
        """Fragments that were put, or that are of a run that is there."""
        with self.open_collection("fragments") as collection:
            documents = list(collection.find(wanted, parts))
        needed = {run for row in documents if not row["put"] for run in row.get("runs", ())}
        with self.open_collection("runs") as collection:
            there = {row["_id"] for row in collection.find({"_id": {"$in": sorted(needed)}}, {"_id": 1})}
        return [row for row in documents if row["put"] or there.intersection(row.get("runs", ()))]


def _limit(cursor: Any, limit: int | None) -> Iterable[Mapping[str, Any]]:
    """The first of what is found: none of it where the limit is 0, which means all to the driver."""
    return () if limit == 0 else cursor if limit is None else cursor.limit(limit)


def _split(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of so many rows, in order; the last one of what is left."""
    left = iter(rows)
    return iter(lambda: list(islice(left, size)), [])


def _key(fragment: Fragment) -> str:
    return hash_names(fragment.model, fragment.plan, fragment.cell.window, fragment.cell.segment, fragment.id)


mongodb = Mongodb

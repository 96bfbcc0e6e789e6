"""Everything on which a result or an incident is shown, as texts: what is registered later comes in by itself."""

import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime

import polars as pl

from driftline import registry
from driftline.alerts.incidents import Incident, Notification
from driftline.dashboard import pages
from driftline.dashboard.views.base import Query
from driftline.server.prometheus.page import Exposition
from driftline.stores.base import Store, open_store
from driftline.verdicts.result import Result


def show_result(result: Result, incidents: Iterable[Incident] = ()) -> Iterator[tuple[str, str]]:
    """Each report format, the page of metrics in both its forms, the table of verdicts and the notebook's page."""
    for form in registry.names("formats"):
        yield f"report {form}", result.render(form)
    page = Exposition()
    page.show(result, incidents)
    for accept in ("", "application/openmetrics-text"):
        yield f"page of metrics {accept}", page.page(accept)[0].decode()
    yield "table", result.to_polars().write_csv()
    yield "words", f"{result!r} {result.findings!r} {result.headline}"


def send_incidents(monkeypatch, incidents: Iterable[Incident], headline: str) -> Iterator[tuple[str, str]]:
    """What each sink sends of each incident."""
    addresses = {"apprise": "json://localhost", "stdout": ""}
    for name in registry.names("sinks"):
        part, sent = registry.find("sinks", name), []
        sink = part(addresses.get(name, "http://localhost:1/hook"))
        module = sys.modules[part.__module__]
        if hasattr(module, "post"):
            monkeypatch.setattr(module, "post", lambda *said, sent=sent: sent.append(repr(said)))
        if name == "apprise":
            monkeypatch.setattr(sink._apprise, "notify", lambda sent=sent, **said: sent.append(repr(said)) or True)
        printed = io.StringIO()
        with redirect_stdout(printed):
            for incident in incidents:
                sink.send(Notification(incident=incident, headline=headline))
        yield f"sink {name}", "\n".join([*sent, printed.getvalue()])
    yield "outbox", json.dumps([Notification(incident=each, headline=headline).values() for each in incidents])


def read_store(url: str) -> Iterator[tuple[str, bytes]]:
    """Each run, verdict, profile and pack of a store, and every page of the dashboard over it."""
    with open_store(url) as store:
        yield "runs", repr(store.runs(limit=None)).encode()
        yield "incidents", repr(store.incidents()).encode()
        yield "verdicts", repr(store.verdicts(limit=None)).encode()
        for run in {(run.model, run.plan) for run in store.runs(limit=None)}:
            for fragment in store.fragments(*run):
                yield f"profile of {fragment.cell}", fragment.data
            if (kept := store.pack(*run)) is not None:
                yield "pack", zlib.decompress(kept.split(b"\n", 2)[2])
        yield from ((name, text.encode()) for name, text in show_pages(store))


def show_pages(store: Store) -> Iterator[tuple[str, str]]:
    """Each page of the dashboard over a store, and the same as JSON: for each model, column and incident."""
    for view in registry.every("views").values():
        for arguments in _arguments(store, view.required):
            query = Query(store=store, arguments=arguments, now=datetime(2024, 1, 1, tzinfo=UTC))
            data = view.read(query)
            yield f"JSON {view.name} {arguments}", view.record.dump_json(data).decode()
            if view.path is not None:
                yield f"page {view.name} {arguments}", pages.render(view, data, pages.Frame())


def _arguments(store: Store, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Arguments of a view for everything in a store that it can be about."""
    if not needed:
        yield {}
    elif needed == ("id",):
        yield from ({"id": incident.id} for incident in store.incidents())
    else:
        for run in store.latest_runs():
            columns = {stored.verdict.column for stored in store.verdicts(run_id=run.run_id)} - {None}
            for column in sorted(columns) if "column" in needed else [""]:
                yield {"model": run.model, "column": column}


def answer(rows: pl.DataFrame) -> list[str]:
    """What a model answers that knows nothing."""
    return ["yes", "no"] * (len(rows) // 2) + ["yes"] * (len(rows) % 2)

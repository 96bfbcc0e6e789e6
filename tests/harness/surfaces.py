"""Everything on which a result or an incident is shown, as texts: what is registered later comes in by itself."""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout

from driftline import registry
from driftline.alerts.incidents import Incident, Notification
from driftline.server.prometheus_page import Exposition
from driftline.stores.base import open_store
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
    """Each run, verdict and profile of a store."""
    with open_store(url) as store:
        yield "runs", repr(store.runs(limit=None)).encode()
        yield "incidents", repr(store.incidents()).encode()
        yield "verdicts", repr(store.verdicts(limit=None)).encode()
        for run in {(run.model, run.plan) for run in store.runs(limit=None)}:
            for fragment in store.fragments(*run):
                yield f"profile of {fragment.cell}", fragment.data

"""Names and values of the data reach no surface as markup, links, formulas, control or bidirectional characters."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain
from rich.console import Console

from driftline import registry
from driftline.alerts.acceptance import describe_ending
from driftline.alerts.incidents import Event, Member, Notification
from driftline.alerts.sinks import webhook
from driftline.alerts.watch import Watched
from driftline.cli.commands.db import escape_formulas
from driftline.cli.commands.incidents import print_incidents
from driftline.cli.commands.watch import print_windows
from driftline.cli.incidents import print_incident, print_stored
from driftline.server.prometheus.page import Exposition
from driftline.stores.incident_life import record_action
from driftline.testing.sinks import sample_incident
from driftline.types import Action, Column, Dataset, Health, IncidentState, Kind, Level, Role, Verdict
from driftline.verdicts.result import Result

HOSTILE = (
    "<script>alert(1)</script>", "[pay](javascript:alert(1))", "@someone", "=1+1", "\x1b[31mred", "\x00\x07bell",
    "a\u202eb", "two\nlines", "| cell ` code",
)  # fmt: skip


@pytest.fixture(scope="module")
def result():
    """An alert about a column of each hostile name, with its name in the reason, too."""
    made = [
        Verdict(
            health=Health.DATA, family="drift", metric="psi", title="PSI", column=name, segment=f"{name}={name}",
            window=None, level=Level.ALERT, value=0.3, low=0.2, high=0.4, n=1000, unit="", threshold=0.2,
            reason=f"PSI 0.3; such as {name}",
        )
        for name in HOSTILE
    ]  # fmt: skip
    columns = tuple(Column(name, Kind.NUMERIC, Role.FEATURE, "Float64") for name in HOSTILE)
    side = Dataset(HOSTILE[0], 1000)
    return Result(
        model=HOSTILE[1], task=None, reference=side, current=side, columns=columns, verdicts=tuple(made), notes=HOSTILE
    )


@pytest.mark.parametrize("form", registry.names("formats"))
def test_reports(result, form):
    """Every format of the report, also one that comes later, passes hostile names on as text."""
    text = result.render(form)
    assert not re.search("[\x00-\x08\x0b-\x1f]", text)
    if form != "json":
        assert "\u202e" not in text
    if form in {"html", "junit"}:
        assert "<script>alert" not in text
    if form == "html":
        assert not re.search(r"<a [^>]*javascript:", text)
    if form == "markdown":
        plain = "".join(text.split("`")[::2])
        assert "<script" not in plain
        assert "@someone" not in plain
        assert not re.search(r"(?<!\\)\]\(javascript:", plain)


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text"])
def test_page_of_metrics(result, accept):
    """Labels of metrics hold no character that controls or turns a terminal, and the page can be read back."""
    page = Exposition()
    page.show(result)
    for name in HOSTILE:
        page.gauge("troubles_of", "A test.", lambda: 1, subject=name)
    text = page.page(accept)[0].decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    families = {family.name: family for family in (openmetrics if accept else plain)(text)}
    assert len(HOSTILE) == len({sample.labels["column"] for sample in families["driftline_psi"].samples})
    assert len(HOSTILE) == len(families["driftline_server_troubles_of"].samples)


def test_payloads_of_webhooks(monkeypatch):
    """What is posted is ASCII, comes back as it was, and its headers hold no name."""
    sent = []
    monkeypatch.setattr(webhook, "post", lambda _url, body, headers: sent.append((body, headers)))
    for name in HOSTILE:
        incident = replace(sample_incident(), column=name, segment=f"{name}={name}", headline=name, reason=name)
        webhook.Webhook("https://host/hook").send(Notification(incident=incident, headline=name))
        body, headers = sent.pop()
        assert body.isascii()
        assert not re.search(rb"[\x00-\x1f\x7f]", body)
        assert name == json.loads(body)["incident"]["column"]
        assert all(value.isascii() and value.isprintable() for value in headers.values())


def test_spreadsheets():
    """Texts that a spreadsheet would take for a formula get a quote before them; other texts and numbers stay."""
    texts = ["=1+1", "+1", "-1", "@sum", "\tx", "fine", None]
    guarded = escape_formulas(pl.DataFrame({"text": texts, "number": [-1.0] * 7}))
    assert ["'=1+1", "'+1", "'-1", "'@sum", "'\tx", "fine", None] == guarded["text"].to_list()
    assert [-1.0] * 7 == guarded["number"].to_list()


def test_lines_of_watch(result):
    """What `watch`, `incidents` and `incident` print of incidents holds no escape, control or mark of direction."""
    out = io.StringIO()
    console = Console(file=out, width=300, force_terminal=False)
    for name in HOSTILE:
        member = Member(
            subject=name,
            metric="psi",
            column=name,
            segment=name,
            change=name,
            reason=name,
            beyond=2.0,
            joined="2022-02-01T00:00:00Z",
        )
        event = Event(
            subject=name, metric="psi", change=name, reason=name, beyond=2.0, since="2022-02-01", opened="2022-02-01"
        )
        incident = replace(
            sample_incident(), id=name, model=name, headline=name, reason=name, members=(member, member),
            events=(event,), acceptance=describe_ending("accepted", name, "2022-02-01", name),
        )  # fmt: skip
        print_windows([Watched(result, (incident, replace(incident, id="b", windows=9)))], console)
        print_incident(incident, console)

        record = replace(incident.record(), closed=None, owner=name, state=IncidentState.ACKNOWLEDGED)
        print_incidents(SimpleNamespace(incidents=lambda *_, record=record, **__: [record]), console)
        done = record_action(record, Action.NOTE, name, name, now=datetime(2022, 2, 2, tzinfo=UTC))
        print_stored(done, console)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", out.getvalue())

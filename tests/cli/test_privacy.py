"""No value that few rows have, and none about a person, comes out of Driftline: secrets are planted, and looked for."""

import json
import logging
import re
import struct
import zlib
from contextlib import ExitStack, closing

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline import Monitor, registry
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.errors import DriftlineError
from driftline.server.group_commit import GroupCommit
from driftline.server.ingest import Ingest
from driftline.server.logs.base import open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.server.stream.stream import Stream
from driftline.stores import pack
from driftline.stores.base import open_store
from harness.surfaces import read_store, send_incidents, show_result

WORDS = re.compile(  # in small letters; each begins with one of few, by which the search is quick
    rb"quillfeather|de8937|555[- ]0199|featherstone|quattlebaum|zanzibar|ophelia|bashfulville"
    rb"|4(?<![\d.]4)111[ -]?1111|5(?<![\d.]5)500[ -]?0000"
    rb"|9(?<![\d.]9)87,?654(?!\d)|1(?<![\d.]1),?234,?567(?!\d)|8(?<![\d.]8),?812,?345,?671(?!\d)"
)
NUMBERS = (987_654.32, 1_234_567.89, 8_812_345_671.0)
DOUBLES = [struct.pack(order, number) for order in ("<d", ">d") for number in NUMBERS]


def rows(n, days, seed, *, salary, city, surname):
    """Rows with secrets: e-mail addresses, cards, accounts, phones, names, a single salary, rare categories."""
    random = np.random.default_rng(seed)
    salaries = random.normal(50_000, 9_000, n).round(2)
    salaries[n // 2] = salary
    customers = random.integers(1_000, 9_999, n)
    customers[n // 3] = 8_812_345_671
    cities = random.choice(["Berlin", "Paris", "Rome"], n).astype(object)
    cities[n // 2 : n // 2 + 4] = city
    target = random.choice(["no", "yes"], n).astype(object)
    target[-3:] = "zanzibar"
    names = random.choice(["Smith", "Jones", "Featherstone-Hall", surname], n)
    step = days * 86_400_000_000 // n
    return pl.DataFrame(
        {
            "at": pl.Series(np.arange(n) * step + seed * 10**13 + 17 * 10**14).cast(pl.Datetime("us")),
            "mail": [f"anna{i % 90}.quillfeather@mail.example" for i in range(n)],
            "contact": [f"+1 555 0199 {i % 70:03}" for i in range(n)],
            "card": [["4111 1111 1111 1111", "5500 0000 0000 0004"][i % 2] for i in range(n)],
            "account": ["DE89370400440532013000"] * n,
            "last_name": names,
            "note": [f"note {i} of ophelia zanzibar" for i in range(n)],
            "customer": customers,
            "salary": salaries,
            "city": pl.Series(cities.tolist(), dtype=pl.String),
            "paid": pl.Series(target.tolist(), dtype=pl.String),
            "prediction": pl.Series(target[::-1].tolist(), dtype=pl.String),
        }
    )


SETTINGS = {"target": "paid", "prediction": "prediction", "segments": ("city",), "checks": (
    "values(city) in {Berlin, Paris, Rome}", "values(salary) in [0, 900000]", "maximum(salary) <= 900000",
)}  # fmt: skip


@pytest.fixture(scope="module", params=[3000, 300], ids=["many rows", "few rows"])
def sides(request):
    """Reference and current rows."""
    return make_sides(request.param)


@pytest.fixture(scope="module")
def few():
    """Reference and current rows, few of them."""
    return make_sides(300)


def make_sides(n):
    """Rows with secrets, and others of another time that are dearer."""
    was = {"salary": 987_654.32, "city": "Bashfulville", "surname": "Ophelia"}
    now = {"salary": 1_234_567.89, "city": "Quattlebaum", "surname": "Zanzibar"}
    reference = rows(n, 20, 0, **was)
    moved = rows(n, 3, 1, **now).with_columns(pl.col("salary") * pl.when(pl.col("salary") < 9e5).then(1.5).otherwise(1))
    return reference, moved


def look(what, content):
    """Fail where a secret is in what is shown or kept."""
    content = content.encode() if isinstance(content, str) else content
    found = WORDS.search(content.lower())
    assert found is None, f"{what} holds {content[max(found.start() - 60, 0) : found.end() + 60]!r}"
    assert [] == [number for number, double in zip(NUMBERS * 2, DOUBLES, strict=True) if double in content], what


def test_secrets_are_found():
    """The search itself finds a secret as text and as a number of a profile."""
    for content in ("x quillfeather", "a 5500 0000", b"a" + DOUBLES[0], "1,234,567.89"):
        with pytest.raises(AssertionError):
            look("a test", content)
    look("seconds of the processor, of which the digits are a card's", "40.550000000000004")


@pytest.fixture(scope="module")
def monitor(sides):
    """A monitor of the reference."""
    return Monitor.fit(sides[0], **SETTINGS)


def test_packs(monitor, tmp_path):
    """A pack holds none, and names the columns that it keeps hashes of."""
    data = monitor.save(tmp_path / "x.pack").read_bytes()
    look("pack", zlib.decompress(data[len(pack.MAGIC) :].partition(b"\n")[2]))
    assert {"mail", "contact", "card", "account", "last_name"} == {c.name for c in monitor.plan.columns if c.redacted}
    assert "mail (e-mail addresses)" in monitor.plan.redactions


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of modules of Apprise
def test_reports_and_notices(monitor, sides, tmp_path, monkeypatch):
    """No format of the report, table, page of metrics, sink or store shows one, and common values are shown."""
    url = f"sqlite:///{tmp_path}/store.db"
    with open_store(url) as store:
        watched = Watch(monitor).over(sides[1], every="1d", store=store)
        result = monitor.check(sides[1], store=store)
    incidents = [incident for window in watched for incident in window.incidents]
    surfaces = [*show_result(result, incidents), *send_incidents(monkeypatch, incidents, result.headline)]
    for window in watched[-1:]:
        surfaces += show_result(window.result)
    for what, content in (*surfaces, *read_store(url)):
        look(what, content)
    look("store", (tmp_path / "store.db").read_bytes())
    assert incidents
    assert "Berlin" in dict(surfaces)["report json"]


COMMANDS = {
    "fit": ["fit", "REF", "-o", "PACK"], "init": ["init", "REF", "-o", "CONFIG"], "explain": ["explain", "REF"],
    "check": ["check", "REF", "CUR", "--details", "--html", "OUT.html", "--json", "OUT.json", "--store", "STORE"],
    "watch": ["watch", "REF", "CUR", "--every", "1d", "--store", "STORE", "-o", "WATCH.html"],
    "incidents": ["incidents", "--store", "STORE", "--all"],
    "report": ["report", "--store", "STORE", "-o", "STORED.html", "--json", "STORED.json"],
    "references": ["references", "--store", "STORE"],
    "history": ["history", "--store", "STORE"], "rehearse": ["rehearse", "REF", "CUR", "--shuffles", "1"],
    "db": ["db", "export", "--store", "STORE", "-o", "TABLES", "--form", "csv"],
    "compare": ["compare", "CUR.parquet", "--target", "paid", "--champion", "prediction", "--reference", "REF.parquet",
                "--by", "city"],
    "withdraw": ["withdraw", "harness.surfaces:answer", "CUR.parquet", "--target", "paid", "--feature", "salary",
                 "--protected", "city", "--protected", "last_name", "--positive", "yes"],
}  # fmt: skip
NO_ROWS = {
    "schema",
    "metrics",
    "export",
    "token",
    "demo",
    "serve",
    "doctor",
    "incident",
    "annotate",
    "migrate",
    "dashboard",
    "mcp",
    "completion",
    "versions",
}  # fmt: skip - they see none, or make their own; serve is below


def test_commands(few, tmp_path, monkeypatch):
    """No command prints one, or writes one to a file; every command that there is was thought of."""
    assert set(registry.names("commands")) == COMMANDS.keys() | NO_ROWS
    monkeypatch.chdir(tmp_path)
    for name, frame in zip(("REF", "CUR"), few, strict=True):
        frame.write_parquet(f"{name}.parquet")
    places = {"REF": "REF.parquet", "CUR": "CUR.parquet", "STORE": "sqlite:///store.db"}
    roles = ["--target", "paid", "--prediction", "prediction"]
    for name, arguments in COMMANDS.items():
        said = [places.get(argument, argument) for argument in arguments] + (roles if "REF" in arguments else [])
        done = CliRunner().invoke(main, said)
        assert done.exit_code in {0, 1}, f"{said}: {done.output}"
        look(name, done.output)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix not in {".parquet", ""}:
            look(path.name, path.read_bytes())
    assert "(e-mail addresses)" in (tmp_path / "CONFIG").read_text()
    look("init", (tmp_path / "CONFIG").read_bytes())


def test_server(few, tmp_path, caplog):
    """Not what the server answers, logs, counts or keeps but for the log of rows, also of what it cannot read."""
    caplog.set_level(logging.DEBUG)
    monitor = Monitor.fit(few[0], **SETTINGS, stream={"every": "12h"})
    with ExitStack() as stack:
        log = stack.enter_context(open_log(f"sqlite:///{tmp_path}/log.db"))
        store = stack.enter_context(open_store(f"sqlite:///{tmp_path}/store.db"))
        ingest = Ingest({"model": monitor.plan}, stack.enter_context(GroupCommit(log)))
        page = Exposition()
        worker = ModelWorker(monitor, log, store, tmp_path, page, None)
        stream = stack.enter_context(
            closing(Stream(monitor.plan, log, store, tmp_path / "state.db", "model", worker._judge))
        )
        now = few[1]["at"].max().timestamp() * 1e6
        for number, body in enumerate(_bodies(few[1])):
            with ingest.memory.reserve() as held:
                try:
                    valid = ingest.validate(
                        "model", "predictions", str(number), body, "application/json", "", held=held
                    )
                except DriftlineError as error:
                    look("answer", str(error))
                    continue
            log.append([valid.entry])
        while stream.step(now) + stream.tick(now, settle=True):
            pass
        look("dead letters", repr(log.dead_letters()))
        look("page of metrics", page.page("")[0])
    assert not worker.unjudged_reason
    for what, content in read_store(f"sqlite:///{tmp_path}/store.db"):
        look(what, content)
    for path in (tmp_path / "store.db", tmp_path / "state.db"):
        look(path.name, path.read_bytes())
    for record in caplog.records:
        look("log", f"{record.getMessage()} {record.exc_text} {getattr(record, 'facts', '')}")


def _bodies(frame):
    """All rows, and some that are wrong."""
    text = frame.drop("paid").with_columns(pl.col("at").dt.to_string("iso")).to_dicts()
    yield json.dumps(text).encode()
    yield json.dumps([text[0] | {"salary": "anna1.quillfeather@mail.example"}]).encode()
    yield json.dumps([text[0] | {"at": "4111 1111 1111 1111"}]).encode()
    yield b'[{"mail": "anna1.quillfeather@mail.example"'


def test_settings(few):
    """A column is redacted on request, shown on request, or all are, or none."""
    frame = few[0].select("mail", "city", "salary", "customer")
    plan = Monitor.fit(frame, privacy={"redact": ["salary"], "show": ["mail"]}).plan
    assert {"salary": "as set (privacy.redact)"} == {c.name: c.redacted for c in plan.columns if c.redacted}
    assert "text" == plan.by_name["salary"].kind.value
    everything = Monitor.fit(frame, privacy={"show_values": "all"}).plan
    assert {"Bashfulville", "Berlin"} <= set(everything.by_name["city"].categories)
    assert 987_654.32 in everything.by_name["salary"].edges
    nothing = Monitor.fit(frame, privacy={"show_values": "none"}).plan
    assert not nothing.by_name["city"].common
    with pytest.raises(DriftlineError, match=r"privacy: the reference has no column 'sallary'"):
        Monitor.fit(frame, privacy={"redact": ["sallary"]})
    with pytest.raises(DriftlineError, match="is the target, whose values are needed"):
        Monitor.fit(frame, target="salary", privacy={"redact": ["salary"]})


def test_what_is_hidden_still_counts():
    """A category of few rows is known again by its hash; with enough rows a new one is named."""
    was = pl.DataFrame({"c": ["a"] * 500 + ["rare"] * 3})
    now = pl.DataFrame({"c": ["a"] * 490 + ["rare"] * 3 + ["new"] * 12 + ["other"] * 4})
    result = Monitor.fit(was).check(now)
    (found,) = (verdict for verdict in result if verdict.metric == "new_categories")
    assert 16 / 509 == pytest.approx(found.value)
    assert {"new": 12} == found.detail["names"]

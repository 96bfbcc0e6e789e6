"""Delivery: nothing is lost, doubled or held up; tested against real receivers on loopback."""

import dataclasses
import json
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from driftline.alerts.delivery import Delivery
from driftline.alerts.http import post
from driftline.alerts.incidents import Incident, Member, Notification
from driftline.alerts.outbox import Outbox
from driftline.alerts.quiet_hours import QuietHours
from driftline.alerts.sinks.webhook import SECRET, signature
from driftline.errors import ConfigError, SinkError
from driftline.stores.base import open_store
from driftline.types import Action, Health, Level
from harness.patience import until
from harness.programs import program


def incident(name="1", level=Level.ALERT, closed=None):
    """An incident of the model taxi."""
    return Incident(
        id=name, model="taxi", health=Health.DATA, level=level, metric="missing", column="fare", segment=None,
        headline="fare is missing", reason="Because.", since=None, earliest=None, latest=None,
        opened="2022-02-01T00:00:00Z", updated="2022-02-01T00:00:00Z", closed=closed,
    )  # fmt: skip


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent; answers with the statuses given, then 200."""

    daemon_threads = True

    def __init__(self, *statuses):
        """Listen on a free port."""
        self.statuses, self.got = list(statuses), []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = self.server.statuses.pop(0) if self.server.statuses else 200
                self.server.got.append((status, dict(self.headers), body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def keys(self):
        """The keys that it took."""
        return [json.loads(body)["key"] for status, _, body in self.got if status == 200]


@pytest.fixture
def receiver():
    """Starts receivers, and stops them."""
    started = []

    def start(*statuses):
        started.append(Receiver(*statuses))
        return started[-1]

    yield start
    for one in started:
        one.shutdown()
        one.server_close()


def test_sent_once_in_order_and_signed(receiver, tmp_path, monkeypatch) -> None:
    """Each state is sent once, open before closed; the signature covers timestamp, method, path and body."""
    monkeypatch.setenv(SECRET, "word")
    hook = receiver()
    with Delivery([f"webhook+{hook.url}/x"], tmp_path / "outbox.db") as delivery:
        assert [1, 0] == [delivery.notify([incident()]), delivery.notify([incident()])]
        delivery.notify([incident(closed="2022-02-02T00:00:00Z")])
        until(lambda: delivery.outbox.counts() == {"sent": 2})
    assert ["1/open/alert", "1/closed/alert"] == hook.keys()
    _, headers, body = hook.got[0]
    seconds, _, sent = headers["Driftline-Signature"].removeprefix("t=").partition(",v2=")
    assert signature("word", int(seconds), "POST", "/x", body) == sent
    assert signature("word", int(seconds), "POST", "/y", body) != sent


def test_muted_and_false_alarms(receiver, tmp_path) -> None:
    """What a person muted, or called a false alarm, is not told, nor repeated; other incidents are."""
    hook = receiver()
    with open_store(f"{tmp_path}/store.db") as store:
        store.save_incidents([incident(name).record() for name in ("muted", "false", "told")])
        store.act_on_incident("muted", Action.MUTE, "Ann", until=datetime.now(UTC) + timedelta(hours=1))
        store.act_on_incident("false", Action.FALSE_ALARM, "Ann")
        with Delivery([f"webhook+{hook.url}/x"], tmp_path / "outbox.db", store=store) as delivery:
            delivery.notify([incident(name) for name in ("muted", "false", "told", "of no store")])
            until(lambda: delivery.outbox.counts() == {"sent": 2, "muted": 2})
            store.save_incidents([incident("muted", closed="2022-02-02T00:00:00Z").record()])
            delivery.notify([incident("muted", closed="2022-02-02T00:00:00Z")])
            until(lambda: delivery.outbox.counts() == {"sent": 3, "muted": 2})
    assert ["told/open/alert", "of no store/open/alert", "muted/closed/alert"] == hook.keys()


def test_link_to_the_page(receiver, tmp_path) -> None:
    """A notification links to its incident's page; one of an incident that is in no store, to the first page."""
    hook = receiver()
    url = "https://drift.example.org:8443/"
    with open_store(f"{tmp_path}/store.db") as store:
        store.save_incidents([incident("a b").record()])
        settings = {"store": store, "public_url": url}
        with Delivery([f"webhook+{hook.url}/x"], tmp_path / "outbox.db", **settings) as delivery:
            delivery.notify([incident("a b"), incident("the server's own")])
            until(lambda: delivery.outbox.counts() == {"sent": 2})
    assert [f"{url}incident?id=a+b", url] == [json.loads(body)["link"] for _, _, body in hook.got]


def test_link_is_of_today(receiver, tmp_path) -> None:
    """What waited is sent with the address that the server has now; without one there is no link."""
    hook = receiver(503, 503)
    urls = [f"webhook+{hook.url}/"]
    with Delivery(urls, tmp_path / "outbox.db", public_url="http://old", pause=60) as delivery:
        delivery.notify([incident()])
        until(lambda: len(hook.got) == 1)
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as db, db:
        db.execute("UPDATE queue SET due = 0")
    with Delivery(urls, tmp_path / "outbox.db", public_url="http://new", pause=0.01) as delivery:
        until(lambda: delivery.outbox.counts() == {"sent": 1})
    with Delivery(urls, tmp_path / "outbox.db") as delivery:
        delivery.notify([incident("2")])
        until(lambda: delivery.outbox.counts() == {"sent": 2})
    links = ["http://old/incident?id=1", *["http://new/incident?id=1"] * 2, ""]
    assert links == [json.loads(body)["link"] for _, _, body in hook.got]
    assert Notification(incident=incident(), link=links[1]).body.endswith("\nhttp://new/incident?id=1")


@pytest.mark.parametrize(
    "url", ["drift.example.org", "ftp://host", "https://me:s3cret@host", "https://host/path", "https://host?a=b"]
)
def test_addresses_that_are_none(tmp_path, url) -> None:
    """An address by which nobody reaches the pages is refused before anything is sent, without its password."""
    with pytest.raises(ConfigError, match=r"public address.* expected http") as raised:
        Delivery(["stdout:"], tmp_path / "outbox.db", public_url=url)
    assert "s3cret" not in str(raised.value)


def test_muted_is_not_repeated(tmp_path, monkeypatch) -> None:
    """An incident that is muted after it was told is no longer repeated for sinks that forget."""
    monkeypatch.setattr("driftline.alerts.delivery.open_sink", lambda _: sink)
    sink = Repeating()
    with (
        open_store(f"{tmp_path}/store.db") as store,
        Delivery(["x"], tmp_path / "outbox.db", store=store) as delivery,
    ):
        store.save_incidents([incident("a").record(), incident("b").record()])
        delivery.notify([incident("a"), incident("b")])
        until(lambda: sink.sent.count("a") > 2 and sink.sent.count("b") > 2)
        store.act_on_incident("a", Action.FALSE_ALARM, "Ann")
        until(lambda: sink.sent[-3:] == ["b", "b", "b"])


class Repeating:
    """A sink that wants to be told again at once."""

    label, repeat = "repeating", 0.01

    def __init__(self):
        """Nothing was sent."""
        self.sent = []

    def send(self, notification):
        """Keep the incident's id."""
        self.sent.append(notification.incident.id)


def test_dead_sink_holds_up_no_other(receiver, tmp_path) -> None:
    """A receiver that is away, redirects or refuses is tried again; the others are sent to meanwhile."""
    shaky, moved, fine = receiver(503, 429), receiver(404, 410, 302, 400), receiver()
    urls = ["webhook+http://127.0.0.1:9/", *(f"webhook+{one.url}/" for one in (shaky, moved, fine))]
    with Delivery(urls, tmp_path / "outbox.db", pause=0.01) as delivery:
        delivery.notify([incident()])
        until(lambda: delivery.outbox.counts() == {"waiting": 1, "sent": 3})
        dead, *others = delivery.statuses()
        until(lambda: dead.in_a_row >= 3)
        assert [(1, 2, 0), (1, 4, 0), (1, 0, 0)] == [(one.sent, one.failed, one.in_a_row) for one in others]
        (trouble,) = delivery.troubles()
        assert "sink webhook http://127.0.0.1:9/…: " in trouble
        assert "ConnectionRefusedError: not delivered; is it running?" in trouble
        assert [1, 0] == [delivery.waiting(one.label) for one in (dead, others[0])]
    assert [[503, 429, 200], [404, 410, 302, 400, 200]] == [
        [status for status, *_ in one.got] for one in (shaky, moved)
    ]


def test_killed_process_loses_nothing(receiver, tmp_path) -> None:
    """What was kept is sent after the process is killed, and what was sent is not sent again."""
    hook = receiver(*[503] * 5)
    code = f"""
import sys; sys.path[:0] = {[str(folder) for folder in Path(__file__).parents[:2]]}
import time
from test_delivery import incident
from driftline.alerts.delivery import Delivery
delivery = Delivery(["webhook+{hook.url}/"], {str(tmp_path / "outbox.db")!r}, pause=0.01)
delivery.notify([incident(str(at)) for at in range(20)])
print("kept", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert "kept\n" == process.stdout.readline()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with Delivery([f"webhook+{hook.url}/"], tmp_path / "outbox.db", pause=0.01) as delivery:
        until(lambda: delivery.outbox.counts() == {"sent": 20})
    keys = hook.keys()
    assert {f"{at}/open/alert" for at in range(20)} == set(keys)
    assert len(keys) <= 21  # the one that was under way when the process died may come twice


def test_quiet_hours_hold_back_but_wake(receiver, tmp_path) -> None:
    """In quiet hours a warning waits, an alert of another incident passes it."""
    now = datetime.now(UTC)
    hook = receiver()
    quiet = f"{(now.hour - 1) % 24:02}:00-{(now.hour + 2) % 24:02}:00"
    with Delivery([f"webhook+{hook.url}/"], tmp_path / "outbox.db", quiet=quiet) as delivery:
        delivery.notify([incident("w", Level.WARNING), incident("a")])
        until(lambda: delivery.outbox.counts() == {"sent": 1, "waiting": 1})
    assert ["a/open/alert"] == hook.keys()
    outbox = Outbox(tmp_path / "outbox.db")
    assert "w/open/warning" == outbox.next(delivery_name(outbox)).notification.key
    outbox.close()


def delivery_name(outbox):
    """The only sink of an outbox."""
    return outbox._db.execute("SELECT label FROM sinks").fetchone()[0]


@pytest.mark.parametrize(
    ("said", "now", "until"),
    [
        ("22:00-07:00 Europe/Berlin", "2022-03-26T22:00+00:00", "2022-03-27T05:00+00:00"),  # clocks go forward
        ("22:00-07:00 Europe/Berlin", "2022-01-01T06:00+00:00", "2022-01-01T06:00+00:00"),
        ("12:00-13:00", "2022-01-01T12:30+00:00", "2022-01-01T13:00+00:00"),
    ],
)
def test_quiet_hours_are_of_a_place(said, now, until) -> None:
    """They span midnight and changes of the clock; outside of them nothing waits."""
    assert datetime.fromisoformat(until) == QuietHours.parse(said).until(datetime.fromisoformat(now))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of modules that Apprise imports
@pytest.mark.parametrize(
    "url",
    [
        "",
        "slack://secret",
        "webhook+ftp://me:secret@host/",
        "apprise:nothing://secret",
        "webhook+http://host:99999/secret",
        "webhook+http://host:word/secret",
        "webhook+http://h/secret thing",
    ],
)
def test_bad_urls_are_named_without_their_secrets(url, tmp_path) -> None:
    """What cannot be used is refused at once, and the message does not hold the secret."""
    with pytest.raises(ConfigError) as error:
        Delivery([url], tmp_path / "outbox.db").close()
    assert "secret" not in str(error.value)


class _Fake:
    """A sink of which the test says what it raises, attempt by attempt."""

    repeat = None

    def __init__(self, label, *errors):
        """Raise these, then take everything."""
        self.label, self.errors, self.times = label, list(errors), []

    def send(self, _):
        """Note when it was called."""
        self.times.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def deliver(tmp_path, monkeypatch):
    """Makes a delivery to sinks of one's own."""
    made = []

    def make(*sinks, **options):
        by_name = {sink.label: sink for sink in sinks}
        monkeypatch.setattr("driftline.alerts.delivery.open_sink", by_name.__getitem__)
        made.append(Delivery(list(by_name), tmp_path / "outbox.db", **{"pause": 0.01} | options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_defect_of_a_sink_ends_nothing(deliver):
    """A sink that raises whatever it likes is counted and tried again; its thread lives on, and so do the others."""
    broken, fine = _Fake("broken", ValueError("x"), ZeroDivisionError()), _Fake("fine")
    delivery = deliver(broken, fine)
    delivery.notify([incident()])
    until(lambda: delivery.outbox.counts() == {"sent": 2})
    assert [2, 0] == [status.failed for status in delivery.statuses()]


def test_retry_after_is_honoured(deliver):
    """A receiver that asks for a pause gets it, for all that waits for it."""
    sink = _Fake("s", SinkError("later", 0.5))
    delivery = deliver(sink)
    delivery.notify([incident(), incident("2")])
    until(lambda: delivery.outbox.counts() == {"sent": 2})
    assert 3 == len(sink.times)
    assert sink.times[1] - sink.times[0] >= 0.5


@pytest.mark.parametrize("value", ["1", "Fri, 31 Dec 2999 23:59:59 GMT", "soon"])
def test_retry_after_of_an_answer(value):
    """The header holds seconds or a date; anything else is left out."""
    with http_server(503, {"Retry-After": value}) as url, pytest.raises(SinkError) as error:
        post(url, b"{}")
    assert {"1": [True, 1.0], "soon": [False, None]}.get(value, [True, error.value.retry_after]) == [
        bool(error.value.retry_after), error.value.retry_after,
    ]  # fmt: skip


@contextmanager
def http_server(status, headers):
    """A server with one answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_given_up_by_age(deliver):
    """A notification that could not be sent for so long is given up, counted and not sent again."""
    sink = _Fake("s", *[SinkError("no")] * 100)
    delivery = deliver(sink, keep_trying=0.3)
    delivery.notify([incident()])
    until(lambda: delivery.outbox.counts() == {"given up": 1})
    assert 1 == delivery.statuses()[0].given_up
    assert 0 == delivery.notify([incident()])


def test_outbox_is_small(tmp_path):
    """Notifications that were sent take less than 600 bytes each, and their keys go after 90 days."""
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    facts = {
        "change": "missing",
        "reason": "Because.",
        "metric": "missing",
        "segment": None,
        "beyond": 2.0,
        "joined": "t",
    }
    members = tuple(Member(subject=f"c{at}", column=f"c{at}", **facts) for at in range(5))
    for at in range(300):
        one = dataclasses.replace(incident(f"{at:016x}", closed="t" if at % 2 else None), members=members)
        outbox.put("sink", Notification(incident=one), 0.0)
        outbox.finish(outbox.next("sink").number)
    outbox.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 300 * 600
    outbox = Outbox(path)
    assert 150 == len(outbox.open_incidents("sink"))
    assert 0 == outbox.forget()
    assert 450 == outbox.forget(time.time() + 91 * 86_400)
    assert {} == outbox.counts()
    outbox.close()


def test_certificate_of_nobody_known(tmp_path, monkeypatch):
    """A receiver is trusted by its certificate alone: an unknown one is a SinkError, a known one is delivered to."""
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]  # fmt: skip
    subprocess.run([program("openssl"), *made], cwd=tmp_path, check=True, capture_output=True)
    with Receiver() as hook:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        hook.socket = context.wrap_socket(hook.socket, server_side=True)
        url = f"https://localhost:{hook.server_port}/"
        with pytest.raises(SinkError, match="self-signed certificate: not delivered; check its certificate"):
            post(url, b"{}")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        post(url, b"{}")
        hook.shutdown()
    assert [b"{}"] == [body for *_, body in hook.got]

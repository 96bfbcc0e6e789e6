"""Delivery: nothing is lost, doubled or held up; tested against real receivers on loopback."""

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from driftline.alerts.delivery import Delivery
from driftline.alerts.incidents import Incident
from driftline.alerts.outbox import Outbox
from driftline.alerts.quiet_hours import QuietHours
from driftline.alerts.sinks.webhook import SECRET, signature
from driftline.errors import ConfigError
from driftline.types import Health, Level


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


def until(true, seconds=20):
    """Poll with a deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_tells_once_in_order_and_signed(receiver, tmp_path, monkeypatch) -> None:
    """Each state is told once, open before closed, and the signature is that of timestamp and body."""
    monkeypatch.setenv(SECRET, "word")
    hook = receiver()
    with Delivery([f"webhook+{hook.url}/x"], tmp_path / "outbox.db") as delivery:
        assert [1, 0] == [delivery.tell([incident()]), delivery.tell([incident()])]
        delivery.tell([incident(closed="2022-02-02T00:00:00Z")])
        until(lambda: delivery.outbox.counts() == {"told": 2})
    assert ["1/open/alert", "1/closed/alert"] == hook.keys()
    _, headers, body = hook.got[0]
    seconds, _, found = headers["Driftline-Signature"].removeprefix("t=").partition(",v1=")
    assert signature("word", int(seconds), body) == found


def test_dead_sink_holds_up_no_other(receiver, tmp_path) -> None:
    """A receiver that is away or fails is tried again; one that refuses is not; the others are told meanwhile."""
    shaky, refusing, fine = receiver(503, 429), receiver(404), receiver()
    urls = ["webhook+http://127.0.0.1:9/", *(f"webhook+{one.url}/" for one in (shaky, refusing, fine))]
    with Delivery(urls, tmp_path / "outbox.db", pause=0.01) as delivery:
        delivery.tell([incident()])
        until(lambda: fine.keys() and shaky.keys() and delivery.outbox.counts().get("given up"))
        until(lambda: delivery.outbox.counts() == {"waiting": 1, "told": 2, "given up": 1})
    assert [[503, 429, 200], [404]] == [[status for status, *_ in one.got] for one in (shaky, refusing)]


def test_killed_process_loses_nothing(receiver, tmp_path) -> None:
    """What was kept is told after the process is killed, and nothing that was told is told again."""
    hook = receiver(*[503] * 5)
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
import time
from test_delivery import incident
from driftline.alerts.delivery import Delivery
delivery = Delivery(["webhook+{hook.url}/"], {str(tmp_path / "outbox.db")!r}, pause=0.01)
delivery.tell([incident(str(at)) for at in range(20)])
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
        until(lambda: delivery.outbox.counts() == {"told": 20})
    keys = hook.keys()
    assert {f"{at}/open/alert" for at in range(20)} == set(keys)
    assert len(keys) <= 21  # the one that was under way when the process died may come twice


def test_quiet_hours_hold_back_but_wake(receiver, tmp_path) -> None:
    """In quiet hours a warning waits, an alert of another incident passes it."""
    now = datetime.now(UTC)
    hook = receiver()
    quiet = f"{(now.hour - 1) % 24:02}:00-{(now.hour + 2) % 24:02}:00"
    with Delivery([f"webhook+{hook.url}/"], tmp_path / "outbox.db", quiet=quiet) as delivery:
        delivery.tell([incident("w", Level.WARNING), incident("a")])
        until(lambda: delivery.outbox.counts() == {"told": 1, "waiting": 1})
    assert ["a/open/alert"] == hook.keys()
    outbox = Outbox(tmp_path / "outbox.db")
    assert "w/open/warning" == outbox.next(delivery_name(outbox)).notice.key
    outbox.close()


def delivery_name(outbox):
    """The only sink of an outbox."""
    return outbox._db.execute("SELECT DISTINCT sink FROM notices").fetchone()[0]


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
@pytest.mark.parametrize("url", ["", "slack://secret", "webhook+ftp://me:secret@host/", "apprise:nothing://secret"])
def test_bad_urls_are_told_without_their_secrets(url, tmp_path) -> None:
    """What cannot be used is refused at once, and the message does not hold the secret."""
    with pytest.raises(ConfigError) as error:
        Delivery([url], tmp_path / "outbox.db").close()
    assert "secret" not in str(error.value)

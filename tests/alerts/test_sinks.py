"""The five sinks pass the suite of all sinks, on receivers of our own."""

import io
import sys

import pytest

from harness.receivers import Receiver

pytest.register_assert_rewrite("driftline.testing.sinks")

from driftline.testing.sinks import SinkSuite  # noqa: E402 - after the line above

WORD = "s3cretword"


@pytest.fixture
def receiver():
    """A receiver that listens."""
    with Receiver() as server:
        yield server
        server.shutdown()


class HttpSuite(SinkSuite):
    """What all sinks that post have in common."""

    secret = WORD
    form = ""

    @pytest.fixture
    def url(self, receiver):
        """The receiver's URL, with a secret in it."""
        return self.form.format(host=f"127.0.0.1:{receiver.server_port}", secret=WORD)

    @pytest.fixture
    def received(self, receiver):
        """The bodies as text."""
        return lambda: [self.decode(body) for body in receiver.bodies]

    @pytest.fixture
    def break_down(self, receiver):
        """From now on it answers 500."""
        return lambda: setattr(receiver, "status", 500)

    def decode(self, body):
        """The text of a body."""
        return body.decode()


class TestWebhook(HttpSuite):
    """JSON posted to a URL."""

    form = "webhook+http://{host}/{secret}?token={secret}"


class TestAlertmanager(HttpSuite):
    """Alerts of Alertmanager."""

    form = "alertmanager+http://{host}/{secret}"


class TestPrometheus(HttpSuite):
    """Samples of remote write."""

    form = "prometheus+http://{host}/{secret}"
    shows = False

    def decode(self, body):
        """Unpacked by Snappy; the labels are text in it."""
        cramjam = pytest.importorskip("cramjam")
        return bytes(cramjam.snappy.decompress_raw(body)).decode("utf-8", "replace")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of modules of Apprise
class TestApprise(HttpSuite):
    """A service of Apprise: JSON to a URL."""

    form = "apprise:json://me:{secret}@{host}/"


class TestStdout(SinkSuite):
    """Lines on standard output."""

    @pytest.fixture
    def url(self):
        """There is one alone."""
        return "stdout:"

    @pytest.fixture
    def received(self, capsys):
        """The lines."""

        def lines():
            return capsys.readouterr().out.splitlines()

        return lines

    @pytest.fixture
    def break_down(self, monkeypatch):
        """Standard output is closed."""

        def close():
            closed = io.StringIO()
            closed.close()
            monkeypatch.setattr(sys, "stdout", closed)

        return close

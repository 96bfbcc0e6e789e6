"""Encrypted feeds and sinks: the right authority is trusted, another one or another host name is refused in words."""

import re
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing

import pytest

from driftline import registry
from driftline.alerts.incidents import Notification
from driftline.alerts.sinks.base import open_sink
from driftline.config.url import Url
from driftline.errors import FeedError, SinkError
from driftline.server.feeds.base import Feed
from driftline.testing.sinks import sample_incident
from harness.patience import PATIENCE
from harness.programs import program

INFO = b'INFO {"server_id":"a","version":"2.9","proto":1,"tls_required":true,"max_payload":1048576,"headers":true}\r\n'
FEEDS = {
    "nats": "nats+tls://localhost:{port}/EVENTS?ca={ca}",
    "redis": "redis+tls://localhost:{port}/0/driftline.taxi.predictions?ca={ca}",
    "rabbitmq": "rabbitmq+tls://localhost:{port}/driftline?ca={ca}",
    "mqtt": "mqtt+tls://localhost:{port}?ca={ca}",
    "kafka": "kafka+tls://localhost:{port}/taxi.predictions?ssl.ca.location={ca}",
    "postgresql": "postgresql://me:word@localhost:{port}/db?table=t&key=id&sslmode=verify-full&sslrootcert={ca}"
    "&state={folder}/state.db",
}
SINKS = {
    "webhook": "webhook+https://localhost:{port}/hook",
    "alertmanager": "alertmanager+https://localhost:{port}",
    "e-mail": "apprise:mailtos://me:word@localhost:{port}?smtp=localhost&mode=ssl&from=a@b.example&to=c@d.example",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two authorities, and certificates of the first one for localhost and for another host."""
    folder = tmp_path_factory.mktemp("tls")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def openssl(*arguments):
        subprocess.run([program("openssl"), *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("right", "wrong"):
        usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        openssl("req", "-x509", *key, *usage, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    for name, host in (("here", "localhost"), ("elsewhere", "elsewhere.example")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\n")
        signed = ["-CA", "right.pem", "-CAkey", "right.key", "-CAcreateserial", "-extfile", f"{name}.ext"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", "-days", "2")
    return folder


class Receiver:
    """Greets as the protocol does, and shakes hands with a certificate; then it says goodbye."""

    def __init__(self, folder, certificate, kind):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
        self._kind, self.shaken = kind, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            line.settimeout(5)
            with line:
                try:
                    if self._kind == "nats":
                        line.sendall(INFO)
                    if self._kind == "postgresql":
                        line.recv(8)
                        line.sendall(b"S")
                    with self._context.wrap_socket(line, server_side=True):
                        self.shaken.set()  # a client ends its side of the handshake only once it trusts the server
                except OSError:
                    continue

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread: else it could take a line of the next receiver,
        self._thread.join(PATIENCE)  # whose socket may have the same number
        self._socket.close()


def outcome(receiver, attempt):
    """What an attempt says; it fails in any case, for the receiver hangs up."""
    with closing(receiver):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                attempt()
            except (FeedError, SinkError) as error:
                return str(error), receiver.shaken.wait(0.5)
            if receiver.shaken.is_set():
                return "", True
    pytest.fail(f"nothing was said in {PATIENCE:g} seconds")


@pytest.mark.parametrize(("authority", "certificate", "trusted"), [
    ("right", "here", True), ("wrong", "here", False), ("right", "elsewhere", False),
])  # fmt: skip
@pytest.mark.parametrize("kind", FEEDS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets that paho-mqtt leaves open
def test_feeds(folder, tmp_path, kind, authority, certificate, trusted):
    """A broker is trusted by its authority and its host name."""
    receiver = Receiver(folder, certificate, kind)
    feed = Feed(FEEDS[kind].format(port=receiver.port, ca=folder / f"{authority}.pem", folder=tmp_path))
    consumers = []

    def attempt():
        if not consumers:
            consumers.append(registry.find("feeds", feed.address.scheme)(feed.address, feed.settings))
        consumers[0].receive(0.2)

    try:
        text, shaken = outcome(receiver, attempt)
    finally:
        for consumer in consumers:
            consumer.close()
    is_told = bool(re.search(r"certificate|host ?name", text, re.IGNORECASE))
    assert (trusted, not trusted) == (shaken and not is_told, is_told), text  # libpq looks at the host name after it
    assert "word" not in text


@pytest.mark.parametrize(("authority", "certificate", "trusted"), [
    ("right", "here", True), ("wrong", "here", False), ("right", "elsewhere", False),
])  # fmt: skip
@pytest.mark.parametrize("kind", SINKS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of modules of Apprise
def test_sinks(folder, monkeypatch, kind, authority, certificate, trusted):
    """A receiver is trusted by its authority, which the environment names, and its host name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / f"{authority}.pem"))
    receiver = Receiver(folder, certificate, kind)
    sink = open_sink(SINKS[kind].format(port=receiver.port))
    text, shaken = outcome(receiver, lambda: sink.send(Notification(incident=sample_incident())))
    assert trusted is shaken, text
    if kind != "e-mail":  # Apprise says only that it was not delivered
        assert trusted or "certificate" in text, text


def test_url_of_tls():
    """The address of an encrypted broker says so."""
    assert Url.parse("mqtt+tls://broker").tls

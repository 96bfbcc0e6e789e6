"""Real Prometheus and Alertmanager: an alert fires, arrives at a webhook, and resolves."""

import json
import os
import shutil
import socket
import subprocess
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from driftline.alerts.incidents import Incident, Notification
from driftline.alerts.sinks.base import open_sink
from driftline.server.prometheus.page import Exposition
from driftline.server.prometheus.rules import write
from driftline.testing.stores import sample_result
from driftline.types import Health, Level, Verdict
from harness.patience import until
from harness.programs import program


def free_port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def result(level):
    """A result with one verdict."""
    verdict = Verdict(
        health=Health.DATA, family="drift", metric="psi", title="PSI", column="fare", segment=None, window=None,
        level=level, value=0.5, low=None, high=None, n=100, unit="", threshold=0.1, reason="Because.",
    )  # fmt: skip
    return replace(sample_result(), verdicts=(verdict,), window=None)


def test_alert_fires_arrives_and_resolves(tmp_path) -> None:
    """What Prometheus scrapes becomes an alert at the webhook of Alertmanager, and is over when the level is ok."""
    if not all(map(shutil.which, ("prometheus", "prometheus-alertmanager"))) and not os.environ.get("ALL_COMPONENTS"):
        pytest.skip("Prometheus is not installed: scripts/components installs it")
    page, told = Exposition(), []
    page.show(result(Level.ALERT))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body, kind = page.page(self.headers["Accept"])
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ours, theirs, alerts = server.server_port, free_port(), free_port()
    write(tmp_path)
    (tmp_path / "prometheus.yml").write_text(
        json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["driftline.rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alerts}"]}]}]},
            "scrape_configs": [{"job_name": "d", "static_configs": [{"targets": [f"127.0.0.1:{ours}"]}]}],
        })
    )  # fmt: skip
    hook = {"url": f"http://127.0.0.1:{ours}/", "send_resolved": True}
    route = {"receiver": "hook", "group_wait": "0s", "group_interval": "1s", "group_by": ["alertname"]}
    (tmp_path / "alertmanager.yml").write_text(
        json.dumps({"route": route, "receivers": [{"name": "hook", "webhook_configs": [hook]}]})
    )
    commands = [
        ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
         f"--web.listen-address=127.0.0.1:{theirs}"],
        ["prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=kept",
         f"--web.listen-address=127.0.0.1:{alerts}", "--cluster.listen-address="],
    ]  # fmt: skip
    running = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]

    def seen(status):
        found = [alert for each in told for alert in each["alerts"] if alert["status"] == status]
        return any(alert["labels"]["alertname"] == "DriftlineDrift" for alert in found)

    try:
        until(lambda: seen("firing"))
        page.show(result(Level.OK))
        until(lambda: seen("resolved"))
    finally:
        for process in running:
            process.kill()
            process.wait()
        server.shutdown()
        server.server_close()


def test_incidents_are_written_to_prometheus(tmp_path):
    """An incident written by remote write is a sample of a real Prometheus: 3 while it is open, then 0."""
    server = program("prometheus")
    (tmp_path / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n")
    port = free_port()
    command = [
        server, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            sink = open_sink(f"prometheus+{address}/api/v1/write")
            until(lambda: _ready(address))
            found = []
            for closed in (None, "2022-02-02T00:00:00"):
                sink.send(Notification(incident=replace(INCIDENT, closed=closed)))
                found.append(_asked(address, "driftline_incident")[0])
            assert ["3", "0"] == [each["value"][1] for each in found]
            assert ("taxi", "fare", "i1") == tuple(found[0]["metric"][name] for name in ("model", "column", "incident"))
        finally:
            process.kill()


INCIDENT = Incident(
    id="i1", model="taxi", health=Health.DATA, level=Level.ALERT, metric="missing", column="fare", segment=None,
    headline="fare", reason="Because.", since=None, earliest=None, latest=None, opened="2022-02-01T00:00:00",
    updated="2022-02-01T00:00:00",
)  # fmt: skip


def _ready(address):
    try:
        return httpx.get(f"{address}/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def _asked(address, query):
    return httpx.get(f"{address}/api/v1/query", params={"query": query}).json()["data"]["result"]

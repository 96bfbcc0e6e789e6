"""What is exported for Grafana: each query of each panel finds something in a real Prometheus or PostgreSQL."""

import json
import re
import threading
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import polars as pl
import pytest
import yaml
from click.testing import CliRunner

from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.client.middleware import RequestRecord
from driftline.client.process import ProcessStats
from driftline.client.prometheus import Prometheus, page
from driftline.config.settings import Config
from driftline.server.group_commit import GroupCommit
from driftline.server.health import Health
from driftline.server.ingest import Ingest
from driftline.server.logs.base import open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.server.self_metrics import add_server_gauges
from driftline.server.workers import Workers
from driftline.stores.base import open_store
from driftline.stores.events import make_event
from driftline.types import Health as Tier
from driftline.types import Level
from harness.dashboards import result, verdict
from harness.patience import PATIENCE, until
from harness.programs import Program, await_postgresql, postgresql, program

pytest.importorskip("grafana_foundation_sdk", reason="Grafana's SDK is not installed: make test")
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: make test")

MODEL, COLUMN = "d'or", "fare"
FIRST = datetime(2022, 2, 1, tzinfo=UTC)
DAYS = 9
CHOICES = {"model": MODEL, "column": COLUMN}


def trips(days: int, seed: int, fare: float = 1.0) -> pl.DataFrame:
    """Hourly trips of two zones; fares and errors of the last days are multiplied by `fare`."""
    rng, n = np.random.default_rng(seed), days * 96
    at = pl.Series("at", [FIRST + timedelta(minutes=15 * each) for each in range(n)])
    factor = np.where(np.arange(n) >= n - 3 * 96, fare, 1.0)
    y = rng.gamma(4.0, 3.0, n)
    return pl.DataFrame({
        "at": at, "fare": rng.gamma(4.0, 4.0, n) * factor, "zone": rng.choice(["a", "b"], n), "y": y,
        "predicted": y + rng.normal(0, 1.0, n) * factor,
    })  # fmt: skip


@pytest.fixture(scope="module")
def monitor():
    """What judges the trips."""
    config = Config(model={"name": MODEL}, target="y", prediction="predicted", timestamp="at", segments=("zone",))
    return Monitor.fit(trips(21, 1), config=config)


@pytest.fixture(scope="module")
def kits(tmp_path_factory):
    """What the command writes, by source of data."""
    folders = {}
    for source in ("prometheus", "postgres"):
        folders[source] = tmp_path_factory.mktemp(source)
        done = CliRunner().invoke(main, ["export", "grafana", "--datasource", source, "-o", str(folders[source])])
        assert (0, 7) == (done.exit_code, done.output.count("wrote ")), done.output
    return folders


def dashboards(folder):
    """The dashboards of a kit."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((folder / "dashboards").glob("*.json"))]


def rules(folder):
    """The alert rules of a kit."""
    (group,) = yaml.safe_load((folder / "provisioning/alerting/driftline.yml").read_text("utf-8"))["groups"]
    return group["rules"]


@pytest.mark.parametrize("source", ["prometheus", "postgres"])
def test_whole(kits, source):
    """Four dashboards, linked with each other, whose panels have places of their own and read what is provisioned."""
    folder = kits[source]
    (datasource,) = yaml.safe_load((folder / "provisioning/datasources/driftline.yml").read_text("utf-8"))[
        "datasources"
    ]
    found = dashboards(folder)
    assert [f"driftline-{name}" for name in ("column", "fleet", "model", "service")] == [each["uid"] for each in found]
    for dashboard in found:
        assert 3 == len(dashboard["links"])
        taken = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
            assert not cells & taken, panel["title"]
            assert max(x for x, _ in cells) < 24, panel["title"]
            taken |= cells
            assert {datasource["uid"]} == {
                panel["datasource"]["uid"],
                *(t["datasource"]["uid"] for t in panel["targets"]),
            }
        assert len(dashboard["panels"]) == len({panel["id"] for panel in dashboard["panels"]})
    assert "password" not in json.dumps(found)
    assert all(value.startswith("$DRIFTLINE_") for value in datasource.get("secureJsonData", {}).values())


@pytest.mark.parametrize("source", ["prometheus", "postgres"])
def test_rules_are_never_without_data(kits, source):
    """A rule that finds nothing says nothing; one whose source fails says so. Each compares its query with a limit."""
    for rule in rules(kits[source]):
        assert ("OK", "Error", "B") == (rule["noDataState"], rule["execErrState"], rule["condition"])
        query, limit = rule["data"]
        assert ("A", "B", "__expr__") == (query["refId"], limit["refId"], limit["datasourceUid"])
        assert "A" == limit["model"]["expression"]


# PostgreSQL


@pytest.fixture(scope="module")
def database(monitor):
    """A store in PostgreSQL with nine days of the trips, a service that is slow on one, and an event."""
    with postgresql() as server:
        await_postgresql(server)
        url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        with open_store(url) as store:
            watch = Watch(monitor)
            for watched in watch.over(trips(DAYS, 2, fare=4.0), store=store):
                store.save_incidents([incident.record() for incident in watched.incidents])
            slow = verdict("latency", Level.ALERT, metric="quantile_95", health=Tier.SERVICE, unit="s")
            store.save_run(result("slow", 0, [slow]), {})
            store.save_events([make_event(MODEL, "version 2", FIRST + timedelta(days=2), "deployment")])
        with psycopg.connect(url, autocommit=True) as line:
            yield line


def fill_sql(text: str, chosen) -> str:
    """SQL as Grafana sends it: its macros and variables filled in."""
    while (at := text.find("$__timeFilter(")) >= 0:
        end, depth = at + len("$__timeFilter("), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inner = text[at + len("$__timeFilter(") : end - 1]
        text = f"{text[:at]}{inner} BETWEEN '2022-01-01T00:00:00Z' AND '2022-03-01T00:00:00Z'{text[end:]}"
    for name, value in chosen.items():
        text = text.replace(f"${{{name}:sqlstring}}", "'" + value.replace("'", "''") + "'")
    assert "$" not in text, text
    return text


def test_every_query_in_postgresql(kits, database):
    """Each query of each panel, variable, mark and rule gives rows, with times and numbers where lines are drawn."""
    count = 0
    for dashboard in dashboards(kits["postgres"]):
        several = {}
        for variable in dashboard["templating"]["list"]:
            found = [row[0] for row in database.execute(fill_sql(variable["query"], CHOICES))]
            assert found, variable
            assert CHOICES.get(variable["name"], found[0]) in found
            several[variable["name"]] = found
        for mark in dashboard["annotations"]["list"]:
            assert database.execute(fill_sql(mark["target"]["rawSql"], CHOICES)).fetchall(), mark
        for panel in dashboard["panels"]:
            for repeated in several.get(panel.get("repeat"), [None]):
                chosen = CHOICES | ({panel["repeat"]: repeated} if repeated else {})
                for target in panel["targets"]:
                    check_rows(database, target, chosen, panel["title"])
                    count += 1
    assert count > 25
    for rule in rules(kits["postgres"]):
        rows = database.execute(rule["data"][0]["model"]["rawSql"]).fetchall()
        assert {MODEL, "slow"} == {row[0] for row in rows}, rule["title"]


def check_rows(database, target, chosen, title) -> None:
    """A query gives rows; one that is drawn over time has times that ascend, and a number in one of them."""
    cursor = database.execute(fill_sql(target["rawSql"], chosen))
    names, rows = [column.name for column in cursor.description], cursor.fetchall()
    assert rows, (title, chosen)
    if target["format"] == "time_series":
        assert "time" == names[0]
        times = [row[0] for row in rows]
        assert all(time.tzinfo is not None for time in times)
        assert sorted(times) == times
        numbers = [
            value for row in rows for name, value in zip(names, row, strict=True) if name not in {"time", "metric"}
        ]
        assert any(isinstance(value, int | float) for value in numbers), (title, chosen)


def test_alerts_of_postgresql_fire(kits, database):
    """The rules are above their limits for what has an open incident, and for what nobody judges any more."""
    fired = {}
    for rule in rules(kits["postgres"]):
        query, limit = rule["data"]
        above = limit["model"]["conditions"][0]["evaluator"]["params"][0]
        fired[rule["uid"]] = {row[0] for row in database.execute(query["model"]["rawSql"]) if row[1] > above}
    assert {MODEL} == fired["driftline-incident"]
    assert {MODEL, "slow"} == fired["driftline-silent"]


# Prometheus


class Pages(ThreadingHTTPServer):
    """What Prometheus scrapes: the page of Driftline, and that of a service with four requests since the last time."""

    daemon_threads = True

    def __init__(self, exposition, registry, backend) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/driftline":
                    body, kind = exposition.page(self.headers.get("Accept", ""))
                else:
                    for status in (200, 200, 200, 500):
                        backend.request_started()
                        backend.request_finished(RequestRecord("POST", "/predict", status, 0.02, 100, 100))
                    backend.update_process(ProcessStats(10.0, 1.0, 1 << 26, 9, 4), 0.0)
                    body, kind = page("", registry)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def prometheus(monitor, tmp_path_factory):
    """A Prometheus that has scraped the page of a server with the trips, and that of a service, some times."""
    import prometheus_client  # noqa: PLC0415 - an extra

    folder = tmp_path_factory.mktemp("prometheus")
    exposition, registry = Exposition(), prometheus_client.CollectorRegistry()
    watched = Watch(monitor).over(trips(DAYS, 2, fare=4.0))[-1]
    exposition.show(watched.result, watched.incidents)
    with ExitStack() as stack:
        log = stack.enter_context(open_log(f"sqlite:///{folder}/log.db"))
        store = stack.enter_context(open_store(f"sqlite:///{folder}/store.db"))
        commits = stack.enter_context(GroupCommit(log))
        worker = ModelWorker(monitor, log, store, folder, exposition, None)
        worker.labelled = 1.0  # no window of this worker was judged with labels
        health = Health(commits, Workers({f"model {MODEL}": worker}), [worker])
        add_server_gauges(exposition, Ingest({MODEL: monitor.plan}, commits), health, [])
        server = stack.enter_context(Pages(exposition, registry, Prometheus(registry)))
        jobs = [
            {"job_name": name, "metrics_path": f"/{name}",
             "static_configs": [{"targets": [f"127.0.0.1:{server.server_port}"]}]}
            for name in ("driftline", "service")
        ]  # fmt: skip
        settings = {"global": {"scrape_interval": "300ms", "scrape_timeout": "300ms"}, "scrape_configs": jobs}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), "utf-8")
        listens = ["--web.listen-address", "127.0.0.1:{port}", "--storage.tsdb.path", str(folder / "data")]
        command = [program("prometheus"), "--config.file", str(folder / "prometheus.yml"), *listens]
        place = stack.enter_context(Program(command))
        address = f"http://127.0.0.1:{place.port}/api/v1/"
        until(lambda: ask(address, "query", query="min(count_over_time(up[1m])) > 6"), "seven scrapes", pause=0.1)
        yield address
        server.shutdown()


def ask(address, path, **arguments):
    """What Prometheus answers."""
    try:
        asked = f"{address}{path}?{urllib.parse.urlencode(arguments)}"
        with urllib.request.urlopen(asked, timeout=PATIENCE) as response:  # noqa: S310 - its own server
            data = json.load(response)["data"]
    except urllib.error.HTTPError as error:
        if error.code == 503:  # it begins
            return []
        raise AssertionError(f"{arguments}: {error.read().decode()}") from error
    return data["result"] if isinstance(data, dict) else data


def fill_promql(text: str) -> str:
    """PromQL as Grafana sends it."""
    for name, value in CHOICES.items():
        text = text.replace(f"${name}", value)
    text = text.replace("$__rate_interval", "30s")
    assert "$" not in text, text
    return text


def test_every_query_in_prometheus(kits, prometheus):
    """Each query of each panel, variable and rule gives series, as Grafana asks: of now, or over time."""
    now, count = time.time(), 0
    for dashboard in dashboards(kits["prometheus"]):
        for variable in dashboard["templating"]["list"]:
            series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            found = ask(prometheus, f"label/{label}/values", **{"match[]": fill_promql(series)})
            assert CHOICES[variable["name"]] in found
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                query = fill_promql(target["expr"])
                if target.get("instant"):
                    assert "table" == target["format"]
                    found = ask(prometheus, "query", query=query)
                else:
                    found = ask(prometheus, "query_range", query=query, start=now - 5, end=now, step="1s")
                assert found, (panel["title"], query)
                count += 1
    assert count > 30
    for rule in rules(kits["prometheus"]):
        assert ask(prometheus, "query", query=rule["data"][0]["model"]["expr"]), rule["title"]

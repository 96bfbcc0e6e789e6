"""The stack of Docker Compose: its file is valid, and its commands do what it says, run here without containers."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg
import pytest
import yaml

from driftline.server.grafana.provisioning import make_kit
from harness import commands
from harness.commands import Started
from harness.patience import PATIENCE, until
from harness.programs import Program, free_port, postgresql, program

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy/compose"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"prepare", "taxi"}
INSIDE = {"driftline": "8600", "prometheus": "9090", "alertmanager": "9093"}


@dataclass(frozen=True)
class Stack:
    """What runs, and where it is instead of in containers."""

    folder: Path
    ports: dict[str, str]
    database: Program

    def here(self, text: str) -> str:
        """A word of the file, or a whole file, with this machine's folders and ports."""
        text = text.replace("driftline@postgresql:5432", f"driftline@127.0.0.1:{self.database.port}")
        for name, port in INSIDE.items():
            text = re.sub(rf"(?<![\w/]){name}:{port}\b|(?<=//){name}:{port}\b", f"127.0.0.1:{self.ports[name]}", text)
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{self.ports[name]}")
        for inside in ("packs", "data", "prometheus", "alertmanager", "etc"):
            text = re.sub(rf"(?<![\w/:.])/{inside}(?=/|$)", f"{self.folder}/{inside}", text, flags=re.MULTILINE)
        return text.replace("/taxi/", f"{FOLDER}/")

    def words(self, service: str) -> list[str]:
        """The command of a service."""
        return [self.ports[service] if word == INSIDE.get(service) else self.here(word) for word in words_of(service)]

    def run(self, service: str, *more: str) -> str:
        """What a service says that ends by itself; in this process, which has its packages already."""
        script, *words = self.words(service)
        said = StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
            patch.setattr(sys, "argv", [script, *words, *more])
            runpy.run_path(script, run_name="__main__")
        return said.getvalue()

    def ask(self, service: str, path: str, token: str = "") -> Any:
        """The answer of a service: JSON, or its text."""
        header = {"Authorization": f"Bearer {token}"} if token else {}
        with urlopen(
            Request(f"http://127.0.0.1:{self.ports[service]}{path}", headers=header), timeout=PATIENCE
        ) as answer:
            text = answer.read().decode()
        return json.loads(text) if text[:1] in "{[" else text


def words_of(service: str) -> list[str]:
    entry = SERVICES[service].get("entrypoint", ["", ""])[1]
    return [*([entry] if entry else []), *SERVICES[service]["command"]]


def wait_for(ask: Any) -> Any:
    """The answer, once there is one."""

    def answered() -> Any:
        with suppress(URLError, ConnectionError):
            return ask()
        return None

    return until(answered, "an answer", pause=0.2)


def check_health(stack: Stack, service: str) -> bool:
    """Run what the health check of a service runs, as far as this machine has the program; else ask its URL."""
    _, name, *rest = SERVICES[service]["healthcheck"]["test"]
    if name == "wget":
        return bool(stack.ask(service, rest[-1].partition(INSIDE[service])[2]))
    if name == "pg_isready":
        command = [program(name), *rest, "--port", str(stack.database.port)]
    else:
        command = [sys.executable, *map(stack.here, rest)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL as the stack makes it, the server, Prometheus and Alertmanager; three days of trips were sent."""
    folder = tmp_path_factory.mktemp("compose")
    for name in ("packs", "data", "prometheus", "alertmanager", "etc"):
        (folder / name).mkdir()
    with ExitStack() as running:
        database = running.enter_context(postgresql())
        stack = Stack(folder, {name: str(free_port()) for name in INSIDE}, database)
        make_database(database)
        assert "prepared: " in stack.run("prepare")
        for service, command in (
            ("alertmanager", [program("prometheus-alertmanager"), "--cluster.listen-address="]),
            ("driftline", []),
            ("prometheus", [program("prometheus")]),
        ):
            start(running, stack, service, command)
        for service in SERVICES.keys() - ONCE - {"grafana"}:
            wait_for(lambda service=service: check_health(stack, service))
        assert "2,87 mi" in stack.run("taxi", "--days", "7", "9")
        yield stack


def make_database(server: Program) -> None:
    """Do what the image does when it makes a database: the user and the database of its settings, then the script."""
    settings = {name: re.sub(r"\$\{\w+:-(\w+)\}", r"\1", value)
                for name, value in SERVICES["postgresql"]["environment"].items()}  # fmt: skip
    user = settings["POSTGRES_USER"]
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE USER {user} SUPERUSER")
        connection.execute(f"CREATE DATABASE {settings['POSTGRES_DB']} OWNER {user}")
    environment = os.environ | settings | {"PGHOST": "127.0.0.1", "PGPORT": str(server.port)}
    environment["PATH"] = f"{Path(program('psql')).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([FOLDER / "postgresql-grafana.sh"], env=environment, check=True, capture_output=True)


def start(running: ExitStack, stack: Stack, service: str, command: Sequence[str]) -> None:
    """Start a service by its command, with its mounted file where it expects it."""
    for mount in SERVICES[service]["volumes"]:
        source, target, *_ = mount.split(":")
        if (path := FOLDER / source).is_file():
            file = Path(stack.here(target))
            file.parent.mkdir(parents=True, exist_ok=True)
            text = stack.here(path.read_text(encoding="utf-8"))
            file.write_text(text.replace("_interval: 15s", "_interval: 1s"), encoding="utf-8")  # so no test waits
    listen = [] if service == "driftline" else [f"--web.listen-address=127.0.0.1:{stack.ports[service]}"]
    words, folder, log = [*stack.words(service), *listen], stack.folder / "data", stack.folder / f"{service}.log"
    process: subprocess.Popen[bytes] | Started
    if service == "driftline":
        process = commands.start(*words, cwd=folder, out=log)
    else:
        output = running.enter_context(log.open("wb"))
        process = subprocess.Popen([*command, *words], cwd=folder, stdout=output, stderr=output)
    running.callback(process.wait, PATIENCE)
    running.callback(process.terminate)


def test_file_is_valid() -> None:
    """It fits the JSON schema of the Compose specification."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, FOLDER / "compose.yaml"], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


def test_file_holds_together() -> None:
    """What is mounted is there, what is waited for has a health check or ends, and no port leaves this machine."""
    for name, service in SERVICES.items():
        for source, target, *rest in (mount.split(":") for mount in service["volumes"]):
            assert (FOLDER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
            assert ["ro"] == rest or not source.startswith("."), target
        for other, wait in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert (wanted, name in ONCE or "restart" in service) == (wait["condition"], True)
            assert other in ONCE or "healthcheck" in SERVICES[other]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert re.fullmatch(r"driftline-compose|[\w/]+:v?\d[\w.-]*", service["image"])
    assert os.access(FOLDER / "postgresql-grafana.sh", os.X_OK)
    assert f"ARG EXTRAS={SERVICES['prepare']['build']['args']['EXTRAS'].partition(',grafana')[0]}" in (
        ROOT / "Dockerfile"
    ).read_text(encoding="utf-8")


def test_prometheus_scrapes_with_its_token(stack: Stack) -> None:
    """The server is up for Prometheus, which has the rules and knows Alertmanager; without the token it is not."""
    up = wait_for(lambda: stack.ask("prometheus", "/api/v1/query?query=up%3D%3D1")["data"]["result"])
    assert ["driftline"] == [each["metric"]["job"] for each in up]
    groups = stack.ask("prometheus", "/api/v1/rules")["data"]["groups"]
    assert "DriftlineGone" in {rule["name"] for group in groups for rule in group["rules"]}
    known = wait_for(lambda: stack.ask("prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"])
    assert [f"http://127.0.0.1:{stack.ports['alertmanager']}/api/v2/alerts"] == [each["url"] for each in known]
    with pytest.raises(URLError, match="401"):
        stack.ask("driftline", "/metrics")


def test_configurations_are_valid(stack: Stack) -> None:
    """The tools of Prometheus and Alertmanager find nothing wrong."""
    for command in (
        ("promtool", "check", "config", "etc/prometheus/prometheus.yml"),
        ("amtool", "check-config", "etc/alertmanager/alertmanager.yml"),
    ):
        subprocess.run([program(command[0]), *command[1:]], cwd=stack.folder, check=True, capture_output=True)


def test_incident_reaches_alertmanager(stack: Stack) -> None:
    """The day whose distances came as text is an alert, with a link to the page of a browser on this machine."""
    alerts = wait_for(lambda: stack.ask("alertmanager", "/api/v2/alerts?filter=alertname%3DDriftlineIncident"))
    told = next(each for each in alerts if each["labels"].get("column") == "trip_distance")
    assert told["generatorURL"].startswith(f"http://127.0.0.1:{stack.ports['driftline']}/incident")
    you = (stack.folder / "data/you.token").read_text(encoding="utf-8")
    assert 1 == len(stack.ask("driftline", "/v1/models", you))


def test_grafana_may_read_and_no_more(stack: Stack) -> None:
    """Its provisioning is where it looks, its variables are set, its user runs the queries, and cannot write."""
    settings = SERVICES["grafana"]["environment"]
    folder = Path(stack.here(settings["GF_PATHS_PROVISIONING"]))
    assert {"alerting", "dashboards", "datasources"} == {path.name for path in folder.iterdir()}
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("d*/*.yml"))
    assert set(re.findall(r"\$(\w+)", text)) <= settings.keys()
    assert any(Path(stack.here(settings["DRIFTLINE_GRAFANA_DASHBOARDS"])).glob("driftline-*.json"))
    names = [source["name"] for path in folder.glob("datasources/*.yml")
             for source in yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]]  # fmt: skip
    assert ["Driftline", "Prometheus"] == sorted(names)
    url = f"postgresql://{settings['DRIFTLINE_POSTGRES_USER']}@127.0.0.1:{stack.database.port}/driftline"
    with psycopg.connect(url, autocommit=True) as connection:
        for rule in make_kit("postgres").rules:
            assert connection.execute(rule.query).fetchall() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM driftline.runs")


def test_again_nothing_is_done_twice(stack: Stack) -> None:
    """Starting the stack again prepares and sends nothing anew."""
    assert "prepared already\n" == stack.run("prepare")
    assert "the month has passed already\n" == stack.run("taxi")

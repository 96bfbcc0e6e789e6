"""The course, in one command: train, serve, log, monitor the data each day, join what came later, monitor the model.

python run.py                    # simulated trips; stays up until Ctrl-C
python run.py --data FOLDER      # two months of green_tripdata_*.parquet
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import polars as pl
from rich.console import Console

from driftline.cli.demo import faults, months
from driftline.cli.demo.model import FEATURES, PREDICTION, TARGET, keep
from driftline.cli.demo.story import CONFIG, WATCHED, learn
from driftline.stores.base import open_store

HERE = Path(__file__).resolve().parent
PREFECT = HERE.parents[1] / ".components/prefect/bin/python"
INPUTS = [name for name in WATCHED if name not in {PREDICTION, TARGET}]
PLACES = os.pathsep.join([os.environ.get("PATH", ""), *(f"/usr/lib/postgresql/{n}/bin" for n in (17, 16, 15))])
NEEDED = ("fastapi", "uvicorn", "starlette", "httptools", "psutil", "prometheus_client", "psycopg")
PORTS = {
    "dashboard": 8601,
    "service": 8602,
    "prefect": 4200,
    "prometheus": 9090,
    "alertmanager": 9093,
    "postgresql": 5433,
}
BESIDE = "prometheus", "alertmanager", "service"
GOING = {"SCHEDULED", "PENDING", "RUNNING"}
QUIET = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1"}


@dataclass
class Stack:
    """The programs that run beside each other, and where their files are."""

    out: Path
    ports: Mapping[str, int]
    console: Console
    began: float = field(default_factory=time.monotonic)

    def url(self, name: str) -> str:
        """Where a program answers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def say(self, text: str) -> None:
        """A line with the seconds since the start."""
        self.console.print(f"[{time.monotonic() - self.began:4.0f} s] {text}", markup=False)

    @property
    def store(self) -> str:
        """The URL of the store."""
        return f"postgresql://postgres@127.0.0.1:{self.ports['postgresql']}/postgres"

    @property
    def environment(self) -> dict[str, str]:
        """What the programs are told."""
        return os.environ | QUIET | {
            "PREFECT_HOME": str(self.out / "prefect"), "PREFECT_API_URL": f"{self.url('prefect')}/api",
            "TAXI_FOLDER": str(self.out), "TAXI_STORE": self.store, "TAXI_DASHBOARD": self.url("dashboard"),
            "TAXI_SINKS": f"alertmanager+{self.url('alertmanager')}",
        }  # fmt: skip

    def run(self, *command: object, user: str | None = None) -> str:
        """What a program says that ends by itself."""
        words = list(map(str, command))
        done = subprocess.run(  # noqa: S603 - our own
            words, cwd="/", env=self.environment, capture_output=True, text=True, user=user, check=False
        )
        if done.returncode:
            raise SystemExit(f"{Path(words[0]).name} failed: {(done.stderr or done.stdout)[-2000:]}")
        return done.stdout

    @contextmanager
    def program(
        self, name: str, *command: object, user: str | None = None, cwd: Path | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A program with a log of its own, ended at the end."""
        with (self.out / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own
                list(map(str, command)), cwd=cwd or self.out, env=self.environment, stdout=log, stderr=log, user=user,
                start_new_session=True,
            )  # fmt: skip
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGINT if name == "postgresql" else signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def wait_for(self, name: str, path: str, process: subprocess.Popen[bytes]) -> None:
        """Wait until a program answers."""
        end = time.monotonic() + 300
        while time.monotonic() < end and process.poll() is None:
            try:
                with urlopen(self.url(name) + path, timeout=5):  # noqa: S310 - our own
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        ended = "" if process.returncode is None else f": a program ended with {process.returncode}"
        raise SystemExit(f"{self.url(name)}{path} does not answer{ended}; see the logs in {self.out}")

    def ask(self, name: str, path: str, body: Any = None) -> Any:
        """What a program answers, from JSON."""
        data = None if body is None else json.dumps(body, default=datetime.isoformat).encode()
        with urlopen(Request(self.url(name) + path, data, {"Content-Type": "application/json"}), timeout=60) as answer:  # noqa: S310
            return json.load(answer)


def main() -> None:
    """Tell the whole story."""
    stack, data, once = read_arguments()
    past, month = months.simulated(2022) if data is None else months.real(data)
    train(stack, past)
    with ExitStack() as programs:
        start = programs.enter_context
        start(postgresql(stack))
        prefect = start(serve_prefect(stack))
        start(prometheus(stack))
        app = [
            "-m",
            "uvicorn",
            "app:app",
            "--app-dir",
            HERE,
            "--port",
            stack.ports["service"],
            "--log-level",
            "warning",
        ]
        stack.wait_for("service", "/docs", start(stack.program("service", sys.executable, *app)))
        stack.say(f"the service answers at {stack.url('service')}/docs; a month of trips passes")
        days = pass_month(stack, month)
        stack.wait_for("prefect", "/api/health", prefect)
        serve_flows(stack, start(stack.program("flows", PREFECT, HERE / "flows.py")))
        judge(stack, days)
        wanted = ["-m", "driftline", "dashboard", stack.store, "--port", stack.ports["dashboard"]]
        stack.wait_for("dashboard", "/v1/fleet", start(stack.program("dashboard", sys.executable, *wanted)))
        stack.say(f"Open Driftline's dashboard: {stack.url('dashboard')}/model?model={CONFIG.model.name}")
        stack.say("  beside it: " + ", ".join(f"{name} {stack.url(name)}" for name in ("prefect", *BESIDE)))
        if not once:
            stack.say("Ctrl-C ends it.")
            threading.Event().wait()


def train(stack: Stack, past: months.Month) -> None:
    """Train the model on the month before, and write it with the trips that were held back: the reference."""
    for folder in ("logged", "labels", "labelled"):
        (stack.out / folder).mkdir(parents=True)
    model, held_back = learn(past, stack.console)
    weights = dict(zip(FEATURES, model.weights.tolist(), strict=True))
    about = {"version": CONFIG.model.version, "intercept": model.intercept, "weights": weights}
    (stack.out / "model.json").write_text(json.dumps(about), encoding="utf-8")
    reference = held_back.select(WATCHED).with_row_index("id").with_columns(pl.format("r{}", "id").alias("id"))
    reference.write_parquet(stack.out / "reference.parquet")
    stack.say(f"trained on {past.label}; the reference is {reference.height:,} of its trips, which were held back")


def pass_month(stack: Stack, month: months.Month) -> list[str]:
    """Ask the service about the trips of each day, and write how long they took to the labels; gives the days."""
    days = []
    for day, trips in month.days():
        incident = faults.on(day)
        broken = incident if incident and incident.upstream else None
        today = keep(broken.change(trips, day) if broken else trips)
        today = today.with_row_index("id").with_columns(pl.format("{}-{}", pl.lit(f"{day:%m-%d}"), "id").alias("id"))
        stack.ask("service", "/durations", today.select("id", *INPUTS).to_dicts())
        today.select("id", TARGET).write_csv(stack.out / "labels" / f"{day:%Y-%m-%d}.csv")
        days.append(f"{day:%Y-%m-%d}")
        if broken:
            stack.say(f"{days[-1]}: {broken.done}")
    return days


def serve_flows(stack: Stack, flows: subprocess.Popen[bytes]) -> None:
    """Wait until Prefect knows the deployments, which comes after the monitor is fitted."""
    names = "taxi-data/now", "taxi-model/now"
    for name in names:
        stack.wait_for("prefect", f"/api/deployments/name/{name}", flows)
    stack.say(f"the monitor is fitted, and Prefect has its schedules: {stack.url('prefect')}/deployments")


def judge(stack: Stack, days: list[str]) -> None:
    """Judge the data up to the middle of the trouble, then all of it, then the model once the labels are there."""
    half, end = days[15], (datetime.fromisoformat(days[-1]) + timedelta(days=1)).date().isoformat()
    run_deployment(stack, "taxi-data/now", start=days[0], end=half)
    stack.say(f"the data up to {half} is judged, one task a day; Alertmanager shows:")
    for alert in stack.ask("alertmanager", "/api/v2/alerts"):
        stack.say(f"  {alert['annotations']['summary']}")
    run_deployment(stack, "taxi-data/now", start=days[0], end=end)
    stack.say(f"the data up to {end} is judged: days that were judged before are left as they are")
    run_deployment(stack, "taxi-model/now", days=days, end=end)
    with open_store(stack.store) as store:
        windows = store.windows(CONFIG.model.name, None)
        levels = Counter(window.level.value for window in windows)
        stack.say(f"labels are joined and the model is judged: {len(windows)} days, {dict(levels)}; incidents:")
        for incident in reversed(store.incidents(CONFIG.model.name)):
            stack.say(f"  {incident.headline}, since {incident.since}, {'over' if incident.closed else 'open'}")
    count = import_history(stack)
    stack.say(f"Prometheus has the {count} numbers of all days, at their own times: driftline_mae, driftline_psi …")


def run_deployment(stack: Stack, name: str, **parameters: Any) -> None:
    """Run a deployment on the server of Prefect, and wait for its end."""
    found = stack.ask("prefect", f"/api/deployments/name/{name}")["id"]
    run = stack.ask("prefect", f"/api/deployments/{found}/create_flow_run", {"parameters": parameters})["id"]
    while (state := stack.ask("prefect", f"/api/flow_runs/{run}")["state"])["type"] in GOING:
        time.sleep(1)
    if state["type"] != "COMPLETED":
        raise SystemExit(f"{name}: {state['type']}: {state['message']}; see {stack.out / 'flows.log'}")


def import_history(stack: Stack) -> str:
    """Hand the numbers of all windows to Prometheus; gives how many samples there are."""
    export = [sys.executable, "-m", "driftline", "export", "openmetrics", "--store", stack.store, "--output", stack.out]
    told = stack.run(*export)
    history, folder = stack.out / "driftline-history.om", stack.out / "prometheus"
    stack.run(find("promtool"), "tsdb", "create-blocks-from", "openmetrics", history, folder)
    return told.partition(".om: ")[2].partition(" ")[0]


def serve_prefect(stack: Stack) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A server of Prefect, which tells nobody of it; a copy of the empty database saves the time of making one."""
    (stack.out / "prefect").mkdir()
    empty = PREFECT.parents[1] / "home" / "prefect.db"
    if empty.exists():
        shutil.copy(empty, stack.out / "prefect")
    port = stack.ports["prefect"]
    return stack.program("prefect", PREFECT, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port)


@contextmanager
def postgresql(stack: Stack) -> Iterator[None]:
    """A server of PostgreSQL with a database of its own, which is gone at the end."""
    user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    folder = Path(tempfile.mkdtemp(prefix="driftline-taxi-"))
    if user:
        shutil.chown(folder, user)
    try:
        init = [find("initdb"), "-D", folder / "data", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"]
        stack.run(*init, user=user)
        listen = ["-h", "127.0.0.1", "-p", stack.ports["postgresql"], "-k", folder]
        with stack.program("postgresql", find("postgres"), "-D", folder / "data", *listen, user=user, cwd=folder):
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def prometheus(stack: Stack) -> Iterator[None]:
    """Prometheus, which scrapes the service, and Alertmanager, which shows open incidents."""
    text = (HERE / "prometheus.yml").read_text(encoding="utf-8")
    for name in ("service", "alertmanager"):
        text = text.replace(f"{name}:{PORTS[name]}", f"127.0.0.1:{stack.ports[name]}")
    (stack.out / "prometheus.yml").write_text(text, encoding="utf-8")
    own = ["--storage.tsdb.path=prometheus", "--storage.tsdb.retention.time=30y"]  # the trips are of 2022
    listen = f"--web.listen-address=127.0.0.1:{stack.ports['prometheus']}"
    told = [f"--config.file={HERE / 'alertmanager.yml'}", "--storage.path=alertmanager", "--cluster.listen-address="]
    port = f"--web.listen-address=127.0.0.1:{stack.ports['alertmanager']}"
    with (
        stack.program("prometheus", find("prometheus"), "--config.file=prometheus.yml", *own, listen) as first,
        stack.program("alertmanager", find("prometheus-alertmanager"), *told, port) as second,
    ):
        stack.wait_for("prometheus", "/-/ready", first)
        stack.wait_for("alertmanager", "/-/ready", second)
        yield


def find(name: str) -> str:
    """Where a program is."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise SystemExit(f"{name} is not installed; scripts/components installs it on Debian and Ubuntu")
    return found


def read_arguments() -> tuple[Stack, Path | None, bool]:
    """What the command line says, once all that is needed is there."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--data", type=Path, help="folder with two months of green_tripdata_*.parquet")
    said.add_argument("--out", type=Path, default=Path("taxi-out"), help="folder for all files; a new one")
    said.add_argument(
        "--ports", type=int, nargs=len(PORTS), default=list(PORTS.values()), help=f"of {', '.join(PORTS)}"
    )
    said.add_argument("--once", action="store_true", help="end when the story is told")
    args = said.parse_args()
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise SystemExit(
            f"not installed: {', '.join(missing)}; pip install 'driftline[server,postgresql]' fastapi uvicorn"
        )
    if not PREFECT.exists():
        raise SystemExit(f"{PREFECT}: not there; scripts/components makes the environment of Prefect")
    for name in ("initdb", "postgres", "prometheus", "promtool", "prometheus-alertmanager"):
        find(name)
    for port in args.ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise SystemExit(f"another program listens on port {port}; stop it, or name others with --ports")
    if args.out.exists():
        raise SystemExit(f"{args.out}: is there already; remove it, or name another folder with --out")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the programs on its way
    console = Console(highlight=False, soft_wrap=True)
    return Stack(args.out.resolve(), dict(zip(PORTS, args.ports, strict=True)), console), args.data, args.once


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)

"""One command for the whole picture: a model is served and watched, a month of trips passes, its labels come late.

python run.py                    # simulated trips; stays up until Ctrl-C
python run.py --data FOLDER      # two months of green_tripdata_*.parquet
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import polars as pl
from rich.console import Console

from driftline import Logger, Monitor
from driftline.cli.demo import faults, months
from driftline.cli.demo.model import FEATURES, PICKUP, PREDICTION, TARGET, keep
from driftline.cli.demo.story import CONFIG, WATCHED, learn
from driftline.client.logger import ColumnNames
from driftline.config.settings import RetentionConfig, StreamConfig

HERE = Path(__file__).parent
INPUTS = [name for name in WATCHED if name not in {PREDICTION, TARGET}]
NEEDED = ("fastapi", "uvicorn", "starlette", "httptools", "psutil", "prometheus_client")
STREAM = StreamConfig(every="1d", delay="1h", lateness="1d", label_delay="7d")


def main() -> None:
    """Train, serve, watch, and let the month pass."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--data", type=Path, help="folder with two months of green_tripdata_*.parquet")
    said.add_argument("--days", type=int, default=28, help="how many days pass")
    said.add_argument("--ports", type=int, nargs=2, default=(8600, 8601), help="of Driftline and of the service")
    said.add_argument("--out", type=Path, default=Path("service-out"), help="folder for all files")
    said.add_argument("--once", action="store_true", help="end when the month has passed")
    args = said.parse_args()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SystemExit(
            f"not installed: {', '.join(missing)}; pip install 'driftline[server,prometheus]' fastapi uvicorn"
        )
    if taken := [port for port in args.ports if answers_at(port)]:
        raise SystemExit(f"another program listens on port {taken[0]}; stop it, or name others with --ports")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the programs below on its way
    args.out.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False, soft_wrap=True)

    past, month = months.simulated(2022) if args.data is None else months.real(args.data)
    model, reference = learn(past, console)
    weights = dict(zip(FEATURES, model.weights.tolist(), strict=True))
    name, version = CONFIG.model.name, CONFIG.model.version
    about = {"name": name, "version": version, "intercept": model.intercept, "weights": weights}
    (args.out / "model.json").write_text(json.dumps(about), encoding="utf-8")
    reference = reference.select(WATCHED).with_row_index("id").with_columns(pl.format("r{}", "id").alias("id"))
    config = CONFIG.model_copy(update={"id": "id", "stream": STREAM, "retention": RetentionConfig(log="30d")})
    Monitor.fit(reference, config=config).save(args.out / "taxi.pack")

    url, service = (f"http://127.0.0.1:{port}" for port in args.ports)
    with ExitStack() as stack:
        told = stack.enter_context(webhook(console))
        serve = ["serve", "taxi.pack", "--port", str(args.ports[0]), "--sink", f"webhook+{told}", "--public-url", url]
        wait_for(f"{url}/readyz", stack.enter_context(program(args.out, "-m", "driftline", *serve)), args.out)
        uvicorn = ["uvicorn", "app:app", "--app-dir", str(HERE.resolve()), "--port", str(args.ports[1])]
        served = program(args.out, "-m", *uvicorn, "--log-level", "warning", DRIFTLINE_URL=url)
        wait_for(f"{service}/docs", stack.enter_context(served), args.out)
        console.print(f"Driftline: {url} and {url}/metrics    the service: {service}/docs and {service}/metrics")
        logger = stack.enter_context(Logger(url, name, names=ColumnNames(target=TARGET)))
        passing(month, args.days, service, logger, console)
        logger.flush(30)
        console.print(
            f"{args.days} days have passed. Results: driftline history --store sqlite:///{args.out}/driftline.db"
        )
        settled(url, console)
        if not args.once:
            console.print("Ctrl-C ends it.")
            threading.Event().wait()


def passing(month: months.Month, days: int, service: str, logger: Logger, console: Console) -> None:
    """Let the days pass, hour by hour: trips are asked about as they begin, their labels come 1 to 7 days later."""
    random.seed(7)
    labels: dict[int, list[tuple[str, float]]] = {}
    hour = 0
    for day, trips in list(month.days())[:days]:
        incident = faults.on(day)
        broken = incident if incident and incident.upstream else None
        today = keep(broken.change(trips, day) if broken else trips)
        today = today.with_row_index("id").with_columns(pl.format("{}-{}", pl.lit(f"{day:%m-%d}"), "id").alias("id"))
        console.print(f"{day:%Y-%m-%d}: {today.height:,} trips{f'; {broken.done}' if broken else ''}")
        for at in range(24):
            begin = day + timedelta(hours=at)
            part = today.filter(pl.col(PICKUP).is_between(begin, begin + timedelta(hours=1), closed="left"))
            asked = part.select("id", *INPUTS).to_dicts()
            if asked:
                post(f"{service}/durations", asked)
            for row in part.select("id", TARGET).to_dicts():
                labels.setdefault(hour + random.randint(24, 7 * 24 - 2), []).append((row["id"], row[TARGET]))
            for id_, minutes in labels.pop(hour, []):
                logger.label(id_, minutes)
            hour += 1


def post(url: str, value: Any) -> None:
    """Ask the service."""
    body = json.dumps(value, default=datetime.isoformat).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=60) as answer:  # noqa: S310 - ours
        answer.read()


@contextmanager
def program(folder: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Python, in a folder, ended at the end."""
    known = os.environ | environment
    with (folder / f"{command[1].partition('.')[0]}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=folder, env=known, stdout=log, stderr=log)  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def answers_at(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a program answers there."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    ended = "" if process.returncode is None else f": its program ended with {process.returncode}"
    raise SystemExit(f"{url} does not answer{ended}; see the logs in {folder}")


def settled(url: str, console: Console) -> None:
    """Wait until all is folded and judged, then show some numbers of the page."""
    shown, end = "", time.monotonic() + 120
    while time.monotonic() < end:
        with urlopen(f"{url}/metrics", timeout=10) as page:  # noqa: S310 - our own
            lines = page.read().decode().splitlines()
        now = "\n".join(
            line for line in lines if line.startswith(("driftline_server_", "driftline_mae{", "driftline_incidents"))
        )
        behind = sum(float(line.split()[-1]) for line in lines if line.startswith("driftline_server_behind"))
        if now == shown and not behind:
            break
        shown = now
        time.sleep(3)
    console.print(shown)


@contextmanager
def webhook(console: Console) -> Iterator[str]:
    """A receiver of incidents, which prints them."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            console.print(f"  {said['title']}\n    {said['link']}", markup=False)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)

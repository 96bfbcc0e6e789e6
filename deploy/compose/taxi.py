"""The taxi example in the stack of compose.yaml: `taxi.py prepare` makes its files, `taxi.py send` lets a month pass.

The trips are simulated, and moved by whole weeks, so that the month ended within the last week: dashboards show it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import polars as pl
from rich.console import Console

from driftline import Logger, Monitor
from driftline.cli.demo import faults, months
from driftline.cli.demo.model import PICKUP, PREDICTION, TARGET
from driftline.cli.demo.story import CONFIG, WATCHED, learn, logged
from driftline.client.logger import ColumnNames
from driftline.config.settings import StreamConfig
from driftline.server.http.tokens import Tokens

HERE = Path(__file__).resolve().parent
CITY, LABELS_LATE = 2022, 7
NAME = CONFIG.model.name
STREAM = StreamConfig(every="1d", delay="1h", lateness="1d", label_delay=f"{LABELS_LATE}d")
CLIENTS = {"taxi": ("write",), "prometheus": ("read",), "you": ("read", "write", "admin")}
console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Do one of the two."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("step", choices=["prepare", "send"])
    said.add_argument("--packs", type=Path, required=True, help="folder for what the server and others read")
    said.add_argument("--data", type=Path, required=True, help="folder of the server, with its tokens")
    said.add_argument("--url", default="http://127.0.0.1:8600", help="where the server answers")
    said.add_argument("--days", type=int, nargs=2, default=(1, 28), help="first and last day of the month")
    args = said.parse_args()
    if args.step == "prepare":
        prepare(args.packs, args.data)
    else:
        send(args.packs, args.data, args.url, range(args.days[0], args.days[1] + 1))


def prepare(packs: Path, data: Path) -> None:
    """Train, fit, make tokens, and write what Prometheus and Grafana read; done once, whatever comes between."""
    if (packs / "story.json").exists():
        console.print("prepared already")
        return
    past, month = months.simulated(CITY)
    _, reference = learn(past, console)
    reference = reference.select(WATCHED).with_row_index("id").with_columns(pl.format("r{}", "id").alias("id"))
    config = CONFIG.model_copy(update={"id": "id", "stream": STREAM})
    Monitor.fit(reference, config=config, label=f"{past.label}, held back").save(packs / "taxi.pack")
    tokens = Tokens(data / "driftline-tokens.json")
    for name, scopes in CLIENTS.items():
        if any(token.name == name for token in tokens.all()):
            tokens.remove(name)  # of a run that was ended before it had written the secret
        path = (packs if name == "prometheus" else data) / f"{name}.token"
        path.touch(mode=0o644 if name == "prometheus" else 0o600)  # Prometheus runs as another user
        path.write_text(tokens.add(name, scopes), encoding="utf-8")
    export("grafana", "--datasource", "postgres", "--output", packs / "grafana")
    export("prometheus", "--output", packs / "rules")
    shutil.copyfile(HERE / "grafana-prometheus.yml", packs / "grafana/provisioning/datasources/prometheus.yml")
    today = datetime.now(UTC).replace(tzinfo=None)
    story = {"weeks": (today - month.end) // timedelta(weeks=1)}
    (packs / "story.json").write_text(json.dumps(story), encoding="utf-8")
    console.print(f"prepared: {packs / 'taxi.pack'}, rules and dashboards")


def export(*words: object) -> None:
    """Run `driftline export`."""
    subprocess.run([sys.executable, "-m", "driftline", "export", *map(str, words)], check=True)  # noqa: S603 - our own


def send(packs: Path, data: Path, url: str, days: range) -> None:
    """Log what a service would have logged, day by day, and the labels a week later; done once."""
    if (data / "sent").exists():
        console.print("the month has passed already")
        return
    story: Mapping[str, Any] = json.loads((packs / "story.json").read_text(encoding="utf-8"))
    moved = timedelta(weeks=story["weeks"])
    past, month = months.simulated(CITY)
    model, _ = learn(past, Console(quiet=True))
    names = ColumnNames(timestamp=PICKUP, target=TARGET)
    token = (data / "taxi.token").read_text(encoding="utf-8")
    waiting: list[list[dict[str, Any]]] = []
    with Logger(url, NAME, CONFIG.model.version, token=token, names=names, spool=None) as logger:
        for day, trips in month.days():
            if day.day not in days:
                continue
            rows = logged(trips, day, model).with_row_index("id")
            rows = rows.with_columns(pl.format("{}-{}", pl.lit(f"{day + moved:%Y-%m-%d}"), "id").alias("id"))
            for row in rows.drop(TARGET).iter_rows(named=True):
                id_, at, minutes = row.pop("id"), row.pop(PICKUP) + moved, row.pop(PREDICTION)
                logger.log(row, minutes, id=id_, timestamp=at)
            waiting.append(rows.select("id", TARGET).to_dicts())
            if len(waiting) > LABELS_LATE:
                label(logger, waiting.pop(0))
            flush(logger)
            broken = faults.on(day)
            console.print(f"{day + moved:%Y-%m-%d}: {rows.height:,} trips{f'; {broken.done}' if broken else ''}")
        for each in waiting:
            label(logger, each)
        flush(logger)
    (data / "sent").touch()
    settle(url, (packs / "prometheus.token").read_text(encoding="utf-8"))
    you = (data / "you.token").read_text(encoding="utf-8")
    console.print(f"The month has passed. Open http://127.0.0.1:8600 with the token {you}")
    console.print("  beside it: Grafana http://127.0.0.1:3000, Prometheus :9090, Alertmanager :9093")


def label(logger: Logger, rows: list[dict[str, Any]]) -> None:
    """Log how long the trips of a day took."""
    for row in rows:
        logger.label(row["id"], row[TARGET])


def flush(logger: Logger) -> None:
    """Wait until the server has all of it."""
    if not logger.flush(60):
        raise SystemExit(f"the server did not take the rows: {logger.stats().trouble or logger.stats()}")


def settle(url: str, token: str) -> None:
    """Wait until the server has folded all of it; it goes on by itself where that takes more than ten minutes."""
    request = Request(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own server
    for _ in range(300):
        with urlopen(request, timeout=30) as page:  # noqa: S310
            lines = page.read().decode().splitlines()
        if not sum(float(line.split()[-1]) for line in lines if line.startswith("driftline_server_behind{")):
            return
        time.sleep(2)
    console.print("The server still judges what it was sent.")


if __name__ == "__main__":
    main()

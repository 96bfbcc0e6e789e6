"""Times the dashboard's pages over 50 models with a year of hourly windows; writes `results/dashboard.md`.

Each model has 30 columns with 10 metrics. Every window has its run; verdicts are there of the newest windows alone, as
many as a page shows (a year of all of them would be 131 million rows). Times are the middle one of several requests to
a server in this process, and of Chromium from the request until the page is drawn.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
import httpx
import machine
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from driftline.dashboard.pages import address
from driftline.server.http.access import Authenticator
from driftline.server.http.dashboard import Dashboard
from driftline.server.http.tokens import Tokens
from driftline.stores.base import Store, open_store
from driftline.testing.stores import sample_result
from driftline.types import Health, Level, Verdict

MODELS, HOURS, COLUMNS, TIMES, SLICE = 50, 365 * 24, 30, 5, 60
DRIFT = ("jensen_shannon", "psi", "wasserstein", "missing", "new_categories")
SHOWN = ("median", "quantile_5", "quantile_95", "mean", "std")
PAGES = {
    "overview (/)": "/",
    "search (/?search=)": "/?search=model+4",
    "model": address("/model", model="model 7"),
    "column": address("/column", model="model 7", column="column 3"),
    "incidents": "/incidents?state=all",
}


@dataclass(frozen=True)
class Size:
    """What a store holds.

    `models` models with `hours` windows, of which the newest `detailed` have verdicts on 30 columns; `quiet` more with
    30 windows; and one of `wide` columns, with verdicts of its newest `few` windows.
    """

    models: int
    hours: int
    detailed: int
    quiet: int = 0
    wide: int = 0
    few: int = 20

    @property
    def points(self) -> int:
        """Verdicts, each a point of a metric."""
        return 10 * (self.models * (self.detailed + 1) * COLUMNS + self.wide * (self.few + 1))

    def describe(self) -> str:
        """It in a sentence."""
        said = f"{self.models} models of {self.hours:,} hourly windows, the newest {self.detailed} with 300 verdicts"
        said += f"; {self.quiet} models with 30 windows" if self.quiet else ""
        said += f"; one of {self.wide:,} columns, {self.few} windows with 10 verdicts on each" if self.wide else ""
        return f"{said}: {self.points:,} points of metrics."


def make_verdicts(columns: int) -> tuple[Verdict, ...]:
    """Ten metrics of each column, five of which are judged."""
    names = [(metric, True) for metric in DRIFT] + [(metric, False) for metric in SHOWN]
    return tuple(
        Verdict(
            health=Health.DATA, family="drift" if judged else "description", metric=metric, title=metric,
            column=f"column {column}", segment=None, window=None, level=Level.OK, value=0.01 + column / 1000, low=0.005,
            high=0.02, n=1000, unit="", threshold=0.15 if judged else None, reason=f"{metric} 0.01; limit 0.15",
            judged=judged,
        )
        for column in range(columns) for metric, judged in names
    )  # fmt: skip


def fill(path: Path, size: Size) -> None:
    """Keep one window of each model by the store, and make the others of it in SQL."""
    window, verdicts = "2024-01-01T00:00:00/2024-01-01T01:00:00", make_verdicts(COLUMNS)
    made = [(f"model {model}", verdicts) for model in range(size.models)]
    made += [("wide", make_verdicts(size.wide))] if size.wide else []
    with open_store(f"sqlite:///{path}") as store:
        for model, own in [*made, *((f"quiet {at}", ()) for at in range(size.quiet))]:
            store.save_run(replace(sample_result(), model=model, verdicts=own, window=window), {})
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -500000")
        for first in range(1, size.hours, SLICE):
            multiply(database, size, first, min(first + SLICE, size.hours) - 1)
        database.execute("ANALYZE")


def multiply(database: sqlite3.Connection, size: Size, first: int, last: int) -> None:
    """The windows of these hours, from those that are there."""
    start = "strftime('%Y-%m-%dT%H:%M:%S', '2024-01-01', '+' || at || ' hours')"
    end = "strftime('%Y-%m-%dT%H:%M:%S', '2024-01-01', '+' || (at + 1) || ' hours')"
    hour = "WITH RECURSIVE hour (at) AS (SELECT :first UNION ALL SELECT at + 1 FROM hour WHERE at < :last)"
    has_window = f"runs.number <= {size.models} OR at >= {size.hours - 30}"
    has_verdicts = f"at >= {size.hours} - CASE WHEN runs.model = 'wide' THEN {size.few} ELSE {size.detailed} END"
    made = {
        "runs": {
            "number": "number + at * 10000", "run_id": "run_id || '-' || at", "window": f"{start} || '/' || {end}",
            "level": "CASE WHEN at % 97 = 0 THEN 'alert' WHEN at % 31 = 0 THEN 'warning' ELSE level END",
        },
        "verdicts": {
            "run_id": "verdicts.run_id || '-' || at", "value": "value * (1 + (at * 7919 + position) % 100 / 100.0)",
            "level": "CASE WHEN (at * 31 + position) % 997 = 0 THEN 'alert' ELSE verdicts.level END",
        },
    }  # fmt: skip
    sources = {
        "runs": f"hour, runs WHERE runs.number < 10000 AND ({has_window}) ORDER BY at",
        "verdicts": f"hour, runs JOIN verdicts USING (run_id) WHERE runs.number < 10000 AND {has_verdicts}",
    }
    for table, source in sources.items():
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(made[table].get(name, f'{table}."{name}"') for name in names)
        sql = f"{hour} INSERT INTO {table} ({columns}) SELECT {values} FROM {source}"  # noqa: S608 - own names
        database.execute(sql, {"first": first, "last": last})


@contextmanager
def serve(store: Store, folder: Path) -> Iterator[str]:
    """The address of a dashboard over a store."""
    app = Dashboard(store, Authenticator(Tokens(folder / "tokens.json"), 10_000))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    app.changes.close()
    server.should_exit = True
    thread.join(10)


def ask(client: httpx.Client, path: str) -> tuple[float, float, int]:
    """Wall and processor milliseconds of a page, in the middle of several, and its kilobytes."""
    walls, works, size = [], [], 0
    for _ in range(TIMES):
        wall, work = time.perf_counter(), time.process_time()
        answer = client.get(path, timeout=120).raise_for_status()
        walls.append(1000 * (time.perf_counter() - wall))
        works.append(1000 * (time.process_time() - work))
        size = len(answer.content) // 1024
    return median(walls), median(works), size


def draw(browser: Browser, url: str) -> tuple[float, int]:
    """Milliseconds until Chromium has drawn a page, in the middle of several, and the drawings on it."""
    took, drawings = [], 0
    for _ in range(TIMES):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        took.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
        drawings = page.locator("svg:not(.icon, .logo)").count()
        page.close()
    return median(took), drawings


@click.command(help=__doc__)
@click.option("--models", default=MODELS, show_default=True)
@click.option("--hours", default=HOURS, show_default=True, help="Windows of each model.")
@click.option("--detailed", default=60, show_default=True, help="Newest windows that have verdicts.")
@click.option("--chromium", default="/usr/bin/chromium", show_default=True)
def main(models: int, hours: int, detailed: int, chromium: str) -> None:
    """Fill a store, and time its pages."""
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "store.db"
        started = time.perf_counter()
        fill(path, models, hours, detailed)
        size = path.stat().st_size >> 20
        click.echo(f"{models * hours:,} windows in {size:,} MB, made in {time.perf_counter() - started:.0f} s")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        lines = ["| page | ms | processor ms | kB | drawings | drawn by Chromium in ms |", "|---|---|---|---|---|---|"]
        with open_store(f"sqlite:///{path}") as store, serve(store, Path(folder)) as url:
            client = httpx.Client(base_url=url)
            for name, page in PAGES.items():
                wall, work, kilobytes = ask(client, page)
                drawn, drawings = draw(browser, url + page)
                lines.append(f"| {name} | {wall:.0f} | {work:.0f} | {kilobytes} | {drawings} | {drawn:.0f} |")
                click.echo(lines[-1])
        browser.close()
    said = f"{models} models with {hours:,} hourly windows each, the newest {detailed} with {COLUMNS * 10} verdicts."
    text = "\n".join([machine.described(), said, "", *lines, ""])
    (Path(__file__).parent / "results" / "dashboard.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Many metric points in a store: how long writing takes, and what the overview, a search and the newest windows take.

Runs of 1,000 verdicts each, of 20 models, are written through the port, as `watch` and `serve` do it. Give the URL of
an empty store.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from driftline.stores.base import Store, open_store
from driftline.types import Dataset, Health, Level, Task, Verdict
from driftline.verdicts.result import Result

RESULTS = Path(__file__).parent / "results" / "points.md"
MODELS, COLUMNS, METRICS = 20, 100, 10
_FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - windows are named without a zone
_NAMES = ("store", "points", "written in", "overview", "50 windows", "alerts of a model", "a metric of one column")
_HEAD = f"| {' | '.join(_NAMES)} |\n{'|---' * len(_NAMES)}|\n"


def make_result(number: int) -> Result:
    """An hour of a model: 1,000 verdicts, one of which alerts in each tenth hour."""
    hour, model = divmod(number, MODELS)
    start = _FIRST + timedelta(hours=hour)
    verdicts = tuple(
        Verdict(
            health=Health.DATA, family="drift", metric=f"metric {metric}", title="Distance", column=f"column {column}",
            segment=None, window=None, level=Level.ALERT if hour % 10 == 0 and column == metric == 0 else Level.OK,
            value=(number + column) % 97 / 97, low=0.1, high=0.9, n=1000, unit="share", threshold=0.1, reference=0.0,
            p_value=0.5, since=None, judged=True, notable=False, reason="Because.", detail={},
        )
        for column in range(COLUMNS) for metric in range(METRICS)
    )  # fmt: skip
    window = f"{start.isoformat()}/{(start + timedelta(hours=1)).isoformat()}"
    return Result(
        model=f"model {model}", task=Task.REGRESSION, reference=Dataset("reference", 31_000),
        current=Dataset("window", 1000), columns=(), verdicts=verdicts, fingerprint="0123abcd", version="0.1.0",
        created=f"{start.isoformat()}Z", elapsed=0.1, window=window, notes=(),
    )  # fmt: skip


def measure(call: Callable[[], object]) -> str:
    """The milliseconds of the fastest of five calls."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return f"{1000 * min(times):,.0f} ms"


def fill(store: Store, points: int) -> float:
    """Write so many points; gives the seconds."""
    start = time.perf_counter()
    for number in range(points // (COLUMNS * METRICS)):
        store.save_run(make_result(number), {})
    return time.perf_counter() - start


@click.command(help=__doc__)
@click.argument("name")
@click.argument("url")
@click.option("--points", default=1_000_000, show_default=True)
def main(name: str, url: str, points: int) -> None:
    """Write the points, and a line of the table."""
    with open_store(url) as store:
        written = fill(store, points)
        line = " | ".join((
            name, f"{points:,}", f"{written:,.0f} s",
            measure(store.latest_runs),
            measure(lambda: store.windows("model 7", 50)),
            measure(lambda: store.verdicts(model="model 7", level=Level.ALERT, limit=50)),
            measure(lambda: store.verdicts(model="model 7", metric="metric 3", column="column 5", limit=50)),
        ))  # fmt: skip
    known = RESULTS.read_text("utf-8") if RESULTS.exists() else _HEAD
    RESULTS.write_text(f"{known}| {line} |\n", "utf-8")
    click.echo(line)


if __name__ == "__main__":
    main()

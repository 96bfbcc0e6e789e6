"""Where the time of a fold goes, stage by stage, on one thread; writes `results/stages.md`.

All stages are one after the other on one thread here, while the engine has them on all cores side by side. The seconds
are that thread's processor time, which holds on a shared machine; Polars decodes on threads of its own, so of reading
there is only the waiting.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click
import machine
import polars as pl
from run import made
from works import MILLION, PACK, rows

from driftline import Monitor
from driftline.profiles.columns.labels import Distinct, Labels
from driftline.profiles.columns.numbers import Numbers
from driftline.profiles.engines.base import open_source
from driftline.profiles.fold import fold
from driftline.profiles.sketches.base import ColumnSketch, TableSketch

HERE = Path(__file__).parent


class Clock:
    """Processor seconds of this thread by stage; a stage inside of another is counted once, as itself."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, function: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """The function, whose time is counted under the name that its arguments give."""

        @wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            started = time.thread_time()
            self._inner.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                took = time.thread_time() - started
                self.seconds[name(*arguments)] += took - self._inner.pop()
                self._inner[-1] += took

        return run


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows are kept.")
def main(data: Path) -> None:
    """Fold 10 M rows under the clock."""
    monitor, source = Monitor.load(made(PACK, data)), open_source(made(rows(10 * MILLION), data))
    fold(open_source(made(rows(MILLION), data)).batches(), monitor.plan)
    clock = Clock()
    for kind, name in ((Numbers, "numbers"), (Distinct, "labels"), (Labels, "labels")):
        for method in ("__init__", "values", "count"):
            if method in vars(kind):
                setattr(kind, method, clock.timed(vars(kind)[method], lambda *_, name=name, **__: f"reading {name}"))
    for kind in (*ColumnSketch.__subclasses__(), *TableSketch.__subclasses__()):
        kind.absorb = clock.timed(kind.absorb, lambda sketch, _: _of_sketch(sketch))  # type: ignore[attr-defined]
    started = time.thread_time()
    fold(_read(source.batches(), clock), monitor.plan, source.format)
    whole = time.thread_time() - started
    clock.seconds["the rest"] = whole - sum(clock.seconds.values())
    lines = [
        f"{machine.described()} One fold of 10 M rows of 20 columns.",
        "",
        "| stage | processor s | share |",
        "|---|---|---|",
    ]
    for name, seconds in sorted(clock.seconds.items(), key=lambda one: -one[1]):
        lines.append(f"| {name} | {seconds:.2f} | {100 * seconds / whole:.0f} % |")
    lines.append(f"| all | {whole:.2f} | |")
    text = "\n".join(lines) + "\n"
    (HERE / "results/stages.md").write_text(text, encoding="utf-8")
    print(text)


def _read(batches: Iterator[pl.DataFrame], clock: Clock) -> Iterator[pl.DataFrame]:
    step = clock.timed(lambda: next(batches, None), lambda: "reading and decoding the file")
    while (batch := step()) is not None:
        yield batch


def _of_sketch(sketch: Any) -> str:
    where = "columns" if isinstance(sketch, ColumnSketch) else "the table"
    return f"sketch of {where}: `{type(sketch).__name__}`"


if __name__ == "__main__":
    main()

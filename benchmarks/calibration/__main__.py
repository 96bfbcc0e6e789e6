"""Runs the simulations of calibration, and makes the page of them: `benchmarks/results/calibration.json`.

Each part can be run alone; the others keep what was found before. The page is made anew of all.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from calibration import checks, contest, covers, model, page

HERE = Path(__file__).parent.parent
TARGET = HERE / "results" / "calibration.json"
PARTS = ("false_alarms", "power", "coverage", "quiet", "delays", "contest")


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice([*PARTS, "page"]))
@click.option("--size", default=1.0, show_default=True, help="Times as many draws, or so much fewer.")
@click.option("--rows", default=300, show_default=True, help="Rows a day of the watched models.")
@click.option("--processes", default=2, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where other tools are installed.")
def main(parts: tuple[str, ...], size: float, rows: int, processes: int, data: Path) -> None:
    """Run what is asked for, all by default, and write it down."""

    def draws(count: int) -> int:
        return max(2, round(count * size))

    work: dict[str, Callable[[], Any]] = {
        "false_alarms": lambda: checks.false_alarms(draws(400), processes),
        "power": lambda: checks.power(draws(200), processes),
        "coverage": lambda: covers.coverage(draws(400), processes),
        "quiet": lambda: model.quiet(draws(20), rows, processes),
        "delays": lambda: model.delays(draws(20), rows, processes),
        "contest": lambda: contest.contest(draws(300), data, processes),
    }
    found = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    for part in parts or PARTS:
        if part in work:
            started = time.perf_counter()
            found[part] = work[part]()
            print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
            TARGET.write_text(json.dumps(found, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
    page.write(found)


main(prog_name="python -m calibration")

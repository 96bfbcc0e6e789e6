"""Runs the simulations of calibration, and makes the page of them.

Draws add up: false_alarms, power, quiet, scenarios and delays go on from their last seed for some minutes together, and
keep what they counted in `benchmarks/results/calibration_draws.json`. coverage and contest run only when they are
named, and as a whole. The page is made anew of all.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from calibration import contest, covers, page, slices

HERE = Path(__file__).parent.parent
DRAWS = slices.HERE / "calibration_draws.json"
TARGET = HERE / "results" / "calibration.json"
WHOLE = ("coverage", "contest")


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice([*slices.GROUPS, *WHOLE, "page"]))
@click.option("--minutes", default=9.0, show_default=True, help="For all parts of which draws add up, together.")
@click.option("--only", default="", help="Of the scenarios those whose names hold this.")
@click.option("--size", default=1.0, show_default=True, help="Times as many draws of the others, or so much fewer.")
@click.option("--processes", default=2, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where other tools are installed.")
def main(parts: tuple[str, ...], minutes: float, only: str, size: float, processes: int, data: Path) -> None:
    """Run what is asked for, all that adds up by default, and write it down."""
    whole: dict[str, Callable[[], Any]] = {
        "coverage": lambda: covers.coverage(max(2, round(400 * size)), processes),
        "contest": lambda: contest.contest(max(2, round(300 * size)), data, processes),
    }
    draws = slices.load(DRAWS)
    found = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    adding = [part for part in parts or slices.GROUPS if part in slices.GROUPS]
    for part in parts or slices.GROUPS:
        started = time.perf_counter()
        if part in slices.GROUPS:
            names = [name for name in slices.GROUPS[part] if part != "scenarios" or only in name]
            if not names:
                raise click.BadParameter(f"no scenario's name holds {only!r}", param_hint="--only")
            slices.extend_group(draws, names, 60 * minutes / len(adding), processes)
            slices.save(draws, DRAWS)
            seeds = ", ".join(str(draws[name].seeds) for name in names)
            print(f"{part}: {time.perf_counter() - started:.0f} s, {seeds} seeds by now", flush=True)
        elif part in whole:
            found[part] = whole[part]()
            TARGET.write_text(json.dumps(found, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
            print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
    page.write(found | slices.tabulate(draws), slices.describe(draws))


if __name__ == "__main__":  # workers of a pool import this module, too
    main(prog_name="python -m calibration")

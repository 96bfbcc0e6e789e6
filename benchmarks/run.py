"""Measures the works of `works.py`, and writes a table for each group to `results/`.

Whole processes are run in pairs; a figure is the median of the runs, a ratio the median of the pairs' ratios. Rows are
made once and kept in the data folder (3 GB, with --full 10 GB more, which are removed afterwards). Processor seconds
are of the processes and their children; they hold where the machine is shared, and a work is marked where it was.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import click
import machine
from pairs import QUIET, Cost, pair, was_quiet
from works import GROUPS, Pack, Part, Rows, Work

HERE = Path(__file__).parent
COLUMNS = (
    *("work", "s", "processor s", "MiB", "against", "s", "processor s", "MiB"),
    *("ratio", "of processor s", "ratio without imports", "aimed at"),
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


@click.command(help=__doc__)
@click.argument("groups", nargs=-1, type=click.Choice(list(GROUPS)))
@click.option("--times", default=5, show_default=True, help="Pairs of each work; slow ones have one.")
@click.option("--full", is_flag=True, help="With 100 M rows.")
@click.option("--keep", is_flag=True, help="Keep the 100 M rows.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows are kept.")
def main(groups: tuple[str, ...], times: int, data: Path, *, full: bool, keep: bool) -> None:
    """Measure some groups, or all."""
    for name in groups or GROUPS:
        lines = [f"{machine.described()} Medians of {times} pairs, of one pair where marked *.", "", HEAD]
        print(f"{GROUPS[name].title}\n{HEAD}")
        for work in GROUPS[name].works:
            if work.huge and not full:
                continue
            ours, theirs = ([made(part, data) for part in side] for side in (work.ours, work.theirs))
            lines.append(_row(work, *pair(ours, theirs, 1 if work.slow else times)))
            print(lines[-1], flush=True)
            if work.huge and not keep:
                for part in work.ours:
                    if isinstance(part, Rows):
                        shutil.rmtree(data / part.name)
        if any("†" in line for line in lines):
            lines += [
                "",
                f"† The machine was not quiet: other processes took over {QUIET:g} processors; compare processor s.",
            ]
            print(lines[-1])
        target = HERE / "results" / f"{name}.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def made(part: Part, data: Path) -> str:
    """A word of a command; what it names is made, by another process: a child's peak memory counts its parent's."""
    if isinstance(part, Rows):
        path = data / part.name
        command = [sys.executable, HERE / "rows.py", path, str(part.rows), str(part.seed), *part.options]
        subprocess.run(command, check=True)
        return str(path)
    if isinstance(part, Pack):
        path = data / part.name
        command = [sys.executable, "-m", "driftline", "fit", made(part.rows, data), "-o", path, *part.options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return str(path)
    return str(part)


def _row(work: Work, ours: Cost, theirs: Cost, ratio: float, alone: float | None, of_cpu: float) -> str:
    """One line of the table, from what `pair` gives."""
    each = f" ({_seconds(ours.seconds / work.units)} per {work.unit})" if work.units else ""
    aims = [f"ratio {work.most:g}" if work.most else "", work.limits]
    cells = [
        f"{work.what}{' *' if work.slow else ''}{'' if was_quiet(ours, theirs) else ' †'}",
        f"{ours.seconds:.2f}{each}", f"{ours.cpu:.2f}", f"{ours.mib:,.0f}",
        work.against, f"{theirs.seconds:.2f}", f"{theirs.cpu:.2f}", f"{theirs.mib:,.0f}",
        f"{ratio:.2f}", f"{of_cpu:.2f}", "" if alone is None else f"{alone:.2f}", ", ".join(filter(None, aims)),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


if __name__ == "__main__":
    main()

"""Times whole processes side by side in one run, and writes the table `benchmarks/results/check.md`.

Each pair is run in turn (A B A B …) after one warm-up, so that a machine that gets slower meanwhile is fair to both;
the figure is the median of the ratios. Memory is the kernel's own account of the process.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
SCAN = """
import sys, polars as pl
for path in sys.argv[1:]:
    lazy = pl.scan_parquet(path)
    strings = [name for name, dtype in lazy.collect_schema().items() if dtype == pl.String]
    lazy.select(pl.exclude(strings).sum(), pl.col(strings).len()).collect(engine="streaming")
"""
IMPORT = "import driftline"
NOTHING = "pass"


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    seconds: float
    mib: float


def run(command: list[str]) -> Cost:
    """Run a process to its end; output is thrown away."""
    started = time.perf_counter()
    process = os.posix_spawn(
        command[0], command, os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )  # fmt: skip
    _, status, usage = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 1}:
        raise SystemExit(f"exit code {code}: {' '.join(command)}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss / 1024)


def pair(ours: list[str], theirs: list[str], times: int) -> tuple[Cost, Cost, float]:
    """Medians of both, and the median ratio of wall times, pair by pair."""
    run(ours), run(theirs)
    costs = [(run(ours), run(theirs)) for _ in range(times)]
    medians = [
        Cost(statistics.median(c[i].seconds for c in costs), max(c[i].mib for c in costs)) for i in (0, 1)
    ]  # fmt: skip
    return medians[0], medians[1], statistics.median(a.seconds / b.seconds for a, b in costs)


def main() -> None:
    """Make the data, run the pairs, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    options = parser.parse_args()
    files = [str(options.data / f"{side}-{options.rows}.parquet") for side in ("reference", "current")]
    for seed, file in enumerate(files):  # in a process of its own: a child's peak memory counts its parent's
        subprocess.run([sys.executable, HERE / "rows.py", file, str(options.rows), str(seed)], check=True)
    python = [sys.executable, "-c"]
    check = [sys.executable, "-m", "driftline.cli", "check", *files, "--target", "f10", "--prediction", "f11"]
    size = f"{options.rows:,} against {options.rows:,} rows, 20 columns"
    works = [
        (
            f"whole `driftline check`, {size}",
            check,
            [*python, SCAN, *files],
            "12",
            "scan and sum of the same two files (Polars)",
        ),
        ("`import driftline`", [*python, IMPORT], [*python, NOTHING], "", "an empty Python process"),
    ]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "numpy"))
    lines = [
        f"Measured on {machine}, {packages}; medians of {options.times} pairs.",
        "",
        "| work | wall, s | peak, MiB | against | wall, s | peak, MiB | ratio | at most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, ours, theirs, most, other in works:
        a, b, ratio = pair(ours, theirs, options.times)
        lines.append(
            f"| {name} | {a.seconds:.2f} | {a.mib:.0f} | {other} | {b.seconds:.2f} | {b.mib:.0f} "
            f"| {ratio:.1f} | {most} |"
        )
    text = "\n".join(lines) + "\n"
    target = HERE / "results" / "check.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

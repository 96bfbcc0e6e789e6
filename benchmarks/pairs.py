"""Runs two processes in turn (A B A B …), so that a machine that slows down is fair to both."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A person's bytecode is cached, so it is cached here."""


@dataclass(frozen=True)
class Cost:
    """What one process took: wall time, peak memory by the kernel's own account, and the time of its work alone.

    The last is what a process prints of itself, in seconds; None where it prints something else.
    """

    seconds: float
    mib: float
    alone: float | None = None


def run(command: list[str], *, allowed: tuple[int, ...] = ()) -> Cost:
    """Run a process to its end. `driftline check` may end with 1, an alert; what fails otherwise ends the benchmark."""
    allowed = allowed or ((0, 1) if "check" in command else (0,))
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
        output.seek(0)
        said = output.read().decode().split()
    alone = float(said[0]) if len(said) == 1 and said[0].replace(".", "", 1).isdigit() else None
    return Cost(seconds, usage.ru_maxrss / 1024, alone)


def pair(ours: list[str], theirs: list[str], times: int) -> tuple[Cost, Cost, float, float | None]:
    """Medians of both (largest of memory), and the median ratios pair by pair: of wall times, of the work alone.

    Before several pairs each process is run once to warm up.
    """
    if times > 1:
        run(ours), run(theirs)
    costs = [(run(ours), run(theirs)) for _ in range(times)]
    ratio = statistics.median(a.seconds / b.seconds for a, b in costs)
    alone = [a.alone / b.alone for a, b in costs if a.alone and b.alone]
    return (
        middle([a for a, _ in costs]),
        middle([b for _, b in costs]),
        ratio,
        statistics.median(alone) if alone else None,
    )


def middle(costs: list[Cost]) -> Cost:
    """The median of the times, the largest of the memory."""
    alone = [cost.alone for cost in costs if cost.alone is not None]
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        max(cost.mib for cost in costs),
        statistics.median(alone) if alone else None,
    )

"""Runs two processes in turn (A B A B …), so that a machine that slows down is fair to both."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import machine

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A person's bytecode is cached, so it is cached here."""


QUIET = 0.1
"""Processors, on average, that other processes may use for a machine to be quiet."""


@dataclass(frozen=True)
class Cost:
    """What one process took: wall time, peak memory by the kernel's own account, and the time of its work alone.

    `alone` is what a process prints of itself, in seconds; None where it prints something else. `cpu` are the processor
    seconds of it and its children, which hang less on what else a machine does; `others` those of other processes
    meanwhile, None where the system does not tell.
    """

    seconds: float
    mib: float
    alone: float | None = None
    cpu: float = 0.0
    others: float | None = None


def run(command: list[str], *, allowed: tuple[int, ...] = ()) -> Cost:
    """Run a process to its end. `driftline check` may end with 1, an alert; what fails otherwise ends the benchmark."""
    allowed = allowed or ((0, 1) if "check" in command else (0,))
    with tempfile.TemporaryFile() as output:
        busy, started = machine.busy_seconds(), time.perf_counter()
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        cpu, later = usage.ru_utime + usage.ru_stime, machine.busy_seconds()
        others = None if busy is None or later is None else max(later - busy - cpu, 0.0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
        output.seek(0)
        said = output.read().decode().split()
    alone = float(said[0]) if len(said) == 1 and said[0].replace(".", "", 1).isdigit() else None
    return Cost(seconds, usage.ru_maxrss / 1024, alone, cpu, others)


def was_quiet(*costs: Cost) -> bool:
    """Whether other processes left the machine alone meanwhile, as far as the system tells."""
    return all(cost.others is None or cost.others < QUIET * cost.seconds for cost in costs)


def pair(ours: list[str], theirs: list[str], times: int) -> tuple[Cost, Cost, float, float | None, float]:
    """Medians of both (largest of memory), and median ratios pair by pair: of wall times, of work alone, of processor.

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
        statistics.median(a.cpu / b.cpu for a, b in costs),
    )


def middle(costs: list[Cost]) -> Cost:
    """The median of the times, the largest of the memory; of others the largest share of the time."""
    alone = [cost.alone for cost in costs if cost.alone is not None]
    others = [cost.others / cost.seconds for cost in costs if cost.others is not None and cost.seconds]
    seconds = statistics.median(cost.seconds for cost in costs)
    return Cost(
        seconds,
        max(cost.mib for cost in costs),
        statistics.median(alone) if alone else None,
        statistics.median(cost.cpu for cost in costs),
        max(others) * seconds if others else None,
    )

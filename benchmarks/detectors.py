"""Counts false alarms and delays of all detectors, and of River's with its defaults: `benchmarks/results/detectors.md`.

False alarms are counted in streams that do not change; a detector starts afresh after each. A count breaks a promise if
its whole 95 % interval (exact, Poisson) is above what was promised: then it is bold. Delays are those of the first
change that is found after 1,000 unchanged observations, the median of many streams. All are drawn by fixed seeds.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from driftline import registry
from driftline.stats import intervals

HERE = Path(__file__).parent
Draw = Callable[[np.random.Generator, int], Any]
BEFORE, AFTER = 1_000, 10_000
PROMISED = 10  # false alarms per 100,000 observations
SLOW = {"River's KSWIN": 10}  # so many times fewer observations
NORMAL: Draw = lambda random, n: random.normal(size=n)  # noqa: E731 - one of a table
STREAMS: dict[str, Draw] = {
    "normal": NORMAL,
    "Student's t, 3 df": lambda random, n: random.standard_t(3, n),
    "uniform": lambda random, n: random.random(n),
}
ERRORS: dict[str, Draw] = {
    "5 % errors": lambda random, n: random.random(n) < 0.05,
    "50 % errors": lambda random, n: random.random(n) < 0.5,
}
SHIFTS = {"0.25 sd": 0.25, "0.5 sd": 0.5, "1 sd": 1.0}
RATES = {"to 10 %": 0.1, "to 20 %": 0.2}


class Ours:
    """A detector of Driftline's, with its defaults; where it must be told the normal state, it is."""

    def __init__(self, name: str) -> None:
        self.kind = registry.every("detectors")[name]
        self.name, self.binary = f"`{name}`", self.kind.BINARY
        self.told = {"5 % errors" if self.binary else "normal"} if self.kind.NEEDS else {*STREAMS, *ERRORS}
        self.bounded = "low" in self.kind.NEEDS

    def watch(self, values: Any) -> Iterator[int]:
        """Places of the changes, as they are found."""
        watching = self.kind(**self.kind.NEEDS)
        values = special.ndtr(values) if self.bounded else values
        return (at for at, value in enumerate(values.tolist()) if watching.update(value) is not None)


class Rivers:
    """A detector of River's, with its defaults; `right`: it takes 1 for a right answer."""

    def __init__(self, name: str, make: Callable[[], Any], *, binary: bool, right: bool = False) -> None:
        self.name, self.make, self.binary, self.right = f"River's {name}", make, binary, right
        self.told = {*STREAMS, *ERRORS}

    def watch(self, values: Any) -> Iterator[int]:
        """Places of the changes, as they are found."""
        watching = self.make()
        for at, value in enumerate((1 - values if self.right else values).tolist()):
            watching.update(int(value) if self.binary else value)
            if watching.drift_detected:
                yield at


def all_detectors() -> list[Any]:
    """Ours, and River's if it is installed."""
    found: list[Any] = [Ours(name) for name in registry.names("detectors")]
    if find_spec("river"):
        from river import drift  # noqa: PLC0415 - may be missing

        found += [
            Rivers("ADWIN", drift.ADWIN, binary=False),
            Rivers("KSWIN", lambda: drift.KSWIN(seed=1), binary=False),
            Rivers("PageHinkley", drift.PageHinkley, binary=False),
            Rivers("DDM", drift.binary.DDM, binary=True),
            Rivers("EDDM", drift.binary.EDDM, binary=True),
            Rivers("FHDDM", drift.binary.FHDDM, binary=True, right=True),
            Rivers("HDDM_A", drift.binary.HDDMA, binary=True),
            Rivers("HDDM_W", drift.binary.HDDMW, binary=True),
        ]
    return found


def false_alarms(detector: Any, name: str, draw: Draw, observations: int) -> str:
    """Count per 100,000 observations, with the interval; a dash where the detector is not told that this is normal."""
    if name not in detector.told:
        return "–"
    observations //= SLOW.get(detector.name, 1)
    values = draw(np.random.default_rng(1), observations).astype(float)
    count = sum(1 for _ in detector.watch(values))
    rate, low, high = (value * 100_000 / observations for value in intervals.poisson(count)[:3])
    said = f"{rate:.1f} ({low:.1f}–{high:.1f})"
    return f"**{said}**" if low > PROMISED else said


def delay(detector: Any, before: Draw, after: Draw, times: int) -> str:
    """The median number of observations from a change until it is found."""
    delays = []
    for seed in range(times):
        random = np.random.default_rng([2, seed])
        values = np.concatenate([before(random, BEFORE), after(random, AFTER)]).astype(float)
        later = (at + 1 - BEFORE for at in detector.watch(values) if at >= BEFORE)
        delays.append(next(later, AFTER + 1))
    median = statistics.median_low(delays)
    return f"{median:,}" if median <= AFTER else "never"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table."""
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]


def row(at: int, observations: int, times: int) -> tuple[bool, list[str]]:
    """The row of one detector, and whether it is one of errors."""
    detector = all_detectors()[at]
    if detector.binary:
        before, draws = ERRORS["5 % errors"], ERRORS
        after: list[Draw] = [lambda random, n, rate=rate: random.random(n) < rate for rate in RATES.values()]
    else:
        before, draws = NORMAL, STREAMS | ERRORS
        after = [lambda random, n, up=up: random.normal(size=n) + up for up in SHIFTS.values()]
    rates = [false_alarms(detector, *one, observations) for one in draws.items()]
    return detector.binary, [detector.name, *rates, *(delay(detector, before, one, times) for one in after)]


def main() -> None:
    """Run all detectors, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=51)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    made = partial(row, observations=options.observations, times=options.times)
    found = []
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        for binary, cells in pool.map(made, range(len(all_detectors()))):
            print(*cells, flush=True)
            found.append((binary, cells))
    fewer = ", ".join(f"{name}: {options.observations // times:,}" for name, times in SLOW.items())
    said = (
        f"False alarms per 100,000 unchanged observations, with their 95 % interval ({options.observations:,} were "
        f"drawn; {fewer}), and the median delay of a change after {BEFORE:,} observations ({options.times} streams). "
        f"The promise, at the default run length of 10,000, is {PROMISED} false alarms at most; what is more by its "
        "whole interval is bold. “Never”: not within 10,000 observations in half of the streams. A dash: another "
        "normal state would have to be told. River's detectors have River's defaults."
    )
    numbers, errors = ([cells for one, cells in found if one is binary] for binary in (False, True))
    lines = [
        said,
        "",
        "### Of numbers",
        "",
        *table(["detector", *STREAMS, *ERRORS, *SHIFTS], numbers),
        "",
        "### Of errors, 5 % at first",
        "",
        *table(["detector", *ERRORS, *RATES], errors),
    ]
    target = HERE / "results" / "detectors.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Counts false alarms and delays of all detectors, and of River's with its defaults: `benchmarks/results/detectors.md`.

False alarms are counted in streams that do not change; a detector starts afresh after each. Delays are those of the
first change that is found after 1,000 unchanged observations, the median of many streams. All are drawn by fixed seeds.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from driftline import registry

HERE = Path(__file__).parent
Draw = Callable[[np.random.Generator, int], Any]
BEFORE, AFTER = 1_000, 10_000
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
    """How many per 100,000 observations; a dash where the detector is not told that this is normal."""
    if name not in detector.told:
        return "–"
    values = draw(np.random.default_rng(1), observations).astype(float)
    return f"{sum(1 for _ in detector.watch(values)) * 100_000 / observations:.0f}"


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


def main() -> None:
    """Run all detectors, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=51)
    options = parser.parse_args()
    numbers, errors = [], []
    for detector in all_detectors():
        draws = ERRORS if detector.binary else STREAMS | ERRORS
        row = [detector.name] + [false_alarms(detector, *one, options.observations) for one in draws.items()]
        if detector.binary:
            row += [
                delay(
                    detector, ERRORS["5 % errors"], lambda random, n, rate=rate: random.random(n) < rate, options.times
                )
                for rate in RATES.values()
            ]
            errors.append(row)
        else:
            row += [
                delay(detector, NORMAL, lambda random, n, up=up: random.normal(size=n) + up, options.times)
                for up in SHIFTS.values()
            ]
            numbers.append(row)
        print(*row, flush=True)
    said = (
        f"False alarms per 100,000 unchanged observations ({options.observations:,} were drawn), and the median delay "
        f"of a change after {BEFORE:,} observations ({options.times} streams). The promise, at the default run length "
        "of 10,000, is 10 false alarms. “never”: not within 10,000 observations in half of the streams. A dash: "
        "another normal state would have to be told. River's detectors have River's defaults."
    )
    lines = [
        said,
        "",
        "## Of numbers",
        "",
        *table(["detector", *STREAMS, *ERRORS, *SHIFTS], numbers),
        "",
        "## Of errors, 5 % at first",
        "",
        *table(["detector", *ERRORS, *RATES], errors),
    ]
    target = HERE / "results" / "detectors.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

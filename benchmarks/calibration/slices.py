"""Draws that add up over runs: each part goes on from its last seed for some minutes, and keeps what it counted."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from calibration import checks, model, scenarios

HERE = Path(__file__).parent.parent / "results"
Counts = Counter[tuple[Any, ...]]


@dataclass(frozen=True)
class Part:
    """One part: `draw` counts what one seed gives, `tabulate` makes rows for the page of the counts of all seeds."""

    draw: Callable[[int], Counts]
    tabulate: Callable[[Counts], list[dict[str, Any]]]


PARTS = {
    "false_alarms": Part(checks.draw_unchanged, checks.tabulate),
    "power": Part(checks.draw_changed, checks.tabulate),
    "quiet": Part(model.draw_quiet, model.tabulate_quiet),
    "delays": Part(model.draw_delays, model.tabulate_delays),
} | {
    f"scenarios/{name}": Part(partial(scenarios.draw_scenario, name), scenarios.tabulate_scenarios)
    for name in scenarios.SCENARIOS
}
"""By name; what stands before a slash is the part of the page. Each scenario has seeds of its own."""
GROUPS = {
    group: [name for name in PARTS if name.partition("/")[0] == group]
    for group in dict.fromkeys(name.partition("/")[0] for name in PARTS)
}


@dataclass(frozen=True)
class Slice:
    """Seeds from `first` on that one run drew, when, and at which commit."""

    first: int
    seeds: int
    on: str
    commit: str


@dataclass
class Draws:
    """What the slices of one part counted together; their seeds are 0, 1, 2 … without a gap."""

    slices: list[Slice]
    counts: Counts

    @property
    def seeds(self) -> int:
        """How many seeds were drawn, which is the next one."""
        return sum(each.seeds for each in self.slices)

    def extend(self, draw: Callable[[int], Counts], seconds: float, processes: int) -> None:
        """Draw further seeds, until so many seconds are over; those that are begun by then count, too."""
        end, first = time.monotonic() + seconds, self.seeds
        upto = first
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            draws: Callable[..., Iterable[Counts]] = map if processes == 1 else pool.map
            while upto == first or time.monotonic() < end:
                for counts in draws(draw, range(upto, upto + processes)):
                    self.counts.update(counts)
                upto += processes
        today, commit = datetime.now(UTC).date().isoformat(), _find_commit()
        if self.slices and (self.slices[-1].on, self.slices[-1].commit) == (today, commit):
            first = self.slices.pop().first
        self.slices.append(Slice(first, upto - first, today, commit))


def extend_group(draws: dict[str, Draws], names: Sequence[str], seconds: float, processes: int) -> None:
    """Draw further seeds of these parts for so many seconds, those with the fewest first; at least one."""
    end = time.monotonic() + seconds
    while True:
        name = min(names, key=lambda name: draws[name].seeds)
        draws[name].extend(PARTS[name].draw, end - time.monotonic() if len(names) == 1 else 0.0, processes)
        if time.monotonic() >= end:
            return


def tabulate(draws: Mapping[str, Draws]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each part of the page."""
    return {
        group: [row for name in names for row in PARTS[name].tabulate(draws[name].counts)]
        for group, names in GROUPS.items()
    }


def describe(draws: Mapping[str, Draws]) -> dict[str, str]:
    """When and at which commits the draws of each part of the page were made, in a sentence; of none, nothing."""
    said = dict.fromkeys(GROUPS, "")
    for group, names in GROUPS.items():
        made = sorted({(each.on, each.commit) for name in names for each in draws[name].slices})
        if made:
            first, last = made[0][0], made[-1][0]
            commits = ", ".join(f"`{commit}`" for commit in dict.fromkeys(commit for _, commit in made))
            said[group] = (
                f"Drawn {f'on {last}' if first == last else f'from {first} to {last}'}, by the code of {commits}."
            )
    return said


def load(path: Path) -> dict[str, Draws]:
    """All parts, as they were kept; empty ones where nothing was."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        name: Draws(
            [Slice(**each) for each in kept.get(name, {}).get("slices", [])],
            Counter({tuple(key): count for *key, count in kept.get(name, {}).get("counts", [])}),
        )
        for name in PARTS
    }


def save(parts: dict[str, Draws], path: Path) -> None:
    """Keep all parts: one line for each slice and count."""
    kept = {
        name: {
            "slices": [vars(each) for each in part.slices],
            "counts": _list(part.counts),
        }
        for name, part in parts.items()
        if part.slices
    }
    text = json.dumps(kept, ensure_ascii=False).replace("], [", "],\n[")
    path.write_text(text + "\n", encoding="utf-8")


def _list(counts: Counts) -> list[list[Any]]:
    return [[*key, count] for key, count in sorted(counts.items(), key=lambda item: json.dumps(item[0]))]


def _find_commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

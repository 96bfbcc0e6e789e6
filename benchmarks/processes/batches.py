"""What the programs of the contest on small batches share: their rows, and how they tell which columns alarmed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NUMBERS = tuple(f"x{at}" for at in range(6))
LABELS = tuple(f"c{at}" for at in range(4))
SIDES = ("clean", "shifted")


def play(read: Callable[[str], Any], fit: Callable[[Any], Callable[[Any], list[str]]], tool: str) -> None:
    """Hand the reference to a tool once, then each batch; print the alarmed columns of each.

    Args:
        read: gives the rows of a Parquet file.
        fit: takes the reference, gives what tells the alarmed columns of a batch.
        tool: its name and version.
    """
    folder, size = Path(sys.argv[1]), int(sys.argv[2])
    told = fit(read(str(folder / "reference.parquet")))
    found: dict[str, Any] = {"tool": tool}
    for side in SIDES:
        rows = read(str(folder / f"{side}-{size}.parquet"))
        found[side] = [told(rows[at : at + size]) for at in range(0, len(rows), size)]
    print(json.dumps(found))

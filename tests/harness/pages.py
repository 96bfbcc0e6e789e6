"""The code that a page of the documentation shows, to be run where its packages are."""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"


def python_of(name: str) -> list[str]:
    """The blocks of Python of a page, in their order."""
    return re.findall(r"^```python\n(.*?)^```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def run_page(name: str, places: dict[str, str], names: dict[str, Any]) -> dict[str, Any]:
    """Run a page's Python from top to bottom, with its places of a real machine replaced; gives the names it leaves."""
    for block in python_of(name):
        for shown, real in places.items():
            block = block.replace(shown, real)  # noqa: PLW2901 - the block as it runs
        exec(compile(block, name, "exec"), names)  # noqa: S102 - the documentation's own code
    return names

"""The page of the stories, made of what was kept of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stories.synthetic import PAST, STORIES, WATCHED, Story
from stories.tell import WIDTHS, describe

TARGET = Path(__file__).parents[2] / "docs" / "stories.md"
_MOST = 4
_HEAD = f"""# Stories with a known truth

A model of trips with seven columns and about 1,200 rows a day, a reference of {PAST} days, and {WATCHED} days that are
watched after it. One thing happens in each story. Beside it stands what a person who knows the story would write down;
an incident is as written if it names that subject, its interval of the onset holds the true one (with a window to
spare), and it ends when the trouble does. Anything else, told or not told, is a fault. Made by

```
PYTHONPATH=benchmarks python -m stories
```

| story | a person would write | by hours | by days | by weeks |
|---|---|---|---|---|
"""


def write(kept: Mapping[str, Any]) -> None:
    """Write the page of all that was kept."""
    rows = [_row(story, kept) for story in STORIES]
    details = [part for story in STORIES for every in WIDTHS for part in _detail(story, every, kept)]
    text = _HEAD + "".join(rows) + "\n## What is told\n\n" + "".join(details)
    TARGET.write_text(text, encoding="utf-8")


def _row(story: Story, kept: Mapping[str, Any]) -> str:
    expected = "; ".join(describe(chapter) for chapter in story.chapters) or "nothing"
    if story.noted:
        expected = f"when fitting: {story.noted} changed within the reference"
    cells = " | ".join(_cell(kept.get(f"{story.name}/{every}")) for every in WIDTHS)
    return f"| {story.name} | {expected} | {cells} |\n"


def _cell(outcome: Mapping[str, list[str]] | None) -> str:
    if outcome is None:
        return "not run"
    faults = len(outcome["faults"])
    return "as written" if not faults else f"{faults} fault{'' if faults == 1 else 's'}"


def _detail(story: Story, every: str, kept: Mapping[str, Any]) -> list[str]:
    outcome = kept.get(f"{story.name}/{every}")
    if outcome is None or not (outcome["told"] or outcome["faults"]):
        return []
    faults = [f"fault: {fault}" for fault in outcome["faults"]]
    more = [f"and {len(faults) - _MOST} more faults"] if len(faults) > _MOST else []
    lines = [*outcome["told"], *faults[:_MOST], *more]
    return [f"**{story.name}, {every}**\n\n", *(f"- {line}\n" for line in lines), "\n"]

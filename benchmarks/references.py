"""What windows are compared with: false alarms on quiet stories, and what is told of a step and of a slow trend.

By days: 56 days of reference, 120 that are watched, about 1,200 rows a day. Keeps each outcome in
`results/references.json`, and makes `results/references.md` of all that are kept.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from stories import synthetic
from stories.story import START
from stories.tell import watch

from driftline.alerts.incidents import Incident

RESULTS = Path(__file__).parent / "results"
KEPT = RESULTS / "references.json"
KINDS: dict[str, dict[str, Any]] = {
    "fixed": {"reference": "fixed"},
    "trailing, 28 days": {"reference": "trailing", "windows": 28},
    "trailing, 7 days": {"reference": "trailing", "windows": 7},
    "previous day": {"reference": "previous"},
}
QUIET = ("quiet", "weekly season")
BEGINS = {"step that stays": 40, "slow trend": 20}
_HEAD = """| compared with | false incidents on quiet days | step of 30 % in one column | rise of 0.5 % a day |
|---|---|---|---|
"""


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--seed", "seeds", multiple=True, type=int, default=[0], show_default=True)
def main(names: tuple[str, ...], seeds: tuple[int, ...]) -> None:
    """Tell these stories, all by default, with each kind of reference."""
    stories = {story.name: story for story in synthetic.STORIES}
    for name in names or (*QUIET, *BEGINS):
        for kind, comparison in KINDS.items():
            for seed in seeds:
                past, now = stories[name].draw(seed)
                settings = {"timestamp": "at", "stream": {"every": "1d"}, "comparison": comparison}
                incidents, _ = watch(past, now, "1d", settings | dict(stories[name].settings))
                keep(f"{name}/{kind}/{seed}", [_outline(incident) for incident in incidents])
                click.echo(f"{name}, {kind}, seed {seed}: {len(incidents)} incidents")
    write()


def _outline(incident: Incident) -> dict[str, Any]:
    """Subject, and days since watching began of opening and end."""
    opened, closed = (_days(time) for time in (incident.opened, incident.closed))
    return {"subject": incident.members[0].subject, "opened": opened, "closed": closed}


def _days(time: str | None) -> float | None:
    return None if time is None else (datetime.fromisoformat(time).replace(tzinfo=None) - START).total_seconds() / 86400


def keep(key: str, outcome: list[dict[str, Any]]) -> None:
    """Write one outcome beside those of other runs."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    kept[key] = outcome
    KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write() -> None:
    """Write the table of all that was kept."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    lines = []
    for kind in KINDS:
        quiet = [outcome for key, outcome in kept.items() if key.split("/")[0] in QUIET and key.split("/")[1] == kind]
        told = [_tell(kept, story, kind, begins) for story, begins in BEGINS.items()]
        false = f"{sum(map(len, quiet))} in {120 * len(quiet):,} days" if quiet else "not run"
        lines.append(f"| {kind} | {false} | {' | '.join(told)} |\n")
    (RESULTS / "references.md").write_text(_HEAD + "".join(lines), encoding="utf-8")


def _tell(kept: dict[str, list[dict[str, Any]]], story: str, kind: str, begins: float) -> str:
    """What was told of a story, in words: over all seeds that were run."""
    runs = [outcome for key, outcome in kept.items() if key.split("/")[:2] == [story, kind]]
    if not runs:
        return "not run"
    found = [outcome for outcome in runs if outcome]
    if not found:
        return f"never told ({_count([float(len(runs))], 'run')})"
    delays = [min(incident["opened"] for incident in outcome) - begins for outcome in found]
    spans = [one["closed"] - one["opened"] for outcome in found for one in outcome if one["closed"] is not None]
    lasts = f"over after {_count(spans, 'day')}" if spans else "open to the end"
    counts = [float(len(outcome)) for outcome in runs]
    told = "" if len(found) == len(runs) else f"in {len(found)} of {len(runs)} runs "
    return f"told {told}after {_count(delays, 'day')}, {lasts}; {_count(counts, 'incident')}"


def _count(values: list[float], noun: str) -> str:
    """The smallest and the largest, with what they count."""
    low, high = round(min(values)), round(max(values))
    return f"{low if low == high else f'{low} to {high}'} {noun}{'' if low == high == 1 else 's'}"


if __name__ == "__main__":
    main()

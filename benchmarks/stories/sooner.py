"""A slow trend by days at several smallest effects that matter: how soon it is told, and what quiet days tell then.

Writes `results/stories_trend.md`.
"""

from datetime import datetime
from pathlib import Path

import click

from stories.contest import BREAKS, Part, delay
from stories.contest import QUIET_STORIES as QUIET
from stories.story import START
from stories.synthetic import STORIES
from stories.tell import watch

TARGET = Path(__file__).parents[1] / "results" / "stories_trend.md"
TREND = "slow trend"
THRESHOLDS = (None, 0.05, 0.03)
"""Of the Jensen-Shannon distance; None is the default: 0.15 of one window, a third of it of what lasts."""
QUIET_DAYS, TREND_DAYS = 60, 30


@click.command(help=__doc__)
def main() -> None:
    """Watch the trend and the quiet stories at each, and write the table."""
    by_name = {story.name: story for story in STORIES}
    trend = Part(by_name[TREND], int(by_name[TREND].chapters[0].begin), TREND_DAYS)
    quiet = [Part(by_name[name], 0, QUIET_DAYS) for name in QUIET]
    rows = []
    for threshold in THRESHOLDS:
        told = count(trend, threshold)
        false = [sum(map(len, count(part, threshold).values())) for part in quiet]
        cells = [delay(told, trend.first, BREAKS[TREND]), *map(str, false)]
        rows.append(f"| {f'{threshold:g}' if threshold else 'default'} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    head = [f"{name}: incidents in {QUIET_DAYS} days" for name in QUIET]
    lines = [
        f"| `metrics: {{jensen_shannon: {{threshold: …}}}}` | {TREND}: days until told | {' | '.join(head)} |",
        "|---|---|---|---|",
        *rows,
    ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def count(part: Part, threshold: float | None) -> dict[int, list[str]]:
    """The subjects of the incidents that are opened, by the day at whose end they are."""
    metrics = {"jensen_shannon": {"threshold": threshold}} if threshold else {}
    settings = {"timestamp": "at", "stream": {"every": "1d"}, "metrics": metrics}
    found: dict[int, list[str]] = {}
    for incident in watch(*part.draw(), "1d", settings)[0]:
        day = (datetime.fromisoformat(incident.opened) - START).days - 1
        found.setdefault(day, []).append(incident.members[0].subject)
    return found


if __name__ == "__main__":
    main(prog_name="python -m stories.sooner")

"""Other tools with their defaults on the days of the stories: alarms in quiet days, and delay of real breaks.

Each tool compares each day with the reference in an environment of its own (made with uv), as a person who follows its
first example would. `driftline watch` judges the same days. Writes `results/stories_peers.md`.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import machine
import polars as pl
from peers import PEERS as KNOWN
from peers import QUIET, Peer, installed

from stories.story import START, Story
from stories.synthetic import STORIES
from stories.tell import watch

HERE = Path(__file__).parents[1]
TARGET = HERE / "results" / "stories_peers.md"
RIVER = Peer("river==0.25.0", ("pandas<3", "pyarrow"), "ADWIN on each number")
PEERS = {
    "evidently": ("Evidently, each column", KNOWN["evidently"]),
    "nannyml": ("NannyML: drift, missing values, row count", KNOWN["nannyml"]),
    "whylogs": ("whylogs: drift scores", KNOWN["whylogs"]),
    "river": ("River: ADWIN on each number", RIVER),
}
WHOLE = "half of the columns"
QUIET_STORIES, QUIET_DAYS, BROKEN_DAYS = ("quiet", "weekly season"), 30, 30
BREAKS = {
    "step that stays": ("fare",), "slow trend": ("fare",),
    "labels a week late": ("minutes", "model performance"),
    "broken subgroup": ("distance", "distance where zone=zone 5"),
    "collapse and slow return": ("volume", "gap in time"),
}  # fmt: skip
"""Stories of something that breaks, and the names under which a tool may tell it."""

Told = Mapping[int, Sequence[str]]
"""Names that a tool tells, by the day since watching began."""


@dataclass(frozen=True)
class Part:
    """The days of a story that are judged: from `first` on, so many."""

    story: Story
    first: int
    days: int

    def draw(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The reference, and the rows of these days."""
        past, now = self.story.draw(0)
        start = START + timedelta(days=self.first)
        return past, now.filter(pl.col("at").is_between(start, start + timedelta(days=self.days), closed="left"))


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(["driftline", *PEERS]))
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
@click.option("--again", is_flag=True, help="Ask tools again what they told in an earlier run.")
def main(names: tuple[str, ...], data: Path, *, again: bool) -> None:
    """Run all or some of them, but for what was kept of earlier runs, and write the table of all that was kept."""
    kept_at = data / "stories" / "told.json"
    kept_at.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(kept_at.read_text(encoding="utf-8")) if kept_at.exists() else {}
    by_name = {story.name: story for story in STORIES}
    parts = [Part(by_name[name], 0, QUIET_DAYS) for name in QUIET_STORIES]
    parts += [Part(by_name[name], int(by_name[name].chapters[0].begin), BROKEN_DAYS) for name in BREAKS]
    for part in parts:
        files = _save(part, data / "stories")
        for tool in names or ("driftline", *PEERS):
            if part.story.name in kept.get(tool, {}) and not again:
                continue
            told = _watch(part) if tool == "driftline" else _ask(tool, part, files, data)
            kept.setdefault(tool, {})[part.story.name] = told
            kept_at.write_text(json.dumps(kept), encoding="utf-8")
            print(f"{part.story.name}, {tool}: {sum(map(bool, told.values()))} days with an alarm", flush=True)
    TARGET.write_text("\n".join(tabulate(kept)) + "\n", encoding="utf-8")


def _save(part: Part, folder: Path) -> tuple[Path, Path]:
    files = folder / f"{part.story.name}-past.parquet", folder / f"{part.story.name}-now.parquet"
    for path, rows in zip(files, part.draw(), strict=True):
        rows.write_parquet(path)
    return files


def _watch(part: Part) -> dict[str, list[str]]:
    """The subjects of the incidents that Driftline opens, by the day at whose end it does."""
    settings = {"timestamp": "at", "stream": {"every": "1d"}} | dict(part.story.settings)
    found: dict[str, list[str]] = {}
    for incident in watch(*part.draw(), "1d", settings)[0]:
        day = (datetime.fromisoformat(incident.opened) - START).days - 1
        found.setdefault(str(day), []).extend(member.subject for member in incident.members)
    return found


def _ask(tool: str, part: Part, files: tuple[Path, Path], data: Path) -> dict[str, list[str]]:
    """What another tool tells of these days."""
    python, trouble = installed(tool, PEERS[tool][1], data)
    if trouble:
        raise click.ClickException(f"{tool} is not there: {trouble}")
    command = [str(python), str(HERE / f"processes/days_{tool}.py"), *map(str, files)]
    command += BREAKS.get(part.story.name, ()) if tool == "evidently" else ()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**QUIET, "PATH": "/usr/bin:/bin"})
    if done.returncode:
        raise click.ClickException(f"{tool} on {part.story.name}: {done.stderr.strip().splitlines()[-1]}")
    days = json.loads(done.stdout.splitlines()[-1])
    return {str((datetime.fromisoformat(day) - START).days): told for day, told in days.items() if told}


def tabulate(kept: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]) -> list[str]:
    """The table of what each tool told, kept by tool, story and day."""
    heads = [f"{name}: days until told" for name in BREAKS]
    versions = ", ".join(peer.package.replace("==", " ") for _, peer in PEERS.values())
    said = (
        f"By days; {QUIET_DAYS} quiet ones of each of {len(QUIET_STORIES)} stories, {BROKEN_DAYS} from each break on."
    )
    lines = [
        f"{machine.described()} {said} {versions}.",
        "",
        "| tool | alarms begun in 30 quiet days | of 30 quiet days with an alarm | " + " | ".join(heads) + " |",
        "|---|---|---|" + "---|" * len(heads),
    ]
    for tool, title in (
        ("driftline", "Driftline: incidents opened"),
        *((name, peer[0]) for name, peer in PEERS.items()),
    ):
        if not set(QUIET_STORIES) <= kept.get(tool, {}).keys():
            continue  # its quiet days were not judged yet
        for whole in (False, True) if tool == "evidently" else (False,):
            shown = "Evidently, half of the columns (its dataset drift)" if whole else title
            lines.append(_row(shown, kept[tool], whole=whole))
    return lines


def _row(title: str, told: Mapping[str, Mapping[str, Sequence[str]]], *, whole: bool) -> str:
    chosen: dict[str, Told] = {
        story: {
            int(day): own
            for day, names in days.items()
            if (own := [each for each in names if (each == WHOLE) == whole])
        }
        for story, days in told.items()
    }
    quiet = [{day: told for day, told in chosen[name].items() if day < QUIET_DAYS} for name in QUIET_STORIES]
    months = QUIET_DAYS * len(QUIET_STORIES) / 30
    begun = sum(_count_begun(days) for days in quiet) / months
    loud = sum(map(len, quiet)) / months
    by_name = {story.name: story for story in STORIES}
    delays = [
        "–" if whole else delay(chosen.get(name), int(by_name[name].chapters[0].begin), BREAKS[name]) for name in BREAKS
    ]
    return f"| {title} | {begun:.1f} | {loud:.1f} | " + " | ".join(delays) + " |"


def _count_begun(days: Told) -> int:
    """Alarms that begin: of a name that was not told the day before."""
    return sum(name not in days.get(day - 1, ()) for day, names in days.items() for name in set(names))


def delay(days: Told | None, begin: int, subjects: tuple[str, ...]) -> str:
    """Days from one on up to the end of the first on which any of these is told, in words."""
    if days is None:
        return "not run"
    known = [day for day, names in sorted(days.items()) if day >= begin and set(subjects) & set(names)]
    return str(known[0] - begin + 1) if known else "not told"


if __name__ == "__main__":
    main(prog_name="python -m stories.contest")

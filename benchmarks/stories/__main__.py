"""Tells the stories by hours, days and weeks, keeps what is told in `results/stories.json`, and makes its page."""

import json
import time
from pathlib import Path

import click

from stories import page, real, synthetic
from stories.story import WIDTHS, NoRowsError
from stories.tell import outline, tell

TARGET = Path(__file__).parents[1] / "results" / "stories.json"


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--every", "widths", multiple=True, type=click.Choice(list(WIDTHS)), default=list(WIDTHS))
@click.option("--seed", default=0, show_default=True, help="Another one draws other rows.")
def main(names: tuple[str, ...], widths: tuple[str, ...], seed: int) -> None:
    """Tell the stories whose names hold one of these words, all by default."""
    for story in (*synthetic.STORIES, *real.STORIES):
        if names and not any(name in story.name for name in names):
            continue
        for every in widths:
            started = time.perf_counter()
            try:
                told = tell(story, every, seed)
            except NoRowsError as error:
                click.echo(f"{story.name}, {every}: skipped: {error}")
                continue
            incidents = [outline(incident) for _, incident in told.pairs if incident]
            click.echo(f"{story.name}, {every}: {time.perf_counter() - started:.0f} s")
            click.echo("".join(f"  told: {incident}\n" for incident in incidents), nl=False)
            click.echo("".join(f"  FAULT: {fault}\n" for fault in told.faults), nl=False)
            if not seed:
                _keep(f"{story.name}/{every}", {"told": incidents, "faults": told.faults})
    page.write(json.loads(TARGET.read_text(encoding="utf-8")))


def _keep(key: str, outcome: dict[str, list[str]]) -> None:
    """Write one outcome beside those of other runs."""
    kept = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    kept[key] = outcome
    TARGET.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


main(prog_name="python -m stories")

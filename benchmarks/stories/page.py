"""The page of the stories, made of what was kept of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stories import real, synthetic
from stories.story import WIDTHS, Story
from stories.synthetic import PAST, WATCHED
from stories.tell import describe

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

"""
_TABLE = """| story | a person would write | by hours | by days | by weeks |
|---|---|---|---|---|
"""
_REAL = f"""
## Real months

Rows of public data sets, with default settings, the rows before as the reference: green taxi trips of New York (TLC;
January before February), electricity of New South Wales (Harries 1999; 48 weeks before 20 weeks; the file has no dates,
so days are counted from 7 May 1996 on), and shared bikes of Washington (Fanaee-T & Gama 2013; 2011 before 2012). Known
of them are: nothing new in both Februaries but Presidents' Day, a night and a frost (in the night to 7 February 2022
100 of 131 trips from 0 to 4 o'clock were paid in cash, in other nights about 45 %; on 3 and 4 February 2023, days of
hard frost, 9.2 and 11.6 % lack what a meter gives, and 5 to 8 % on days of January after New Year); from May 1997 on
Victoria's market is part of the prices, which were constant before, and those of New South Wales fall from the end of
May on, to zero in some hours from 6 to 11 June; demand there is from mid-June 1997 on for seven weeks 0.53 to 0.57 on
average, in June and July of the year before 0.44 to 0.54; more bikes are lent from March 2012 on than ever in 2011, and
none on 29 and 30 October, in the hurricane. The night, the frost with the hour of its beginning, the hour of
Presidents' Day 2022 (trips from 7 to 11 o'clock begin where those of other Mondays do, later ones do not), and the
demand of the winter were looked up in the rows only after Driftline had told of them: there "as written" means that
what was told is in the rows, not that anyone knew of it before. The demand is back to the year before's by the end of
August.
The folder that `{real.FOLDER}` names has the files; without them the stories are skipped, with a word.

```
{real.FOLDER}=folder PYTHONPATH=benchmarks python -m stories taxi electricity bikes
```

"""


_PEERS = """
## Other tools on the same days

Other tools with their defaults, each day against the same reference, as their first examples do: two quiet stories of
60 days, and 30 days from five of the breaks on. An alarm begins where a tool names a column (or the number of rows)
that it did not name the day before; a delay is the days up to the end of the first one on which the broken thing is
named, however often it was named before. So read the delays beside the alarms: a tool that always alarms is never late.
What a tool does not look at it cannot tell: of these only NannyML counts rows, and none knows segments by itself. Made
by

```
PYTHONPATH=benchmarks python -m stories.contest
```

--8<-- "stories_peers.md"

The tools that tell the slow trend within a week or less also begin 1 to 22 alarms in 30 quiet days; Driftline begins
none. A trend of half a percent a day begins as nothing: a lasting distance counts from 0.05 on (a third of what one
window may have), which that trend reaches after five days, and what counts is how far it is beyond that, until it has
added up to what a budget of one false alert in 30 days for the whole model asks for. Whoever wants to be told of less
states the smallest distance that matters, of one window as of what lasts. On the same trend and two quiet stories 0.05
halves the delay without an incident in quiet days; at 0.03 these open twice as many as the budget of 2 has. Made by

```
PYTHONPATH=benchmarks python -m stories.sooner
```

--8<-- "stories_trend.md"

"""


def write(kept: Mapping[str, Any]) -> None:
    """Write the page of all that was kept."""
    drawn, read = ("".join(_row(story, kept) for story in part.STORIES) for part in (synthetic, real))
    stories: list[Story] = [*synthetic.STORIES, *real.STORIES]
    details = [part for story in stories for every in WIDTHS for part in _detail(story, every, kept)]
    text = _HEAD + _TABLE + drawn + _REAL + _TABLE + read + _PEERS + "## What is told\n\n" + "".join(details)
    TARGET.write_text(text, encoding="utf-8")


def _row(story: Story, kept: Mapping[str, Any]) -> str:
    expected = "; ".join(describe(chapter, story.start) for chapter in story.chapters) or "nothing"
    if story.noted:
        noted = f"when fitting: {story.noted} changed within the reference"
        expected = f"{noted}; {expected}" if story.chapters else noted
    cells = " | ".join(_cell(kept.get(f"{story.name}/{every}"), story.limits.get(every, "")) for every in WIDTHS)
    return f"| {story.name} | {expected} | {cells} |\n"


def _cell(outcome: Mapping[str, list[str]] | None, limit: str) -> str:
    if outcome is None:
        return limit or "not run"
    faults = len(outcome["faults"])
    said = "as written" if not faults else f"{faults} fault{'' if faults == 1 else 's'}"
    return f"{said}; {limit}" if limit else said


def _detail(story: Story, every: str, kept: Mapping[str, Any]) -> list[str]:
    outcome = kept.get(f"{story.name}/{every}")
    if outcome is None or not (outcome["told"] or outcome["faults"]):
        return []
    faults = [f"fault: {fault}" for fault in outcome["faults"]]
    more = [f"and {len(faults) - _MOST} more faults"] if len(faults) > _MOST else []
    lines = [*outcome["told"], *faults[:_MOST], *more]
    return [f"**{story.name}, {every}**\n\n", *(f"- {line}\n" for line in lines), "\n"]

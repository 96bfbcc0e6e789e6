"""Tells a story: fits, watches window by window, and compares the incidents with those that a person would write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from driftline import Monitor
from driftline.alerts.incidents import Incident
from driftline.alerts.watch import Watch
from driftline.verdicts.baseline import describe_changes
from stories.story import WIDTHS, Chapter, Story

FOREVER = datetime(9999, 1, 1)  # noqa: DTZ001 - times are UTC without saying so


@dataclass(frozen=True)
class Told:
    """A story by windows of one width: the chapters with the incident that tells each, and what nobody wrote."""

    story: Story
    every: str
    pairs: tuple[tuple[Chapter, Incident | None], ...]
    others: tuple[Incident, ...]
    notes: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """What a person would object to, in words; empty where the story is told as it was."""
        width, start = WIDTHS[self.every], self.story.start
        faults = [f"not asked for: {outline(incident)}" for incident in self.others]
        for chapter, incident in self.pairs:
            missed = [f"missed: {describe(chapter, start)}"]
            faults += missed if incident is None else _object(chapter, incident, start, width)
        if self.story.noted and not any(self.story.noted in note for note in self.notes):
            faults.append("no note when fitting")
        return faults


def tell(story: Story, every: str, seed: int = 0, rows: int = 1200) -> Told:
    """Fit on the story's reference, and watch the rest."""
    past, now = story.draw(seed, rows)
    settings = {"timestamp": "at", "stream": {"every": every}} | dict(story.settings)
    return match(story, every, *watch(past, now, every, settings))


def watch(past: Any, now: Any, every: str, settings: dict[str, Any]) -> tuple[list[Incident], tuple[str, ...]]:
    """The incidents as they stand in the end, in order of opening, and what was noted when fitting."""
    monitor = Monitor.fit(past, describe=False, **settings)
    incidents: dict[str, Incident] = {}
    watching = Watch(monitor)
    for part in _months(now):
        for outcome in watching.over(part, every=every):
            incidents |= {incident.id: incident for incident in outcome.incidents}
    return list(incidents.values()), tuple(describe_changes(monitor.reference.baseline.changes))


def _months(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows by four weeks from a Monday on, so that no week is cut: so many hours at once are bearable."""
    months = (pl.col("at") - pl.col("at").min().dt.truncate("1w")).dt.total_days() // 28
    yield from rows.with_columns(months=months).partition_by("months", include_key=False, maintain_order=True)


def match(story: Story, every: str, incidents: Sequence[Incident], notes: tuple[str, ...]) -> Told:
    """Give each chapter the first incident that is about it; a chapter's times decide among several."""
    left, pairs = list(incidents), []
    for chapter in [chapter for chapter in story.chapters if every in chapter.widths]:
        known = [
            one
            for one in left
            if _subject(one) in chapter.subjects and _overlaps(chapter, one, story.start, WIDTHS[every])
        ]
        if known:
            left.remove(known[0])
        pairs.append((chapter, known[0] if known else None))
    return Told(story, every, tuple(pairs), tuple(left), notes)


def _subject(incident: Incident) -> str:
    return incident.members[0].subject


def _overlaps(chapter: Chapter, incident: Incident, start: datetime, width: timedelta) -> bool:
    closed = _moment(incident.closed) if incident.closed else FOREVER
    return closed >= _day(start, chapter.begin) and (
        chapter.last is None or _moment(incident.since or incident.opened) <= _day(start, chapter.last) + width
    )


def _object(chapter: Chapter, incident: Incident, start: datetime, width: timedelta) -> list[str]:
    """What is wrong with the times of an incident, with a window's width to spare, and three for its end."""
    faults, begin = [], _day(start, chapter.begin)
    earliest, latest = (_moment(time or incident.opened) for time in (incident.earliest, incident.latest))
    if not earliest - width - timedelta(days=chapter.slow) < begin < latest + 2 * width:
        faults.append(f"onset: {outline(incident)}, not {describe(chapter, start)}")
    if chapter.end is None and incident.closed:
        faults.append(f"over too soon: {outline(incident)}, not {describe(chapter, start)}")
    if chapter.end is not None:
        closed = _moment(incident.closed) if incident.closed else FOREVER
        if not _day(start, chapter.end) <= closed <= _day(start, chapter.last or chapter.end) + 4 * width:
            faults.append(f"end: {outline(incident)}, not {describe(chapter, start)}")
    told, spare = [_moment(event.since) for event in incident.events], max(width, 2 * WIDTHS["1d"])
    untold = [day for day in chapter.events if not any(abs(moment - _day(start, day)) <= spare for moment in told)]
    return faults + [f"second event of {_day(start, day):%d %b} not told" for day in untold]


def describe(chapter: Chapter, start: datetime) -> str:
    """A chapter of a story from that day on in words: subject, onset and end as days of the year."""
    end = (
        "lasts"
        if chapter.end is None
        else f"over between {_day(start, chapter.end):%d %b} and {_day(start, chapter.last):%d %b}"
    )
    return f"{chapter.subjects[0]} since {_day(start, chapter.begin):%d %b}, {end}"


def outline(incident: Incident) -> str:
    """An incident in words: headline, onset and end."""
    between = (
        "" if incident.earliest == incident.latest
        else f" ({_moment(incident.earliest):%d %b} to {_moment(incident.latest):%d %b})"
    )  # fmt: skip
    end = f"over {_moment(incident.closed):%d %b}" if incident.closed else "open"
    since = _moment(incident.since or incident.opened)
    return f"{incident.headline} since {since:%d %b}{between}, {end}"


def _day(start: datetime, days: float | None) -> datetime:
    return start + timedelta(days=days or 0.0)


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "")

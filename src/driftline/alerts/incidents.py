"""An incident: one trouble of a model, from the window in which it is noticed to the one in which it is over."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from driftline import humanize
from driftline.alerts.sizes import SizeSum
from driftline.stores.records import MEMBER_COLUMNS, StoredIncident, StoredMember
from driftline.types import Health, Level, SeriesKey
from driftline.windows import show_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One column, segment or the like that is part of an incident.

    `change` says what happened to it, in the last window in which it alerted, and `reason` is the evidence for that.
    `beyond` is the largest effect so far, in times of the tolerance of one window; None for a fact. `joined` and `left`
    are the ends of the windows in which it joined the incident and in which it had recovered. `effects` are the largest
    distances from the reference before the last window that could be judged, by metric, in its unit; `latest` are those
    of that window. Of windows shorter than a day they are means over a day, and `recent` sums the ones since then.
    `peaks` are the largest of single windows, however short.
    """

    subject: str
    metric: str
    column: str | None
    segment: str | None
    change: str
    reason: str
    beyond: float | None
    joined: str
    left: str | None = None
    effects: Mapping[str, float] = field(default_factory=dict)
    latest: Mapping[str, float] = field(default_factory=dict)
    recent: Mapping[str, SizeSum] = field(default_factory=dict)
    peaks: Mapping[str, float] = field(default_factory=dict)

    @property
    def largest(self) -> dict[str, float]:
        """The largest distances from the reference so far, by metric, the last window included."""
        known = {*self.effects, *self.latest}
        return {name: max(self.effects.get(name, 0.0), self.latest.get(name, 0.0)) for name in known}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Member":
        """A member of its plain values."""
        recent = {name: SizeSum(**sizes) for name, sizes in state.get("recent", {}).items()}
        return cls(**{**state, "recent": recent})

    @property
    def is_of_performance(self) -> bool:
        """Whether it is about how right the model is, in all rows or in a segment."""
        return self.column is None and self.subject.startswith("model performance")

    @property
    def series(self) -> SeriesKey:
        """The series of estimates that it leads with."""
        return SeriesKey(self.metric, self.column, self.segment)

    def record(self) -> StoredMember:
        """The part of it that a store keeps."""
        return StoredMember(**{name: getattr(self, name) for name in MEMBER_COLUMNS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A second event on a member of an incident that is open already: what happened, since when, and how large."""

    subject: str
    metric: str
    change: str
    reason: str
    beyond: float | None
    since: str
    opened: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One trouble of one model: it opens once, stays the same incident until it closes, and says since when.

    `id` stays the same from the first window to the last. `metric`, `column`, `segment` and `reason` are those of the
    leading member: the one furthest beyond its tolerance when the incident opened, or once that one has recovered, the
    furthest of the others. `headline` says what happened to it and names the others. `members` holds all, the leading
    one first; `events` holds what happened to them later.
    Times are ISO 8601 in UTC. `since` is the estimated onset, which lies between `earliest` and `latest`; `opened` and
    `closed` are the ends of the windows that opened and closed it. `acceptance` says who took it for the new normal, or
    resolved it, when and why, where it ended by that. Sentences show times by the clock of
    `zone`, the timestamp's, or of UTC.
    """

    id: str
    model: str
    health: Health
    level: Level
    metric: str
    column: str | None
    segment: str | None
    headline: str
    reason: str
    since: str | None
    earliest: str | None
    latest: str | None
    opened: str
    updated: str
    closed: str | None = None
    windows: int = 1
    members: tuple[Member, ...] = ()
    events: tuple[Event, ...] = ()
    acceptance: str = ""
    zone: str = ""

    @property
    def news(self) -> tuple[Event, ...]:
        """The events of the newest window."""
        return tuple(event for event in self.events if event.opened == self.updated)

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.closed is None

    @property
    def sentence(self) -> str:
        """What happened, and since when: `fare is higher: median 11 → 14.42 (+31 %), since 14 Feb 2023 08:00`."""
        return self.headline + (f", since {self.show(self.since)}" if self.since else "")

    def show(self, time: str | None) -> str:
        """A time in UTC as people write it, by the clock of the model's zone."""
        return humanize.moment(show_local(time, self.zone))

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec and for JSON."""
        return asdict(self) | {"health": self.health.value, "level": self.level.value}

    def record(self) -> StoredIncident:
        """The row of it in a store."""
        evidence = [self.reason, *(member.reason for member in self.members), *(event.reason for event in self.events)]
        return StoredIncident(
            id=self.id, model=self.model, level=self.level, headline=self.headline, reason=self.reason,
            since=self.since, opened=self.opened, updated=self.updated, closed=self.closed, windows=self.windows,
            health=self.health, metric=self.metric, column=self.column, segment=self.segment, earliest=self.earliest,
            latest=self.latest, members=tuple(member.record() for member in self.members),
            evidence=tuple(dict.fromkeys(evidence)),
        )  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Incident":
        """The inverse of `state`."""
        parts = {
            "health": Health(state["health"]),
            "level": Level(state["level"]),
            "members": tuple(Member.from_state(member) for member in state["members"]),
            "events": tuple(Event(**event) for event in state["events"]),
        }
        return cls(**(state | parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """An incident as it stands, with the sentence of the result in which it does.

    `key` is the same for the same state of the same incident, so that none is sent twice. A member that joins is a new
    state, and so is each further week that an incident stays open: a reminder. `link` is the address of the incident's
    page; empty where the server does not know by which address people reach it.
    """

    incident: Incident
    headline: str = ""
    link: str = ""

    @property
    def key(self) -> str:
        """Names the incident and its state, how many members and events it has if they are more than one, and weeks."""
        news = len(self.incident.members) + len(self.incident.events)
        members = f"/{news}" if self.incident.is_open and news > 1 else ""
        weeks = f"/week {self.weeks}" if self.weeks else ""
        return f"{self.incident.id}/{self.state}/{self.incident.level.value}{members}{weeks}"

    @property
    def weeks(self) -> int:
        """Whole weeks of event time for which the incident has been open; 0 once it is closed."""
        opened, updated = (datetime.fromisoformat(time) for time in (self.incident.opened, self.incident.updated))
        return (updated - opened) // timedelta(weeks=1) if self.incident.is_open else 0

    @property
    def state(self) -> str:
        """Whether it is `open` or `closed`."""
        return "open" if self.incident.is_open else "closed"

    @property
    def title(self) -> str:
        """The line that a person reads first: the model, how bad it is, what happened and since when."""
        level = "over" if not self.incident.is_open else "ongoing" if self.weeks else self.incident.level.value
        return f"{self.incident.model}: {self.incident.acceptance or level}: {self.incident.sentence}"

    @property
    def body(self) -> str:
        """What a person reads below the title: the evidence, what happened since then, and where to look further."""
        news = [f"More since {self.incident.show(event.since)}: {event.change}" for event in self.incident.news]
        return "\n".join([self.incident.reason, *news, *([self.link] if self.link else [])])

    def values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "key": self.key, "state": self.state, "title": self.title, "headline": self.headline,
            "incident": self.incident.state(), "link": self.link,
        }  # fmt: skip

    @classmethod
    def from_state(cls, values: dict[str, Any]) -> "Notification":
        """The inverse of `values`."""
        return cls(incident=Incident.from_state(values["incident"]), headline=values["headline"])

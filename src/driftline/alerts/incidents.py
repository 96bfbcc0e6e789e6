"""What a person is told of: one trouble, from when it is noticed to when it is over."""

from dataclasses import asdict, dataclass
from typing import Any

from driftline.types import Health, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One column, segment or the like that is part of a trouble.

    `beyond` is the largest effect so far, in times of what is tolerated of one window; None for a fact. `joined` and
    `left` are ends of the windows in which it came to the trouble, and in which it was over for this one.
    """

    subject: str
    metric: str
    column: str | None
    segment: str | None
    beyond: float | None
    joined: str
    left: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One trouble of one model: it opens once, is the same until it closes, and says since when.

    `id` stays the same from the first window to the last, and so do `metric`, `column` and `segment`: they are of the
    member that was furthest beyond what is tolerated when it opened. `members` are all, that one first, then the
    furthest. Times are ISO 8601 in UTC. `since` is the estimated onset, which lies between `earliest` and `latest`;
    `opened` and `closed` are ends of the windows that opened and closed it.
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

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.closed is None

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec and for JSON."""
        return asdict(self) | {"health": self.health.value, "level": self.level.value}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Incident":
        """The inverse of `state`."""
        members = tuple(Member(**each) for each in state["members"])
        return cls(**(state | {"health": Health(state["health"]), "level": Level(state["level"]), "members": members}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """An incident as it stands, with the sentence of the result in which it does.

    `key` is the same for the same state of the same incident, so that none is told twice. Members that join are news.
    """

    incident: Incident
    headline: str = ""

    @property
    def key(self) -> str:
        """Names the incident and its state, and how many members it has if they are more than one."""
        members = f"/{len(self.incident.members)}" if self.incident.is_open and len(self.incident.members) > 1 else ""
        return f"{self.incident.id}/{self.state}/{self.incident.level.value}{members}"

    @property
    def state(self) -> str:
        """Whether it is `open` or `closed`."""
        return "open" if self.incident.is_open else "closed"

    def values(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"key": self.key, "state": self.state, "headline": self.headline, "incident": self.incident.state()}

    @classmethod
    def from_state(cls, values: dict[str, Any]) -> "Notification":
        """The inverse of `values`."""
        return cls(incident=Incident.from_state(values["incident"]), headline=values["headline"])

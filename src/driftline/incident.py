"""What a person is told of: one trouble, from when it is noticed to when it is over."""

from dataclasses import asdict, dataclass
from typing import Any

from driftline.types import Health, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One trouble of one model: it opens once, is the same until it closes, and says since when.

    `id` stays the same from the first window to the last. Times are ISO 8601 in UTC. `since` is the estimated onset,
    which lies between `earliest` and `latest`; `opened` and `closed` are ends of the windows that opened and closed it.
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

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.closed is None

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec and for JSON."""
        return asdict(self) | {"health": self.health.value, "level": self.level.value}

    @classmethod
    def of_state(cls, state: dict[str, Any]) -> "Incident":
        """The inverse of `state`."""
        return cls(**(state | {"health": Health(state["health"]), "level": Level(state["level"])}))

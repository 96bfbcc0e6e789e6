"""What is sent to people and programs: an incident that opened, changed or closed."""

from dataclasses import dataclass
from typing import Any

from driftline.incident import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
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
    def of_values(cls, values: dict[str, Any]) -> "Notice":
        """The inverse of `values`."""
        return cls(incident=Incident.of_state(values["incident"]), headline=values["headline"])

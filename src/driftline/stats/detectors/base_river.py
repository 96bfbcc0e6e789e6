"""What the detectors have in common whose rule is River's own code."""

from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from driftline.errors import MissingExtraError, PackError
from driftline.stats.detectors.base import Detector, Found


@dataclass(kw_only=True, eq=False)
class RiverDetector(Detector):
    """A detector of River's with its confidence set for the run length; its attributes are the memory."""

    EXTRA: ClassVar[tuple[str, str] | None] = ("river", "river")
    FIELDS: ClassVar[tuple[str, ...]] = ("n",)

    @abstractmethod
    def _made(self, drift: Any) -> Any:
        """The detector of River's module `river.drift`, without memory."""

    def _start(self) -> None:
        try:
            from river import drift  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError(f"the detector {self.name}", "river") from error
        self.n = 0
        self.inner = self._made(drift)

    def _step(self, value: float) -> Found | None:
        self.n += 1
        self.inner.update(int(value))
        return ("up", self._length()) if self.inner.drift_detected else None

    @abstractmethod
    def _length(self) -> int:
        """How many observations ago the change began, at a guess."""

    def state(self) -> dict[str, Any]:
        """Settings and memory, River's included, as plain values."""
        return super().state() | {"river": _attributes(self.inner)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `state`.

        Raises:
            PackError: when the state is that of a version of River with other attributes.
        """
        detector = super().from_state(state)
        _fill(detector.inner, state["river"], detector.name)
        return detector


def _attributes(thing: Any) -> dict[str, Any]:
    """The attributes of an object of River's as plain values."""
    return {
        name: list(value) if isinstance(value, deque) else _attributes(value) if hasattr(value, "__dict__") else value
        for name, value in vars(thing).items()
    }


def _fill(thing: Any, kept: Mapping[str, Any], name: str) -> None:
    """Give an object of River's the attributes of another one of its kind."""
    if vars(thing).keys() != kept.keys():
        raise PackError(f"{name}: the state was made with another version of River; start the detector afresh")
    for attribute, value in kept.items():
        there = getattr(thing, attribute)
        if isinstance(there, deque):
            setattr(thing, attribute, deque(value, maxlen=there.maxlen))
        elif hasattr(there, "__dict__"):
            _fill(there, value, name)
        else:
            setattr(thing, attribute, value)

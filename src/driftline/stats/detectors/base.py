"""What a detector is: a small memory that takes one number at a time and says when a change happened.

A detector is a dataclass: its fields are its settings, and the attributes named in `FIELDS` are its whole memory, made
anew by `_start`. All share one setting, the average run length: how many observations of an unchanged stream pass, on
average, until a false alarm. The promise holds for independent observations; where neighbours are alike, it does not.
"""

import dataclasses
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from driftline import registry
from driftline.errors import ConfigError, InputError, PackError
from driftline.stats.detectors.base_normal_scores import Scores

Found = tuple[str, int]
"""The direction of a change, and how many observations ago it began at a guess, the last one included."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A change: found with observation `at`, counted from 1, and begun, at a guess, with observation `since`.

    `direction` is "up", "down", or "other" where neither is meant.
    """

    at: int
    since: int
    direction: str


@dataclasses.dataclass(kw_only=True, eq=False)
class Detector(ABC):
    """Takes one number at a time; NaN and None are skipped, and infinite numbers are refused.

    `WATCHES` says what it takes for a change, `PROMISE` whether the run length is "proven" or "simulated", `SIDES` the
    direction that it sees: "up", "down" or "both". `NEEDS` are settings without a default, each with an example.
    `BINARY` detectors take 0 and 1, 1 being an error.
    """

    GROUP: ClassVar[str] = "detectors"
    TITLE: ClassVar[str]
    WATCHES: ClassVar[str]
    PROMISE: ClassVar[str] = "simulated"
    SIDES: ClassVar[str] = "both"
    BINARY: ClassVar[bool] = False
    NEEDS: ClassVar[Mapping[str, float]] = {}
    FIELDS: ClassVar[tuple[str, ...]]

    run_length: float = 10_000

    def __post_init__(self) -> None:
        self._demand(10 <= self.run_length <= 1e9, "run_length", "between 10 and 1e9 observations")
        self.seen = 0
        self._prepare()
        self._start()

    @abstractmethod
    def _prepare(self) -> None:
        """Check the settings and work out what follows of them: the threshold."""

    @abstractmethod
    def _start(self) -> None:
        """Forget everything: the memory of no observation."""

    @abstractmethod
    def _step(self, value: float) -> Found | None:
        """Take in one finite number."""

    def _settle(self) -> None:  # noqa: B027 - where all memory says what normal is, nothing is to be done
        """Forget evidence of a change, but not what normal is."""

    def update(self, value: float | None) -> Change | None:
        """Take in one number; the change if it completes the evidence for one, after which it starts afresh.

        Raises:
            InputError: when the number is infinite, or neither 0 nor 1 where errors are counted.
        """
        number = math.nan if value is None else float(value)
        if math.isnan(number):
            return None
        if math.isinf(number):
            raise InputError(f"{self.name}: the number is infinite; leave it out, or put the largest possible one")
        self._check(number)
        self.seen += 1
        found = self._step(number)
        if found is None:
            return None
        self._start()
        direction, length = found
        return Change(at=self.seen, since=max(1, self.seen - length + 1), direction=direction)

    def changes(self, values: Iterable[float | None]) -> list[Change]:
        """All changes among these numbers, taken in one by one."""
        return [found for value in values if (found := self.update(value)) is not None]

    def learn(self, reference: Iterable[float]) -> None:
        """Take in values that say what normal is, so that it need not wait for it; NaN and infinite ones are left out.

        They are not counted as seen. After the next change they are forgotten, as all before it.
        """
        for value in reference:
            if math.isfinite(value):
                self._check(float(value))
                if self._step(float(value)) is not None:
                    self._start()
        self._settle()

    def state(self) -> dict[str, Any]:
        """Settings and memory as plain values for the codec."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        memory = {name: _plain(getattr(self, name)) for name in ("seen", *self.FIELDS)}
        return {"detector": self.name, "settings": settings, "memory": memory}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `state`: it goes on exactly where the other one was.

        Raises:
            PackError: when it is the state of something else.
        """
        try:
            detector = cls(**state["settings"])
            for name in ("seen", *cls.FIELDS):
                kept = state["memory"][name]
                scores = isinstance(getattr(detector, name), Scores)
                setattr(detector, name, Scores.from_state(kept) if scores else _plain(kept))
        except (KeyError, TypeError) as error:
            raise PackError(f"this is no state of the detector {cls.__name__} ({error}); start it afresh") from error
        return detector

    @property
    def name(self) -> str:
        """The name of its file: that of its class in small letters."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def _check(self, number: float) -> None:
        if self.BINARY and number not in {0.0, 1.0}:
            raise InputError(f"{self.name}: expected 0 (right) or 1 (an error), not {number:g}")

    def _demand(self, holds: object, setting: str, expected: str) -> None:
        if not holds:
            raise ConfigError(f"{self.name}: {setting} is {getattr(self, setting)!r}; expected {expected}")


@dataclasses.dataclass(kw_only=True, eq=False)
class RankedDetector(Detector):
    """A detector of the values' normal scores among all before: neither unit nor distribution makes a difference."""

    def _start(self) -> None:
        self.scores = Scores()
        self._begin()

    def _step(self, value: float) -> Found | None:
        return self._follow(self.scores.score(value))

    @abstractmethod
    def _begin(self) -> None:
        """The memory besides the scores, of no observation."""

    @abstractmethod
    def _follow(self, score: float) -> Found | None:
        """Take in one normal score."""

    def _settle(self) -> None:
        self._begin()


def restore(state: Mapping[str, Any]) -> Detector:
    """Make a detector from a state, which says which detector it is of.

    >>> detector = registry.find("detectors", "cusum")()
    >>> _ = detector.changes([1.0, 2.0, 3.0])
    >>> restore(detector.state()).seen
    3
    """
    detector: Detector = registry.find("detectors", state["detector"]).from_state(state)
    return detector


def _plain(value: Any) -> Any:
    """A copy, so that a state is not changed by what comes after it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return value.copy()
    return value.state() if isinstance(value, Scores) else value

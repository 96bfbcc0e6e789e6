"""The port of engines. These comments are the contract; `driftline.testing.engines` holds the suite for it."""

from collections.abc import Mapping
from typing import Protocol

from driftline.config.settings import Config
from driftline.data.sources.base import Source
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.windows import Windows


class Engine(Protocol):
    """What folds rows into profiles. The same rows give the same integers in any order and partition.

    `source` names the source that opens files for it; if that is "files", it takes every source, else only those that
    name it. What it cannot read is an `InputError`, and rows that it lost an `EngineError`: never is a part of the
    rows taken for the whole.
    """

    source: str

    def fit(self, source: Source, config: Config) -> Plan:
        """The plan, fitted on a reference."""
        ...

    def span(self, source: Source, plan: Plan) -> tuple[float, float] | None:
        """First and last time (microseconds since 1970 UTC), as `span.Span` has them; None where there is no time."""
        ...

    def fold(self, source: Source, plan: Plan, windows: Windows | None = None) -> Mapping[ProfileKey, Profile]:
        """One profile for each window and segment; `ProfileKey()` holds all rows, and is there even for no rows."""
        ...

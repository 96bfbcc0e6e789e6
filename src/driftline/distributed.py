"""What engines with many workers share: each partition is folded for itself, and the outcomes are merged.

An outcome is bytes. It names the partitions that it holds, so that none is left out or counted twice; where one could
not be read it carries the reason.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from driftline import codec, errors
from driftline.config import Config
from driftline.errors import DriftlineError, EngineError
from driftline.plan import Plan
from driftline.planning import planned
from driftline.profile import Profile
from driftline.types import Cell, Role
from driftline.windows import Windows
from driftline.work import Profiling, Spanning, Surveying, Work, ordered

_ROWS = 131_072  # small batches are joined up to that, for each costs a little


class Distributed(ABC):
    """An engine over rows that lie in partitions: it says how to run a work on them."""

    @abstractmethod
    def outcomes(self, source: Any, work: Work) -> Iterable[bytes]:
        """What `folded` makes of each partition, numbered from 0 on; `merged` by the workers to a few where many.

        Raises:
            EngineError: when the workers cannot do it.
            InputError: when the rows cannot be read.
        """

    def empty(self, source: Any) -> Iterable[pl.DataFrame]:  # noqa: ARG002 - for those that need it
        """Batches without rows that have the source's columns, where partitions without rows do not tell them."""
        return ()

    def fit(self, source: Any, config: Config) -> Plan:
        """The plan, fitted on a reference."""
        return planned(self._run(source, Surveying()), config, source.format)

    def span(self, source: Any, plan: Plan) -> tuple[float, float] | None:
        """First and last time of the rows, or None where there is no time."""
        column = plan.with_role(Role.TIMESTAMP)
        return None if column is None else self._run(source, Spanning(column)).ends()

    def fold(self, source: Any, plan: Plan, windows: Windows | None = None) -> Mapping[Cell, Profile]:
        """One profile for each window and segment; `Cell()` holds all rows."""
        cells: dict[Cell, Profile] = self._run(source, Profiling(plan, source.format, windows))
        return cells

    def _run(self, source: Any, work: Work) -> Any:
        found = codec.unpack(merged(work.order(), self.outcomes(source, work)))
        if "error" in found:
            name, said = found["error"]
            raise getattr(errors, name, EngineError)(f"{source.label}: {said}")
        parts = found["parts"]
        if parts != list(range(len(parts))):
            raise EngineError(
                f"{source.label}: partitions were lost or came twice: expected 0 to {max(parts)} once each, got "
                f"{str(parts)[:80]}; run it again"
            )
        state = work.load(found["state"])
        if not found["rows"]:
            state = work.merge(state, work.of(self.empty(source)))
        if work.rows(state) != found["rows"]:
            raise EngineError(
                f"{source.label}: {found['rows']:,} rows were read, but {work.rows(state):,} are counted; run it again"
            )
        return state


def folded(order: bytes, batches: Iterable[pl.DataFrame], part: int, rows: int | None = None) -> bytes:
    """The outcome of one partition, of so many rows if that is known.

    An error raised on purpose is part of it, for the sake of its words.
    """
    seen = [0]

    def counted() -> Iterator[pl.DataFrame]:
        for batch in batches:
            seen[0] += batch.height
            yield batch

    try:
        work = ordered(order)
        state = work.dump(work.of(_joined(counted())))
        if rows not in {None, seen[0]}:
            raise EngineError(f"partition {part} has {rows:,} rows, but {seen[0]:,} of them came; run it again")
    except DriftlineError as error:
        return codec.pack({"parts": [part], "error": [type(error).__name__, str(error)]})
    return codec.pack({"parts": [part], "rows": seen[0], "state": state})


def merged(order: bytes, outcomes: Iterable[bytes]) -> bytes:
    """One outcome of several; of errors that of the first partition."""
    work, state, parts, rows = ordered(order), None, [], 0
    failed: dict[str, Any] | None = None
    for outcome in outcomes:
        found = codec.unpack(outcome)
        parts += found["parts"]
        if "error" in found:
            failed = found if failed is None else min(failed, found, key=lambda one: one["parts"])
            continue
        theirs = work.load(found["state"])
        state = theirs if state is None else work.merge(state, theirs)
        rows += found["rows"]
    if failed is not None:
        return codec.pack(failed)
    state = work.of([]) if state is None else state
    return codec.pack({"parts": sorted(parts), "rows": rows, "state": work.dump(state)})


def _joined(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Batches joined while their columns are alike, up to so many rows."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        if held and (held[0].schema != batch.schema or sum(one.height for one in held) + batch.height > _ROWS):
            yield pl.concat(held)
            held = []
        held.append(batch)
    if held:
        yield pl.concat(held)

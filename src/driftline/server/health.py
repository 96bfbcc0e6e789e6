"""What is wrong with the server itself: what it cannot keep, judge, fold or send."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from driftline.alerts.delivery import Delivery
from driftline.errors import StoreError
from driftline.server.group_commit import GroupCommit
from driftline.server.workers import Workers

if TYPE_CHECKING:
    from driftline.server.model_worker import ModelWorker

LONGEST_LAG = 600.0
"""Seconds that rows may wait to be folded until the model counts as behind."""


class TroubleKind(StrEnum):
    """What kind of trouble the server has."""

    LOG = "log"
    STOPPED = "stopped"
    BEHIND = "behind"
    DEAD_LETTERS = "dead_letters"
    UNJUDGED = "unjudged"
    SINK = "sink"


_BLOCKING = {TroubleKind.LOG, TroubleKind.STOPPED}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble: of a model, a worker or a sink; `text` is a sentence for people, without values of rows.

    `since` is seconds since 1970, where that is known.
    """

    kind: TroubleKind
    subject: str
    text: str
    model: str = ""
    since: float | None = None

    @property
    def blocks(self) -> bool:
        """Whether rows are not taken or not judged."""
        return self.kind in _BLOCKING


@dataclass(frozen=True)
class Health:
    """Asks the parts of the server how they do, from any thread.

    Args:
        group_commit: appends to the log.
        workers: threads beside the server.
        model_workers: those of them that watch models.
        delivery: sends notifications; None where there are no sinks.
    """

    group_commit: GroupCommit
    workers: Workers
    model_workers: Sequence["ModelWorker"] = ()
    delivery: Delivery | None = None

    def troubles(self) -> list[Trouble]:
        """All there is, what blocks first; empty where all is well."""
        found = [
            Trouble(TroubleKind.STOPPED, status.name, f"{status.name}: {status.trouble}", since=status.stopped)
            for status in self.workers.statuses()
            if status.trouble
        ]
        if trouble := self.group_commit.trouble:
            found.append(Trouble(TroubleKind.LOG, "log", trouble))
        try:
            self.group_commit.log.last()
            for worker in self.model_workers:
                found += _of_model(worker)
        except StoreError as error:
            found.append(Trouble(TroubleKind.LOG, "log", str(error)))
        if self.delivery is not None:
            found += [Trouble(TroubleKind.SINK, text.partition(": ")[0], text) for text in self.delivery.troubles()]
        return sorted(found, key=lambda trouble: not trouble.blocks)

    def dead(self) -> list[str]:
        """What only a restart of the process brings back: threads that have ended."""
        return [*self.workers.dead(), *(["the log"] if not self.group_commit.is_alive else [])]


def _of_model(worker: "ModelWorker") -> list[Trouble]:
    name, found = worker.model, []
    if (lag := worker.lag) > LONGEST_LAG:
        text = f"model {name}: judging is behind: {worker.behind:,} rows wait, the first for {lag / 60:,.0f} minutes"
        found.append(Trouble(TroubleKind.BEHIND, f"model {name}", text, name, time.time() - lag))
    if letters := worker.dead_letters():
        rows, last = sum(letter.rows for letter in letters), letters[-1]
        text = (
            f"model {name}: {len(letters):,} batches with {rows:,} rows could not be folded and are set aside "
            f"({last.reason}); see `driftline db dead`, and `driftline db retry` after an upgrade"
        )
        found.append(Trouble(TroubleKind.DEAD_LETTERS, f"model {name}", text, name, letters[0].noticed / 1e6))
    if worker.unjudged_reason:
        text = f"model {name}: {worker.unjudged:,} windows could not be judged; the newest is {worker.unjudged_reason}"
        found.append(Trouble(TroubleKind.UNJUDGED, f"model {name}", text, name))
    return found

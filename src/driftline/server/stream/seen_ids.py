"""Which rows a stream has seen: the hash of each id with the pane of its row, compact and sorted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from driftline.data.hashing import Hashes

Panes = npt.NDArray[np.int32]
NONE = np.int32(-(2**31))
_MOST = 2**22  # ids in one run: bounds what is rewritten at once to 48 MB


@dataclass(frozen=True, eq=False)
class SortedRun:
    """Hashes (n,) ascending, each once, and the panes (n,) of their rows."""

    hashes: Hashes
    panes: Panes

    def find(self, hashes: Hashes) -> Panes:
        """The pane of each hash (m,), best ascending; `NONE` where it is not in this run."""
        if not self.hashes.size:
            return np.full(hashes.size, NONE)
        at = np.minimum(np.searchsorted(self.hashes, hashes), self.hashes.size - 1)
        return np.where(self.hashes[at] == hashes, self.panes[at], NONE).astype(np.int32)


class SeenIds:
    """Ids of a stream's rows, 12 bytes each, in few sorted runs of growing size (O'Neil et al. 1996, LSM tree).

    Two ids with the same 64-bit hash count as one: among 10 million ids that happens with a chance of 3 in a million.
    `fresh` has the runs, by number, that were made since they were last kept, `stale` the numbers of those to forget.

    >>> ids = SeenIds()
    >>> ids.add(np.array([3, 5], np.uint64), np.array([7, 8], np.int32))
    >>> ids.find(np.array([4, 5], np.uint64)).tolist() == [NONE, 8]
    True
    """

    def __init__(self, runs: dict[int, SortedRun] | None = None) -> None:
        self.runs = runs or {}
        self.fresh: dict[int, SortedRun] = {}
        self.stale: set[int] = set()

    def __len__(self) -> int:
        return sum(run.hashes.size for run in self.runs.values())

    def find(self, hashes: Hashes) -> Panes:
        """The pane of each hash (m,); `NONE` where no row had it. Fastest with ascending hashes."""
        panes = np.full(hashes.size, NONE)
        for run in self.runs.values():
            np.maximum(panes, run.find(hashes), out=panes)
        return panes

    def add(self, hashes: Hashes, panes: Panes, since: int = int(NONE)) -> None:
        """Add hashes (m,), ascending and not known so far; joins runs of like size, without panes before `since`."""
        if not hashes.size:
            return
        run = SortedRun(hashes, panes.astype(np.int32))
        for number in sorted(self.runs, reverse=True):
            last = self.runs[number]
            if last.hashes.size > 2 * run.hashes.size or last.hashes.size + run.hashes.size > _MOST:
                break
            self._forget(number)
            run = _join(last, run, since)
        self._keep(run)

    def remove(self, hashes: Hashes) -> None:
        """Forget hashes (m,), so that their rows may come again."""
        for number, run in list(self.runs.items()):
            if (known := np.isin(run.hashes, hashes)).any():
                self._forget(number)
                self._keep(SortedRun(run.hashes[~known], run.panes[~known]), number)

    def retire(self, since: int) -> None:
        """Forget ids of panes before `since`: those of a run once they are half of it, so that little is rewritten."""
        for number, run in list(self.runs.items()):
            is_recent = run.panes >= since
            if 2 * np.count_nonzero(is_recent) <= run.hashes.size:
                self._forget(number)
                self._keep(SortedRun(run.hashes[is_recent], run.panes[is_recent]), number)

    def _forget(self, number: int) -> None:
        del self.runs[number]
        self.fresh.pop(number, None)
        self.stale.add(number)

    def _keep(self, run: SortedRun, number: int | None = None) -> None:
        number = max(self.runs, default=0) + 1 if number is None else number
        if run.hashes.size:
            self.runs[number] = self.fresh[number] = run
            self.runs = dict(sorted(self.runs.items()))


def _join(ours: SortedRun, theirs: SortedRun, since: int) -> SortedRun:
    hashes, panes = np.concatenate((ours.hashes, theirs.hashes)), np.concatenate((ours.panes, theirs.panes))
    if since > NONE and (panes < since).any():
        is_recent = panes >= since
        hashes, panes = hashes[is_recent], panes[is_recent]
    order = np.argsort(hashes, kind="stable")
    return SortedRun(hashes[order], panes[order])

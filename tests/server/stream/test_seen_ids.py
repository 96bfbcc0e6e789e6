"""Ids that were seen: known until their panes are retired, and no longer."""

import numpy as np

from driftline.server.stream.seen_ids import NONE, SeenIds


def test_ids_of_old_panes_are_forgotten():
    """A run goes once all of its panes are old, and shrinks once half of them are; what stays is found as before."""
    ids = SeenIds()
    for pane in range(8):  # each run twice the size of all that follow, so that none are joined
        ids.add(
            np.arange(1, 2 ** (12 - pane), dtype=np.uint64) * np.uint64(8) + np.uint64(pane),
            np.full(2 ** (12 - pane) - 1, pane, np.int32),
        )
    before = len(ids)
    ids.retire(0)
    assert len(ids) == before
    ids.retire(3)
    assert len(ids) == sum(2 ** (12 - pane) - 1 for pane in range(3, 8))
    asked = np.array([8 + 2, 8 + 3], np.uint64)
    assert ids.find(asked).tolist() == [NONE, 3]


def test_a_run_of_few_old_ids_is_not_rewritten():
    """Less than half of a run's ids are old: it stays as it is, which costs at most as much again."""
    ids = SeenIds()
    ids.add(np.arange(10, dtype=np.uint64), np.array([1, 1, 1, 1, 2, 2, 2, 2, 2, 2], np.int32))
    ids.fresh.clear()
    ids.retire(2)
    assert (len(ids), ids.fresh) == (10, {})
    ids.retire(3)
    assert (len(ids), ids.runs, ids.stale) == (0, {}, {1})

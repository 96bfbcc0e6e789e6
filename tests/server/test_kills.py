"""kill -9 at random moments under load: no acknowledged row is lost or counted twice, no window is torn."""

import os
from dataclasses import asdict

from harness.kills import killed

KILLS = int(os.environ.get("DRIFTLINE_KILLS", "8"))


def test_nothing_acknowledged_is_lost():
    """The log has each acknowledged row once, and the stream is, bit by bit, one that was never interrupted."""
    found = asdict(killed(KILLS))
    assert {"lost": 0, "doubled": 0, "miscounted": 0, "torn": 0} == {
        name: found[name] for name in ("lost", "doubled", "miscounted", "torn")
    }
    assert KILLS == found["kills"]
    assert found["kept"] >= found["acknowledged"] > 0
    assert found["windows"] > 0

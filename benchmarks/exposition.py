"""Times a scrape of the metrics page at 200 columns and 20 segments: rendered anew, and as it is kept."""

import time
from dataclasses import replace
from statistics import median

from driftline.server.prometheus.page import Exposition
from driftline.testing.stores import sample_result
from driftline.types import Health, Level, Verdict

COLUMNS, SEGMENTS, METRICS = 200, 20, ("missing", "psi", "new_categories", "out_of_range")


def main() -> None:
    """Build a result, and time its page."""
    verdicts = tuple(
        Verdict(
            health=Health.DATA, family="drift", metric=metric, title=metric, column=f"column_{column}",
            segment=f"zone={segment}" if segment else None, window=None, level=Level.OK, value=0.01, low=None,
            high=None, n=1000, unit="share", threshold=0.1, reason="Quiet.", reference=0.01,
        )
        for metric in METRICS for column in range(COLUMNS) for segment in range(SEGMENTS + 1)
    )  # fmt: skip
    result = replace(sample_result(), verdicts=verdicts)
    anew, kept, size = [], [], 0
    for _ in range(9):
        page = Exposition()
        page.show(result)
        for times in (anew, kept):
            start = time.perf_counter()
            size = len(page.page()[0])
            times.append(1000 * (time.perf_counter() - start))
    print(f"{len(verdicts):,} verdicts, {size:,} bytes: anew {median(anew):.0f} ms, kept {median(kept):.2f} ms")


if __name__ == "__main__":
    main()

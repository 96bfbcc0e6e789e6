"""Tells the stories by hours, days and weeks, and prints what a person would object to."""

import sys
import time

from stories.synthetic import STORIES
from stories.tell import WIDTHS, outline, tell

names = [name for name in sys.argv[1:] if name not in WIDTHS]
for story in STORIES:
    if names and not any(name in story.name for name in names):
        continue
    for width in [name for name in sys.argv[1:] if name in WIDTHS] or WIDTHS:
        started = time.perf_counter()
        told = tell(story, width)
        print(f"== {story.name}, {width}: {len(told.faults)} faults, {time.perf_counter() - started:.0f} s")
        for fault in told.faults[:12]:
            print("   ", fault)
        for _, incident in told.pairs:
            if incident:
                print("   +", outline(incident), len(incident.events), "events")

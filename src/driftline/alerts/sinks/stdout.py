"""Notices as lines of JSON on standard output."""

import json
import sys

from driftline.alerts.incidents import Notification


class Stdout:
    """One line of JSON a notice: `stdout:`."""

    label = "stdout"
    repeat: float | None = None

    def __init__(self, address: str = "") -> None:
        self.address = address

    def send(self, notice: Notification) -> None:
        """Write the line, and flush."""
        sys.stdout.write(json.dumps(notice.values(), ensure_ascii=False) + "\n")
        sys.stdout.flush()

"""Writes notifications as lines of JSON to standard output."""

import json
import sys

from driftline.alerts.incidents import Notification
from driftline.errors import SinkError


class Stdout:
    """One line of JSON for each notification: `stdout:`."""

    label = "stdout"
    repeat: float | None = None

    def __init__(self, address: str = "") -> None:
        self.address = address

    def send(self, notification: Notification) -> None:
        """Write the line, and flush."""
        try:
            sys.stdout.write(json.dumps(notification.values()) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise SinkError(f"stdout: {error}: not delivered") from error

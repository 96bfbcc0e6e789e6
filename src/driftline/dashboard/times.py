"""Times as a person reads them on a page: how long ago, and where on an axis of windows."""

from collections.abc import Sequence
from datetime import UTC, datetime

from driftline import humanize

_STEPS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"))


def ago(text: str | None, now: datetime) -> str:
    """How long ago a time was.

    >>> ago("2024-05-01T12:00:00Z", datetime(2024, 5, 1, 15, tzinfo=UTC)), ago(None, datetime.now(UTC))
    ('3 hours ago', '')
    """
    time = parse(text)
    if time is None:
        return text or ""
    seconds = (now - time).total_seconds()
    for length, noun in _STEPS:
        if abs(seconds) >= length:
            said = humanize.count(int(abs(seconds) // length), noun)
            return f"{said} ago" if seconds > 0 else f"in {said}"
    return "just now"


def parse(text: str | None) -> datetime | None:
    """The instant of a text in ISO 8601, in UTC where it names no zone; None where it is none."""
    time = humanize.parse_time(text)
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)


def place(text: str | None, windows: Sequence[str]) -> float | None:
    """Where a time is on an axis on which each of these windows, in order, is as wide: 0 to 1; None where unknown.

    What lies before the first window is at 0, what lies after the last at 1.

    >>> days = ["2024-05-01T00:00:00/2024-05-02T00:00:00", "2024-05-02T00:00:00/2024-05-03T00:00:00"]
    >>> place("2024-05-02T12:00:00Z", days), place("2023-01-01", days), place("2025-01-01", days)
    (0.75, 0.0, 1.0)
    """
    time = parse(text)
    if time is None or not windows:
        return None
    for at, window in enumerate(windows):
        start, end = (parse(part) for part in (window.split("/") * 2)[:2])
        if start is None or end is None:
            continue
        if time < start:
            return at / len(windows)
        if time < end:
            return (at + (time - start) / (end - start)) / len(windows)
    return 1.0

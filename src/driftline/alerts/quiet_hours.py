"""Quiet hours: when no notifications are sent."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from driftline.errors import ConfigError


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day in a place's own time; it may span midnight. The end is excluded."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, said: str) -> "QuietHours":
        """Of a text such as `22:00-07:00 Europe/Berlin`; without a place it is UTC.

        Raises:
            ConfigError: when it is not such a text.

        >>> QuietHours.parse("22:00-07:00 Europe/Berlin").end
        datetime.time(7, 0)
        """
        found = re.fullmatch(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)(?:\s+(\S+))?", said.strip())
        expected = f"quiet hours {said!r}: expected such as '22:00-07:00 Europe/Berlin'"
        if not found:
            raise ConfigError(expected)
        try:
            hours = cls(time.fromisoformat(found[1]), time.fromisoformat(found[2]), ZoneInfo(found[3] or "UTC"))
        except (ValueError, ZoneInfoNotFoundError, OSError) as error:
            raise ConfigError(expected) from error
        if hours.start == hours.end:
            raise ConfigError(f"quiet hours {said!r}: begin and end are the same; leave them out for none")
        return hours

    def until(self, now: datetime) -> datetime:
        """When it is no longer quiet: the end of the quiet hours that `now` is in, else `now` itself.

        >>> from datetime import UTC
        >>> QuietHours.parse("22:00-07:00").until(datetime(2022, 1, 1, 23, tzinfo=UTC)).isoformat()
        '2022-01-02T07:00:00+00:00'
        """
        local = now.astimezone(self.zone)
        clock = local.time()
        over = self.start > self.end
        inside = (clock >= self.start or clock < self.end) if over else self.start <= clock < self.end
        if not inside:
            return now
        day = local.date() + timedelta(days=1 if over and clock >= self.start else 0)
        return datetime.combine(day, self.end, self.zone).astimezone(now.tzinfo)

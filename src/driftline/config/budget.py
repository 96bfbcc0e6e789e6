"""The false-alarm budget: how many false alerts a person can live with, and what each judgement may spend of it."""

import re
from dataclasses import dataclass

from driftline.errors import ConfigError

DAY = 86_400e6
_UNITS = {"hour": DAY / 24, "day": DAY, "week": 7 * DAY}
_GRAMMAR = re.compile(r"(\d+(?:\.\d+)?) per (?:(\d+) )?(hour|day|week)s?")


@dataclass(frozen=True, slots=True)
class Budget:
    """So many false alerts in so much time (microseconds), of one model over all its columns, segments and metrics.

    Half of it is for judging each window by itself, half for what adds up over windows.

    >>> budget = Budget.parse("1 per 30 days")
    >>> round(budget.chance(DAY) * 30, 9), round(budget.run_length(DAY))
    (0.5, 60)
    """

    alerts: float
    time: float

    @classmethod
    def parse(cls, said: str) -> "Budget":
        """The budget of a text such as `1 per 30 days` or `2 per week`.

        Raises:
            ConfigError: when the text says something else.
        """
        found = _GRAMMAR.fullmatch(said.strip())
        alerts = float(found[1]) if found else 0.0
        time = int(found[2] or 1) * _UNITS[found[3]] if found else 0.0
        if not (alerts and time):
            raise ConfigError(f"{said!r} is no budget of false alerts; expected a text such as '1 per 30 days'")
        return cls(alerts, time)

    def part(self, share: float) -> "Budget":
        """This share of it, 0 to 1."""
        return Budget(share * self.alerts, self.time)

    def chance(self, width: float | None) -> float:
        """Chance of a false alert that judging one window of that width (microseconds) by itself may have, at most 5 %.

        Rows without times count as a day's.
        """
        return min(0.05, 0.5 * self.alerts * (width or DAY) / self.time)

    def run_length(self, width: float | None) -> float:
        """Windows that evidence adding up over them may go on average until a false alert, at least 2."""
        return max(2.0, self.time / (0.5 * self.alerts * (width or DAY)))

"""What a report form is: its file suffixes, and a function from a result to text."""

from collections.abc import Callable
from dataclasses import dataclass

from driftline.verdicts.result import Result


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A form of the report. It walks `Result.sections`, lays out what they hold, and computes nothing.

    `suffixes` are the lower-case file endings that stand for it, dot included; none for a form that is never a file.
    `render` gives the same text for the same result.
    """

    suffixes: tuple[str, ...]
    render: Callable[[Result], str]

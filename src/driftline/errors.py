"""What can go wrong, and the hint after a name that is not known.

Every error that Driftline raises on purpose is a `DriftlineError`: its message names the file, column or key, says
what was expected, and what to do. Any other exception that escapes is a bug.
"""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_NAMES = 40


class DriftlineError(Exception):
    """Base of all errors that Driftline raises on purpose."""


class InputError(DriftlineError):
    """The rows cannot be read: a missing, empty or damaged file, a wrong delimiter, a column that is not there."""


class TooLargeError(InputError):
    """A body is larger, or holds more rows, columns or text, than is taken at once."""


class UnsupportedError(InputError):
    """A body is of a type, or packed in a way, that is not read."""


class UnknownModelError(InputError):
    """Rows are for a model that is not watched here."""


class ConflictError(InputError):
    """A batch has the name of an earlier one, but other rows."""


class BusyError(DriftlineError):
    """More comes in than can be kept just now; sending it again later will help."""


class ConfigError(DriftlineError):
    """The configuration cannot be used: an unknown key, a value out of range, roles that contradict each other."""


class PackError(DriftlineError):
    """A monitor pack or profile cannot be used: damaged, tampered with, of another version or of another plan."""


class OutputError(DriftlineError):
    """A report, pack or other file cannot be written."""


class StoreError(DriftlineError):
    """A store cannot be opened, read or written."""


class UnknownRecordError(StoreError):
    """A store has no model, run or incident of that name."""


class IncidentActionError(StoreError):
    """What a person wants to do to an incident cannot be done to it now."""


class FeedError(DriftlineError):
    """The broker, folder or table that a feed reads cannot be reached or used just now."""


class EngineError(DriftlineError):
    """The rows could not be folded: a worker was lost, or a part of the outcome did not come back."""


class SinkError(DriftlineError):
    """A notification could not be delivered; it is sent again later.

    `retry_after` is how many seconds the receiver asks to wait; None where it does not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MissingExtraError(DriftlineError):
    """A part that is installed on request is not there.

    >>> str(MissingExtraError("pictures in the report", "report"))
    "pictures in the report: not installed; install it with: pip install 'driftline[report]'"
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what}: not installed; install it with: pip install 'driftline[{extra}]'")


def suggest_name(name: str, known: Iterable[str], otherwise: str = "known are: ") -> str:
    """The hint after an unknown name: the nearest known name, or `otherwise` with the known names, at most 40.

    A text that does not end with a blank stands alone: no names follow it.

    >>> suggest_name("treshold", ["threshold", "relative"])
    "did you mean 'threshold'?"
    >>> suggest_name("x", ["threshold", "relative"])
    'known are: threshold, relative'
    """
    names = list(known)
    if near := get_close_matches(name, names, n=1):
        return f"did you mean {near[0]!r}?"
    if not otherwise.endswith(" "):
        return otherwise
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{otherwise}{', '.join(names[:_MOST_NAMES])}{more}"

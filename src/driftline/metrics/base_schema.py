"""Which columns come under another name: what the metrics of gone, renamed and added columns agree on."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from driftline.data.decode import is_typed
from driftline.profiles.plan import is_number
from driftline.profiles.sketches.formats import Formats

_ALIKE = 0.6


def new_names(formats: Formats) -> dict[str, str]:
    """The new column that each column of the plan may have become, by old name, whether or not that is gone.

    Names are compared without case and punctuation: alike when at least 60 % of their letters match in order, or when
    one holds the whole of the other; types when both are numbers, dates, or the very same, and text from a file without
    types may be any. A new column is that of the plan's columns whose name is the most like its own. Source: Ratcliff &
    Metzener (1988).
    """
    untyped = not any(map(is_typed, formats.files))
    came = dict(said.rsplit(": ", maxsplit=1) for said in formats.strangers)
    plan = {c.name: c.column.dtype for c in formats.plan.columns if c.source is None and c.name not in came}
    pairs = [
        (_likeness(old, new), old, new)
        for new, other in came.items()
        for old, dtype in plan.items()
        if _class(dtype) == _class(other) or (untyped and other == "String")
    ]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for likeness, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if new not in taken:
            taken.add(new)  # the most like it, or none
            if likeness >= _ALIKE:
                found.setdefault(old, new)
    return found


def renamed(formats: Formats, present: Mapping[str, int]) -> dict[str, str]:
    """The new name of each column that is gone; `present` are the rows in which each column of the plan is there."""
    return {old: new for old, new in new_names(formats).items() if not present.get(old, 0)}


def _likeness(old: str, new: str) -> float:
    """How alike two names are, 0 to 1."""
    a, b = (re.sub(r"[\W_]+", "", name.lower()) for name in (old, new))
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return 1.0 if a == b else 0.9
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _class(dtype: str) -> str:
    return "number" if is_number(dtype) else "date" if dtype.startswith("Date") else dtype.split("(", maxsplit=1)[0]

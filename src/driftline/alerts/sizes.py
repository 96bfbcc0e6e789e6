"""How far a verdict's value is from the reference's, and whether that is surely more than what was seen before."""

from collections.abc import Iterable

from driftline.types import Verdict

_SECOND = 1.5
"""How many times the largest effect before an effect must be to count as another event."""


def name_size(verdict: Verdict) -> str:
    """What tells the sizes of one subject apart: the metric, or a person's own limit."""
    return verdict.title if verdict.family == "expectation" else verdict.metric


def measure_size(verdict: Verdict) -> float | None:
    """How far a value is from the reference's, in its own unit; of a distance, the distance."""
    return None if verdict.value is None else abs(verdict.value - (verdict.reference or 0.0))


def measure_sizes(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """The sizes of verdicts, by name."""
    sizes = {name_size(each): measure_size(each) for each in verdicts if each.family != "description"}
    return {name: size for name, size in sizes.items() if size is not None}


def is_far_beyond(verdict: Verdict, before: float) -> bool:
    """Whether an effect is half as large again as one before, with its whole interval beyond that."""
    size, past = measure_size(verdict), verdict.reference or 0.0
    near = verdict.low if (verdict.value or 0.0) >= past else verdict.high
    return (
        bool(size) and size is not None and size >= _SECOND * before and near is not None and abs(near - past) > before
    )

"""Finds the segment that a person's text is about."""

import polars as pl

from driftline.config.checks import Check
from driftline.config.segments.settings import JOIN
from driftline.data.decode import as_labels
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.plan import Plan
from driftline.profiles.segments.splits import GROUPED, Split, find_split, make_splits


def find_segment(check: Check, plan: Plan) -> str:
    """The name of the segment that a check or a series is about; empty where it is about all rows.

    Raises:
        ConfigError: when the plan has no such segment.
    """
    if check.where is None:
        return ""
    name, value = check.where
    split = find_split(plan, name)
    if split is None:
        known = [own.name for own in make_splits(plan)]
        hint = suggest_name(name, known) if known else "there are none"
        raise ConfigError(f"{check.at}: {name!r} is no segment column; {hint}; name it under segments")
    if not split.parts and value is None:
        return split.name
    if not split.parts or value is None:
        example = f"{name} = {split.parts[0].labels[0]}" if split.parts and split.parts[0].labels else name
        raise ConfigError(f"{check.at}: write the segment as where {example}")
    return split.segment(_find_label(check, split, value))


def _find_label(check: Check, split: Split, value: str) -> str:
    """The label of a segment, of several parts each one's, as profiles have it."""
    said = value.split(JOIN) if len(split.parts) > 1 else [value]
    if len(said) != len(split.parts):
        raise ConfigError(f"{check.at}: {split.name!r} has segments of {len(split.parts)} values, joined by '{JOIN}'")
    labels = []
    for part, own in zip(split.parts, said, strict=True):
        column = part.column
        label = own
        if own not in GROUPED and part.edges is None:
            label = as_labels(pl.Series([own]), column.kind, numbers=column.of_numbers).item()
        if label not in (*part.labels, *GROUPED):
            hint = suggest_name(own, part.labels)
            raise ConfigError(f"{check.at}: {column.name!r} has no segment {own!r}; {hint}")
        labels.append(label)
    return JOIN.join(labels)

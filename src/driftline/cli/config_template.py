"""Writes the first `driftline.yaml`: what was guessed, and every setting with its default, commented out."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel

from driftline import registry
from driftline.config.settings import Config
from driftline.metrics.base import Metric
from driftline.profiles.plan import Plan
from driftline.types import Column, Role

_USES = {role: role.value for role in (Role.TARGET, Role.PREDICTION, Role.SCORE, Role.TIMESTAMP, Role.ID)}


@dataclass(frozen=True)
class Guesses:
    """What was guessed of a reference beside kinds and roles: formats of text columns, by name, and what is unsure."""

    formats: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    positive: str | None = None
    doubts: Sequence[str] = ()
    redactions: str = ""

    @classmethod
    def of(cls, plan: Plan) -> "Guesses":
        """What a plan holds."""
        formats = {column.name: column.format for column in plan.columns if column.format and column.source is None}
        return cls(formats, plan.task and plan.task.value, plan.positive, plan.doubts, plan.redactions)


def write_config(
    columns: Sequence[Column],
    config: Config,
    suggestions: Sequence[tuple[str, str]] = (),
    guesses: Guesses = Guesses(),
) -> str:
    """The text of a `driftline.yaml` that says what `config` says, and shows the rest as comments.

    Loaded again it gives an equal configuration: guesses and defaults stay comments, so they stay guesses and defaults
    until a person takes the `#` away.

    Args:
        columns: the schema found in the reference, guesses and all.
        config: what a person has said so far.
        suggestions: limits that the reference suggests, each with its reason; written as comments under `checks`.
        guesses: what else was guessed; written as comments where it would be set.

    >>> "target: fare" in write_config([], Config(target="fare")).splitlines()
    True
    """
    guessed = {_USES[column.role]: column.name for column in columns if column.guessed and column.role in _USES}
    guessed |= {"positive": guesses.positive} if guesses.positive is not None else {}
    lines = [
        "# Settings of Driftline. Lines that start with # show defaults and guesses: take the # away to change them.",
        "# The environment (such as DRIFTLINE_JUDGE__MIN_ROWS) overrides this file; the command line overrides both.",
    ]
    lines += [f"# To decide: {doubt}" for doubt in guesses.doubts]
    for name, setting in Config.model_fields.items():
        value = getattr(config, name)
        lines += ["", f"# {setting.description}"]
        if name == "columns":
            lines += ["columns:", *_columns(columns, config, guesses.formats)]
        elif name == "checks":
            lines += ["checks:", *_checks(config, suggestions)]
        elif name == "metrics":
            lines += ["metrics:", *_metrics(config)]
        elif isinstance(value, BaseModel):
            lines += [f"# {_line(guesses.redactions)}"] if name == "privacy" and guesses.redactions else []
            lines += [f"{name}:", *_part(value, {"task": guesses.task} if name == "model" else {})]
        elif name in guessed and value is None:
            lines.append(f"# {name}: {_flow(guessed[name])}  # guessed from the reference; set another to override")
        else:
            lines.append(f"{'# ' if value == setting.default else ''}{name}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """A text that stays on one line, for a comment."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _part(part: BaseModel, guesses: Mapping[str, str | None]) -> Iterator[str]:
    for name, setting in type(part).model_fields.items():
        value = getattr(part, name)
        yield f"  # {setting.description}"
        if value is None and guesses.get(name):
            yield f"  # {name}: {_flow(guesses[name])}  # guessed from the reference; set another to override"
        else:
            yield f"  {'# ' if value == setting.default else ''}{name}: {_flow(value)}"


def _columns(columns: Sequence[Column], config: Config, formats: Mapping[str, str]) -> Iterator[str]:
    yield "  # One line a column, as found in the reference. Kinds: numeric, categorical, boolean, datetime, text."
    yield f"  # Roles: {', '.join(Role)}."
    for name, said in config.columns.items():
        yield f"  {_flow(name)}: {_flow(said.model_dump(mode='json', exclude_defaults=True))}  # said, not guessed"
    for column in columns:
        if column.name not in config.columns:
            form = {"format": formats[column.name]} if column.name in formats else {}
            entry = f"{_flow(column.name)}: {_flow({'kind': column.kind.value, 'role': column.role.value, **form})}"
            yield f"  # {entry}  # {_why(column)}"


def _why(column: Column) -> str:
    dtype = "".join(mark if mark.isprintable() else " " for mark in column.dtype)
    dtype = dtype if len(dtype) <= 60 else f"{dtype[:57]}..."
    return f"{dtype} in the reference; {'guessed' if column.guessed else 'as said elsewhere'}"


def _metrics(config: Config) -> Iterator[str]:
    yield "  # {enabled: false} leaves a metric out, {judged: false} shows it without judging it. The threshold is the"
    yield "  # smallest effect that matters: a share is 0 to 1, relative is a share of the reference's value."
    for name, said in config.metrics.items():
        yield f"  {_flow(name)}: {_flow(said.model_dump(mode='json', exclude_defaults=True))}"
    for name, metric in registry.every("metrics").items():
        if name not in config.metrics:
            defaults = {"judged": metric.judged, "threshold": metric.threshold}
            yield f"  # {name}: {_flow(defaults)}  # {metric.title}: {_scale(metric)}"


def _checks(config: Config, suggestions: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "  # Suggested from the reference; take a # away to set one. With ': warning' at its end it is no alert."
    yield from (f"  - {_flow(check.text)}" for check in config.checks)
    said = {check.text for check in config.checks}
    yield from (f"  # - {_item(text)}  # {reason}" for text, reason in suggestions if text not in said)


def _item(text: str) -> str:
    """A line of a list, in quotes only where YAML asks for them."""
    plain = text.isprintable() and not re.search(r": |:$| #|^[^\w]", text)
    return text if plain else _flow(text)


def _scale(metric: Metric) -> str:
    scale = "relative" if metric.relative else metric.unit
    return metric.family + (f", {scale}" if scale and metric.threshold is not None else "")


def _flow(value: Any) -> str:
    """A value on one line of YAML.

    >>> _flow("a: b"), _flow(None), _flow(("x", "no")), _flow({"kind": "text"})
    ("'a: b'", 'null', "[x, 'no']", '{kind: text}')
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, BaseModel):
        return _flow(value.model_dump(mode="json", exclude_defaults=True))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    value = str(value) if isinstance(value, str) else value  # an enum's member as its text
    style = '"' if isinstance(value, str) and not value.isprintable() else None
    text = yaml.safe_dump([value], default_flow_style=True, default_style=style, width=math.inf, allow_unicode=True)
    return str(text).strip()[1:-1]

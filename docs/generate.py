"""Writes the reference pages that the code itself knows: metrics, configuration, command line.

`make docs` runs it before the site is built; the pages go to docs/reference/ and are not kept under version control.
"""

import inspect
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from driftline import registry
from driftline.cli.main import main as command_line
from driftline.config.settings import json_schema
from driftline.metrics.base import FAMILIES, Metric
from driftline.types import Kind, Role, Task

HERE = Path(__file__).parent
FAMILY_TEXTS = {
    "fairness": "Does the model treat the groups of a protected attribute alike? See "
    "[fairness between groups](../../how-to/fairness.md).",
    "expectation": "Do the limits that you set still hold?",
    "schema": "Is it the table that the model was trained for? Facts about columns, types and the file.",
    "quality": "Are the values usable? Shares of missing, unreadable or impossible values; whether rows arrive.",
    "description": "What do the values look like? Shown on both sides, never judged.",
    "drift": "Are the values distributed as in the reference? One distance is judged; the others are shown beside it.",
    "estimate": "How right will the model prove to be, before the labels come? See "
    "[performance before labels](../../how-to/before-labels.md).",
    "performance": "How right is the model, where labels are known? Over all rows and by segment.",
}


METRICS = """
Every metric is a pure function of two profiles. Metrics that are judged can become a finding; the others are only
shown. Each page has an example whose number the tests compute. [Numbers from other tools](../../definitions.md) lists
the names under which other tools compute another number; [metrics of your own](../../custom-metrics.md) join the list
as plugins; [checks of your own](../../checks.md) set a limit on any metric.
""".strip()
DERIVED = """
Driftline computes plain columns from texts, dates and embeddings, row by row, and profiles and judges them like any
column. `derive: false` in `driftline.yaml` turns this off.
""".strip()
DETECTORS = """
A detector takes one number at a time and says when a change happened. [Detectors for streams](../detectors.md)
explains how to use them and which to choose. All have the setting `run_length`, 10,000 by default.
""".strip()
CONFIGURATION = """
You need no configuration. Correct a wrong guess in `driftline.yaml`: `driftline init REF` writes a commented file
from the reference.

The command line comes before the environment, the environment before the file, and the file before the default. In
the environment, `judge.min_rows` is `DRIFTLINE_JUDGE__MIN_ROWS`; lists are separated by commas. An unknown key is an
error that names the line and the nearest known key. `driftline schema` prints the JSON Schema, for editors.
""".strip()


def metric_page(metric: Metric) -> str:
    """The page of one metric: its facts, then its docstring."""
    summary, _, body = metric.doc.partition("\n\n")
    facts = [("family", metric.family), ("health", metric.health.value), ("measures", _measures(metric))]
    facts += [("range", _range(metric)), ("worse", metric.worse), ("judged", _judged(metric))]
    facts += [("by segment", "yes" if metric.by_segment else "no"), ("since when", "yes" if metric.windowed else "no")]
    facts += [("needs", f"`driftline[{metric.extra[1]}]`")] if metric.extra else []
    rows = "\n".join(f"| {name} | {said} |" for name, said in facts)
    text = f"{_unwrapped(summary)}\n\n| | |\n|---|---|\n{rows}\n\n{_with_example(body)}\n{_settings(metric)}"
    return f"# {metric.title[0].upper()}{metric.title[1:]}\n\n`{metric.name}`\n\n{text}"


def metric_index() -> str:
    """The table of all metrics, family by family."""
    metrics = registry.every("metrics").values()
    parts = [f"# Metrics\n\n{METRICS}\n"]
    for family in (family for family in FAMILIES if any(metric.family == family for metric in metrics)):
        own = [metric for metric in metrics if metric.family == family]
        rows = [f"| [{m.title}]({m.name}.md) | `{m.name}` | {_range(m)} | {_judged(m)} |" for m in own]
        head = "| metric | name | range | judged |\n|---|---|---|---|"
        parts.append("\n".join([f"## {family.capitalize()}\n\n{FAMILY_TEXTS[family]}\n\n{head}", *rows]) + "\n")
    return "\n".join(parts)


def derived_page() -> str:
    """The page of the columns that are computed from others."""
    found = registry.every("transforms").items()
    parts = [
        f"## {one.title[0].upper()}{one.title[1:]}\n\n`column.{name}`, {one.kind.value}"
        f"{'' if one.judged else ', shown but never judged'}"
        f"{f', needs `driftline[{one.needs[1]}]`' if one.needs else ''}\n\n{_unwrapped(one.doc)}\n"
        for name, one in found
    ]
    return "\n".join([f"# Derived columns\n\n{DERIVED}\n", *parts])


def detector_page() -> str:
    """The page of all detectors: a table, then each one's docstring."""
    parts = [f"# Detectors\n\n{DETECTORS}\n\n| detector | watches | sees | run length |\n|---|---|---|---|"]
    found = registry.every("detectors").items()
    seen = {"both": "up and down", "up": "up", "down": "down"}
    parts += [f"| [`{name}`](#{name}) | {one.WATCHES} | {seen[one.SIDES]} | {one.PROMISE} |" for name, one in found]
    for name, one in found:
        own = [field.name for field in fields(one) if field.name != "run_length"]
        settings = ", ".join(f"`{field}`{' (required)' if field in one.NEEDS else ''}" for field in own)
        said = f"`{name}`." + (f" Settings: {settings}." if own else "")
        parts += [f"\n## {one.TITLE[0].upper()}{one.TITLE[1:]} {{ #{name} }}\n\n{said}\n", _with_example(one.__doc__)]
    return "\n".join(parts)


def config_page() -> str:
    """The page of driftline.yaml, from its JSON Schema."""
    rows = [f"| `{key}` | {kind} | {default} | {text} |" for key, kind, default, text in config_keys(json_schema())]
    table = "\n".join(["| key | type | default | meaning |\n|---|---|---|---|", *rows])
    example = (HERE.parent / "examples/driftline.yaml").read_text(encoding="utf-8")
    said = f"An example, for the rows of the [quick start](../quickstart.md):\n\n```yaml\n{example}```"
    return f"# Configuration\n\n{CONFIGURATION}\n\n{table}\n\n{said}"


def config_keys(
    schema: dict[str, Any], part: dict[str, Any] | None = None, above: str = ""
) -> Iterator[tuple[str, ...]]:
    """Dotted key, type, default and meaning of every setting; `*` stands for a name of the person's own."""
    for name, prop in (part or schema)["properties"].items():
        inner = next((one for one in prop.get("anyOf", [prop]) if one.get("type") != "null"), prop)
        many = inner.get("additionalProperties") or inner.get("items")
        many = next(iter(many["anyOf"]), many) if isinstance(many, dict) and "anyOf" in many else many
        below = _resolved(schema, many if isinstance(many, dict) and "$ref" in many else inner)
        key = f"{above}{name}"
        if above == "fairness." and "properties" in below:
            yield key, "list of names or sections as of `segments`", "", prop.get("description", "")
        elif key == "segments.*.metrics":
            yield key, "section", "", prop.get("description", "")
        elif "properties" in below:
            yield f"{key}:", "section", "", prop.get("description", "")
            yield from config_keys(schema, below, f"{key}.*." if many else f"{key}.")
        else:
            yield key, _kind(below), _default(prop), prop.get("description", "")


def cli_page() -> str:
    """The page of the terminal's commands, from the commands themselves."""
    parts = ["# Command line\n", f"{_unwrapped(command_line.help or '')}\n"]
    for name, command in every_command():
        context = click.Context(command, info_name=f"driftline {name}")
        usage = command.get_usage(context).removeprefix("Usage: ")
        rows = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
        table = [f"| `{said[0]}` | {said[1].replace('|', '&#124;')} |" for said in rows if said]
        parts.append(f"## driftline {name}\n\n```\n{usage}\n```\n\n{_unwrapped(command.help or '')}\n")
        parts.append("\n".join(["| option | meaning |\n|---|---|", *table]) + "\n" if table else "")
    return "\n".join(parts)


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command by name; of a group its own commands follow."""
    for name, command in registry.every("commands").items():
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for below in sorted(command.list_commands(context)):
                if (found := command.get_command(context, below)) is not None:
                    yield f"{name} {below}", found


def pages() -> dict[str, str]:
    """All generated pages: text by path below docs/."""
    metrics = {
        f"reference/metrics/{name}.md": metric_page(metric) for name, metric in registry.every("metrics").items()
    }
    return metrics | {
        "reference/metrics/index.md": metric_index(),
        "reference/derived.md": derived_page(),
        "reference/detectors.md": detector_page(),
        "reference/configuration.md": config_page(),
        "reference/cli.md": cli_page(),
    }


def write(folder: Path) -> None:
    """Write all generated pages below a folder, in place of earlier ones."""
    shutil.rmtree(folder / "reference", ignore_errors=True)
    for path, text in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.rstrip() + "\n", encoding="utf-8")


def _measures(metric: Metric) -> str:
    if metric.on in {"table", "groups"}:
        rows = "the rows" if metric.on == "table" else "the groups of a protected attribute"
        tasks = "" if metric.tasks == frozenset(Task) else f" of {_words(metric.tasks, Task)} models"
        return f"{rows}{tasks}, {'against the reference' if metric.compares else 'on each side'}"
    kinds = "all" if metric.kinds == frozenset(Kind) else _words(metric.kinds, Kind)
    roles = "" if metric.roles >= frozenset(Role) - {Role.IGNORED} else f" whose role is {_words(metric.roles, Role)}"
    return f"{kinds} columns{roles}, {'against the reference' if metric.compares else 'on each side'}"


def _words(chosen: frozenset[Any], order: Any) -> str:
    names = [one.value for one in order if one in chosen]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _range(metric: Metric) -> str:
    low, high = ("-∞" if metric.low is None else f"{metric.low:g}", "∞" if metric.high is None else f"{metric.high:g}")
    return f"{low} to {high}{f' ({metric.unit})' if metric.unit else ''}"


def _judged(metric: Metric) -> str:
    if not metric.judged:
        return "no"
    parts = [f"{metric.threshold:g}"] if metric.threshold or not metric.relative else []
    parts += [f"{metric.relative:.0%} of the reference's value"] if metric.relative else []
    over = "tolerates none" if parts == ["0"] else "tolerates up to " + " plus ".join(parts)
    return over + ("" if metric.most.value == "alert" else f"; at most a {metric.most.value}")


def _settings(metric: Metric) -> str:
    if metric.threshold is None:
        return ""
    said = [f"threshold: {metric.threshold:g}"] if metric.threshold or not metric.relative else []
    said += [f"relative: {metric.relative:g}"] if metric.relative else []
    said = said if metric.judged else ["judged: true", *said]
    return f"In `driftline.yaml`:\n\n```yaml\nmetrics:\n  {metric.name}: {{{', '.join(said)}}}\n```"


def _unwrapped(text: str) -> str:
    """A docstring's text without its indentation, so that paragraphs stay and lists do not become code."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _with_example(text: str) -> str:
    """A docstring's text, then its example as code. The test suite runs it, so the number shown is computed."""
    words, _, example = f"\n\n{inspect.cleandoc(text)}".partition("\n\n>>> ")
    return f"{_unwrapped(words)}\n" + (f"\n```pycon\n>>> {example}\n```\n" if example else "")


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
    return found


def _kind(part: dict[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{one}`" for one in part["enum"])
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}))}"
    kind = str(part.get("type", "any"))
    return {"boolean": "true or false", "integer": "whole number"}.get(kind, kind)


def _default(prop: dict[str, Any]) -> str:
    value: Any = prop.get("default")
    return "" if value in (None, "", [], {}) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    write(HERE)

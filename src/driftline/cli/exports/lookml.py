"""`driftline export lookml`: the views of a store as a model of Looker."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from driftline.cli.exports.base import make_folder, output_option
from driftline.cli.exports.base_views import COUNTED, TIMES, VIEWS, read_columns
from driftline.data.atomic import write_atomic
from driftline.stores.backends.base_sql import VERSION

_MEASURES = {
    "windows": (("sum", "rows"), ("sum", "alerts"), ("sum", "warnings")),
    "estimates": (("average", "value"), ("min", "low"), ("max", "high"), ("average", "reference"),
                  ("average", "threshold")),
    "service_health": (("average", "value"), ("sum", "rows")),
    "label_maturity": (("sum", "rows"), ("sum", "labels"), ("average", "labelled")),
}  # fmt: skip


@click.command()
@output_option
@click.option(
    "--connection", default="driftline", show_default=True, metavar="NAME",
    help="Looker's connection to the PostgreSQL that holds the store.",
)  # fmt: skip
def lookml(output: Path, connection: str) -> None:
    """Write the views of a store in PostgreSQL as LookML: a model with an explore for each view."""
    with make_folder(output):
        for name, text in write_lookml(connection).items():
            write_atomic(output / name, text)
            click.echo(f"wrote {output / name}")


def write_lookml(connection: str) -> dict[str, str]:
    """The files by name: one for each view, and the model.

    >>> sorted(write_lookml("driftline"))[:2]
    ['driftline.model.lkml', 'estimates.view.lkml']
    """
    files = {f"{view}.view.lkml": "\n".join(_list_view(view, columns)) + "\n" for view, columns in read_columns()}
    explores = [f"explore: {view} {{\n  label: {_quote(_title(view))}\n}}" for view in VIEWS]
    head = [f"# Driftline's views, version {VERSION}.", f"connection: {_quote(connection)}", 'include: "*.view.lkml"']
    return files | {"driftline.model.lkml": "\n\n".join([*head, *explores]) + "\n"}


def _list_view(view: str, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f"view: {view} {{"
    yield f"  sql_table_name: driftline.{view} ;;"
    key = " || '/' || ".join(f"coalesce({_sql(name)}, '')" for name in VIEWS[view])
    yield from _field("dimension: key", type="string", primary_key="yes", hidden="yes", sql=key)
    measured = {name for _, name in _MEASURES.get(view, ())}
    for name, declared in columns:
        if name in TIMES:
            moment = f"({_sql(name)})::timestamp"
            if view in {"windows", "estimates", "service_health", "label_maturity"} and name.startswith("window_"):
                moment = f"CASE WHEN {_sql('window')} LIKE '%/%' THEN {moment} END"  # else a run of no time
            frames = "[raw, time, hour, date, week, month, quarter, year]"
            yield from _field(f"dimension_group: {name}", type="time", timeframes=frames, convert_tz="no", sql=moment)
        else:
            numeric = declared in {"INTEGER", "REAL"} or name in COUNTED
            hidden = {"hidden": "yes"} if name in measured else {}
            yield from _field(f"dimension: {name}", type="number" if numeric else "string", **hidden, sql=_sql(name))
    yield from _field("measure: count", type="count")
    for kind, name in _MEASURES.get(view, ()):
        yield from _field(f"measure: {kind}_{name}", type=kind, sql=f"${{{name}}}")
    yield "}"


def _field(head: str, **facts: str) -> Iterator[str]:
    """A field, whose `sql` ends with two semicolons."""
    yield f"  {head} {{"
    for name, value in facts.items():
        yield f"    {name}: {value}{' ;;' if name == 'sql' else ''}"
    yield "  }"


def _sql(column: str) -> str:
    return f'${{TABLE}}."{column}"'


def _title(view: str) -> str:
    return view.replace("_", " ").capitalize()


def _quote(text: str) -> str:
    r"""A text between quotes.

    >>> _quote('a "b"')
    '"a \\"b\\""'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

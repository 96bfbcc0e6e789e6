"""The report for programs: strict JSON whose schema is published as `docs/report.schema.json`."""

import math
from collections.abc import Mapping
from dataclasses import fields
from json import dumps
from typing import Any, assert_never

from driftline.report.base import ReportFormat
from driftline.verdicts.result import SCHEMA_VERSION, Finding, Result
from driftline.verdicts.sections.records import (
    Chart,
    ColumnList,
    FindingList,
    Footer,
    Headline,
    NoteList,
    Schema,
    Section,
    Table,
    VerdictList,
)  # fmt: skip


def document(result: Result) -> dict[str, Any]:
    """The report as plain lists, dicts, texts and finite numbers."""
    index = {id(verdict): at for at, verdict in enumerate(result.verdicts)}
    return {
        "schema_version": SCHEMA_VERSION,
        "driftline": result.version,
        "model": result.model,
        "task": result.task and result.task.value,
        "positive": result.positive,
        "created": result.created,
        "elapsed": _plain(result.elapsed),
        "window": result.window,
        "level": result.level.value,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "fingerprint": result.fingerprint,
        "reference": _record(result.reference),
        "current": _record(result.current),
        "columns": [_record(column) for column in result.columns],
        "verdicts": [_record(verdict) for verdict in result.verdicts],
        "findings": [_finding(finding, index) for finding in result.findings],
        "distributions": [
            {"column": picture.column.name, "bars": [_record(bar) for bar in picture.bars]}
            for picture in result.distributions
        ],
        "timelines": [_record(line) for line in result.timelines],
        "notes": list(result.notes),
        "sections": [record for section in result.sections if (record := _section(section))],
    }


def _section(section: Section) -> dict[str, Any]:
    """A section of the report whose content stands nowhere else in the document; else nothing."""
    match section:
        case NoteList() | Table() | Chart():
            kind = {NoteList: "notes", Table: "table", Chart: "chart"}[type(section)]
            record = {"kind": kind} | _record(section)
            if isinstance(section, Table):  # the verdicts of the rows are in `verdicts`
                record["rows"] = [[_plain(cell) for cell in row.cells] for row in section.rows]
            return record
        case Headline() | FindingList() | ColumnList() | VerdictList() | Schema() | Footer():
            return {}
        case _:
            assert_never(section)


def _finding(finding: Finding, index: Mapping[int, int]) -> dict[str, Any]:
    return {
        "level": finding.level.value,
        "subject": finding.subject,
        "change": finding.change,
        "column": finding.lead.column,
        "segment": finding.lead.segment,
        "since": finding.since,
        "verdicts": [index[id(verdict)] for verdict in finding.verdicts],
    }


def _record(value: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def _plain(value: Any) -> Any:
    """What JSON can hold: non-finite numbers become null, arrays lists, anything unknown its text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if hasattr(value, "__dataclass_fields__"):
        return _record(value)
    match value:
        case None | bool() | int():
            plain: Any = value
        case float():
            plain = value if math.isfinite(value) else None
        case Mapping():
            plain = {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            plain = [_plain(part) for part in value]
        case set() | frozenset():
            plain = [_plain(part) for part in sorted(value, key=str)]
        case _:
            plain = str(value)
    return plain


def _render(result: Result) -> str:
    return dumps(document(result), allow_nan=False, ensure_ascii=False, indent=2) + "\n"


json = ReportFormat((".json",), _render)

"""The report for programs: strict JSON whose schema is published as `docs/report.schema.json`."""

from collections.abc import Mapping
from json import dumps
from typing import Any, assert_never

from driftline.jsonable import as_jsonable
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
        "elapsed": as_jsonable(result.elapsed),
        "window": result.window,
        "level": result.level.value,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "fingerprint": result.fingerprint,
        "reference": as_jsonable(result.reference),
        "current": as_jsonable(result.current),
        "columns": [as_jsonable(column) for column in result.columns],
        "verdicts": [as_jsonable(verdict) for verdict in result.verdicts],
        "findings": [_finding(finding, index) for finding in result.findings],
        "distributions": [
            {"column": picture.column.name, "bars": [as_jsonable(bar) for bar in picture.bars]}
            for picture in result.distributions
        ],
        "timelines": [as_jsonable(line) for line in result.timelines],
        "notes": list(result.notes),
        "sections": [record for section in result.sections if (record := _section(section))],
    }


def _section(section: Section) -> dict[str, Any]:
    """A section of the report whose content stands nowhere else in the document; else nothing."""
    match section:
        case NoteList() | Table() | Chart():
            kind = {NoteList: "notes", Table: "table", Chart: "chart"}[type(section)]
            record: dict[str, Any] = {"kind": kind} | as_jsonable(section)
            if isinstance(section, Table):  # the verdicts of the rows are in `verdicts`
                record["rows"] = [[as_jsonable(cell) for cell in row.cells] for row in section.rows]
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


def _render(result: Result) -> str:
    return dumps(document(result), allow_nan=False, ensure_ascii=False, indent=2) + "\n"


json = ReportFormat((".json",), _render)

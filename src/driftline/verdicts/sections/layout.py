"""Which sections a report has, in one order for all of its forms."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from driftline import humanize
from driftline.types import Column, Health, Level, Verdict
from driftline.verdicts.sections.findings import list_findings, list_harmless, list_small_changes
from driftline.verdicts.sections.records import (
    ColumnList,
    ColumnPanel,
    Footer,
    Headline,
    Note,
    NoteList,
    Schema,
    Section,
    Tally,
    VerdictList,
)  # fmt: skip
from driftline.verdicts.sections.tables import table_columns, table_fairness, table_performance, table_segments
from driftline.verdicts.sections.weak_segments import table_followed

if TYPE_CHECKING:
    from driftline.verdicts.result import Result

_UNSEEN = {
    Health.SERVICE: "Not observed in a batch check: a file says nothing about latency, errors or traffic.",
    Health.DATA: "Nothing was measured.",
    Health.MODEL: "No target, prediction or score column is known.",
}
_WORST_FIRST = tuple(sorted(Level, key=lambda level: -level.rank))


def lay_out(result: "Result") -> tuple[Section, ...]:
    """The sections of a report, in order; those without content are left out."""
    sections: list[Section | None] = [
        _head(result),
        list_findings(result),
        list_small_changes(result),
        list_harmless(result),
        *(section for health in Health for section in _lay_out_tier(result, health)),
        _list_verdicts("verdicts", "How each verdict was reached", result.verdicts, None),
        Schema(
            name="schema", title=f"Schema ({humanize.count(len(result.columns), 'column')})", columns=result.columns
        ),
        _list_notes(result),
        _foot(result),
    ]
    return tuple(section for section in sections if section is not None)


def _lay_out_tier(result: "Result", health: Health) -> list[Section]:
    """The sections of a tier; a note on why where there are none."""
    figures = [figure for figure in result.figures if figure.health is health]
    sections: dict[Health, list[Section | None]] = {
        Health.SERVICE: [
            _list_verdicts("latency", "Verdicts on the service", result.by_health(Health.SERVICE), Health.SERVICE),
            _list_columns(result, health) if result.by_health(Health.SERVICE) else None,
        ],
        Health.DATA: [
            *figures, table_columns(result), _list_table_verdicts(result, health), _list_columns(result, health),
        ],
        Health.MODEL: [
            *table_performance(result), table_fairness(result), *figures, table_followed(result),
            *table_segments(result),
            _list_table_verdicts(result, health), _list_columns(result, health),
        ],
    }  # fmt: skip
    note = NoteList(
        name=f"{health.value}-unseen", title="Not judged", health=health, detail=True, notes=(Note(_UNSEEN[health]),)
    )
    return [section for section in sections[health] if section is not None] or [note]


def _head(result: "Result") -> Headline:
    facts = [("model", result.model)]
    facts += [("task", result.task.value)] if result.task else []
    facts += [("positive class", result.positive)] if result.positive is not None else []
    facts += [("window", humanize.interval_of_time(result.window))] if result.window else []
    return Headline(
        name="headline", title="Outcome", level=result.level, text=result.headline, reference=result.reference,
        current=result.current, facts=tuple(facts), tiers={health: tally_tier(result, health) for health in Health},
    )  # fmt: skip


def tally_tier(result: "Result", health: Health) -> Tally:
    """Findings of a tier by level, and how many of its verdicts are unknown or ok."""
    verdicts = [verdict.level for verdict in result.by_health(health) if verdict.judged]
    counts = Counter(level for level in verdicts if level.rank < Level.WARNING.rank)
    counts.update(finding.level for finding in result.findings if finding.lead.health is health)
    return {level: counts[level] for level in _WORST_FIRST if counts[level]}


def _list_table_verdicts(result: "Result", health: Health) -> VerdictList | None:
    """The verdicts that are about no column."""
    chosen = [item for item in result.by_health(health) if item.column is None and not item.of_performance]
    return _list_verdicts(f"{health.value}-rows", "The rows as a whole", chosen, health)


def _list_verdicts(name: str, title: str, verdicts: Iterable[Verdict], health: Health | None) -> VerdictList | None:
    ordered = tuple(sorted(verdicts, key=lambda verdict: -verdict.level.rank))
    return VerdictList(name=name, title=title, health=health, detail=True, verdicts=ordered) if ordered else None


def _list_columns(result: "Result", health: Health) -> ColumnList | None:
    """The columns of the model (target, prediction, score), of the service, or those of the data."""
    by_column: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        if verdict.column is not None and not verdict.of_performance and not verdict.of_fairness:
            by_column.setdefault(verdict.column, []).append(verdict)
    charts = {chart.column.name: chart for chart in result.distributions}

    def rank(column: Column) -> int:
        return max((item.level.rank for item in by_column.get(column.name, []) if item.judged), default=0)

    known = [column for column in result.columns if column.role.find_tier(Health.DATA) is health]
    known.sort(key=rank, reverse=True)
    panels = tuple(
        ColumnPanel(column, charts.get(column.name), tuple(by_column.get(column.name, ()))) for column in known
    )
    title = "Target and predictions" if health is Health.MODEL else "Columns"
    name = f"{health.value}-columns"
    return ColumnList(name=name, title=title, health=health, detail=True, panels=panels) if panels else None


def _list_notes(result: "Result") -> NoteList | None:
    notes = tuple(Note(note) for note in result.notes)
    return NoteList(name="notes", title="Notes", notes=notes) if notes else None


def _foot(result: "Result") -> Footer:
    findings = humanize.count(len(result.findings), "finding")
    facts = [f"Driftline {result.version}".strip(), humanize.moment(result.created)]
    facts += [f"{findings} in {humanize.count(len(result), 'verdict')}, {result.elapsed:.1f} s"]
    facts += [f"plan {result.fingerprint}"] if result.fingerprint else []
    return Footer(name="footer", title="About this report", facts=tuple(fact for fact in facts if fact))

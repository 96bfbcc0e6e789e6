"""What a check gives back: verdicts, what stands out among them, and the pictures' numbers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftline import humanize, registry
from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError
from driftline.types import ChartData, Column, Dataset, Health, Level, Task, Timeline, Verdict
from driftline.verdicts.effect import (
    describe_briefly,
    describe_change,
    has_labels,
    measure_effect,
    measure_impact,
    name_column,
)
from driftline.verdicts.sections.layout import lay_out
from driftline.verdicts.sections.missing_together import join_missing
from driftline.verdicts.sections.records import Chart, Section, Table
from driftline.windows import show_local

if TYPE_CHECKING:
    import polars as pl

SCHEMA_VERSION = 1
_HEADLINE = 160
_ALSO = 3  # further subjects that the headline names
_NAMED = 3  # columns that the subject of a finding about several names


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """What stands out about one column (or the table, or the model): its verdicts, the worst first."""

    verdicts: tuple[Verdict, ...]
    change: str = ""
    """How much changed, in the unit of the column; empty where a finding is made by hand."""
    zone: str = ""
    """The time zone whose clock people read; empty where none is known."""
    columns: tuple[str, ...] = ()
    """The names of all its columns, where it is about several; the leading verdict is of the first."""

    @property
    def lead(self) -> Verdict:
        """The verdict that speaks for the finding."""
        return self.verdicts[0]

    @property
    def level(self) -> Level:
        """The worst level in it."""
        return self.lead.level

    @property
    def subject(self) -> str:
        """What it is about, in words: a column, a segment, the rows as a whole, or the model."""
        return self.topic + (f" where {self.lead.segment}" if self.lead.segment else "")

    @property
    def topic(self) -> str:
        """What it is about, whatever the segment."""
        if _of_model(self.lead):
            return "model performance"
        if self.lead.of_fairness:
            return f"fairness by {name_column(self.lead.column or '')}"
        if self.columns:
            return humanize.name_some(self.columns, _NAMED)
        if self.lead.column is None:
            return "the rows" if self.lead.family == "expectation" else self.lead.title
        return name_column(self.lead.column)

    @property
    def is_of_table(self) -> bool:
        """Whether it is about the rows as a whole: neither a column, nor how right the model is."""
        return self.lead.column is None and not _of_model(self.lead) and self.lead.family != "expectation"

    @property
    def support(self) -> tuple[Verdict, ...]:
        """The other verdicts about what the leading one is about: the same column and segment."""
        return tuple(verdict for verdict in self.verdicts[1:] if verdict.column == self.lead.column)

    @property
    def beyond(self) -> float | None:
        """How far the leading verdict is from what is usual, in times of what is tolerated; None for a fact."""
        return measure_effect(self.lead)

    def explain(self) -> tuple[str, str]:
        """What it says in a sentence, for below its subject, and the evidence for that.

        The evidence is empty where it is the sentence itself.
        """
        evidence = humanize.capitalize(self.lead.reason)
        if not self.change:
            return evidence, ""
        if self.columns:
            return humanize.capitalize(self.change.removeprefix(f"{self.subject}: ")), evidence
        sentence = describe_briefly(self.lead, self.change)
        return sentence, "" if self.lead.reason.endswith(self.change) or sentence == evidence else evidence

    def __repr__(self) -> str:
        since = f" since {self.since}" if self.since else ""
        return f"<Finding {self.level.value}: {self.change or self.lead.reason}{since}>"

    @property
    def since(self) -> str | None:
        """Start of the window in which it began, if time is known: as the leading verdict says."""
        known = [verdict.since for verdict in self.verdicts if verdict.since]
        return self.lead.since or min(known, default=None)

    @property
    def begun(self) -> str:
        """Since when, as a person says it, by the clock of the zone; empty where time is not known."""
        return humanize.moment(show_local(self.since, self.zone)) if self.since else ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """The outcome of one check. Iterate over it for its verdicts.

    It shows itself in a notebook, is an Arrow stream (`pyarrow.table(result)`, `polars.DataFrame(result)`), and is
    saved by `save("report.html")`, where the suffix decides the form (.html, .json, .md, .xml for JUnit).
    """

    model: str
    task: Task | None
    reference: Dataset
    current: Dataset
    columns: tuple[Column, ...]
    verdicts: tuple[Verdict, ...]
    distributions: tuple[ChartData, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    figures: tuple[Table | Chart, ...] = ()
    positive: str | None = None
    fingerprint: str = ""
    version: str = ""
    created: str = ""
    elapsed: float = 0.0
    window: str | None = None
    zone: str = ""
    notes: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def __repr__(self) -> str:
        return f"<Result {self.model}: {self.level.value}: {self.headline}>"

    @property
    def level(self) -> Level:
        """The worst level of all judged verdicts.

        `unknown` when, but for facts such as types, none could be judged, or when labels were due and none came.
        """
        judged = [verdict for verdict in self.verdicts if verdict.judged]
        worst = max((verdict.level for verdict in judged), key=lambda level: level.rank, default=Level.UNKNOWN)
        known = any(verdict.level is not Level.UNKNOWN and not _certain(verdict) for verdict in judged)
        if (worst is not Level.ALERT and not known) or (worst.rank < Level.WARNING.rank and self._lacks_labels):
            return Level.UNKNOWN
        return Level.OK if worst is Level.UNKNOWN else worst

    @property
    def _lacks_labels(self) -> bool:
        """Whether labels were due and none came, so that nobody knows how right the model is."""
        return any(each.metric == "label_coverage" and not each.value for each in self.verdicts)

    @property
    def exit_code(self) -> int:
        """The process's exit code: 0 ok or warning, 1 alert, 3 not enough data (2 is kept for: could not run)."""
        return {Level.ALERT: 1, Level.UNKNOWN: 3}.get(self.level, 0)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and alerts grouped by what they are about, the worst and largest first.

        Columns that are missing in the same rows are one finding.
        """
        return tuple(join_missing(self.findings_by_subject, self.reference.rows))

    @cached_property
    def findings_by_subject(self) -> tuple[Finding, ...]:
        """The findings with one for each column, also where several have one cause."""
        groups: dict[tuple[str | None, ...], list[Verdict]] = {}
        for verdict in self.verdicts:
            if verdict.level.rank >= Level.WARNING.rank:
                named = verdict.column is None or _of_model(verdict) or verdict.of_fairness
                topic = Finding((verdict,)).topic if named else None
                groups.setdefault((topic, None if topic else verdict.column, verdict.segment), []).append(verdict)
        ordered = [tuple(sorted(group, key=_weight, reverse=True)) for group in groups.values()]
        findings = [
            Finding(group, describe_change(_choose_described(group), self.verdicts, self.distributions), self.zone)
            for group in ordered
        ]
        own: dict[str | None, list[Verdict]] = {}
        for verdict in self.verdicts if not has_labels(self.verdicts) else ():
            if not verdict.segment:
                own.setdefault(verdict.column, []).append(verdict)
        costs = {column: measure_impact(verdicts) for column, verdicts in own.items() if column}

        def weigh(finding: Finding) -> tuple[int, int, float, float]:
            level, family, size = _weight(finding.lead)
            return level, family, costs.get(finding.lead.column or "", 0.0), size

        return tuple(sorted(findings, key=weigh, reverse=True))

    @property
    def notable(self) -> tuple[Verdict, ...]:
        """Verdicts that are ok and yet worth telling: a type that changed while all values survive, and such."""
        return tuple(verdict for verdict in self.verdicts if verdict.notable and verdict.level.rank <= 1)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        rows = humanize.count(self.current.rows, "row")
        if self.level is Level.UNKNOWN and self._lacks_labels:
            return f"No labels came for {rows}: how right the model is is unknown; nothing else stands out."
        if self.level is Level.UNKNOWN:
            return f"Not enough data to judge: {rows}."
        findings = self.findings
        if not findings:
            return f"All quiet: {rows} look like the reference's {self.reference.rows:,}."
        if len(findings) == 1:
            sentence = _brief(findings[0].change)
            return f"{humanize.capitalize(sentence) if findings[0].is_of_table else sentence}."
        alerts = sum(finding.level is Level.ALERT for finding in findings)
        levels = humanize.count(alerts or len(findings), "alert" if alerts else "warning")
        count = f"{len(findings):,} findings ({levels})" if 0 < alerts < len(findings) else levels
        names = list(dict.fromkeys(finding.topic for finding in findings))[1:]
        shown = ", ".join(names[:_ALSO]) + (f" and {len(names) - _ALSO} more" if len(names) > _ALSO else "")
        also = f"; also {shown}" if shown else ""
        return f"{count} in {rows}: {_brief(findings[0].change)}{also}."

    @property
    def sections(self) -> tuple[Section, ...]:
        """The report as typed sections, in one order; every form of it walks this list."""
        return lay_out(self)

    def by_health(self, health: Health) -> tuple[Verdict, ...]:
        """The verdicts of one tier."""
        return tuple(verdict for verdict in self.verdicts if verdict.health is health)

    def to_polars(self) -> "pl.DataFrame":
        """One row a verdict."""
        import polars as pl  # noqa: PLC0415 - heavy, and only surfaces that want a table pay for it

        schema: dict[str, Any] = dict.fromkeys(TABLE_COLUMNS, pl.String)
        schema |= dict.fromkeys(("value", "low", "high", "threshold", "reference", "p_value"), pl.Float64)
        schema |= {"n": pl.Int64, "judged": pl.Boolean}
        rows = [[getattr(verdict, name) for name in TABLE_COLUMNS] for verdict in self.verdicts]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def to_pandas(self) -> Any:
        """One row a verdict, as a `pandas.DataFrame` (needs pandas).

        Raises:
            ImportError: when pandas is not installed.
        """
        table = self.to_polars()
        return import_module("pandas").DataFrame({name: table[name].to_list() for name in table.columns})

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, texts and finite numbers: what the JSON form holds."""
        return dict(json.loads(self.render("json")))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_polars().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """One row a verdict, as a `pyarrow.Table` (needs pyarrow)."""
        return self.to_polars().to_arrow()

    def render(self, form: str) -> str:
        """The report as text in one of the registered forms: html, json, markdown, junit."""
        return str(registry.find("formats", form).render(self))

    def save(self, path: str | Path, form: str | None = None) -> Path:
        """Write the report, completely or not at all; the suffix decides the form unless `form` names one.

        Raises:
            ConfigError: when no form has this suffix.
            OutputError: when the file cannot be written.
        """
        target = Path(path)
        form = form or form_of(target)
        return write_atomic(target, self.render(form))

    def _repr_html_(self) -> str:
        return self.render("html")


TABLE_COLUMNS = (
    "health", "family", "metric", "column", "segment", "window", "level", "value", "low", "high", "n", "unit",
    "threshold", "reference", "p_value", "since", "judged", "reason",
)  # fmt: skip


def form_of(path: Path) -> str:
    """The report form that a file's suffix stands for.

    >>> form_of(Path("out.md"))
    'markdown'
    """
    forms = {suffix: name for name, part in registry.every("formats").items() for suffix in part.suffixes}
    if path.suffix.lower() not in forms:
        raise ConfigError(f"{path}: no report form ends in {path.suffix!r}; known are {', '.join(sorted(forms))}")
    return forms[path.suffix.lower()]


def _choose_described(group: tuple[Verdict, ...]) -> Verdict:
    """The verdict whose change is told: the leading one, unless drift says how much and that one does not."""
    lead = group[0]
    if lead.family != "quality" or lead.reference is not None:
        return lead
    return next((verdict for verdict in group if verdict.family == "drift"), lead)


def _of_model(verdict: Verdict) -> bool:
    """Whether it is about how right the model is: a measure of that, or a person's limit on one."""
    own = verdict.family == "expectation" and verdict.column is None and verdict.health is Health.MODEL
    return verdict.of_performance or own


def _certain(verdict: Verdict) -> bool:
    metric = registry.every("metrics").get(verdict.metric)
    return metric is not None and bool(metric.certain)


def _weight(verdict: Verdict) -> tuple[int, int, float]:
    """Sorting key of what to tell first: level, then the person's own limits, a model that is worse, and broken data.

    Within each it is how far over what is tolerated; among findings first what it surely costs the model.
    """
    order = ["description", "drift", "quality", "schema", "estimate", "fairness", "performance", "expectation"]
    family = order.index(verdict.family) if verdict.family in order else 0
    return verdict.level.rank, family, measure_effect(verdict) or 0.0


def _brief(change: str) -> str:
    """What changed, short enough for a headline: as many of its clauses as there is room for."""
    clauses = change.rstrip(".").split("; ")
    kept = max((at for at in range(1, len(clauses) + 1) if len("; ".join(clauses[:at])) <= _HEADLINE), default=1)
    return humanize.shorten("; ".join(clauses[:kept]), _HEADLINE)

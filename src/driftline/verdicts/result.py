"""What a check gives back: verdicts, what stands out among them, and the pictures' numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftline import humanize, registry
from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError
from driftline.types import ChartData, Column, Dataset, Health, Level, Task, Timeline, Verdict

if TYPE_CHECKING:
    import polars as pl

SCHEMA_VERSION = 1
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands out about one column (or the table, or the model): its verdicts, the worst first."""

    verdicts: tuple[Verdict, ...]

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
        if self.lead.column is None:
            return "the rows" if self.lead.family == "expectation" else self.lead.title
        return _named(self.lead.column)

    @property
    def beyond(self) -> float | None:
        """How far the leading verdict is from what is usual, in times of what is tolerated; None for a fact."""
        return _beyond(self.lead)

    @property
    def since(self) -> str | None:
        """Start of the window in which it began, if time is known: as the leading verdict says."""
        known = [verdict.since for verdict in self.verdicts if verdict.since]
        return self.lead.since or min(known, default=None)


@dataclass(frozen=True, kw_only=True)
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
    fingerprint: str = ""
    version: str = ""
    created: str = ""
    elapsed: float = 0.0
    window: str | None = None
    notes: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def level(self) -> Level:
        """The worst level of all judged verdicts; `unknown` when, but for facts such as types, none could be judged."""
        judged = [verdict for verdict in self.verdicts if verdict.judged]
        worst = max((verdict.level for verdict in judged), key=lambda level: level.rank, default=Level.UNKNOWN)
        known = any(verdict.level is not Level.UNKNOWN and not _certain(verdict) for verdict in judged)
        if worst is not Level.ALERT and not known:
            return Level.UNKNOWN
        return Level.OK if worst is Level.UNKNOWN else worst

    @property
    def exit_code(self) -> int:
        """The process's exit code: 0 ok or warning, 1 alert, 3 not enough data (2 is kept for: could not run)."""
        return {Level.ALERT: 1, Level.UNKNOWN: 3}.get(self.level, 0)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and alerts grouped by what they are about, the worst and largest first."""
        groups: dict[tuple[str | None, ...], list[Verdict]] = {}
        for verdict in self.verdicts:
            if verdict.level.rank >= Level.WARNING.rank:
                topic = Finding((verdict,)).topic if verdict.column is None or _of_model(verdict) else None
                groups.setdefault((topic, None if topic else verdict.column, verdict.segment), []).append(verdict)
        found = [Finding(tuple(sorted(group, key=_weight, reverse=True))) for group in groups.values()]
        return tuple(sorted(found, key=lambda finding: _weight(finding.lead), reverse=True))

    @property
    def notable(self) -> tuple[Verdict, ...]:
        """Verdicts that are ok and yet worth telling: a type that changed while all values survive, and such."""
        return tuple(verdict for verdict in self.verdicts if verdict.notable and verdict.level.rank <= 1)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        rows = humanize.count(self.current.rows, "row")
        if self.level is Level.UNKNOWN:
            return f"Not enough data to judge: {rows}."
        findings = self.findings
        if not findings:
            return f"All quiet: {rows} look like the reference's {self.reference.rows:,}."
        alerts = [finding for finding in findings if finding.level is Level.ALERT]
        kind = "alert" if alerts else "warning"
        names = list(dict.fromkeys(finding.topic for finding in alerts or findings))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return f"{humanize.count(len(names), kind)} in {rows}: {shown}."

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


def _of_model(verdict: Verdict) -> bool:
    """Whether it is about how right the model is: a measure of that, or a person's limit on one."""
    own = verdict.family == "expectation" and verdict.column is None and verdict.health is Health.MODEL
    return verdict.family == "performance" or own


def _named(column: str) -> str:
    """A column's name, short enough for a headline."""
    if not column:
        return "the column without a name"
    return column if len(column) <= _LONGEST else f"{column[: _LONGEST - 1]}…"


def _certain(verdict: Verdict) -> bool:
    metric = registry.every("metrics").get(verdict.metric)
    return metric is not None and bool(metric.certain)


def _weight(verdict: Verdict) -> tuple[int, int, float]:
    """Sorting key of what to tell first: level, then the person's own limits, then how far over what is tolerated."""
    order = ["description", "drift", "performance", "quality", "schema", "expectation"]
    family = order.index(verdict.family) if verdict.family in order else 0
    return verdict.level.rank, family, _beyond(verdict) or 0.0


def _beyond(verdict: Verdict) -> float | None:
    if verdict.value is None or verdict.threshold is None:
        return None
    past = verdict.reference or 0.0
    allowed = abs(verdict.threshold - past)
    return abs(verdict.value - past) / allowed if allowed else None

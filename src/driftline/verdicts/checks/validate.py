"""Whether a check says something under a plan: its column, segment, kind, role and task."""

from driftline import registry
from driftline.config.checks import SUBJECTS, Check
from driftline.config.detectors import OF_MODEL, DetectorConfig
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.plan import NUMBERS, ColumnPlan, Plan
from driftline.profiles.rows.losses import find_obstacle
from driftline.profiles.segments.find import find_segment
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Kind, ProfileKey, Role, Task
from driftline.verdicts.measure import applies_to_groups


def validate_check(check: Check, plan: Plan) -> None:
    """Refuse a check that says nothing under this plan.

    Raises:
        ConfigError: when there is no such column or segment, or it is of another kind, role or task.
    """
    if check.subject not in SUBJECTS and registry.find("metrics", check.subject).on == "groups":
        _suits_groups(check, plan)
        return
    column = _column(check, plan)
    if check.where is not None:
        profile_key(check, plan)
    if column is not None and column.role is Role.IGNORED:
        raise ConfigError(f"{check.at}: column {column.name!r} is ignored: it is not profiled")
    if check.subject == "columns":
        unknown = [name for name in check.allowed or () if _ignored(plan, name)]
        if unknown:
            raise ConfigError(f"{check.at}: column {unknown[0]!r} is ignored: it is not profiled")
    if column is not None and check.subject in SUBJECTS:
        _suits_values(check, column)
    if check.subject not in SUBJECTS:
        _suits_metric(check, plan, column)


def validate_segments(plan: Plan) -> None:
    """Refuse settings of metrics in segments that are not taken by segment under this plan.

    Raises:
        ConfigError: names segment and metric, and what to set.
    """
    for split in plan.config.segments:
        for name in split.metrics:
            metric = registry.find("metrics", name)
            sampled = metric.needs is not None and issubclass(metric.needs, TableSketch) and not metric.needs.OF_PARTS
            if not metric.by_segment and metric.on != "groups":
                raise ConfigError(
                    f"segments {split.key!r}: metrics: {name} is taken of all rows only; leave it out here"
                )
            if sampled and not plan.config.sample.by_segment:
                raise ConfigError(
                    f"segments {split.key!r}: metrics: {name} needs a sample of each segment; set "
                    f"sample: {{rows: {plan.config.sample.rows or 2000}, by_segment: true}}"
                )


def validate_detector(detector: DetectorConfig, plan: Plan) -> None:
    """Refuse a detector of a series that there is not under this plan.

    Raises:
        ConfigError: when there is no such column, metric, segment or row-wise error.
    """
    if detector.rows is None:
        validate_check(detector.watched, plan)
        return
    at, name = f"detectors: {detector.title}", detector.watched.subject
    find_segment(detector.watched, plan)
    if detector.of_model:
        if why := find_obstacle(plan, name):
            raise ConfigError(f"{at}: {why}")
        if plan.task is Task.REGRESSION and registry.find("detectors", detector.detector).BINARY:
            raise ConfigError(f"{at}: it counts wrong answers, and this model is a regression; take cusum or adwin")
        return
    if name not in plan.by_name:
        hint = suggest_name(name, [*plan.by_name, *sorted(OF_MODEL)])
        raise ConfigError(f"{at}: the reference has no column {name!r}; {hint}")
    column = plan.by_name[name]
    if column.role is Role.IGNORED or column.source is not None or column.redacted:
        why = "ignored" if column.role is Role.IGNORED else "derived" if column.source else "not kept (privacy)"
        raise ConfigError(f"{at}: column {column.name!r} is {why}: its rows cannot be followed")
    if column.kind is not Kind.NUMERIC:
        raise ConfigError(
            f"{at}: column {column.name!r} is {column.kind.value}; rows of numbers are followed, or one metric a window"
        )


def _suits_groups(check: Check, plan: Plan) -> None:
    """Refuse a limit on fairness of what is no protected attribute, or of another task."""
    metric = registry.find("metrics", check.subject)
    known = [split.key for split in plan.config.fairness.splits]
    if check.where is not None:
        raise ConfigError(f"{check.at}: {metric.name!r} compares all rows of each group; leave out where")
    if check.column not in known:
        example = f"{metric.name}({known[0] if known else 'sex'})"
        hint = suggest_name(check.column or "", known) if known else "there are none"
        raise ConfigError(
            f"{check.at}: {metric.name!r} is of a protected attribute (fairness.attributes): write {example}; {hint}"
        )
    if not applies_to_groups(metric, plan):
        raise ConfigError(f"{check.at}: {metric.name!r} is for {' or '.join(sorted(metric.tasks))} models with target")


def _ignored(plan: Plan, name: str) -> bool:
    return name in plan.by_name and plan.by_name[name].role is Role.IGNORED


def _column(check: Check, plan: Plan) -> ColumnPlan | None:
    if check.column is None:
        return None
    if check.column not in plan.by_name:
        raise ConfigError(
            f"{check.at}: the reference has no column {check.column!r}; {suggest_name(check.column, plan.by_name)}"
        )
    return plan.by_name[check.column]


def profile_key(check: Check, plan: Plan) -> ProfileKey:
    """The cell of the segment that it is about.

    Raises:
        ConfigError: when the plan has no such segment.
    """
    return ProfileKey(segment=find_segment(check, plan))


def _suits_values(check: Check, column: ColumnPlan) -> None:
    kind, subject = column.kind, check.subject
    wrong = ""
    if subject == "max_age" and kind is not Kind.DATETIME:
        wrong = "max_age is of dates"
    if subject == "values" and check.allowed is None:
        times = check.unit == "time"
        if kind not in NUMBERS:
            wrong = "a range is of numbers or dates: write a set in braces"
        elif times != (kind is Kind.DATETIME):
            wrong = "write dates such as 2024-01-31" if kind is Kind.DATETIME else "write numbers, not dates"
    if subject == "values" and check.allowed is not None and kind is Kind.DATETIME:
        wrong = "write a range such as [2024-01-01, 2024-02-01]"
    if wrong:
        raise ConfigError(f"{check.at}: column {column.name!r} is {kind.value}; {wrong}")


def _suits_metric(check: Check, plan: Plan, column: ColumnPlan | None) -> None:
    metric = registry.find("metrics", check.subject)
    why = ""
    if column is not None and column.kind not in metric.kinds:
        why = f"is of columns that are {' or '.join(sorted(metric.kinds))}; {column.name!r} is {column.kind.value}"
    elif column is not None and column.role not in metric.roles:
        why = f"is of columns whose role is {' or '.join(sorted(metric.roles))}; {column.name!r} is {column.role.value}"
    elif column is None and not plan.task_in(metric.tasks):
        why = f"is for {' or '.join(sorted(metric.tasks))}; the task of this model is {plan.task}"
    elif metric.needs is not None and not metric.needs.suits(plan):
        why = f"is of {_first(metric.needs.suits.__doc__)}; name the columns that are meant"
    elif metric.needs is not None and metric.needs.__name__ in plan.omitted:
        why = "was left out when the reference was fitted (only, metrics); name the check in checks and fit again"
    if why:
        raise ConfigError(f"{check.at}: {metric.name!r} {why}")


def _first(doc: str | None) -> str:
    text = (doc or "columns that are not named").split(".")[0]
    return text[:1].lower() + text[1:]

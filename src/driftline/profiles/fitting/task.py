"""What the model does, and the positive class of two: as stated, else as target, prediction and score show."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from driftline import humanize
from driftline.data.decode import TRUTH, as_labels, as_numbers
from driftline.data.inspect import Inspection
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.plan import NUMBERS, ColumnPlan
from driftline.profiles.privacy.labels import shapes
from driftline.types import Column, Kind, Role, Task

WIDTH = 1e-3  # the width of a float16 at 1: so far beyond 0 and 1 a score is a rounded probability
_POSITIVE = {"true", "yes", "y", "positive", "pos"}
_NEGATIVE = {"0", "-1", "false", "no", "n", "negative", "neg"}
_MOST_CLASSES = 20
_RARE = 1 / 3
_SURE = 4.0  # standard errors


def guess_task(inspection: Inspection, columns: Sequence[Column], positive: str | None) -> Task | None:
    """The task that the columns' roles and values call for; None without a target, a score and a query.

    Whoever states a positive class means it against all others.
    """
    target, prediction, score, query = (
        next((column for column in columns if column.role is role), None)
        for role in (Role.TARGET, Role.PREDICTION, Role.SCORE, Role.QUERY)
    )
    if query is not None:
        return Task.RANKING
    if target is None:
        return Task.BINARY if score is not None else None
    if target.kind is Kind.BOOLEAN or positive is not None:
        return Task.BINARY
    has_interval = any(column.role in {Role.LOWER, Role.UPPER} for column in columns)
    if target.kind in NUMBERS and (has_interval or not _are_classes(inspection, target, prediction, score)):
        return Task.REGRESSION
    counts = inspection.counts.get(target.name)
    few = counts is not None and (counts.height == 2 or (counts.height == 1 and score is not None))
    return Task.BINARY if few else Task.MULTICLASS


def _are_classes(inspection: Inspection, target: Column, prediction: Column | None, score: Column | None) -> bool:
    """Whether a numeric target holds numbers of classes: few whole ones, which the prediction, if any, has as well."""
    classes = _whole_labels(inspection, target.name)
    if not 1 <= len(classes) <= _MOST_CLASSES or (prediction is None and score is None):
        return False
    return prediction is None or (
        bool(predicted := _whole_labels(inspection, prediction.name)) and predicted <= classes
    )


def _whole_labels(inspection: Inspection, name: str) -> set[str]:
    """The different values of a column of whole numbers; none where others are among them, or very many."""
    counts = inspection.counts.get(name)
    labels = set() if counts is None else set(counts.get_column("label"))
    return labels if all(label.removeprefix("-").isdecimal() for label in labels) else set()


def check_answers(inspection: Inspection, columns: Sequence[ColumnPlan], task: Task | None) -> None:
    """Refuse a score that is mostly no probability, and a prediction that is mostly none of the target's classes.

    Raises:
        ConfigError: for it is another column, and all that is computed of it would be wrong.
    """
    target, answer, score = (_with_role(columns, role) for role in (Role.TARGET, Role.PREDICTION, Role.SCORE))
    if score is not None and task in {Task.BINARY, Task.MULTICLASS}:
        _check_score(inspection, score)
    if task is Task.REGRESSION or target is None or answer is None or len(target.categories) < 2:
        return
    answers = as_labels(inspection.sample(answer.name), answer.kind, numbers=answer.of_numbers).drop_nulls()
    strange = answers.filter(~answers.is_in(target.categories))
    if strange.len() > answers.len() / 2:
        hint = "; is it a score?" if inspection.dtypes[answer.name].is_float() else ""
        raise ConfigError(
            f"prediction: column {answer.name!r} holds values of the form {shapes(strange)}, which are no classes of "
            f"the target {target.name!r}: those have the form {shapes(pl.Series(target.categories))}{hint}"
        )


def check_costs(costs: Mapping[str, Mapping[str, float]], columns: Sequence[ColumnPlan], task: Task | None) -> None:
    """Refuse costs of what is no class of the target, or of a model without classes.

    Raises:
        ConfigError: when a class is named that the target does not have, or the task is another.
    """
    target = _with_role(columns, Role.TARGET)
    if costs and (target is None or task not in {Task.BINARY, Task.MULTICLASS}):
        raise ConfigError(
            f"costs: they are of true and predicted classes; the task of this model is {task or 'unknown'}"
        )
    for name in (name for true, row in costs.items() for name in (true, *row)):
        if target is not None and target.as_kept(name) not in target.categories:
            hint = suggest_name(name, sorted(target.common))
            raise ConfigError(f"costs: the target {target.name!r} has no class {name!r}; {hint}")


def _check_score(inspection: Inspection, score: ColumnPlan) -> None:
    numbers = as_numbers(inspection.sample(score.name), Kind.NUMERIC, score.format).drop_nulls()
    numbers = numbers.filter(numbers.is_finite())
    strange = numbers.filter((numbers < -WIDTH) | (numbers > 1 + WIDTH))
    if strange.len() > numbers.len() / 2:
        examples = humanize.listing([f"{number:.1g}" for number in strange.head(3)], 3)
        raise ConfigError(
            f"score: column {score.name!r} holds numbers such as {examples}; "
            "expected the probability of the positive class, 0 to 1: name another column, or divide a percentage by 100"
        )


def positive_class(
    inspection: Inspection, columns: Sequence[ColumnPlan], task: Task | None, stated: str | None
) -> str | None:
    """The positive class of a binary task: as stated; by its usual name; the one that scores higher; the much rarer.

    Where nothing tells it is the last by name, as in scikit-learn, so that samples of one law have one positive class.

    Raises:
        ConfigError: when the one that is stated is no class of the target.
    """
    target = _with_role(columns, Role.TARGET)
    if task is not Task.BINARY or target is None:
        return stated
    classes = target.categories
    if stated is not None:
        truth = stated.strip().lower()
        positive = TRUTH.get(truth, truth) if target.kind is Kind.BOOLEAN else stated
        if classes and positive not in classes:
            raise ConfigError(f"positive: {stated!r} is no value of {target.name!r}; it has {', '.join(classes[:10])}")
        return positive
    if len(classes) != 2:
        return next((label for label in classes if label.strip().lower() in _POSITIVE), (*classes, None)[-1])
    for usual, wanted in ((_POSITIVE, True), (_NEGATIVE, False)):
        named = [label.strip().lower() in usual for label in classes]
        if named.count(True) == 1:
            return classes[named.index(wanted)]
    return _scored_higher(inspection, target, _with_role(columns, Role.SCORE)) or _rarer(inspection, target)


def _scored_higher(inspection: Inspection, target: ColumnPlan, score: ColumnPlan | None) -> str | None:
    """The class whose rows score higher, beyond chance (Mann & Whitney 1947); None where neither does."""
    if score is None:
        return None
    labels = as_labels(inspection.sample(target.name), target.kind, numbers=target.of_numbers)
    scores = as_numbers(inspection.sample(score.name), Kind.NUMERIC, score.format)
    rows = pl.DataFrame({"label": labels, "score": scores}).drop_nulls()
    first = (rows["label"] == target.categories[0]).to_numpy()
    n, m = int(first.sum()), int((~first).sum())
    if not n or not m:
        return None
    ranks = rows["score"].rank().to_numpy()
    excess = (ranks[first].sum() - n * (n + m + 1) / 2) / np.sqrt(n * m * (n + m + 1) / 12)
    return None if abs(excess) < _SURE else target.categories[0 if excess > 0 else 1]


def _rarer(inspection: Inspection, target: ColumnPlan) -> str:
    """The class with less than a third of the rows, else the last by name."""
    labels = as_labels(inspection.sample(target.name), target.kind, numbers=target.of_numbers).drop_nulls()
    often, rare = target.categories
    return rare if (labels == rare).sum() < _RARE * labels.len() else max(often, rare)


def _with_role(columns: Sequence[ColumnPlan], role: Role) -> ColumnPlan | None:
    return next((column for column in columns if column.role is role), None)

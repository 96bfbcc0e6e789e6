"""What columns are for: as stated, else by their usual names where their values agree."""

import re

from driftline.config.settings import Config
from driftline.data.decode import EXACT, TEXTS, drop_nulls, is_nested
from driftline.data.inspect import Inspection
from driftline.errors import ConfigError, suggest_name
from driftline.types import Kind, Role

_SINGLE = ("target", "prediction", "score", "timestamp", "id", "query", "lower", "upper")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_INDEX = re.compile(r"^(__index_level_\d+__|Unnamed: ?\d+|)$")  # how pandas writes an index without a name
_IDS = {"id", "uuid", "guid", "key"}
_COUNTERS = {"index", "idx", "instant", "number", "no", "nr", "num", "seq", "sequence", "counter"}
_TIMES = {
    "timestamp", "ts", "time", "datetime", "date", "dt", "ds", "day", "at", "eventtime", "eventtimestamp", "eventdate",
    "createdat", "unixtime", "epoch", "datum",
}  # fmt: skip
_TARGETS = {"target", "ytrue", "groundtruth", "truelabel", "actuallabel"}
_PREDICTIONS = {"prediction", "predictions", "predicted", "ypred", "yhat", "predictedlabel", "predictedclass"}
_SCORES = {
    "score", "probability", "proba", "prob", "yscore", "yprob", "yproba", "predictionscore", "predictionprobability",
    "predictedprobability", "predictproba", "predproba",
}  # fmt: skip
_PARTNERS = {Role.TARGET: {"label", "actual", "truth", "y"}, Role.PREDICTION: {"pred", "preds"}}  # in pairs only
_ENOUGH = 30
_MOSTLY = 0.9


def stated_roles(names: list[str], config: Config) -> dict[str, Role]:
    """The roles that the person stated.

    Raises:
        ConfigError: when a column is not there, or is given two roles.
    """
    stated: list[tuple[str, str, Role]] = [
        (key, name, Role(key)) for key in _SINGLE if (name := getattr(config, key)) is not None
    ]
    stated += [(f"columns.{name}.role", name, part.role) for name, part in config.columns.items() if part.role]
    stated += [("attributions", name, Role.ATTRIBUTION) for name in _list_attributions(names, config)]
    stated += [
        ("segments" if split in config.segments else "fairness.attributes", name, Role.SEGMENT)
        for split in config.splits
        for name in split.columns
        if name not in split.edges
    ]
    places = [(key, name) for key, name, _ in stated] + [("columns", name) for name in config.columns]
    places += [(f"segments.{split.key}.edges", name) for split in config.splits for name in split.edges]
    places += [("weak_segments.columns", name) for name in config.weak_segments.columns]
    for key, name in places:
        if name not in names:
            hint = suggest_name(name, names, "the reference has: ")
            raise ConfigError(f"{key}: the reference has no column {name!r}; {hint}")
    roles: dict[str, Role] = {}
    for key, name, role in stated:
        if role is Role.SEGMENT and name in roles:
            continue  # a feature or target may also be what the rows are sliced by
        if roles.get(name, role) is not role:
            raise ConfigError(f"{key}: column {name!r} is already the {roles[name]}; give each column one role")
        roles[name] = role
    return roles


def _list_attributions(names: list[str], config: Config) -> list[str]:
    """The columns that hold attributions, by how their names begin; not those whose role is stated."""
    if config.attributions is None:
        return []
    found = [name for name in names if name.startswith(config.attributions) and name != config.attributions]
    if not found:
        raise ConfigError(
            f"attributions: no column of the reference begins with {config.attributions!r}; name what the columns of "
            f"attributions begin with; the reference has: {', '.join(names)[:300]}"
        )
    return [name for name in found if not (name in config.columns and config.columns[name].role)]


def guess_roles(inspection: Inspection, stated: dict[str, Role]) -> dict[str, Role]:
    """The roles of columns of which none is stated, as their names and values say; the others are features."""
    free = [name for name in inspection.dtypes if name not in stated]
    roles: dict[str, Role] = {}
    for name in free:
        if is_index(name) and inspection.dtypes[name].is_integer():
            roles[name] = Role.IGNORED
        elif _names_rows(inspection, name):
            roles[name] = Role.ID
    free = [name for name in free if name not in roles]
    roles |= _guess_answers(inspection, free, set(stated.values()))
    if Role.TIMESTAMP not in stated.values():
        time = next((name for name in free if name not in roles and _tells_time(inspection, name)), None)
        roles |= {time: Role.TIMESTAMP} if time is not None else {}
    return roles


def is_index(name: str) -> bool:
    """Whether a name is one that pandas gives to an index without a name.

    >>> is_index("__index_level_0__"), is_index("Unnamed: 0"), is_index("index")
    (True, True, False)
    """
    return _INDEX.match(name) is not None


def _guess_answers(inspection: Inspection, free: list[str], stated: set[Role]) -> dict[str, Role]:
    """Target, prediction and score: by their usual names, or in pairs by names that others use too."""
    names = {role: _first(free, usual) for role, usual in ((Role.TARGET, _TARGETS), (Role.PREDICTION, _PREDICTIONS))}
    for role, partner in ((Role.TARGET, Role.PREDICTION), (Role.PREDICTION, Role.TARGET)):
        if names[role] is None and names[partner] is not None and partner not in stated:
            names[role] = _first(free, _PARTNERS[role])
    pairs = _first(free, _PARTNERS[Role.TARGET]), _first(free, _PARTNERS[Role.PREDICTION])
    if None not in pairs and not (stated & set(names)) and set(names.values()) == {None}:
        names = dict(zip((Role.TARGET, Role.PREDICTION), pairs, strict=True))
    roles = {name: role for role, name in names.items() if name is not None and role not in stated}
    if Role.SCORE not in stated and (Role.TARGET in stated or Role.TARGET in roles.values()):
        score = _first([name for name in free if name not in roles], _SCORES)
        if score is not None and _are_probabilities(inspection, score):
            roles[score] = Role.SCORE
    return roles


def _first(names: list[str], usual: set[str]) -> str | None:
    return next((name for name in names if "".join(_words(name)) in usual), None)


def _words(name: str) -> list[str]:
    """The words of a name in small letters, however they are joined."""
    return [word.lower() for word in _WORDS.findall(name)]


def _are_probabilities(inspection: Inspection, name: str) -> bool:
    low, high = inspection.extremes.get(name, (0.0, 2.0))
    return inspection.dtypes[name].is_float() and low >= 0 and high <= 1


def _tells_time(inspection: Inspection, name: str) -> bool:
    """Whether a column that is named as times usually are can be read as times."""
    dtype = inspection.dtypes[name]
    if "".join(_words(name)) not in _TIMES or dtype.is_float() or not inspection.present(name).len():
        return False
    return inspection.readable(name, Kind.DATETIME) > _MOSTLY


def _names_rows(inspection: Inspection, name: str) -> bool:
    """Whether a column looks like the id of its rows: named so and without repeats; a counter has no holes either."""
    words, dtype = _words(name), inspection.dtypes[name]
    if not words or words[-1] not in _IDS | _COUNTERS:
        return False
    if not (dtype.is_integer() or isinstance(dtype, TEXTS)) or is_nested(dtype):
        return False
    values = drop_nulls(inspection.sample(name))
    if values.len() < _ENOUGH or values.n_unique() < values.len():
        return False
    if words[-1] in _IDS:
        return True
    low, high = inspection.extremes.get(name, (0.0, EXACT))
    return words[-1] in _COUNTERS and high - low + 1 == inspection.rows

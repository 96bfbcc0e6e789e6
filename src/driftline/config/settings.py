"""The one typed model of `driftline.yaml`."""

from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from driftline import registry
from driftline.clocks import find_clock
from driftline.config.budget import Budget
from driftline.config.checks import Check, parse
from driftline.config.comparison import ComparisonConfig
from driftline.config.detectors import DetectorConfig
from driftline.config.privacy import PrivacyConfig
from driftline.config.section import MetricsField, Section, part_name
from driftline.config.segments.expression import parse_formula
from driftline.config.segments.settings import FairnessConfig, SegmentConfig, WeakSegmentsConfig, join_splits
from driftline.config.stream import RetentionConfig, StreamConfig
from driftline.errors import ConfigError
from driftline.types import Kind, Role, Task
from driftline.windows import seconds

MOST_DESCRIBED = 1_000
"""Columns: with more of them only what is judged is measured, unless the settings say otherwise."""
MOST_SPLITS = 100
"""Ways to slice the rows, at most; each has up to 50 segments."""


def _zone_name(name: str) -> str:
    if name[:1] in "+-" or find_clock(name) is None:
        raise ValueError(f"no time zone is called {name!r}; expected such as Europe/Berlin or UTC")
    return name


def _budget(said: str) -> str:
    """The text, once it is known to be a budget."""
    try:
        Budget.parse(said)
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return said


def _plugin(name: str, said: ValidationInfo) -> str:
    """Load the module: what its parts are called has to be known before they are named."""
    try:
        registry.load(name, trusted=not (said.context or {}).get("packed"))
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return name


def _check(said: object) -> Check:
    """The expectation of a line; YAML takes `mae <= 4.5: warning` for a mapping."""
    if isinstance(said, Check):
        return said
    if isinstance(said, dict) and len(said) == 1:
        said = ": ".join(map(str, *said.items()))
    if not isinstance(said, str):
        raise ValueError("expected text such as 'missing(fare) <= 5%'; in a list in brackets, put it in quotes")  # noqa: TRY004 - pydantic turns a ValueError into a message, a TypeError into a traceback
    try:
        return parse(said)
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _written(check: Check) -> str:
    return check.text


CheckField = Annotated[
    Check,
    PlainValidator(_check),
    PlainSerializer(_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "maxProperties": 1, "additionalProperties": {"enum": ["warning", "alert"]}},
            ]
        }
    ),
]


def _class_name(said: object) -> object:
    """A class that YAML reads as a truth value or a whole number, as text."""
    if isinstance(said, bool):
        return str(said).lower()
    return str(said) if isinstance(said, int) else said


Outliers = Annotated[
    Literal["none", "tails", "forest"],
    BeforeValidator(lambda said: {"true": "tails", "false": "none"}.get(str(said).lower(), said)),
    PlainSerializer(lambda meant: {"tails": True, "none": False}.get(meant, meant)),  # as older versions read it
    WithJsonSchema({"anyOf": [{"enum": ["none", "tails", "forest"], "type": "string"}, {"type": "boolean"}]}),
]
ClassName = Annotated[str, BeforeValidator(_class_name)]


class ModelConfig(Section):
    """What is watched."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="Name of the model.")] = "model"
    version: Annotated[str, Field(max_length=200, description="Version of the model.")] = ""
    task: Annotated[Task | None, Field(description="What kind of model it is; guessed from the target if absent.")] = (
        None
    )


class ColumnConfig(Section):
    """What a person says about one column, where the guess from the reference is not right."""

    kind: Annotated[Kind | None, Field(description="What the values are.")] = None
    role: Annotated[Role | None, Field(description="The column's role.")] = None
    format: Annotated[
        str | None,
        Field(description="Format of its text: dates as `%m/%d/%Y`, numbers as `1.234,5` or `1,234.5`."),
    ] = None


class SampleConfig(Section):
    """Rows that are kept, for metrics that look at several columns at once."""

    rows: Annotated[
        int,
        Field(
            ge=0,
            le=20_000,
            description="Number of rows to keep from each profile, also in packs: 0 keeps none; 2000 are enough.",
        ),
    ] = 0
    by_segment: Annotated[
        bool,
        Field(description="Keep as many rows of each segment, too: then reweighted_ metrics are taken by segment."),
    ] = False
    worst: Annotated[
        int,
        Field(
            ge=0,
            le=100,
            description="Number of rows with the largest errors, or most unusual ones, of which id, error and what "
            "made it are kept, also in packs: 0 keeps none. None of their values is.",
        ),
    ] = 0

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if self.by_segment and not self.rows:
            raise ValueError("by_segment keeps rows of each segment, but rows is 0; set rows: 2000 as well")
        return self


class JudgeConfig(Section):
    """When a number becomes a verdict."""

    min_rows: Annotated[int, Field(ge=2, description="Fewest rows to judge; with fewer the level is unknown.")] = 30
    fdr: Annotated[
        float,
        Field(
            gt=0,
            lt=1,
            description="Accepted share of false discoveries among the verdicts that stand out (Benjamini-Hochberg).",
        ),
    ] = 0.05


class EstimateConfig(Section):
    """How performance is estimated before the labels come."""

    loss_model: Annotated[
        bool,
        Field(
            description="Estimate the errors of a regression by its features, with a model fitted on the reference; "
            "otherwise by the size of its predictions, which is shown and never judged."
        ),
    ] = False


class AlertsConfig(Section):
    """How often to alert, at most, where nothing is wrong."""

    budget: Annotated[
        str,
        AfterValidator(_budget),
        Field(
            description="False alerts that you accept for the whole model, such as 1 per 30 days or 2 per week.",
            examples=["1 per 30 days", "2 per week"],
        ),
    ] = "1 per 30 days"
    rule: Annotated[
        str,
        part_name("rules", "rule"),
        Field(description="Rule that decides what alerts: budget, or lord or saffron (online false discovery rate)."),
    ] = "budget"


class Config(Section):
    """The whole of `driftline.yaml`. Everything has a default: an empty file is a valid one."""

    plugins: Annotated[
        tuple[Annotated[str, AfterValidator(_plugin)], ...],
        Field(
            description="Your own modules with metrics, sketches or transforms. They are imported, so their code runs."
        ),
    ] = ()
    model: Annotated[ModelConfig, Field(description="The model.")] = ModelConfig()
    target: Annotated[str | None, Field(description="Column with the true value, which may come late.")] = None
    prediction: Annotated[str | None, Field(description="Column with the model's prediction.")] = None
    score: Annotated[
        str | None,
        Field(
            description="Column with the probability of the positive class, 0 to 1; of more than two classes, of the "
            "predicted one; for a ranking, any number."
        ),
    ] = None
    positive: Annotated[str | None, Field(description="The positive class of a binary target; guessed if absent.")] = (
        None
    )
    costs: dict[ClassName, dict[ClassName, float]] = Field(
        default_factory=dict,
        description="What an answer costs, by true class and predicted class: {late: {on time: 20}}. Pairs that are "
        "not named cost nothing; what is below 0 is a gain.",
    )
    row_cost: Annotated[
        str | None,
        Field(
            description="What a row costs, as a formula over its columns: 2 * abs(target - prediction) + amount * 0.1. "
            "Target, prediction and score are the columns of that role."
        ),
    ] = None
    timestamp: Annotated[str | None, Field(description="Column with the event time.")] = None
    timezone: Annotated[
        Annotated[str, AfterValidator(_zone_name)] | None,
        Field(
            description="Time zone of the timestamp, such as Europe/Berlin: of its days and hours, and of times that do"
            " not say theirs. By default that of the column's type, else UTC.",
            examples=["Europe/Berlin", "America/New_York"],
        ),
    ] = None
    id: Annotated[str | None, Field(description="Column that identifies a row; its values should be unique.")] = None
    query: Annotated[
        str | None, Field(description="Column with the query whose rows are ranked together; makes the task a ranking.")
    ] = None
    lower: Annotated[str | None, Field(description="Column with the lower end of the prediction interval.")] = None
    upper: Annotated[str | None, Field(description="Column with the upper end of the prediction interval.")] = None
    attributions: Annotated[
        str | None,
        Field(
            min_length=1,
            description="What the names of columns begin with that hold a feature's attribution in each row, such as "
            "shap_; the rest of the name is the feature's.",
            examples=["shap_"],
        ),
    ] = None
    segments: Annotated[
        tuple[SegmentConfig, ...],
        Field(
            max_length=MOST_SPLITS,
            description="Segments, each judged as well: a column's name (each of its values is one), or settings.",
        ),
    ] = ()
    fairness: Annotated[FairnessConfig, Field(description="Groups between which a model should be fair.")] = (
        FairnessConfig()
    )
    weak_segments: Annotated[WeakSegmentsConfig, Field(description="Search for segments in which the model errs.")] = (
        WeakSegmentsConfig()
    )
    columns: dict[str, ColumnConfig] = Field(default_factory=dict, description="Kind and role of single columns.")
    only: Annotated[
        tuple[Literal["quality", "drift", "performance"], ...],
        Field(description="Judge these alone: quality (with schema), drift, performance. By default all."),
    ] = ()
    window: Annotated[
        str,
        Field(
            pattern=r"^(auto|none|[1-9][0-9]*[mhdw])$",
            description="Width of the windows that date a change: auto, none, 1h, 1d…",
            examples=["auto", "none", "30m", "1h", "1d", "2w"],
        ),
    ] = "auto"
    season: Annotated[
        Literal["auto", "none", "weekday"],
        Field(
            description="Whether a day is compared with the same weekday: auto (if weekdays differ), none, weekday."
            " Unless none, shorter windows are compared with the same time of other days."
        ),
    ] = "auto"
    derive: Annotated[
        bool, Field(description="Also profile derived columns, such as the length of texts and the hour of dates.")
    ] = True
    describe: Annotated[
        bool | None,
        Field(
            description="Also measure what is never judged, such as means and quantiles; by default up to "
            f"{MOST_DESCRIBED:,} columns."
        ),
    ] = None
    outliers: Annotated[
        Outliers,
        Field(
            description="Also judge how many rows are unusual as a whole, by all their values together: by how far out "
            "each one is (tails, or true), or by an isolation forest (forest)."
        ),
    ] = "none"
    exact: Annotated[
        int,
        Field(
            ge=0,
            le=131_072,
            description="Up to this many rows each number is kept, rounded by `privacy`, for finer distances. 0: none.",
        ),
    ] = 1_000
    sample: Annotated[SampleConfig, Field(description="Row sample, for metrics of several columns at once.")] = (
        SampleConfig()
    )
    privacy: Annotated[PrivacyConfig, Field(description="Values that are kept and shown.")] = PrivacyConfig()
    estimate: Annotated[EstimateConfig, Field(description="Performance before the labels come.")] = EstimateConfig()
    judge: Annotated[JudgeConfig, Field(description="How measurements become verdicts.")] = JudgeConfig()
    comparison: Annotated[ComparisonConfig, Field(description="What windows are compared with.")] = ComparisonConfig()
    alerts: Annotated[AlertsConfig, Field(description="How many false alerts you accept.")] = AlertsConfig()
    metrics: MetricsField = Field(default_factory=dict, description="Settings of single metrics, by name.")
    checks: Annotated[
        tuple[CheckField, ...],
        Field(description="Your own limits, such as missing(fare) <= 5%; a broken one is an alert."),
    ] = ()
    detectors: Annotated[
        tuple[DetectorConfig, ...],
        Field(
            description="Change detectors, each of one series, that watch and serve follow with memory, such as "
            "{detector: rddm, rows: error}."
        ),
    ] = ()
    engine: Annotated[
        Annotated[str, part_name("engines", "engine")] | None,
        Field(description="Engine that folds files: local or spark; a table is folded by its own library."),
    ] = None
    store: Annotated[str | None, Field(description="Where results are kept, such as sqlite:///driftline.db.")] = None
    stream: Annotated[StreamConfig, Field(description="The windows in which a stream is judged.")] = StreamConfig()
    retention: Annotated[RetentionConfig, Field(description="How long a stream's past is kept.")] = RetentionConfig()

    @field_validator("retention")
    @classmethod
    def _kept(cls, retention: RetentionConfig, said: ValidationInfo) -> RetentionConfig:
        stream = said.data.get("stream", StreamConfig())
        for name in ("lateness", "label_delay"):
            if seconds(getattr(stream, name)) > seconds(retention.log):
                raise ValueError(f"log {retention.log} is less than stream.{name}: {getattr(stream, name)}")
        return retention

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        for split in self.segments:
            if any(other.key == split.key and other != split for other in self.segments):
                raise ValueError(f"segments: two are called {split.key!r}; give one another name")
        taken = {split.key: split for split in self.segments}
        for split in self.fairness.splits:
            if split.key in taken and not taken[split.key].slices_like(split):
                raise ValueError(f"fairness: segments has another {split.key!r}; give one of them another name")
        return self

    @property
    def trails(self) -> bool:
        """Whether anything is compared with the last windows."""
        named = (settings.reference for settings in self.metrics.values())
        return self.comparison.reference != "fixed" or "trailing" in named

    @cached_property
    def splits(self) -> tuple[SegmentConfig, ...]:
        """All ways in which the rows are sliced: the segments, then the groups of fairness."""
        return join_splits(self.segments, self.fairness.splits)

    @field_validator("row_cost")
    @classmethod
    def _readable(cls, said: str | None) -> str | None:
        try:
            return None if said is None else parse_formula(said).text
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @field_validator("checks")
    @classmethod
    def _placed(cls, checks: tuple[Check, ...], said: ValidationInfo) -> tuple[Check, ...]:
        where = (said.context or {}).get("where", {})
        return tuple(replace(check, place=where.get(("checks", at), check.place)) for at, check in enumerate(checks))

    @field_validator("detectors")
    @classmethod
    def _one_of_each(cls, detectors: tuple[DetectorConfig, ...]) -> tuple[DetectorConfig, ...]:
        titles = [one.title for one in detectors]
        if twice := next((title for at, title in enumerate(titles) if title in titles[:at]), None):
            raise ValueError(f"{twice} is there twice; each detector follows a series once")
        return detectors

    @field_validator("prediction", "score", "timestamp", "id", "query", "lower", "upper")
    @classmethod
    def _one_use_each(cls, name: str | None, said: ValidationInfo) -> str | None:
        for use in ("target", "prediction", "score", "timestamp", "id", "query", "lower"):
            if name is not None and said.data.get(use) == name:
                raise ValueError(f"column {name!r} is the {use} already; each use needs a column of its own")
        return name


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `driftline.yaml`: for editors, and for `driftline schema`.

    >>> json_schema()["properties"]["target"]["description"]
    'Column with the true value, which may come late.'
    """
    schema = Config.model_json_schema()
    schema["properties"]["metrics"]["propertyNames"] = {"enum": list(registry.names("metrics"))}
    schema["$defs"]["DetectorConfig"]["properties"]["detector"]["enum"] = list(registry.names("detectors"))
    for lists in (schema["properties"]["segments"], schema["$defs"]["FairnessConfig"]["properties"]["attributes"]):
        lists["items"] = {"anyOf": [lists["items"], {"type": "string"}]}
    parts = [schema, *schema["$defs"].values()]
    for prop in (prop for part in parts for prop in part.get("properties", {}).values()):
        if prop.get("type") in ("object", "array") or "$ref" in prop:  # `metrics:` with nothing below it is fine
            inner = {key: prop.pop(key) for key in list(prop) if key not in ("title", "description", "default")}
            prop["anyOf"] = [inner, {"type": "null"}]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "driftline.yaml"}
    return head | {key: value for key, value in schema.items() if key != "title"}

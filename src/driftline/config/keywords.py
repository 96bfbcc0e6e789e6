"""The settings as keyword arguments of Python, with their types: what editors complete and type checkers refuse."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from driftline.config.comparison import ComparisonConfig
from driftline.config.detectors import DetectorConfig
from driftline.config.privacy import PrivacyConfig
from driftline.config.section import MetricConfig
from driftline.config.segments.settings import FairnessConfig, SegmentConfig, WeakSegmentsConfig
from driftline.config.settings import (
    AlertsConfig,
    ColumnConfig,
    EstimateConfig,
    JudgeConfig,
    ModelConfig,
    SampleConfig,
)
from driftline.config.stream import RetentionConfig, StreamConfig

_Part = Mapping[str, Any]


class Settings(TypedDict, total=False):
    """Single settings by name, as in `driftline.yaml`; what is left out has its default. `engine` is an argument apart.

    >>> Settings(target="minutes", segments=["city"])
    {'target': 'minutes', 'segments': ['city']}
    """

    plugins: Sequence[str]
    model: ModelConfig | _Part
    target: str | None
    prediction: str | None
    score: str | None
    positive: str | None
    costs: Mapping[str, Mapping[str, float]]
    row_cost: str | None
    timestamp: str | None
    timezone: str | None
    id: str | None
    query: str | None
    attributions: str | None
    lower: str | None
    upper: str | None
    segments: Sequence[str | SegmentConfig | _Part]
    fairness: FairnessConfig | _Part
    weak_segments: WeakSegmentsConfig | _Part
    columns: Mapping[str, ColumnConfig | _Part]
    only: Sequence[Literal["quality", "drift", "performance"]]
    window: str
    season: Literal["auto", "none", "weekday"]
    derive: bool
    describe: bool | None
    outliers: bool | Literal["none", "tails", "forest"]
    exact: int
    sample: SampleConfig | _Part
    privacy: PrivacyConfig | _Part
    estimate: EstimateConfig | _Part
    judge: JudgeConfig | _Part
    comparison: ComparisonConfig | _Part
    alerts: AlertsConfig | _Part
    metrics: Mapping[str, MetricConfig | _Part]
    checks: Sequence[str]
    detectors: Sequence[DetectorConfig | _Part]
    store: str | None
    stream: StreamConfig | _Part
    retention: RetentionConfig | _Part

"""Settings of change detectors: which one follows which series of numbers."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from driftline import registry
from driftline.config.checks import Check, parse_rows, parse_series
from driftline.config.section import Section
from driftline.errors import ConfigError, DriftlineError, suggest_name

ERROR, LOSS, RESIDUAL = "error", "loss", "residual"
OF_MODEL = frozenset({ERROR, LOSS, RESIDUAL})
"""Series of rows that are computed of target and answer; any other name is that of a column of numbers."""
LEARNT = "rate"
"""What a detector has to be told, and is by the reference where a person does not say it."""


def _known(name: str) -> str:
    if name not in (known := registry.names("detectors")):
        raise ValueError(f"no detector is called {name!r}; {suggest_name(name, known)}")
    return name


def _number(value: object) -> object:
    """A number where a text is one: the settings' file and the environment give text."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _series(text: str) -> str:
    try:
        return parse_series(text).text
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _rows(text: str) -> str:
    try:
        return parse_rows(text).text
    except ConfigError as error:
        raise ValueError(str(error)) from None


class DetectorConfig(Section):
    """A detector that `driftline watch` and `driftline serve` follow, window by window."""

    detector: Annotated[
        Annotated[str, AfterValidator(_known)],
        Field(description="Name of the detector, such as cusum; docs/detectors.md says which to take."),
    ]
    rows: Annotated[
        Annotated[str, AfterValidator(_rows)] | None,
        Field(
            min_length=1,
            description="Follow each row's error, loss or residual, or its number in the column of this name; a column "
            "that is called like one of the three cannot be followed. Of a segment: error where zone = 5. Either this "
            "or `windows`.",
        ),
    ] = None
    windows: Annotated[
        Annotated[str, AfterValidator(_series)] | None,
        Field(
            description="Follow one number a window: a metric as in checks, such as mae, mean(fare) or "
            "missing(fare) where zone = 5."
        ),
    ] = None
    run_length: Annotated[
        float | None,
        Field(
            ge=10,
            le=1e9,
            description="Numbers of an unchanged series until a false alarm, on average; by default the detectors share"
            " a third of alerts.budget. Stated here, it comes on top of the budget.",
        ),
    ] = None
    options: dict[str, Annotated[float | str, BeforeValidator(_number)]] = Field(
        default_factory=dict, description="Further settings of the detector, such as shift: 1."
    )

    @model_validator(mode="after")
    def _whole(self, said: ValidationInfo) -> Self:  # noqa: ARG002 - how pydantic calls it
        if (self.rows is None) == (self.windows is None):
            raise ValueError("expected either rows (error, loss, residual or a column) or windows (a metric)")
        kind = registry.find("detectors", self.detector)
        known = [name for name in kind.__dataclass_fields__ if name != "run_length"]
        if strange := [name for name in self.options if name not in known]:
            hint = suggest_name(strange[0], known) if known else "it has none but run_length"
            raise ValueError(f"{self.detector} has no option {strange[0]!r}; {hint}")
        needed = [name for name in kind.NEEDS if name not in self.options and not (name == LEARNT and self.of_model)]
        if needed:
            such = ", ".join(f"{name}: {value:g}" for name, value in kind.NEEDS.items())
            raise ValueError(f"{self.detector} has to be told {', '.join(needed)}; expected options such as {{{such}}}")
        if kind.BINARY and self.followed != ERROR:
            raise ValueError(f"{self.detector} counts wrong answers: it follows rows: error, not {self.name}")
        try:
            self.make({LEARNT: kind.NEEDS[LEARNT]} if LEARNT in kind.NEEDS and LEARNT not in self.options else {})
        except (DriftlineError, TypeError, ValueError) as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def of_model(self) -> bool:
        """Whether it follows rows by how right the model is."""
        return self.followed in OF_MODEL

    @property
    def followed(self) -> str | None:
        """What is followed of each row, whatever its segment; None of windows."""
        return self.watched.subject if self.rows is not None else None

    @property
    def name(self) -> str:
        """The series that it follows."""
        return self.rows or self.windows or ""

    @property
    def title(self) -> str:
        """Detector and series: what tells it from the others."""
        return f"{self.detector}({self.name})"

    @cached_property
    def watched(self) -> Check:
        """The metric, column and segment of a series of windows; what is followed of rows, and their segment."""
        return parse_rows(self.rows) if self.rows is not None else parse_series(self.windows or "")

    def make(self, told: Mapping[str, float], run_length: float | None = None) -> Any:
        """The detector, which has seen nothing; what is not set is `told`, such as the rate of the reference.

        Raises:
            ConfigError: when a setting is out of its bounds.
        """
        length = self.run_length or run_length
        kind = registry.find("detectors", self.detector)
        whole = {name for name, field in kind.__dataclass_fields__.items() if field.type is int}
        options = {name: int(value) if name in whole else value for name, value in self.options.items()}
        return kind(**told, **options, **({} if length is None else {"run_length": length}))

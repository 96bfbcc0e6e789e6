"""What sections of the settings have in common, and the settings of one metric, which several sections take."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from driftline import registry
from driftline.errors import suggest_name

Span = Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhdw]$")]
"""A span of time as the settings write it: 15m, 1h, 1d, 2w."""


class Section(BaseModel):
    """A part of the settings: unknown names are errors, and nothing is changed once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def part_name(group: str, noun: str) -> AfterValidator:
    """Refuses a name that no part of a group has."""

    def check(name: str) -> str:
        if name not in (known := registry.names(group)):
            raise ValueError(f"no {noun} is called {name!r}; {suggest_name(name, known)}")
        return name

    return AfterValidator(check)


class MetricConfig(Section):
    """What a person says about one metric, where the default is not right."""

    enabled: Annotated[bool, Field(description="False: the metric is not computed.")] = True
    judged: Annotated[bool | None, Field(description="False: shown, but never a finding. True: judged.")] = None
    threshold: Annotated[
        float | None,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="Smallest effect that matters: the value itself for a distance, the worsening for a level.",
        ),
    ] = None
    relative: Annotated[
        float | None,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="For a level: this share of the reference's value is added to the threshold.",
        ),
    ] = None
    reference: Annotated[
        Literal["fixed", "trailing"] | None,
        Field(
            description="What this metric is compared with over windows, where not as `comparison.reference` says: "
            "the rows that the monitor was fitted on, or the last `comparison.windows` windows."
        ),
    ] = None


MetricsField = dict[Annotated[str, part_name("metrics", "metric")], MetricConfig]
"""Settings of single metrics, by name."""

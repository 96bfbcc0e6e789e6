"""The one typed model of `driftline.yaml`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from driftline.types import Kind, Role, Task


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelConfig(_Part):
    """What is watched."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="Name of the model.")] = "model"
    version: Annotated[str, Field(max_length=200, description="Version of the model.")] = ""
    task: Annotated[Task | None, Field(description="What the model does; guessed from the target where absent.")] = None


class ColumnConfig(_Part):
    """What a person says about one column, where the guess from the reference is not right."""

    kind: Annotated[Kind | None, Field(description="What the values are.")] = None
    role: Annotated[Role | None, Field(description="What the column is for.")] = None


class JudgeConfig(_Part):
    """When a number becomes a verdict."""

    min_rows: Annotated[int, Field(ge=2, description="Fewer rows than this are not judged: unknown.")] = 30
    fdr: Annotated[
        float,
        Field(gt=0, lt=1, description="Share of false ones allowed among the verdicts that stand out (Benjamini-Hochberg)."),
    ] = 0.05


class MetricConfig(_Part):
    """What a person says about one metric, where the default is not right."""

    enabled: Annotated[bool, Field(description="False leaves the metric out.")] = True
    judged: Annotated[bool | None, Field(description="False: shown, never a finding. True: judged.")] = None
    threshold: Annotated[
        float | None,
        Field(ge=0, description="Smallest effect that matters: of the value for distances, of the worsening for levels."),
    ] = None


class Config(_Part):
    """The whole of `driftline.yaml`. Everything has a default: an empty file is a valid one."""

    model: ModelConfig = ModelConfig()
    target: Annotated[str | None, Field(description="Column with the truth.")] = None
    prediction: Annotated[str | None, Field(description="Column with the model's answer.")] = None
    score: Annotated[str | None, Field(description="Column with the probability of the positive class, 0 to 1.")] = None
    positive: Annotated[str | None, Field(description="The positive class of a binary target; guessed where absent.")] = None
    timestamp: Annotated[str | None, Field(description="Column with the event time.")] = None
    id: Annotated[str | None, Field(description="Column that names a row; its values should be unique.")] = None
    segments: Annotated[tuple[str, ...], Field(description="Columns to judge by each of their values as well.")] = ()
    columns: Annotated[dict[str, ColumnConfig], Field(description="Kind and role of single columns.")] = {}
    window: Annotated[
        str,
        Field(pattern=r"^(auto|none|[1-9][0-9]*[mhdw])$", description="Width of the windows that say since when: auto, none, 1h, 1d…"),
    ] = "auto"
    judge: JudgeConfig = JudgeConfig()
    metrics: Annotated[dict[str, MetricConfig], Field(description="Settings of single metrics, by name.")] = {}
    store: Annotated[str | None, Field(description="Where results are kept, such as sqlite:///driftline.db.")] = None

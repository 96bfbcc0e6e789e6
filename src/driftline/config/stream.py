"""Settings of streams: the windows in which they are judged, and how long their past is kept."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from driftline.config.section import Section, Span
from driftline.windows import seconds


class StreamConfig(Section):
    """Windows of event time over a stream of rows."""

    every: Annotated[
        Span,
        Field(
            description="How often a window begins, such as 15m or 1d. Below a day, fitting learns the times of day.",
            examples=["15m", "1h", "1d"],
        ),
    ] = "1d"
    length: Annotated[
        Span | None,
        Field(
            description="Length of a window, a multiple of `every`; longer windows overlap. By default `every`.",
            examples=["1h", "1d", "1w"],
        ),
    ] = None
    week_start: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        Field(description="The day on which windows of weeks begin."),
    ] = "monday"
    delay: Annotated[
        Span,
        Field(
            description="How long after a window's end, by event time, it is first judged.",
            examples=["1m", "5m", "1h"],
        ),
    ] = "1m"
    lateness: Annotated[
        Span,
        Field(
            description="How late a row may come and still count; its window is then judged again.",
            examples=["1h", "1d", "1w"],
        ),
    ] = "1d"
    label_delay: Annotated[
        Span,
        Field(
            description="How long labels may take: a window's performance is final once all of its rows have labels, "
            "or this long after its end.",
            examples=["1d", "7d", "30d"],
        ),
    ] = "7d"
    max_age: Annotated[
        Span,
        Field(
            description="How old a row may be when it arrives; an older timestamp is taken for an error.",
            examples=["30d", "52w"],
        ),
    ] = "3650d"
    silence: Annotated[
        Span,
        Field(
            description="After this long without rows, by the server's clock, open windows close.",
            examples=["15m", "2h", "1d"],
        ),
    ] = "2h"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.length is not None and seconds(self.length) % seconds(self.every):
            raise ValueError(f"length {self.length} is no multiple of every {self.every}; expected such as 1d and 1h")
        if seconds(self.max_age) < seconds(self.lateness):
            raise ValueError(f"max_age {self.max_age} is less than lateness {self.lateness}; expected at least as much")
        return self


class RetentionConfig(Section):
    """How long is kept what a stream leaves behind, counted in event time."""

    log: Annotated[
        Span,
        Field(
            description="How long rows and labels are kept; a label that comes later finds no prediction.",
            examples=["7d", "30d", "13w"],
        ),
    ] = "30d"
    fragments: Annotated[
        Span,
        Field(description="How long the profiles of windows are kept.", examples=["90d", "400d"]),
    ] = "400d"

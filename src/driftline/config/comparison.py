"""Settings of what windows are compared with: the rows that the monitor was fitted on, or the last windows."""

from typing import Annotated, Literal

from pydantic import Field

from driftline.config.section import Section


class ComparisonConfig(Section):
    """What the windows of `watch` and `serve` are compared with; `check` compares with the rows that it is given."""

    reference: Annotated[
        Literal["fixed", "trailing", "previous"],
        Field(
            description="What windows are compared with: fixed (the rows that the monitor was fitted on), trailing "
            "(the last windows, which forget a slow drift), previous (the window before)."
        ),
    ] = "fixed"
    windows: Annotated[
        int,
        Field(
            ge=1,
            le=366,
            description="How many of the last windows a trailing reference has; as many as make whole weeks hold no "
            "rhythm of the week.",
        ),
    ] = 28

    @property
    def most(self) -> int:
        """How many windows a reference that moves has."""
        return 1 if self.reference == "previous" else self.windows

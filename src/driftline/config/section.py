"""What all sections of the settings have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Span = Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhdw]$")]
"""A span of time as the settings write it: 15m, 1h, 1d, 2w."""


class Section(BaseModel):
    """A part of the settings: unknown names are errors, and nothing is changed once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

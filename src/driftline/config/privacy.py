"""Settings of privacy: which values are kept and shown."""

from typing import Annotated, Literal

from pydantic import Field

from driftline.config.section import Section

MIN_COUNT = 10


class PrivacyConfig(Section):
    """Which values of the data are kept in packs and stores, and shown in reports and notices."""

    min_count: Annotated[
        int,
        Field(
            ge=1, description="Fewest rows of a value that is kept and shown; of others a hash, or a rounded number."
        ),
    ] = MIN_COUNT
    show_values: Annotated[
        Literal["all", "common", "none"],
        Field(description="Which labels are kept and shown: all, those of min_count rows or more, or none."),
    ] = "common"
    redact: Annotated[
        tuple[str, ...],
        Field(
            description="Columns of which no value is kept or shown: labels as hashes, numbers and dates as text is."
        ),
    ] = ()
    show: Annotated[
        tuple[str, ...],
        Field(description="Columns that look like persons' data, such as e-mail addresses, and are none."),
    ] = ()

    @property
    def fewest(self) -> int:
        """Rows from which on a value is kept and shown: 1 where all are."""
        return 1 if self.show_values == "all" else self.min_count

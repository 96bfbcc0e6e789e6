"""Reads what another tool wrote, whichever of the known ones it is."""

from pathlib import Path

from driftline.config.imports import great_expectations, sagemaker
from driftline.config.imports.imported import Imported, read_object
from driftline.errors import ConfigError


def read_checks(path: Path) -> Imported:
    """The checks that a file says: a suite of Great Expectations, or the `constraints.json` of SageMaker Model Monitor.

    Raises:
        ConfigError: when the file cannot be read, or is of neither.
    """
    document = read_object(path)
    if "expectations" in document:
        take_over = great_expectations.take_over
    elif "features" in document:
        take_over = sagemaker.take_over
    else:
        raise ConfigError(
            f"{path}: neither the expectations of a suite of Great Expectations nor the features of a constraints.json "
            "of SageMaker Model Monitor"
        )
    try:
        return take_over(document)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None

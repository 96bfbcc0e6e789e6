"""Reads what another tool wrote, whichever of the known ones it is."""

from pathlib import Path

from driftline.config.imports import evidently, great_expectations, nannyml, sagemaker
from driftline.config.imports.imported import Imported, read_object
from driftline.errors import ConfigError


def read_import(path: Path) -> Imported:
    """What a file says as checks and settings, by what it holds.

    `expectations` are a suite of Great Expectations, `features` the `constraints.json` of SageMaker Model Monitor, and
    a `column_mapping` is of Evidently or of NannyML, by the names in it.

    Raises:
        ConfigError: when the file cannot be read, or is of none of them.
    """
    document = read_object(path)
    mapping = document.get("column_mapping")
    if "expectations" in document:
        take_over = great_expectations.take_over
    elif "features" in document:
        take_over = sagemaker.take_over
    elif isinstance(mapping, dict):
        take_over = evidently.take_over if mapping.keys() & evidently.KEYS else nannyml.take_over
    else:
        raise ConfigError(
            f"{path}: expected the expectations of a suite of Great Expectations, the features of a constraints.json "
            "of SageMaker Model Monitor, or the column_mapping of Evidently or NannyML"
        )
    try:
        return take_over(document)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None

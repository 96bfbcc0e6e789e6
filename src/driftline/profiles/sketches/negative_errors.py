"""How far predictions of a regression are too low: beside all errors, what the bars of residuals are read from."""

from driftline.arrays import Floats
from driftline.profiles.sketches.base_error_bins import ErrorBins


class NegativeErrors(ErrorBins):
    """The number of rows by target - prediction, of those whose prediction is below the target."""

    @staticmethod
    def sizes(errors: Floats) -> Floats:
        """Those below 0."""
        return -errors[errors < 0]

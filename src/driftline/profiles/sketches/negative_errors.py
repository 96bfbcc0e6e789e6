"""How far predictions of a regression are too low: beside all errors, what the bars of residuals are read from."""

from driftline.arrays import Floats
from driftline.profiles.sketches.base_error_bins import ErrorBins


class NegativeErrors(ErrorBins):
    """The number of rows by target - prediction, of those whose prediction is below the target.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("negative_errors", {"target": [1.0, 2.5, 3.0], "prediction": [2.0, 1.0, 2.5]})
    >>> sketch.n
    2
    """

    @staticmethod
    def sizes(errors: Floats) -> Floats:
        """Those below 0."""
        return -errors[errors < 0]

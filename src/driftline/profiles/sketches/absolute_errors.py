"""Absolute errors of a regression: what their quantiles are read from."""

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.sketches.base_error_bins import ErrorBins


class AbsoluteErrors(ErrorBins):
    """The number of rows by |prediction - target|.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("absolute_errors", {"target": [1.0, 2.5, 3.0], "prediction": [2.0, 1.0, 2.5]})
    >>> sketch.n
    3
    """

    @staticmethod
    def sizes(errors: Floats) -> Floats:
        """All of them."""
        return np.abs(errors)

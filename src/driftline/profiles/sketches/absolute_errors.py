"""Absolute errors of a regression: what their quantiles are read from."""

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.sketches.base_error_bins import ErrorBins


class AbsoluteErrors(ErrorBins):
    """The number of rows by |prediction - target|."""

    @staticmethod
    def sizes(errors: Floats) -> Floats:
        """All of them."""
        return np.abs(errors)

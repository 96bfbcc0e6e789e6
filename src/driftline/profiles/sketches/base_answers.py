"""What sketches of answers share: which classes are kept, and which scores are probabilities, how near to 0 and 1."""

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.profiles.fitting.task import WIDTH

MOST_CLASSES = 1_000
OTHER, ANOTHER = "(other)", "(another)"
THRESHOLD = 0.5  # from which score on the answer is the positive class, where there is no prediction
SMALLEST = float(np.finfo(np.float64).eps)  # probabilities are kept this far from 0 and 1, as scikit-learn does


def is_probability(score: Floats) -> npt.NDArray[np.bool_]:
    """Whether each score (n,) is in 0 to 1, or so near that it is a rounded one; one that is missing is not.

    >>> is_probability(np.array([0.0, 1.0005, 1.1, np.nan])).tolist()
    [True, True, False, False]
    """
    within: npt.NDArray[np.bool_] = (score >= -WIDTH) & (score <= 1 + WIDTH)
    return within

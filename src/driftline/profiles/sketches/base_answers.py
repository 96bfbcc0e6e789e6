"""What sketches of answers share: how many classes are kept, and how near to 0 and 1 a score may come."""

import numpy as np

MOST_CLASSES = 1_000
OTHER, ANOTHER = "(other)", "(another)"
THRESHOLD = 0.5  # from which score on the answer is the positive class, where there is no prediction
SMALLEST = float(np.finfo(np.float64).eps)  # probabilities are kept this far from 0 and 1, as scikit-learn does

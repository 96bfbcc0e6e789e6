"""Types of arrays. They stand apart from `types`, so that `import driftline` needs no NumPy."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

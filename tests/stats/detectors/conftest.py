"""All detectors, and streams that suit each."""

import numpy as np
import pytest

from driftline import registry

DETECTORS = registry.every("detectors")


@pytest.fixture(params=DETECTORS)
def name(request):
    """Each detector's name."""
    return request.param


@pytest.fixture(scope="session")
def made():
    """Makes the detector of a name, with what it must be told."""
    return lambda name, **settings: DETECTORS[name](**{**DETECTORS[name].NEEDS, **settings})


@pytest.fixture(scope="session")
def stream():
    """Draws values that suit a detector: of its normal state, or after a jump of 5 sd or from 5 % to 90 % errors."""

    def drawn(name, n, *, changed=False, seed=0):
        random = np.random.default_rng([seed, changed])
        if DETECTORS[name].BINARY:
            return (random.random(n) < (0.9 if changed else 0.05)).astype(float).tolist()
        if "low" in DETECTORS[name].NEEDS:
            return random.normal(0.9 if changed else 0.5, 0.08, n).clip(0, 1).tolist()
        return (random.normal(size=n) + (5 if changed else 0)).tolist()

    return drawn

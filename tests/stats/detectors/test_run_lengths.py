"""False alarms are as rare as promised, by simulation and, where it is proven, by counting all streams."""

import itertools
import math

import numpy as np
import pytest
from scipy import special

from driftline import registry

DETECTORS = registry.every("detectors")
PROVEN = [name for name in DETECTORS if name.startswith("e_")]
RUN_LENGTH, N = 500, 20_000
STREAMS = {
    "normal": lambda random: random.normal(size=N),
    "t3": lambda random: random.standard_t(3, N),
    "uniform": lambda random: random.random(N),
    "errors of 5 %": lambda random: (random.random(N) < 0.05).astype(float),
    "errors of 50 %": lambda random: (random.random(N) < 0.5).astype(float),
}
SUITED = {
    "e_mean": {"normal": special.ndtr, "uniform": np.asarray, "errors of 50 %": np.asarray},
    "e_proportion": {"errors of 5 %": np.asarray},
    "e_error_rate": {"errors of 5 %": np.asarray},
    "e_quantile": {"normal": np.asarray, "t3": np.asarray},
}


def cases():
    for name, kind in DETECTORS.items():
        for source, draw in STREAMS.items():
            as_suits = SUITED.get(name, dict.fromkeys(STREAMS, np.asarray)).get(source)
            if as_suits is not None and (not kind.BINARY or source.startswith("errors")):
                yield pytest.param(name, draw, as_suits, id=f"{name} on {source}")


@pytest.mark.slow
@pytest.mark.parametrize(("detector", "draw", "as_suits"), list(cases()))
def test_false_alarms(detector, draw, as_suits, made):
    """Where nothing changes there are no more alarms than one in each run length, but for three sd of chance."""
    values = as_suits(draw(np.random.default_rng(11))).tolist()
    expected = N / RUN_LENGTH
    assert len(made(detector, run_length=RUN_LENGTH).changes(values)) <= expected + 3 * math.sqrt(expected)


@pytest.mark.parametrize("detector", ["cusum", "page_hinkley", "ewma"])
def test_thresholds_are_no_larger_than_they_need(detector, made):
    """Charts whose threshold is worked out from the run length keep it nearly, rather than by far."""
    values = np.random.default_rng(12).normal(size=2 * N).tolist()
    assert 2 * N / RUN_LENGTH / 1.5 <= len(made(detector, run_length=RUN_LENGTH).changes(values))


@pytest.mark.parametrize(("detector", "mean"), [("e_proportion", 0.3), ("e_error_rate", 0.3), ("e_mean", 0.3)])
def test_expected_evidence(detector, mean, made):
    """Over all streams of n observations the evidence is n on average, exactly; that of the best start is less."""
    told = {"e_proportion": "proportion", "e_error_rate": "rate", "e_mean": "mean"}[detector]
    n, sums = 8, {"sum": 0.0, "best": 0.0}
    for form, bits in itertools.product(sums, itertools.product([0, 1], repeat=n)):
        watching = made(detector, **{told: mean, "run_length": 1e9, "form": form})
        assert [] == watching.changes(bits)
        sums[form] += math.prod(mean if bit else 1 - mean for bit in bits) * watching.evidence.mean()
    assert n == pytest.approx(sums["sum"], rel=1e-12)
    assert 1 <= sums["best"] < n


@pytest.mark.slow
@pytest.mark.parametrize("form", ["sum", "best"])
@pytest.mark.parametrize("detector", PROVEN)
def test_proven_run_length(detector, form, made):
    """The mean time to a false alarm is the run length or more, whichever values follow the mean that was told."""
    random, times = np.random.default_rng(13), []
    rate = {"e_proportion": 0.05, "e_error_rate": 0.05}.get(detector, 0.5)
    for _ in range(120):
        watching = made(detector, run_length=20, form=form)
        value = (lambda: float(random.random() < rate)) if detector != "e_quantile" else random.standard_cauchy
        while watching.update(value()) is None:
            pass
        times.append(watching.seen)
    assert 20 <= np.mean(times) + 3 * np.std(times) / math.sqrt(len(times))


@pytest.mark.parametrize("detector", PROVEN)
def test_no_change_is_too_small_to_know(detector, made):
    """Without being told the size of the change, small, middle and large ones are found, large ones sooner."""
    delays = []
    for share in (0.1, 0.25, 0.9) if DETECTORS[detector].BINARY else (0.6, 0.75, 0.98):
        values = (np.random.default_rng(14).random(3_000) < share) - (detector == "e_quantile") * 0.5
        delays.append(made(detector).changes(values.astype(float))[0].at)
    assert sorted(delays, reverse=True) == delays
    assert delays[0] < 1_500


def test_better_is_no_change_of_an_error_rate(made):
    """Fewer errors than told are no change to the detector of worse ones; that of a proportion finds them."""
    right = [0] * 2_000
    assert [] == made("e_error_rate", run_length=100).changes(right)
    assert "down" == made("e_proportion", run_length=100).changes(right)[0].direction

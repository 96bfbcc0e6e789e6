"""What every detector keeps to, whichever it is; they are found by themselves."""

import json
import math

import numpy as np
import pytest

from driftline import registry
from driftline.errors import ConfigError, InputError, PackError
from driftline.profiles import codec
from driftline.stats.detectors import base_normal_scores as normal_scores
from driftline.stats.detectors.base import Change, Detector, restore

DETECTORS = registry.every("detectors")
LATEST = 450
SCALE_FREE = [name for name, kind in DETECTORS.items() if not kind.BINARY and not kind.NEEDS]


def same(one, other):
    """Two states, bit by bit."""
    return codec.pack(one) == codec.pack(other)


def test_facts(name, made):
    """Each detector is one, says what it is in known words, and is called as its file."""
    kind = DETECTORS[name]
    assert issubclass(kind, Detector)
    assert name == made(name).name
    assert kind.TITLE
    assert kind.WATCHES in {"mean", "proportion", "quantile", "distribution", "error rate"}
    assert (kind.PROMISE in {"proven", "simulated"}, kind.SIDES in {"up", "down", "both"}) == (True, True)


@pytest.mark.parametrize("cut", [0, 1, 77, 500, 640, 1_500])
def test_goes_on_where_it_was(name, cut, made, stream):
    """Put away as bytes anywhere, also before and after a change, it goes on as if nothing had happened."""
    values = stream(name, 600) + stream(name, 1_000, changed=True)
    through, first = made(name), made(name)
    expected = through.changes(values)
    found = first.changes(values[:cut])
    second = restore(codec.unpack(codec.pack(first.state())))
    assert same(first.state(), second.state())
    assert expected == found + second.changes(values[cut:])
    assert same(through.state(), second.state())


def test_a_state_is_a_copy(name, made, stream):
    """A state does not change when its detector goes on."""
    detector = made(name)
    detector.changes(stream(name, 300))
    state = detector.state()
    before = codec.pack(state)
    detector.changes(stream(name, 50, seed=1))
    assert before == codec.pack(state)


@pytest.mark.parametrize("detector", SCALE_FREE)
@pytest.mark.parametrize(("scale", "shift"), [(2.0**40, 0), (2.0**-30, 0), (1.0, 4_096.0), (2.0**-3, -77.0)])
def test_unit_makes_no_difference(detector, scale, shift, made, stream):
    """Values in another unit, or from another zero, give the same changes; the numbers are such that this is exact."""
    values = np.round(np.array(stream(detector, 700) + stream(detector, 300, changed=True)) * 2**20) / 2**20
    expected = made(detector).changes(values)
    assert expected
    assert expected == made(detector).changes(values * scale + shift)


def test_finds_a_jump(name, made, stream):
    """A jump of 5 sd, or to 90 % errors, is found soon, in the right direction, and dated near where it was."""
    detector = made(name)
    assert [] == detector.changes(stream(name, 600))
    found = detector.changes(stream(name, LATEST, changed=True))[0]
    within = LATEST if detector.BINARY else 56
    assert 601 <= found.at <= 600 + within
    assert abs(601 - found.since) <= within + 100
    assert found.direction in {"up", "other"}


def test_starts_afresh_after_a_change(name, made, stream):
    """After a change it remembers how many it has seen, and nothing else."""
    detector, fresh = made(name), made(name)
    detector.changes(stream(name, 600))
    values = iter(stream(name, LATEST, changed=True))
    while detector.update(next(values)) is None:
        pass
    fresh.seen = detector.seen
    assert same(fresh.state(), detector.state())


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("detector", [name for name, kind in DETECTORS.items() if not kind.NEEDS])
def test_what_never_changes_is_no_change(detector, value, made):
    """The same value over and over is no change."""
    assert [] == made(detector, run_length=320).changes([value] * 3_000)


def test_memory_is_bounded(name, made, stream):
    """However long the stream, the memory is no more than 40 kB."""
    detector = made(name, run_length=1e9)
    detector.changes(stream(name, 20_000))
    assert len(codec.pack(detector.state())) <= 40_000


def test_scores_forget(monkeypatch):
    """When the last level of the scores is full, half of it is forgotten."""
    monkeypatch.setattr(normal_scores, "_LEVELS", 3)
    kept = normal_scores.Scores()
    for value in np.random.default_rng(0).normal(size=5_000):
        kept.score(value)
        assert sum(map(len, kept.levels)) <= 3 * 256
    assert 3 == len(kept.levels)


def test_what_is_no_number_is_skipped(name, made, stream):
    """NaN and None change nothing, not even the count of observations."""
    values = stream(name, 600) + stream(name, LATEST, changed=True)
    gappy = [gap for value in values for gap in (math.nan, value, None)]
    one, other = made(name), made(name)
    assert one.changes(values) == other.changes(gappy)
    assert same(one.state(), other.state())


def test_what_cannot_be_is_refused(name, made):
    """Infinite numbers are refused by all, others than 0 and 1 by those of errors; nothing is kept of them."""
    detector = made(name)
    before = detector.state()
    for value in (math.inf, -math.inf, *([0.5, 2] if detector.BINARY else [])):
        with pytest.raises(InputError, match=name):
            detector.update(value)
    assert same(before, detector.state())


@pytest.mark.parametrize(
    ("detector", "settings"),
    [
        ("cusum", {"run_length": 5}),
        ("cusum", {"shift": 0}),
        ("ewma", {"weight": 2}),
        ("page_hinkley", {"tolerance": math.nan}),
        ("adwin", {"run_length": 100}),
        ("kswin", {"window": 150}),
        ("stepd", {"recent": 0}),
        ("e_mean", {"mean": 1}),
        ("e_mean", {"low": 2}),
        ("e_error_rate", {"rate": 0}),
        ("e_proportion", {"form": "mean"}),
        ("e_quantile", {"level": 1.5}),
    ],
)
def test_settings_out_of_range(detector, settings, made):
    """A setting that cannot be is told with its name, what it is, and what was expected."""
    with pytest.raises(ConfigError, match=rf"{detector}: {next(iter(settings))} is .*; expected"):
        made(detector, **settings)


def test_value_out_of_bounds(made):
    """A value beyond the bounds that were given is refused."""
    with pytest.raises(InputError, match=r"between 0 and 1, not 1\.5"):
        made("e_mean").update(1.5)


def test_state_of_something_else(made):
    """The state of another detector, or half of one, is refused."""
    state = made("cusum").state()
    for damaged in ({**state, "detector": "ewma"}, {**state, "memory": {}}, {"detector": "cusum"}):
        with pytest.raises(PackError, match="start it afresh"):
            restore(damaged)


def test_change_is_plain():
    """A change is three plain values."""
    change = Change(at=12, since=5, direction="up")
    assert '{"at": 12, "since": 5, "direction": "up"}' == json.dumps(
        {name: getattr(change, name) for name in Change.__slots__}
    )


def test_reference_makes_it_ready(name, made, stream):
    """With values of the reference a change of the very first observations is found; infinite ones are left out."""
    ready, waiting = made(name), made(name)
    ready.learn([*stream(name, 600), math.inf, math.nan])
    assert 0 == ready.seen
    found = ready.changes(stream(name, LATEST, changed=True))[0]
    assert (True, True) == (1 <= found.since <= found.at, found.direction in {"up", "other"})
    if not waiting.NEEDS:
        assert [] == waiting.changes(stream(name, LATEST, changed=True)[: found.at])

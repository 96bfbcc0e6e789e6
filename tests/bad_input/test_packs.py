"""Packs that were cut, changed, swapped or made to harm: refused with a sentence, whatever is inside."""

import hashlib
import resource
import zlib
from pathlib import Path

import numpy as np
import pytest

from driftline import Monitor
from driftline.errors import PackError
from driftline.profiles import codec
from driftline.profiles.profile import Profile
from driftline.stores import pack

from .conftest import rows


@pytest.fixture
def good(folder):
    """A pack of the good rows."""
    Monitor.fit(rows(), segments=("k",)).save(folder / "good.pack")
    return folder / "good.pack"


def _sealed(body: bytes) -> bytes:
    """A pack's bytes with the right hash, whatever the body."""
    return pack.MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _content(path: Path) -> dict:
    return codec.unpack(zlib.decompress(path.read_bytes()[len(pack.MAGIC) + 65 :]))


BYTES = {
    "cut": (lambda data: data[:-100], "does not match its hash"),
    "cut after the hash": (lambda data: data[: len(pack.MAGIC) + 65], "does not match its hash"),
    "cut inside the hash": (lambda data: data[: len(pack.MAGIC) + 10], "does not match its hash"),
    "one bit": (lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:], "does not match its hash"),
    "more at the end": (lambda data: data + b"x", "does not match its hash"),
    "another version": (lambda data: data.replace(b"pack 1", b"pack 9", 1), "a monitor pack of another version"),
    "no pack": (lambda _: b"hello", "not a monitor pack"),
    "empty": (lambda _: b"", "not a monitor pack"),
    "no zlib": (lambda _: _sealed(b"hello"), "not the content of a pack"),
    "half a stream": (lambda _: _sealed(zlib.compress(b"hello" * 1000)[:-8]), "incomplete"),
    "no msgpack": (lambda _: _sealed(zlib.compress(b"\xc1")), "no profile or pack"),
    "a number": (lambda _: _sealed(zlib.compress(codec.pack(3))), "not the content of a pack"),
    "a list": (lambda _: _sealed(zlib.compress(codec.pack([1, 2]))), "not the content of a pack"),
    "an empty map": (lambda _: _sealed(zlib.compress(codec.pack({}))), "not the content of a pack"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(check, good, name):
    """A pack whose bytes are not as they were made is refused by name, with how to make it again."""
    change, words = BYTES[name]
    good.write_bytes(change(good.read_bytes()))
    outcome = check("good.pack", "good.csv")
    assert outcome.code == 2
    assert "good.pack: " in outcome
    assert words in outcome
    assert "driftline fit" in outcome


def test_no_pack_at_all(check):
    """A pack that is not there is told as a file that is not there."""
    assert "no.pack: no such file" in check("no.pack", "good.csv")


def test_pack_as_current(check, good):
    """A pack holds no rows, so it cannot be judged."""
    assert check("good.csv", str(good)).code == 2


def test_settings_beside_a_pack(check, good):
    """A pack's settings are frozen: flags beside it are refused by name."""
    outcome = check(good.name, "good.csv", "--target", "x")
    assert outcome.code == 2
    assert "leave out --target" in outcome


def test_same_verdicts(good):
    """A pack gives the verdicts of the rows that it was made of."""
    expected = Monitor.fit(rows(), segments=("k",)).check(rows(2))
    assert expected.verdicts == Monitor.load(good).check(rows(2)).verdicts


NONSENSE = {
    "no plan": (("plan",), None),
    "plan of words": (("plan",), "plan"),
    "no columns": (("plan", "columns"), []),
    "column of nothing": (("plan", "columns", 0), {}),
    "unknown kind": (("plan", "columns", 0, "column", 1), "colour"),
    "edges of words": (("plan", "columns", 0, "edges"), ["a", "b"]),
    "groups of another length": (("plan", "columns", 0, "groups"), np.zeros(2, np.int64)),
    "unknown setting": (("plan", "config", "targt"), "x"),
    "unknown task": (("plan", "task"), "poetry"),
    "no profiles": (("profiles",), []),
    "profiles of words": (("profiles",), "abc"),
    "profile of words": (("profiles", 0, 2), b"abc"),
    "side of nothing": (("side",), {}),
    "side of words": (("side", "rows"), "many"),
    "more of a side": (("side", "colour"), "red"),
    "calibration of words": (("calibration",), {"a": {"b": "c"}}),
}


def _with(value: object, path: tuple[object, ...], new: object) -> object:
    """The value with another one at a path of keys and positions."""
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: _with(value.get(path[0]), path[1:], new)}
    assert isinstance(value, list)
    return [_with(part, path[1:], new) if at == path[0] else part for at, part in enumerate(value)]


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_with_the_right_hash(check, good, name):
    """Content that is no pack's is refused even where its hash is right."""
    path, new = NONSENSE[name]
    good.write_bytes(_sealed(zlib.compress(codec.pack(_with(_content(good), path, new)))))
    outcome = check("good.pack", "good.csv")
    assert outcome.code == 2
    assert "good.pack: " in outcome


FIELDS = [0, -1.5, "word", [], {}, None, np.zeros(3), np.zeros((2, 2)), np.zeros(3, np.int64), b"bytes"]


def test_any_field_of_a_profile():
    """Every field of every sketch, made into something else: refused, or of the type that the sketch begins with."""
    monitor = Monitor.fit(rows())
    profile = next(iter(monitor.reference.profiles.values()))
    state = codec.unpack(profile.dump())
    refused = 0
    for column, sketches in state["columns"].items():
        for sketch, fields in sketches.items():
            for field, value in fields.items():
                for new in FIELDS:
                    fields[field] = new
                    try:
                        Profile.load(monitor.plan, codec.pack(state))
                    except PackError:
                        refused += 1
                    else:
                        assert isinstance(new, type(value)) or isinstance(value, int | float), (
                            column,
                            sketch,
                            field,
                            new,
                        )
                fields[field] = value
    assert refused > 100


def test_columns_and_sketches_of_a_profile():
    """A profile without one of its plan's columns, or without what every column has, is refused."""
    monitor = Monitor.fit(rows())
    profile = next(iter(monitor.reference.profiles.values()))
    for path in (("columns", "x"), ("columns", "x", "Counts"), ("table", "Formats")):
        state = codec.unpack(profile.dump())
        inner = state
        for name in path[:-1]:
            inner = inner[name]
        del inner[path[-1]]
        with pytest.raises(PackError):
            Profile.load(monitor.plan, codec.pack(state))


def test_bomb_of_bytes(good, monkeypatch):
    """A small pack that unpacks to more than the limit is refused without unpacking it all."""
    monkeypatch.setattr(pack, "_MOST", 1 << 20)
    good.write_bytes(_sealed(zlib.compress(bytes(50 << 20))))
    with pytest.raises(PackError, match="larger than"):
        Monitor.load(good)


def test_bomb_of_items(good):
    """A small pack of very many items is refused before they are made."""
    many = b"\xdd" + (30_000_000).to_bytes(4, "big") + bytes(30_000_000)
    good.write_bytes(_sealed(zlib.compress(many)))
    with pytest.raises(PackError):
        Monitor.load(good)


def test_bomb_of_depth(good):
    """A pack of lists within lists within lists is refused."""
    good.write_bytes(_sealed(zlib.compress(b"\x91" * 100_000)))
    with pytest.raises(PackError):
        Monitor.load(good)


def test_bomb_of_arrays(good):
    """An array that says it is larger than its bytes is refused."""
    lie = codec.pack(["<f8", [1 << 40], b""])
    good.write_bytes(_sealed(zlib.compress(b"\xc7" + bytes([len(lie)]) + b"\x01" + lie)))
    with pytest.raises(PackError):
        Monitor.load(good)


WRONG_PLANS = {
    "edges out of order": ("edges", lambda edges: edges[::-1].copy(), "edges are no finite numbers in order"),
    "edges that are no numbers": ("edges", lambda edges: edges * np.nan, "edges are no finite numbers in order"),
    "endless edges": ("edges", lambda edges: np.append(edges[:-1], np.inf), "edges are no finite numbers in order"),
    "groups below zero": ("groups", lambda groups: groups - 5, "groups are not one small whole number"),
    "groups far up": ("groups", lambda groups: groups + (1 << 40), "groups are not one small whole number"),
    "too few groups": ("groups", lambda groups: groups[:-1], "groups are not one small whole number"),
    "no scale": ("scale", lambda _: 0.0, "scale not above 0"),
    "center that is no number": ("center", lambda _: float("nan"), "center is not finite"),
    "ends that are swapped": ("minimum", lambda _: 1e300, "smallest and largest values"),
    "middle that is no number": ("core", lambda _: [float("nan"), 1.0], "middle part"),
}


@pytest.mark.parametrize("name", WRONG_PLANS)
def test_plans_that_no_fit_makes(good, name):
    """Arrays and numbers of a plan that are out of length, order or range are refused with the column's name."""
    field, change, words = WRONG_PLANS[name]
    content = _content(good)
    column = content["plan"]["columns"][0]
    column[field] = change(column[field])
    good.write_bytes(_sealed(zlib.compress(codec.pack(content))))
    with pytest.raises(PackError, match=words):
        Monitor.load(good)


def test_pack_names_no_place_to_write(check, good):
    """A store that the pack's settings name is not made."""
    content = _content(good)
    content["plan"]["config"]["store"] = "sqlite:///made-by-the-pack.db"
    good.write_bytes(_sealed(zlib.compress(codec.pack(content))))
    assert check("good.pack", "good.csv").code == 0
    assert not Path("made-by-the-pack.db").exists()


def test_bomb_of_empty_mappings(good):
    """A small pack of very many empty mappings is refused before they fill the memory."""
    many = b"\xdd" + (4_900_000).to_bytes(4, "big") + b"\x80" * 4_900_000
    good.write_bytes(_sealed(zlib.compress(b"\x9b" + many * 11)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PackError):
        Monitor.load(good)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_200_000

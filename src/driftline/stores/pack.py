"""Monitor packs: a plan with its reference profiles in one file, named by the hash of its content; rows if sampled."""

import hashlib
import zlib
from dataclasses import asdict, replace
from pathlib import Path

from driftline.data.atomic import write_atomic
from driftline.errors import PackError
from driftline.profiles import codec
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.stores.pack_checks import check_plan
from driftline.types import Dataset, ProfileKey
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.seasons import Season
from driftline.verdicts.sides import Reference

KIND = b"driftline pack "
MAGIC = KIND + b"1\n"
_MOST = 1 << 30  # bytes of content: what unpacks to more is refused
_MOST_RATIO = 300  # bytes of content for each byte of the file, beyond the first MiBs
_FREE = 16 << 20
_AGAIN = "make it again with: driftline fit REF -o PACK"
_STRANGE = (LookupError, TypeError, ValueError, AttributeError)  # what content of another make-up raises


def is_pack(path: Path) -> bool:
    """Whether a file begins like a monitor pack, of whatever version, or is named like one."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(KIND)) == KIND or path.suffix == ".pack"


def save(path: Path, reference: Reference) -> Path:
    """Write a pack, whole or not at all."""
    return write_atomic(path, dump(reference))


def dump(reference: Reference) -> bytes:
    """A pack as bytes."""
    seasons = {ProfileKey(season.name): profile for season, profile in reference.baseline.seasons.items()}
    profiles = sorted({**reference.profiles, **seasons}.items())
    content = {
        "plan": reference.plan.state(),
        "profiles": [[key.window, key.segment, profile.dump()] for key, profile in profiles],
        "side": asdict(reference.dataset),
        "calibration": reference.baseline.state(),
        **({} if reference.trailing is None else {"trailing": reference.trailing.state()}),
    }
    body = zlib.compress(codec.pack(content), 6)
    return MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def load(path: Path) -> Reference:
    """Read a pack.

    Raises:
        PackError: when it is none, or its content is not what its hash says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}; {_AGAIN}") from error
    return parse(data, str(path))


def parse(data: bytes, path: str) -> Reference:
    """Read a pack's bytes; `path` names them in messages.

    Raises:
        PackError: when they are none, or the content is not what its hash says.
    """
    if not data.startswith(MAGIC):
        what = "a monitor pack of another version" if data.startswith(KIND) else "not a monitor pack"
        raise PackError(f"{path}: {what}; {_AGAIN}")
    digest, _, body = data[len(MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise PackError(f"{path}: the content does not match its hash: it was changed or cut short; {_AGAIN}")
    try:
        return _content(body)
    except PackError as error:
        raise PackError(f"{path}: {error}; {_AGAIN}") from error
    except (zlib.error, *_STRANGE) as error:
        said = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise PackError(f"{path}: not the content of a pack of this version ({said:.100}); {_AGAIN}") from error


def _content(body: bytes) -> Reference:
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(body, min(_MOST, _FREE + _MOST_RATIO * len(body)))
    if not unpacker.eof:
        raise PackError("the content is incomplete, or larger than a pack of this size can be")
    state = codec.unpack(unpacked)
    plan = Plan.from_state(state["plan"])
    check_plan(plan)
    # Another person may have made the pack: it names no place to which results are written.
    plan = replace(plan, config=plan.config.model_copy(update={"store": None}))
    profiles, seasons = {}, {}
    for window, segment, data in state["profiles"]:
        season, profile = Season.from_name(window), Profile.load(plan, data)
        if season is None:
            profiles[ProfileKey(window, segment)] = profile
        else:
            seasons[season] = profile
    if ProfileKey() not in profiles:
        raise PackError("the profile of all rows is missing")
    dataset = Dataset(**state["side"])
    if not isinstance(dataset.label, str) or not isinstance(dataset.rows, int):
        raise TypeError("the reference has no label or no number of rows")
    baseline = Baseline.from_state(state["calibration"], seasons)
    trailing = Baseline.from_state(state["trailing"], {}) if "trailing" in state else None
    return Reference(plan=plan, profiles=profiles, dataset=dataset, baseline=baseline, trailing=trailing)

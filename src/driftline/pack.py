"""Monitor packs: a plan with its reference profiles in one file, named by the hash of its content. No raw rows."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from driftline import codec
from driftline.calibration import Calibration
from driftline.errors import PackError
from driftline.plan import Plan
from driftline.profile import Profile
from driftline.result import write_whole
from driftline.types import Cell, Side

MAGIC = b"driftline pack 1\n"
_MOST = 1 << 30


def is_pack(path: Path) -> bool:
    """Whether a file begins like a monitor pack."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def save(path: Path, plan: Plan, cells: Mapping[Cell, Profile], side: Side, calibration: Calibration) -> Path:
    """Write a pack, whole or not at all."""
    profiles = [[cell.window, cell.segment, profile.dump()] for cell, profile in sorted(cells.items())]
    content = {"plan": plan.state(), "profiles": profiles, "side": asdict(side), "calibration": calibration.state()}
    body = zlib.compress(codec.pack(content), 6)
    return write_whole(path, MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def load(path: Path) -> tuple[Plan, dict[Cell, Profile], Side, Calibration]:
    """Read a pack.

    Raises:
        PackError: when it is none, or its content is not what its hash says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PackError(
            f"{path}: cannot be read: {error.strerror}; make the pack with: driftline fit REF -o {path}"
        ) from error
    if not data.startswith(MAGIC):
        raise PackError(f"{path}: not a monitor pack of this version; make it again with: driftline fit REF -o {path}")
    digest, _, body = data[len(MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise PackError(
            f"{path}: the content does not match its hash: changed or cut short; make it again with driftline fit"
        )
    unpacked = zlib.decompressobj().decompress(body, _MOST)
    state = codec.unpack(unpacked)
    plan = Plan.of(state["plan"])
    cells = {Cell(window, segment): Profile.load(plan, profile) for window, segment, profile in state["profiles"]}
    return plan, cells, Side(**state["side"]), Calibration(state["calibration"])

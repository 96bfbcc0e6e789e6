"""Other tools on the same draws: how often they tell a change with their defaults, and at equal false alarms.

Of each tool the score of a column is taken, such as a p-value or a distance. The score that all draws without a change
pass at a given rate is the threshold for those with one: what is left is how well the score tells them apart, whatever
the tool's own threshold is. Ties at the threshold count in part, as if broken by lot.

A tool that measures several things of a column tells of any of them. Of Driftline the smallest p-value of what may
alert speaks, each over its part of the chance of a false alert, as its own rule has it. Scores of others are in
different units: each is put in its place among the tool's own draws without a change, and the rarest place speaks.
"""

import json
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from peers import Peer, installed

from calibration.rates import share, spread
from calibration.streams import EFFECTS
from driftline import Monitor, registry
from driftline.types import Level, Verdict

PROCESSES = Path(__file__).parent.parent / "processes"
SIZES = ((1_000, 1_000), (10_000, 1_000))
RATES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
PEERS = {
    "evidently": Peer("evidently==0.7.23", ("pandas<3", "pyarrow"), "drift of each column, missing values"),
    "nannyml": Peer(
        "nannyml==0.13.1", ("numpy<2", "pandas<3", "pyarrow<20", "statsmodels"), "univariate drift, missing values"
    ),
    "alibi": Peer("alibi-detect==0.12.0", ("numpy<2", "pandas<3", "setuptools<80"), "KSDrift, ChiSquareDrift"),
}
NUMBERS = ("ks", "anderson_darling", "cramer_von_mises", "wasserstein", "welch", "epps_singleton")
"""Metrics that are not judged by default, and of numbers only; their scores take part beside."""

Scores = Mapping[str, Mapping[str, Any]]
"""By effect: `quiet` and `changed` scores (draws,), larger for more drift; whether the tool told: `false`, `found`.

Of other tools both scores are by what was measured, until `join_parts` has made one of them."""


def contest(times: int, data: Path, processes: int = 2) -> list[dict[str, Any]]:
    """Draw, let every tool score, and compare: one row for each size, effect and score."""
    folder = data / "contest"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for reference, current in SIZES:
        drawn = folder / f"{reference}_{current}.npz"
        np.savez(drawn, **_drawn(reference, current, times))
        parts = np.array_split(np.arange(times), max(1, processes))
        scored = [_joined(spread(partial(_ours, drawn), [part.tolist() for part in parts], processes))]
        scored += spread(partial(_theirs, drawn, data), PEERS, processes)
        for name, scores in (pair for tool in scored for pair in tool.items()):
            rows += [
                {"reference": reference, "rows": current, "score": name, **row} for row in _compared(scores, times)
            ]
    return rows


def _group(effect: str) -> str:
    """What the column of an effect is like while nothing changes: all such draws are pooled."""
    return "numbers" if effect.startswith(("mean", "scale", "heavier")) else "gaps" if "missing" in effect else "labels"


def _drawn(reference: int, current: int, times: int) -> dict[str, npt.NDArray[Any]]:
    """All draws by `effect/side`: numbers with NaN for a gap, or places of categories, the new one being the last."""
    found: dict[str, list[npt.NDArray[Any]]] = {}
    for seed in range(times):
        random = np.random.default_rng([11, reference, current, seed])
        for effect, (before, after) in EFFECTS.items():
            sides = {"reference": (before, reference), "quiet": (before, current), "changed": (after, current)}
            for side, (draw, n) in sides.items():
                found.setdefault(f"{effect}/{side}", []).append(_plain(draw(random, n)))
    return {key: np.stack(arrays) for key, arrays in found.items()}


def _plain(values: pl.Series) -> npt.NDArray[Any]:
    if values.dtype != pl.String:
        return values.cast(pl.Float32).to_numpy()
    return values.str.replace("c", "").replace("new", "10").cast(pl.Int16).to_numpy()


def _ours(drawn: Path, draws: list[int]) -> dict[str, Scores]:
    """Driftline's scores: the smallest p-value of what may alert of a column, and those of single metrics."""
    with np.load(drawn) as arrays:
        held = {key: arrays[key][draws] for key in arrays.files}
    found: dict[str, Any] = {}
    for at in range(len(draws)):
        monitor = Monitor.fit(_table(held, at, "reference"), window="none")
        for side, told in (("quiet", "false"), ("changed", "found")):
            verdicts = monitor.check(_table(held, at, side)).verdicts
            for effect in EFFECTS:
                own = [each for each in verdicts if each.column == effect]
                loud = [each for each in own if each.level is Level.ALERT]
                for name, score, alarm in _scores(own, _group(effect), bool(loud)):
                    kept = found.setdefault(name, {}).setdefault(effect, {})
                    kept.setdefault(side, []).append(score)
                    kept.setdefault(told, []).append(alarm)
    return found


def _scores(verdicts: list[Verdict], group: str, alarm: bool) -> list[tuple[str, float, bool | None]]:
    tested = {each.metric: each.p_value for each in verdicts if each.p_value is not None}
    metrics = registry.every("metrics")
    judged = [
        (each.p_value, metrics[each.metric].weight)
        for each in verdicts
        if each.judged and each.p_value is not None and metrics[each.metric].most is Level.ALERT
        and (metrics[each.metric].compares or each.value or each.reference)  # as `decide.is_test` has it
    ]  # fmt: skip
    total = sum(weight for _, weight in judged)
    found: list[tuple[str, float, bool | None]] = [
        ("Driftline", _less(min((p_value * total / weight for p_value, weight in judged), default=1.0)), alarm)
    ]
    optional = ("jensen_shannon", *(NUMBERS if group == "numbers" else ()))
    return found + [(f"Driftline's {name}", _less(tested[name]), None) for name in optional if name in tested]


def _less(p_value: float) -> float:
    """A score that grows as a p-value falls; smallest ones stay apart."""
    return -float(np.log(max(p_value, 1e-300)))


def _table(held: Mapping[str, npt.NDArray[Any]], at: int, side: str) -> pl.DataFrame:
    names = pl.Series([*(f"c{place}" for place in range(10)), "new"])
    columns = []
    for effect in EFFECTS:
        values = held[f"{effect}/{side}"][at]
        whole = np.issubdtype(values.dtype, np.integer)
        column = names.gather(values) if whole else pl.Series(values.astype(float)).fill_nan(None)
        columns.append(column.alias(effect))
    return pl.DataFrame(columns)


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        for name, effects in part.items():
            for effect, sides in effects.items():
                for side, values in sides.items():
                    whole.setdefault(name, {}).setdefault(effect, {}).setdefault(side, []).extend(values)
    return whole


def _theirs(drawn: Path, data: Path, name: str) -> dict[str, Any]:
    """Score the same draws with another tool, in its own environment."""
    python, trouble = installed(name, PEERS[name], data)
    if trouble:
        print(f"{name} is left out: {trouble}")
        return {}
    command = [str(python), str(PROCESSES / f"score_{name}.py"), str(drawn)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {tool: join_parts(scores) for tool, scores in json.loads(done.stdout.splitlines()[-1]).items()}


def join_parts(scores: Scores) -> dict[str, Any]:
    """Make one score of all that was measured of a column: how rare the rarest of them is without a change.

    >>> one = {"quiet": {"a": [0, 1, 2], "b": [5, 5, 5]}, "changed": {"a": [1], "b": [9]}}
    >>> join_parts({"mean +1 sd": one})["mean +1 sd"]
    {'quiet': [-1.0, -0.75, -0.5], 'changed': [-0.25]}
    """
    joined: dict[str, Any] = {}
    for effect, sides in scores.items():
        alike = [scores[name]["quiet"] for name in scores if _group(name) == _group(effect)]
        joined[effect] = dict(sides)
        for side in ("quiet", "changed"):
            rare = [
                place(np.concatenate([quiet[part] for quiet in alike]), np.asarray(values))
                for part, values in sides[side].items()
            ]
            joined[effect][side] = (-np.min(rare, axis=0)).tolist()
    return joined


def place(quiet: npt.NDArray[Any], scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Give the share of quiet draws (n,), and one more, that have each of the scores (m,) or a larger one.

    >>> place(np.array([0, 1, 2]), np.array([1, 3])).tolist()
    [0.75, 0.25]
    """
    beyond = quiet.size - np.searchsorted(np.sort(quiet), scores, side="left")
    shares: npt.NDArray[np.float64] = (beyond + 1) / (quiet.size + 1)
    return shares


def _compared(scores: Scores, times: int) -> list[dict[str, Any]]:
    rows = []
    for effect, sides in scores.items():
        alike = [name for name in scores if _group(name) == _group(effect)]
        quiet = np.concatenate([scores[name]["quiet"] for name in alike])
        false = [one for name in alike for one in scores[name]["false"] if one is not None]
        found = [one for one in sides["found"] if one is not None]
        rows.append(
            {
                "effect": effect, "draws": times, "quiet draws": len(quiet),
                "false": share(sum(false), len(false)), "found": share(sum(found), len(found)),
                "at": dict(zip(map(str, RATES), curve(quiet, np.asarray(sides["changed"])), strict=True)),
            }
        )  # fmt: skip
    return rows


def curve(quiet: npt.NDArray[np.float64], changed: npt.NDArray[np.float64]) -> list[float]:
    """Give the share of changed draws above the thresholds that each of `RATES` of the quiet ones is above.

    >>> curve(np.array([0.0, 1.0]), np.array([1.0, 2.0]))[-3:]
    [1.0, 1.0, 1.0]
    """
    limits = np.unique(np.concatenate((quiet, changed)))[::-1]
    false, found = (
        np.append(0, side.size - np.searchsorted(np.sort(side), limits, side="left")) / side.size
        for side in (quiet, changed)
    )
    return np.interp(RATES, *_upper(false, found)).round(4).tolist()


def _upper(false: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Keep of steps straight up their end only, but for the first, where no quiet draw is told."""
    last = np.append(np.diff(false) > 0, True)
    return false[last], found[last]

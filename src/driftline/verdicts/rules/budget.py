"""The default rule: the false-alarm budget, shared evenly by all that one check judges."""

from collections.abc import MutableMapping, Sequence
from typing import Any

from driftline.config.settings import JudgeConfig
from driftline.types import Verdict
from driftline.verdicts.decide import decide
from driftline.verdicts.measurement import Measurement


def budget(
    measurements: Sequence[Measurement],
    judge: JudgeConfig,
    chance: float,
    memory: MutableMapping[str, Any],  # noqa: ARG001 - all rules are called alike
) -> list[Verdict]:
    """Verdicts (n,) of the measurements (n,): an alert has a p-value of at most `chance` shared by all that are judged.

    The chance of any false alert is then at most `chance`, however the measurements depend on each other (Bonferroni
    1936). It keeps no memory.
    """
    return decide(measurements, judge, lambda p_values: [p <= chance / len(p_values) for p in p_values])

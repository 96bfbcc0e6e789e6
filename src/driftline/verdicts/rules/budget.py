"""The default rule: the false-alarm budget, shared by all that one check judges."""

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
    """Verdicts (n,) of the measurements (n,): an alert has a p-value of at most its part of `chance`.

    All that are judged share it by the weights of their metrics. The chance of any false alert is then at most
    `chance`, however the measurements depend on each other (Bonferroni 1936; weights: Holm 1979). It keeps no memory.
    """

    def is_sure(p_values: Sequence[float], weights: Sequence[float]) -> list[bool]:
        total = sum(weights)
        return [p <= chance * weight / total for p, weight in zip(p_values, weights, strict=True)]

    return decide(measurements, judge, is_sure)

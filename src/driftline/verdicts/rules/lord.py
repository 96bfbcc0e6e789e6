"""Rule with memory: online control of false discoveries by LORD++."""

from collections.abc import MutableMapping, Sequence
from typing import Any

from driftline.config.settings import JudgeConfig
from driftline.stats.multiple_testing import Lord
from driftline.types import Verdict
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.rules.base_online import decide_online


def lord(
    measurements: Sequence[Measurement],
    judge: JudgeConfig,
    chance: float,  # noqa: ARG001 - all rules are called alike
    memory: MutableMapping[str, Any],
) -> list[Verdict]:
    """Verdicts (n,) of the measurements (n,): an alert is a discovery of LORD++ at the share `judge.fdr` of false.

    One test after the other, window after window: `memory` holds what was tested before. How many alerts are false then
    depends on how many are right, so `chance`, the budget's share of this window, is not used.
    """
    return decide_online(Lord, measurements, judge, memory)

"""What the rules with memory share: one test after the other, window after window."""

from collections.abc import MutableMapping, Sequence
from typing import Any

from driftline.config.settings import JudgeConfig
from driftline.stats.multiple_testing import Lord, Saffron
from driftline.types import Verdict
from driftline.verdicts.decide import decide
from driftline.verdicts.measurement import Measurement


def decide_online(
    kind: type[Lord | Saffron],
    measurements: Sequence[Measurement],
    judge: JudgeConfig,
    memory: MutableMapping[str, Any],
) -> list[Verdict]:
    """Verdicts (n,) of the measurements (n,): an alert is a discovery of the test at a share `judge.fdr` of false ones.

    `memory` holds what was tested before, and is changed.
    """
    test = kind(**memory) if memory else kind(alpha=judge.fdr)
    verdicts = decide(measurements, judge, lambda p_values, _: [test(p_value) for p_value in p_values])
    memory.update(test.state())
    return verdicts

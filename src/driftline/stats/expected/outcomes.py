"""What the outcomes that are not known yet lead to expect of a classifier: from calibrated scores, with intervals.

A cell is a bin of the score among the rows that were answered alike. Of each cell the calibration says how many rows to
expect positive; a measure of performance is a function of these numbers, so that one variance serves them all.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import Z_95, Interval, wilson
from driftline.stats.score_quality import calibration_distance

_NONE = (float("nan"),) * 3


@dataclass(frozen=True, eq=False)
class Calibration:
    """The share (bins,) of positives in each bin of the score; bins of one block (bins,) share its rows (blocks,)."""

    share: Floats
    block: Integers
    rows: Floats

    @cached_property
    def variance(self) -> Floats:
        """Variance (blocks,) of the share of each block, as of a share with one row of each class more."""
        share = np.zeros(self.rows.size)
        share[self.block] = self.share
        near = (share * self.rows + 1) / (self.rows + 2)
        variance: Floats = near * (1 - near) / (self.rows + 2)
        return variance

    @cached_property
    def chances(self) -> Floats:
        """The shares (2, bins) of negatives and of positives in each bin of the score."""
        return np.stack((1 - self.share, self.share))

    def mean(self, rows: Integers, means: Floats, m2: Floats) -> Interval:
        """Mean over rows of what each counts, which may be different in rows of one bin; interval as of `Expected`.

        Number, mean and sum of squared deviations (2, bins) of what a bin's rows count if they are negative, and if
        they are positive; rows that would not count as one class are not in that class's number.

        >>> known = calibrate(np.array([75, 25]), np.array([25, 75]))
        >>> all_rows, means = np.array([[50, 50], [50, 50]]), np.array([[0.0, 2.0], [8.0, 0.0]])
        >>> [round(number, 2) for number in known.mean(all_rows, means, np.zeros((2, 2)))]
        [1.25, 0.63, 1.87]
        """
        expected = self.chances * rows
        n = float(expected.sum())
        if n <= 0:
            return _NONE
        with np.errstate(over="ignore", invalid="ignore"):
            value = float((expected * means).sum()) / n
            away = means - value
            outcomes = float((self.chances * m2 + expected * away**2).sum())
            if_negative, if_positive = rows * away
            slope = np.bincount(self.block, weights=if_positive - if_negative, minlength=self.rows.size)
            margin = Z_95 * (outcomes + float(slope**2 @ self.variance)) ** 0.5 / n
        return value, value - margin, value + margin


def calibrate(negatives: Integers | Floats, positives: Integers | Floats) -> Calibration | None:
    """The monotone shares of positives nearest to those of the bins; None where there are not rows of both classes.

    `negatives`, `positives`: rows (bins,) of each class, which may be weighted, bins in ascending order of the score. A
    score that ranks the wrong way round is calibrated falling. A bin without rows has the share of the filled one below
    it, or above.
    Isotonic regression by pooling adjacent violators (Ayer et al., 1955; Zadrozny and Elkan, 2002).

    >>> calibrate(np.array([8, 3, 5, 0]), np.array([2, 3, 5, 10])).share.tolist()
    [0.2, 0.5, 0.5, 1.0]
    """
    rows = np.asarray(negatives + positives, np.float64)
    filled = np.flatnonzero(rows)
    if not negatives.any() or not positives.any():
        return None
    below = np.cumsum(negatives) - negatives / 2
    rising = 2 * float(positives @ below) >= float(negatives.sum()) * float(positives.sum())
    order = filled if rising else filled[::-1]
    pools: list[list[float]] = []
    for at in order.tolist():
        pools.append([float(positives[at]), rows[at], 1])
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
            hits, n, bins = pools.pop()
            pools[-1] = [pools[-1][0] + hits, pools[-1][1] + n, pools[-1][2] + bins]
    sizes = np.array([pool[1] for pool in pools])
    blocks = np.repeat(np.arange(len(pools)), [int(pool[2]) for pool in pools])
    blocks = blocks if rising else blocks[::-1]
    nearest = (np.searchsorted(filled, np.arange(rows.size), "right") - 1).clip(0)
    block = blocks[nearest]
    return Calibration(np.array([pool[0] / pool[1] for pool in pools])[block], block, sizes)


@dataclass(frozen=True, eq=False)
class Expected:
    """Rows (2, bins) answered negative and positive by bin of the score, and the calibration of that score.

    Every measure is `(value, low, high)`, with a 95 % interval of what the labels of these rows will show: it holds the
    chance in the rows and their labels, and the error of the calibration (delta method). nan where there is no value.
    """

    rows: Integers
    calibration: Calibration

    @cached_property
    def positive(self) -> Floats:
        """Expected positives (2, bins)."""
        expected: Floats = self.rows * self.calibration.share
        return expected

    @cached_property
    def negative(self) -> Floats:
        """Expected negatives (2, bins)."""
        expected: Floats = self.rows - self.positive
        return expected

    def ratio(self, hits: tuple[float, float, float, float], base: tuple[float, float, float, float]) -> Interval:
        """A share of weighted rows among weighted rows; weights of true negatives, false positives and so on.

        The order is that of a confusion matrix: true negatives, false positives, false negatives, true positives.
        """
        whole = float(np.dot(base, self._cells))
        if whole <= 0:
            return _NONE
        value = float(np.dot(hits, self._cells)) / whole
        slope = (np.array(hits) - value * np.array(base)) / whole
        return self._share(value, self._variance_of_cells(slope))

    def mean(self, each: tuple[float, float, float, float]) -> Interval:
        """Mean over the rows of what each true negative, false positive, false negative and true positive counts."""
        n = float(self._cells.sum())
        if n <= 0:
            return _NONE
        value = float(np.dot(each, self._cells)) / n
        margin = Z_95 * self._variance_of_cells((np.array(each) - value) / n) ** 0.5
        return value, value - margin, value + margin

    def balanced_accuracy(self) -> Interval:
        """Mean of the shares of negatives and of positives that are answered right."""
        n, m = float(self._cells[:2].sum()), float(self._cells[2:].sum())
        if n <= 0 or m <= 0:
            return _NONE
        specificity, recall = self._cells[0] / n, self._cells[3] / m
        slope = np.array([(1 - specificity) / n, -specificity / n, -recall / m, (1 - recall) / m]) / 2
        return self._share(float(specificity + recall) / 2, self._variance_of_cells(slope))

    def matthews(self) -> Interval:
        """Correlation of answer and truth, -1 to 1; 0 where all rows are answered alike."""
        right_no, false, missed, right_yes = self._cells
        sums = np.array([right_no + false, missed + right_yes, right_no + missed, false + right_yes])
        if sums[:2].min() <= 0:
            return _NONE
        if sums[2:].min() <= 0:
            return 0.0, 0.0, 0.0
        root = float(np.sqrt(sums.prod()))
        value = float(right_no * right_yes - false * missed) / root
        of_root = value / 2 * np.array([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]]) @ (1 / sums)
        slope = np.array([right_yes, -missed, -false, right_no]) / root - of_root
        if abs(value) >= 1:
            return value, value, value
        margin = Z_95 * self._variance_of_cells(slope) ** 0.5 / (1 - value**2)  # on Fisher's scale
        at = float(np.arctanh(value))
        return value, float(np.tanh(at - margin)), float(np.tanh(at + margin))

    def auc(self) -> Interval:
        """Area under the ROC curve; ties within a bin count half."""
        yes, no = self.positive.sum(axis=0), self.negative.sum(axis=0)
        n, m = float(yes.sum()), float(no.sum())
        if n <= 0 or m <= 0:
            return _NONE
        beaten, beating = (np.cumsum(no) - no / 2) / m, 1 - (np.cumsum(yes) - yes / 2) / n
        value = float(yes @ beaten) / n
        return self._share(value, self._variance((beating - value) / m, (beaten - value) / n))

    def average_precision(self) -> Interval:
        """Mean over the positives of the precision at their score; rows of one bin are one step."""
        yes, no = (side.sum(axis=0)[::-1] for side in (self.positive, self.negative))
        n = float(yes.sum())
        if n <= 0 or not no.any():
            return _NONE
        reached, false = np.cumsum(yes), np.cumsum(no)
        total = np.maximum(reached + false, 1e-100)
        precision = reached / total
        value = float(yes @ precision) / n
        up, down = (np.cumsum((yes * part / total**2)[::-1])[::-1] for part in (false, reached))
        return self._share(value, self._variance(-down[::-1] / n, (precision + up - value)[::-1] / n))

    def gain(self, share: float = 0.1) -> Interval:
        """Share of the positives that are among the rows with the highest scores, `share` of all rows."""
        rows, yes = self.rows.sum(axis=0), self.positive.sum(axis=0)
        n, total = float(yes.sum()), float(rows.sum())
        if not 0 < n < total:
            return _NONE
        above = total - np.cumsum(rows)
        taken = ((share * total - above) / np.maximum(rows, 1)).clip(0, 1)
        value = float(taken @ yes) / n
        return self._share(value, self._variance(np.zeros(rows.size), (taken - value) / n))

    def largest_gap(self) -> Interval:
        """Largest difference of true and false positive rate over all thresholds between two bins of the score.

        The rows that the labels show have a gap somewhat larger by chance, at some other threshold: so the interval's
        upper end has half a standard error more.
        """
        yes, no = self.positive.sum(axis=0), self.negative.sum(axis=0)
        n, m = float(yes.sum()), float(no.sum())
        if n <= 0 or m <= 0:
            return _NONE
        gaps = np.cumsum(no) / m - np.cumsum(yes) / n
        below = np.cumsum(yes + no) / (n + m)
        at = int((np.abs(gaps) + 1e-9 * below * (1 - below)).argmax())  # of equal ones the one amid the scores
        value, under = abs(float(gaps[at])), np.arange(gaps.size) <= at
        slopes = [(under - part[: at + 1].sum() / size) / size for part, size in ((no, m), (yes, n))]
        error = self._variance(slopes[0], -slopes[1]) ** 0.5
        return value, max(0.0, value - Z_95 * error), min(1.0, value + (Z_95 + 0.5) * error)

    def calibration_error(self, groups: Integers, sums: Floats) -> Interval:
        """Mean distance over groups of bins between the mean score and the share of positives.

        `groups` (bins,) says of which group each bin is, `sums` (bins,) are the scores of its rows. What the error of
        the calibration adds to the distances is taken off, as `score_quality.calibration_error` takes off chance.
        """
        rows, yes, total = (
            np.bincount(groups, part) for part in (self.rows.sum(axis=0), self.positive.sum(axis=0), sums)
        )
        filled = np.flatnonzero(rows)
        if not filled.size:
            return _NONE
        blocks = self.calibration.rows.size
        cell = groups * blocks + self.calibration.block
        in_block = np.bincount(cell, self.rows.sum(axis=0), rows.size * blocks).reshape(rows.size, blocks)
        doubt = in_block**2 @ self.calibration.variance
        n, share = rows[filled].astype(np.float64), (yes / np.maximum(rows, 1))[filled]
        return calibration_distance(
            n, share - total[filled] / n, np.sqrt(doubt[filled]) / n, np.sqrt(share * (1 - share) / n)
        )

    def loss(self, if_positive: Floats, if_negative: Floats) -> Interval:
        """Mean loss; sums (bins,) of what the rows of each bin lose if they are positive, and if they are not."""
        in_bin = self.rows.sum(axis=0)
        n = float(in_bin.sum())
        if n <= 0:
            return _NONE
        safe = np.maximum(in_bin, 1)
        yes, no = if_positive / safe, if_negative / safe
        value = float(self.positive.sum(axis=0) @ yes + self.negative.sum(axis=0) @ no) / n
        margin = Z_95 * self._variance((no - value) / n, (yes - value) / n) ** 0.5
        return value, max(0.0, value - margin), value + margin

    @cached_property
    def _cells(self) -> Floats:
        """Expected true negatives, false positives, false negatives and true positives (4,)."""
        cells: Floats = np.concatenate((self.negative.sum(axis=1), self.positive.sum(axis=1)))
        return cells

    @cached_property
    def _in_block(self) -> Floats:
        """Rows (2, blocks) answered negative and positive in each block of the calibration."""
        block, blocks = self.calibration.block, self.calibration.rows.size
        return np.stack([np.bincount(block, weights=side, minlength=blocks) for side in self.rows])

    def _share(self, value: float, variance: float) -> Interval:
        """Wilson's interval, as of a share among so many rows as have this uncertainty."""
        value = min(max(value, 0.0), 1.0)
        like = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else float(self.rows.sum())
        _, low, high = wilson(value * like, like)
        return value, min(low, value), max(high, value)

    def _variance(self, if_negative: Floats, if_positive: Floats) -> float:
        """Variance of a measure, from its slope (bins,) in the negative and in the positive rows of each bin."""
        outcomes = float((self.negative @ if_negative**2 + self.positive @ if_positive**2).sum())
        in_bin = self.rows.sum(axis=0) * (if_positive - if_negative)
        block, blocks = self.calibration.block, self.calibration.rows.size
        return outcomes + self._calibration_variance(
            np.bincount(block, weights=in_bin, minlength=blocks).astype(np.float64)
        )

    def _variance_of_cells(self, slope: Floats) -> float:
        """Variance of a measure, from its slope (4,) in the rows of each cell of the confusion matrix."""
        outcomes = float(self._cells @ slope**2)
        return outcomes + self._calibration_variance((slope[2:] - slope[:2]) @ self._in_block)

    def _calibration_variance(self, slope: Floats) -> float:
        """What the error of the calibration adds, from a measure's slope (blocks,) in the share of each block."""
        return float(slope**2 @ self.calibration.variance)

"""Metrics of predicted classes against scikit-learn and simulation."""

import numpy as np
import pytest
from sklearn import metrics

from driftline.profiles.privacy.labels import hide
from driftline.stats import classification

BINARY = {"target": "y", "prediction": "p", "positive": "1", "model": {"task": "binary"}}
CLASSES = {"target": "y", "prediction": "p", "model": {"task": "multiclass"}}
OF_CLASSES = ("accuracy", "balanced_accuracy", "matthews", "precision_weighted", "recall_weighted", "f1_weighted")


def draw(rng, n, classes=4):
    y = rng.choice(classes, n, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
    return y, np.where(rng.random(n) < 0.7, y, rng.integers(0, classes, n))


def test_classes_agree_with_scikit_learn(folded, measure):
    """Averages over four classes are those of scikit-learn."""
    y, p = draw(np.random.default_rng(0), 2000)
    profile = folded({"y": y.astype(str), "p": p.astype(str)}, **CLASSES)
    expected = {
        "accuracy": metrics.accuracy_score(y, p),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, p),
        "matthews": metrics.matthews_corrcoef(y, p),
        "precision_weighted": metrics.precision_score(y, p, average="weighted"),
        "recall_weighted": metrics.recall_score(y, p, average="weighted"),
        "f1_weighted": metrics.f1_score(y, p, average="weighted"),
    }
    assert expected == pytest.approx({name: measure(name, profile).value for name in OF_CLASSES}, rel=1e-9)


def test_binary_agrees_with_scikit_learn(folded, measure):
    """So are specificity, balanced accuracy and Matthews correlation of two classes."""
    y, p = draw(np.random.default_rng(1), 2000, 2)
    profile = folded({"y": y, "p": p}, **BINARY)
    expected = {
        "specificity": metrics.recall_score(y, p, pos_label=0),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, p),
        "matthews": metrics.matthews_corrcoef(y, p),
    }
    assert expected == pytest.approx({name: measure(name, profile).value for name in expected}, rel=1e-9)


def test_confusions_are_told(folded, measure):
    """Accuracy of several classes names what is taken for what, the most frequent first."""
    rows = {"y": list("aaaabbbcc"), "p": list("aabbbcccz")}
    found = measure("accuracy", folded(rows, **CLASSES))
    a, b, c = map(hide, "abc")
    expected = {
        f"true {a!r} predicted {b!r}: 2",
        f"true {b!r} predicted {c!r}: 2",
        f"true {c!r} predicted {hide('z')!r}: 1",
    }
    assert expected == set(found.detail["confusions"])
    shown = measure("accuracy", folded(rows, **CLASSES, privacy={"show_values": "all"}))
    assert "true 'a' predicted 'b': 2" == shown.detail["confusions"][0]


@pytest.mark.parametrize("classes", [100, 128, 400])
def test_many_and_new_classes_agree_with_scikit_learn(folded, measure, classes):
    """So are those over hundreds of classes, three of which the reference lacks."""
    y, p = draw(np.random.default_rng(classes), 4000, classes)
    new = {0: "new 1", 1: "new 2", 2: "new 3"}
    y, p = (np.array([new.get(c, str(c)) for c in side]) for side in (y, p))
    known = np.array([str(c) for c in range(3, classes)] * 2)
    plan = folded({"y": known, "p": known}, **CLASSES).plan
    profile = folded({"y": y, "p": p}, plan)
    expected = {
        "accuracy": metrics.accuracy_score(y, p),
        "matthews": metrics.matthews_corrcoef(y, p),
        "f1": metrics.f1_score(y, p, average="macro"),
        "f1_weighted": metrics.f1_score(y, p, average="weighted"),
    }
    assert expected == pytest.approx({name: measure(name, profile).value for name in expected}, rel=1e-9)


def test_right_answers_beyond_all_bounds(folded, measure):
    """Thousands of new classes: each right answer is right, in any partition of the rows."""
    plan = folded({"y": list("ab") * 20, "p": list("ab") * 20}, **CLASSES).plan
    y = [f"c{i}" for i in range(3000)]
    p = [label if i % 3 else f"c{i - 1}" for i, label in enumerate(y)]
    whole = folded({"y": y, "p": p}, plan)
    parts = [folded({"y": y[at::2], "p": p[at::2]}, plan) for at in (0, 1)]
    assert measure("accuracy", whole).value == pytest.approx(2 / 3)
    assert whole.dump() == parts[0].merge(parts[1]).dump()


SHARES = {
    "even": [[0.4, 0.1], [0.1, 0.4]],
    "good": [[0.49, 0.01], [0.01, 0.49]],
    "rare": [[0.045, 0.005], [0.005, 0.945]],
    "chance": [[0.25, 0.25], [0.25, 0.25]],
    "three": [[0.32, 0.04, 0.02], [0.02, 0.3, 0.05], [0.01, 0.04, 0.2]],
    "three, rare": [[0.88, 0.01, 0.01], [0.01, 0.04, 0.005], [0.005, 0.01, 0.03]],
}


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("name", SHARES)
def test_intervals_cover(name, n):
    """Intervals cover for common and rare classes, few mistakes and answers by chance."""
    shares = np.array(SHARES[name])
    drawn = np.random.default_rng(n).multinomial(n, shares.ravel(), 600).reshape(-1, *shares.shape)
    for function in (
        classification.balanced_accuracy,
        classification.matthews,
        lambda matrix: classification.weighted_mean(matrix, "precision"),
        lambda matrix: classification.weighted_mean(matrix, "f1"),
    ):
        true = function(shares * 1e12)[0]
        limits = np.array([function(matrix) for matrix in drawn])
        assert 0.9 <= np.mean((limits[:, 1] <= true) & (true <= limits[:, 2])) <= 0.98


@pytest.mark.parametrize("p", [["a"] * 6, ["z"] * 6, [None] * 6, list("abcabc"), list("bcabca"), list("azazaz")])
@pytest.mark.parametrize("y", [["a"] * 6, list("abcabc"), [None] * 6, ["z"] * 6, list("aaaaab")])
def test_bad_rows(total, folded, y, p):
    """One class, classes never predicted or unknown, no rows: a number in its range, or none."""
    plan = folded({"y": list("abcabc"), "p": list("abcacb")}, **CLASSES).plan
    for rows in (0, 1, 6):
        total(OF_CLASSES, {"y": y[:rows], "p": p[:rows]}, plan)
    plan = folded({"y": list("ababab"), "p": list("abaabb")}, **BINARY | {"positive": "b"}).plan
    total(("specificity", "balanced_accuracy", "matthews"), {"y": y, "p": p}, plan)

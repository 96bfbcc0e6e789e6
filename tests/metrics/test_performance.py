"""Performance through fit and check agrees with scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as sk

EXACT = 1e-9


@pytest.fixture
def random():
    """Random numbers, the same in each run."""
    return np.random.default_rng(11)


def regression(random, n):
    """Target and prediction, both odd at times."""
    target = random.gamma(2, 5, n)
    return {"y": target, "answer": target * random.normal(1, 0.2, n) + random.normal(0.5, 1, n)}


def test_regression(numbers, random):
    """Errors, bias and R² are scikit-learn's; rows that lack target or prediction do not count."""
    reference, current = regression(random, 2000), regression(random, 500)
    y, answer = current["y"].copy(), current["answer"].copy()
    y[0], answer[1] = np.nan, np.inf
    found = numbers(reference, {"y": y, "answer": answer}, target="y", prediction="answer")
    y, answer = y[2:], answer[2:]
    expected = {
        "mae": sk.mean_absolute_error(y, answer), "rmse": sk.root_mean_squared_error(y, answer),
        "r2": sk.r2_score(y, answer), "mean_error": (answer - y).mean(),
        "mape": sk.mean_absolute_percentage_error(y, answer),
    }  # fmt: skip
    for metric, value in expected.items():
        verdict = found(metric)
        assert pytest.approx(value, rel=EXACT) == verdict.value, metric
        assert 498 == verdict.n
        assert verdict.low < verdict.value < verdict.high


def test_regression_by_segment(numbers, random):
    """Each segment has its own numbers."""
    rows = [regression(random, n) | {"zone": random.choice(["a", "b"], n)} for n in (2000, 800)]
    found = numbers(*rows, target="y", prediction="answer", segments=("zone",))
    at = rows[1]["zone"] == "b"
    expected = sk.mean_absolute_error(rows[1]["y"][at], rows[1]["answer"][at])
    assert pytest.approx(expected, rel=EXACT) == found("mae", segment="zone=b").value


def binary(random, n, kind):
    """Truth, answer and score; the score has few distinct values."""
    truth = random.random(n) < 0.4
    score = np.clip(truth * 0.3 + random.random(n) * 0.7, 0, 1).round(2)
    names = {"bool": (truth, score >= 0.5), "text": (np.where(truth, "yes", "no"), np.where(score >= 0.5, "yes", "no"))}
    names["int"] = (truth.astype(int), (score >= 0.5).astype(int))
    return truth, {"y": names[kind][0], "answer": names[kind][1], "score": score}


@pytest.mark.parametrize("kind", ["bool", "int", "text"])
def test_binary(numbers, random, kind):
    """Accuracy, precision, recall, F1, log-loss and AUC are scikit-learn's, however the classes are written."""
    reference, (truth, current) = binary(random, 3000, kind)[1], binary(random, 700, kind)
    found = numbers(reference, current, target="y", prediction="answer", score="score")
    answer = current["score"] >= 0.5
    expected = {
        "accuracy": sk.accuracy_score(truth, answer), "precision": sk.precision_score(truth, answer),
        "recall": sk.recall_score(truth, answer), "f1": sk.f1_score(truth, answer),
        "log_loss": sk.log_loss(truth, current["score"]), "roc_auc": sk.roc_auc_score(truth, current["score"]),
    }  # fmt: skip
    for metric, value in expected.items():
        verdict = found(metric)
        assert pytest.approx(value, rel=EXACT) == verdict.value, metric
        assert verdict.low < verdict.value < verdict.high


def test_score_alone(numbers, random):
    """Without a prediction the score answers, positive from 0.5 on."""
    reference, (truth, current) = binary(random, 3000, "int")[1], binary(random, 700, "int")
    found = numbers(
        {"y": reference["y"], "score": reference["score"]}, {"y": current["y"], "score": current["score"]},
        target="y", score="score",
    )  # fmt: skip
    assert pytest.approx(sk.f1_score(truth, current["score"] >= 0.5), rel=EXACT) == found("f1").value


def test_auc_of_continuous_scores(numbers, random):
    """With over 256 distinct scores scikit-learn's AUC lies in the interval, and near the value."""
    sides = []
    for n in (5000, 1500):
        truth = random.random(n) < 0.3
        sides.append({"y": truth.astype(int), "score": 1 / (1 + np.exp(-random.normal(truth * 1.2, 1)))})
    found = numbers(*sides, target="y", score="score")
    exact, verdict = sk.roc_auc_score(sides[1]["y"], sides[1]["score"]), found("roc_auc")
    assert verdict.low <= exact <= verdict.high
    assert pytest.approx(exact, abs=1e-3) == verdict.value
    assert pytest.approx(sk.log_loss(sides[1]["y"], sides[1]["score"]), rel=EXACT) == found("log_loss").value


def test_multiclass(numbers, random):
    """Accuracy and the macro means are scikit-learn's."""
    sides = []
    for n in (3000, 600):
        truth = random.choice(["cat", "dog", "owl"], n, p=[0.5, 0.4, 0.1])
        sides.append(
            {"y": truth, "answer": np.where(random.random(n) < 0.8, truth, random.choice(["cat", "dog", "owl"], n))}
        )
    found = numbers(*sides, target="y", prediction="answer")
    y, answer = sides[1]["y"], sides[1]["answer"]
    assert pytest.approx(sk.accuracy_score(y, answer), rel=EXACT) == found("accuracy").value
    for metric, other in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        assert pytest.approx(other(y, answer, average="macro"), rel=EXACT) == found(metric).value

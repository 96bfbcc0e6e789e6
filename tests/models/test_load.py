"""Models from files and by name, and the commands that take them."""

import base64
import json
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline import InputError
from driftline.cli.main import main
from driftline.errors import MissingExtraError
from driftline.models import load
from driftline.models.explain import explain_rows
from driftline.models.load import load_model

# Written by skl2onnx 1.20: 3 a + b + 2; and a logistic regression of 0.9929 a + 0.0632 b - 0.3619 with dictionaries
# of probabilities, then with a matrix of them.
LINEAR = (
    "CAoSCHNrbDJvbm54GgYxLjIwLjAiB2FpLm9ubngoADIAOrUBCm4KAVgSCHZhcmlhYmxlGg9MaW5lYXJSZWdyZXNzb3IiD0xpbmVhclJlZ3Jlc3Nv"
    "ciobCgxjb2VmZmljaWVudHM9AABAQD0AAIA/oAEGKhQKCmludGVyY2VwdHM9AAAAQKABBjoKYWkub25ueC5tbBIWT05OWChMaW5lYXJSZWdyZXNz"
    "aW9uKVoRCgFYEgwKCggBEgYKAAoCCAJiGAoIdmFyaWFibGUSDAoKCAESBgoACgIIAUIOCgphaS5vbm54Lm1sEAFCBAoAEBZCBAoAEBY="
)
DICTIONARIES = (
    "CAoSCHNrbDJvbm54GgYxLjIwLjAiB2FpLm9ubngoADIAOuIDCuEBCgFYEgVsYWJlbBINcHJvYmFiaWxpdGllcxoQTGluZWFyQ2xhc3NpZmllciIQ"
    "TGluZWFyQ2xhc3NpZmllciohChNjbGFzc2xhYmVsc19zdHJpbmdzSgJub0oDeWVzoAEIKiUKDGNvZWZmaWNpZW50cz2OLH6/PatVgb09jix+Pz2r"
    "VYE9oAEGKhkKCmludGVyY2VwdHM9xke5Pj3GR7m+oAEGKhIKC211bHRpX2NsYXNzGACgAQIqHQoOcG9zdF90cmFuc2Zvcm0iCExPR0lTVElDoAED"
    "OgphaS5vbm54Lm1sCisKBWxhYmVsEgxvdXRwdXRfbGFiZWwaCElkZW50aXR5IghJZGVudGl0eToACmIKDXByb2JhYmlsaXRpZXMSEm91dHB1dF9w"
    "cm9iYWJpbGl0eRoGWmlwTWFwIgZaaXBNYXAqIQoTY2xhc3NsYWJlbHNfc3RyaW5nc0oCbm9KA3llc6ABCDoKYWkub25ueC5tbBIYT05OWChMb2dp"
    "c3RpY1JlZ3Jlc3Npb24pWhEKAVgSDAoKCAESBgoACgIIAmIYCgxvdXRwdXRfbGFiZWwSCAoGCAgSAgoAYiQKEm91dHB1dF9wcm9iYWJpbGl0eRIO"
    "IgwKCioICAgSBAoCCAFCBAoAEBVCDgoKYWkub25ueC5tbBAB"
)
MATRIX = (
    "CAoSCHNrbDJvbm54GgYxLjIwLjAiB2FpLm9ubngoADIAOsMCCuEBCgFYEgVsYWJlbBINcHJvYmFiaWxpdGllcxoQTGluZWFyQ2xhc3NpZmllciIQ"
    "TGluZWFyQ2xhc3NpZmllciohChNjbGFzc2xhYmVsc19zdHJpbmdzSgJub0oDeWVzoAEIKiUKDGNvZWZmaWNpZW50cz2OLH6/PatVgb09jix+Pz2r"
    "VYE9oAEGKhkKCmludGVyY2VwdHM9xke5Pj3GR7m+oAEGKhIKC211bHRpX2NsYXNzGACgAQIqHQoOcG9zdF90cmFuc2Zvcm0iCExPR0lTVElDoAED"
    "OgphaS5vbm54Lm1sEhhPTk5YKExvZ2lzdGljUmVncmVzc2lvbilaEQoBWBIMCgoIARIGCgAKAggCYhEKBWxhYmVsEggKBggIEgIKAGIdCg1wcm9i"
    "YWJpbGl0aWVzEgwKCggBEgYKAAoCCAJCDgoKYWkub25ueC5tbBABQgQKABAWQgQKABAW"
)


def by_km(frame):
    """A model that is a function of a frame."""
    return 3.0 * frame["km"].to_numpy()


class Doubled:
    """A model to pickle."""

    def predict(self, frame):
        return 2.0 * frame["km"].to_numpy()


def trips(rows: int = 300) -> pl.DataFrame:
    random = np.random.default_rng(0)
    km, rain = random.normal(size=(2, rows))
    return pl.DataFrame({"km": km, "rain": rain, "minutes": 3 * km + rain + 2 + random.normal(size=rows)})


def write(path: Path, text: str) -> Path:
    path.write_bytes(base64.b64decode(text))
    return path


def test_onnx_numbers(tmp_path):
    """A regression in ONNX answers as scikit-learn's did, and is explained as any model."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: make test")
    model, rows = load_model(write(tmp_path / "m.onnx", LINEAR)), trips()
    inputs = rows.select("km", "rain")
    expected = 3 * rows["km"].to_numpy() + rows["rain"].to_numpy() + 2
    np.testing.assert_allclose(expected, model.predict(inputs), rtol=1e-5, atol=1e-5)
    found = explain_rows(model, rows[:20], background=rows, features=["km", "rain"], budget=8_000)
    slope = np.polyfit(rows["km"][:20].to_numpy(), found.values[:, 0], 1)[0]
    assert 3.0 == pytest.approx(slope, abs=0.1)
    with pytest.raises(InputError, match="fitted on 2 columns, and 3 are given"):
        explain_rows(model, rows, background=rows)


@pytest.mark.parametrize(("text", "classes"), [(DICTIONARIES, None), (MATRIX, ["no", "yes"])])
def test_onnx_classes(tmp_path, text, classes):
    """A classifier in ONNX has classes and probabilities, whichever form they have."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: make test")
    model, rows = load_model(write(tmp_path / "m.onnx", text), classes=classes), trips()
    inputs = rows.select("km", "rain")
    odds = 0.99286735 * rows["km"].to_numpy() + 0.06315168 * rows["rain"].to_numpy() - 0.3618757
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), model.predict_proba(inputs)[:, 1], atol=1e-5)
    assert np.where(odds > 0, "yes", "no").tolist() == model.predict(inputs).tolist()
    assert ["no", "yes"] == model.classes_.tolist()


def test_onnx_that_is_none(tmp_path, monkeypatch):
    """A file that is no model, one without names of classes, and no ONNX Runtime: each is told."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: make test")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(InputError, match=r"bad\.onnx: it is no model that ONNX Runtime can read"):
        load_model(tmp_path / "bad.onnx")
    with pytest.raises(InputError, match=r"does not name its classes; say them with classes="):
        load_model(write(tmp_path / "m.onnx", MATRIX))
    monkeypatch.setattr(load, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"driftline\[onnx\]"):
        load_model(tmp_path / "m.onnx")


def test_a_pickle_is_loaded_on_request_only(tmp_path):
    """Without the word of a person nothing is unpickled, and it is said why; no code of the file runs."""
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (ran,)

    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError, match=r"m\.pkl: unpickling runs whatever code its author put into the file"):
        load_model(path)
    assert not ran.exists()
    with pytest.raises(InputError, match="holds a NoneType; expected an estimator"):
        load_model(path, unpickle=True)
    path.write_bytes(pickle.dumps(Doubled()))
    assert [2.0] == load_model(path, unpickle=True).predict(pl.DataFrame({"km": [1.0]})).tolist()
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be unpickled"):
        load_model(path, unpickle=True)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("gone.onnx", "there is no such file"),
        ("gone.pkl", "there is no such file"),
        ("model", r"expected a file \.onnx, \.pkl or \.joblib, or package\.module:name"),
        ("no_such_module:model", "No module named 'no_such_module'"),
        ("math:no", "has no attribute 'no'"),
        ("math:pi", "it is a float; expected an estimator or a function"),
    ],
)
def test_bad_names(where, said):
    """What cannot be loaded is told with its name."""
    with pytest.raises(InputError, match=said):
        load_model(where)


def test_commands(tmp_path, monkeypatch):
    """Each comparison as a command: models by name or file, in words or as JSON; a pickle only with its flag."""
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: make test")
    rows = trips().with_columns(old=3 * pl.col("km"), new=3 * pl.col("km") + pl.col("rain") + 2)
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "my_models.py").write_text("def by_km(frame):\n    return 3.0 * frame['km'].to_numpy()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke

    told = run(
        main, ["compare", "rows.parquet", "--target", "minutes", "--champion", "old", "--challenger", "new", "--json"]
    )
    assert "new is better than old: switch to it." == json.loads(told.output)["advice"]
    told = run(
        main, ["compare", "rows.parquet", "--target", "minutes", "--champion", "old", "--reference", "rows.parquet"]
    )
    assert "the simplest answer: " in told.output

    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Doubled()))
    features = "--feature km --feature rain"
    command = f"versions my_models:by_km m.pkl rows.parquet --target minutes {features}".split()
    told = run(main, command)
    assert 2 == told.exit_code
    assert "--unpickle" in told.stderr
    told = run(main, [*command, "--unpickle"])
    assert "Two versions on the same 300 rows:" in told.output
    assert "mean absolute error" in told.output

    told = run(main, f"withdraw my_models:by_km rows.parquet --target minutes {features} --json".split())
    assert ["km", "rain"] == [one["feature"] for one in json.loads(told.output)["features"]]

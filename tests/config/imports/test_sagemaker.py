"""Constraints of SageMaker Model Monitor become checks."""

import json

import pytest

from driftline.config.checks import parse
from driftline.config.imports.read import read_import
from driftline.errors import ConfigError

FEATURES = [
    {"name": "fare (USD)", "inferred_type": "Fractional", "completeness": 0.95,
     "num_constraints": {"is_non_negative": True}},
    {"name": "kind", "inferred_type": "String", "completeness": 1.0,
     "string_constraints": {"domains": ["street", "phone, app"]}},
    {"name": "note", "inferred_type": "Unknown"},
]  # fmt: skip


def test_every_constraint(tmp_path):
    """Each constraint is a line that can be read, and the features are columns that have to be there."""
    path = tmp_path / "constraints.json"
    path.write_text(json.dumps({"features": FEATURES, "monitoring_config": {"domain_content_threshold": 0.98}}))
    lines = list(read_import(path).checks)
    assert lines == [
        "columns include {fare (USD), kind, note}",
        'missing("fare (USD)") <= 5%',
        'values("fare (USD)") in [0, inf]',
        "missing(kind) <= 0%",
        'values(kind) in {street, "phone, app"} mostly 98%',
    ]
    assert lines == [parse(line).text for line in lines]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "expected an object"),
        ("{", "is no JSON"),
        ("{}", "expected the expectations"),
        ('{"features": [1]}', "no constraints.json"),
        (None, "cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path, text, what):
    """What is no such file is told with its path."""
    path = tmp_path / "constraints.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=what) as caught:
        read_import(path)
    assert str(caught.value).startswith(f"{path}: ")

"""What libraries write to the error stream becomes lines of JSON, without the text of panics."""

import json
import logging
import os

import pytest

from driftline.server.json_logging import configure_logging
from driftline.server.native_errors import capture_native_errors

PANIC = """
thread '<unnamed>' (7) panicked at crates/polars-core/src/x.rs:153:60:
called `Result::unwrap()` on an `Err` value: "secret row"
more of the secret row
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""


@pytest.fixture
def restored_logging():
    """Logging is as before afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("driftline").level
    yield
    root.handlers[:], root.level = before[0], before[1]
    logging.getLogger("driftline").setLevel(before[2])


@pytest.mark.usefixtures("restored_logging")
def test_lines_are_json(capfd):
    """A panic is a line with its place and without its text; other lines stay; afterwards the stream is as before."""
    with capture_native_errors() as stream:
        configure_logging(stream)
        os.write(2, PANIC.encode())
        os.write(2, b"plain words\n")
    os.write(2, b"after\n")
    *lines, after = capfd.readouterr().err.splitlines()
    found = [json.loads(line) for line in lines]
    assert ["a library failed", "plain words"] == [each["message"] for each in found]
    assert "crates/polars-core/src/x.rs:153:60" == found[0]["place"]
    assert "secret" not in "".join(lines)
    assert "after" == after

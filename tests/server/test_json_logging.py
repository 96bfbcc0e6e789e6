"""The server's log: one JSON object a line, whatever is in it."""

import json
import logging

from driftline.server.json_logging import JsonLines

HOSTILE = "a\nb\r\x1b[31m\x85\u2028\u202e\ud800名"


def test_one_line_of_ascii():
    """Line ends, escapes and marks of direction in a message or a field stay inside the JSON text."""
    record = logging.LogRecord("driftline", logging.INFO, "", 0, "%s", (HOSTILE,), None)
    record.facts = {"path": HOSTILE}
    line = JsonLines().format(record)
    assert (True, True) == (line.isascii(), line.isprintable())
    assert [HOSTILE, HOSTILE] == [json.loads(line)[name] for name in ("message", "path")]


def test_passwords_in_what_libraries_say():
    """A connection string in the text of a library's error, or in its traceback, loses its password."""
    error = ValueError("invalid dsn: postgresql://me:s3cretword@host/db and password='s3cret word' host=h")
    info = (ValueError, error, None)
    line = JsonLines().format(logging.LogRecord("x", logging.ERROR, "", 0, "redis://:s3cretword@h failed", (), info))
    assert "s3cret" not in line
    assert "postgresql://me@host/db" in line

"""Secrets in URLs come from the environment or a file; a literal one is warned of, and logged nowhere."""

import logging

import pytest

from driftline.alerts.sinks.base import open_sink
from driftline.config.url import hide_secrets
from driftline.errors import StoreError
from driftline.server.feeds.base import Feed
from driftline.server.logs.base import open_log
from driftline.stores.base import open_store

TOKEN = "T0K3Nabcdefghijklmnop123"  # noqa: S105 - the secret that is looked for
OPENERS = {"store": open_store, "log": open_log, "sink": open_sink, "feed": Feed}


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("sink", f"webhook+https://hooks.example/{TOKEN}"),
        ("sink", f"webhook+https://hooks.example/hook?token={TOKEN}"),
        ("feed", f"nats://me:{TOKEN}@broker:4222/EVENTS"),
    ],
)
def test_a_literal_secret_warns(caplog, tmp_path, monkeypatch, kind, url):
    """It is used, the warning says what to write instead, and does not show it; the same from a file does not warn."""
    caplog.set_level(logging.WARNING)
    OPENERS[kind](url)
    assert "write ${VARIABLE} in its place, or @FILE" in caplog.text
    assert TOKEN not in caplog.text
    caplog.clear()
    (tmp_path / "secret").write_text(url)
    monkeypatch.setenv("WORD", TOKEN)
    for safe in (f"@{tmp_path}/secret", url.replace(TOKEN, "${WORD}")):
        OPENERS[kind](safe)
    assert not caplog.text


@pytest.mark.parametrize("kind", ["store", "log"])
def test_a_missing_variable_is_told(monkeypatch, kind):
    """A variable that is not set is named, before anything is opened."""
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(StoreError, match="NOT_SET, which is not set"):
        OPENERS[kind]("postgresql://me:${NOT_SET}@host/db")


def test_labels_hide_secrets():
    """Neither password nor settings of a URL are in its label."""
    assert "x://me@host/db" == hide_secrets(f"x://me:{TOKEN}@host/db?token={TOKEN}")

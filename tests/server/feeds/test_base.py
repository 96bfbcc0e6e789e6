"""Feeds: URLs, secrets, what is documented, and errors that are no broker's."""

from pathlib import Path
from threading import Event

import pytest

from driftline import registry
from driftline.errors import ConfigError
from driftline.server.feeds.base import SETTINGS, Feed

PAGE = (Path(__file__).parents[3] / "docs/feeds.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nats", "nats: no URL; write it as scheme://host:port/path"),
        ("nats://me:secret@host:port/x", "nats://…: no URL: host or port cannot be read"),
        ("nuts://host", "nuts://host: no feed of this kind; known are folder://…, kafka://…"),
        ("nats+ssh://host", "unknown 'ssh' after the 'nats'"),
        ("nats://host/S?durabel=x", "nats://host/S: unknown setting 'durabel'; did you mean 'durable'?"),
        ("nats://host/S?security.protocol=x", "unknown setting 'security.protocol'"),
        ("nats://host/S?ack_wait=soon", "setting 'ack_wait' is no float; expected one such as 30.0"),
        ("nats://host/S?kind=truths", "kind=truths; expected predictions or labels"),
        ("nats://host/S?prefetch=0", "prefetch=0; expected at least 1"),
        ("nats://me:${NOT_SET_ANYWHERE}@host/S", "environment variable NOT_SET_ANYWHERE, which is not set"),
    ],
)
def test_urls_that_are_wrong(url, told):
    """What is wrong with a URL is one sentence, without the password."""
    with pytest.raises(ConfigError) as raised:
        Feed(url)
    assert told in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["redis://host/x", "rabbitmq://host", "postgresql://host/db?key=id"])
def test_urls_that_name_nothing(url):
    """A URL that does not say what to read is told so at the start, not tried for ever."""
    with pytest.raises(ConfigError, match=r"names no|expected table= and key="):
        Feed(url).run(print, Event())


def test_secrets(monkeypatch):
    """Secrets come from the environment, and show neither in the label nor in the address."""
    monkeypatch.setenv("NATS_PASSWORD", "p@ss/word")
    feed = Feed("tls://me:${NATS_PASSWORD}@host/S?model=taxi")
    assert ("p@ss/word", True, "nats+tls://me@host/S") == (feed.address.password, feed.address.tls, feed.label)
    assert "p@ss" not in repr(feed.address)


def test_bug_in_delivery(tmp_path):
    """An error that is none of Driftline's ends the run, and the batch is not taken as delivered."""
    (tmp_path / "rows.csv").write_text("a\n1\n")
    settings = f"settle=0&every=0.01&model=a&kind=labels&state={tmp_path}/.state.db"
    feed = Feed(f"folder://{tmp_path}?{settings}")
    with pytest.raises(ZeroDivisionError):
        feed.run(lambda *_: 1 / 0, Event())
    assert 0 == feed.counts["delivered"]


@pytest.mark.parametrize("name", registry.names("feeds"))
def test_every_feed_is_documented(name):
    """The page has each feed's URL and all its settings."""
    assert f"`{name}://" in PAGE
    known = {**SETTINGS, **registry.find("feeds", name).SETTINGS}
    assert [] == [setting for setting in known if f"`{setting}`" not in PAGE]

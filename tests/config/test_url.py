"""No message shows a secret of a URL, however a library quotes it."""

import pytest

from driftline.alerts.http import check_url
from driftline.config.url import Url, clean_message
from driftline.errors import ConfigError, StoreError
from driftline.server.logs.base import open_log

HIDDEN = {
    "invalid dsn: postgresql://me:s3cretword@host/db": "invalid dsn: postgresql://me@host/db",
    'invalid integer value "s3cretword" for connection option "port"': None,
    "connection to server failed: password='s3cret word' user=me": "connection to server failed: password=… user=me",
    "amqps://guest:s3cretword@h:5671/%2F refused, token=s3cretword&a=1": None,
    "user me, PASSWORD = s3cretword;": "user me, PASSWORD=…;",
}


@pytest.mark.parametrize("text", HIDDEN)
def test_messages_of_libraries(text):
    """Passwords go from URLs and settings in a text, and those of the URL at hand from anywhere."""
    for url in ("postgresql://me:s3cretword@host/db", "postgresql://host/db?password=s3cretword"):
        cleaned = clean_message(text, url)
        assert "s3cret" not in cleaned
        assert HIDDEN[text] in {None, cleaned}


def test_short_secrets_leave_words_alone():
    """A password of one letter is blanked where it stands alone, and no word loses its letters."""
    assert 'bad port "…" at host' == clean_message('bad port "a" at host', "x://me:a@host")


@pytest.mark.parametrize("url", ["x://me:pa/s3cret@host/db", "x://me:s3cret@host:s3cret/db", "x://[me:s3cret@host/"])
def test_urls_that_cannot_be_read(url):
    """What is wrong with a URL is told without quoting a piece of it, which may be of the password."""
    for parse in (Url.parse, check_url):
        with pytest.raises(ConfigError) as told:
            parse(url.replace("x:", "https:") if parse is check_url else url)
        assert "s3cret" not in str(told.value)


def test_log_in_postgresql():
    """A database that cannot be reached is told without password, also where that breaks the URL."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: make test")
    for url in ("postgresql://me:s3cretword@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db?password=s3cretword&bad=1"):
        with pytest.raises(StoreError) as told:
            open_log(url)
        assert "s3cret" not in str(told.value)
        assert told.value.__cause__ is None

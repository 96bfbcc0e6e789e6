"""Opens the store that a command reads."""

from pathlib import Path

from driftline.errors import ConfigError
from driftline.stores.base import Store, open_store


def open_existing_store(url: str) -> Store:
    """The store of a URL.

    Raises:
        ConfigError: when it is a file that is not there.
        StoreError: when it cannot be opened.
    """
    if (file := find_file(url)) and not file.exists():
        raise ConfigError(f"{url}: no such store; make one with: driftline check REF CUR --store {url}")
    return open_store(url)


def find_file(url: str) -> Path | None:
    """The SQLite file that a URL names; None where it names another database, or stands elsewhere.

    >>> find_file("sqlite:///a.db"), find_file("postgresql://host/a"), find_file("@url.txt")
    (PosixPath('a.db'), None, None)
    """
    is_file = url.startswith("sqlite:///") or ("://" not in url and not url.startswith("@"))
    return Path(url.removeprefix("sqlite:///")) if is_file and "${" not in url else None

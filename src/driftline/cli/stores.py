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
    is_file = url.startswith("sqlite:///") or ("://" not in url and not url.startswith("@"))
    if is_file and "${" not in url and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigError(f"{url}: no such store; make one with: driftline check REF CUR --store {url}")
    return open_store(url)

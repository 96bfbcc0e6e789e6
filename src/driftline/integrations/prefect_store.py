"""The block of Prefect that keeps the URL of a store as a secret, and opens it by its name."""

from collections.abc import Iterator
from contextlib import contextmanager

from driftline.errors import ConfigError, MissingExtraError
from driftline.stores.base import Store, open_store

try:
    from prefect.blocks.core import Block
    from pydantic import Field, SecretStr
except ImportError as error:
    raise MissingExtraError("Prefect", "prefect") from error


class DriftlineStore(Block):
    """Where results are kept: a URL such as `postgresql://user:password@host/database`, kept as a secret.

    `DriftlineStore(url="sqlite:////srv/driftline.db").save("driftline")` once; flows then take `store="driftline"`, and
    no password is in the parameters of a run.
    """

    _block_type_name = "Driftline store"
    _block_type_slug = "driftline-store"
    _description = "Where Driftline keeps results."

    url: SecretStr = Field(description="URL of the store, such as sqlite:////srv/driftline.db")

    def open(self) -> Store:
        """The store; close it, or use it in a `with` block."""
        return open_store(self.url.get_secret_value())


@contextmanager
def open_named_store(name: str | None) -> Iterator[Store | None]:
    """The store of a URL, or of the block of that name; None where none is named."""
    if not name:
        yield None
        return
    is_url = "://" in name or name.startswith("@") or name.endswith((".db", ".sqlite", ".sqlite3"))
    if is_url:
        opened = open_store(name)
    else:
        try:
            opened = DriftlineStore.load(name).open()
        except ValueError as error:
            raise ConfigError(
                f"store {name!r}: no URL, and no block of that name; save one with "
                f"DriftlineStore(url=…).save({name!r}), or write a URL such as sqlite:///driftline.db"
            ) from error
    with opened:
        yield opened

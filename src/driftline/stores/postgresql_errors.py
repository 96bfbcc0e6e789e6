"""PostgreSQL's errors in words, of the store and of the event log."""

from collections.abc import Iterator
from contextlib import contextmanager

from driftline.config.url import Url, clean_message
from driftline.errors import StoreError


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Raise psycopg's errors as errors that name the database and say that nothing was saved, without a secret."""
    import psycopg  # noqa: PLC0415 - an extra

    try:
        yield
    except psycopg.Error as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        text = f"{Url.parse(url).label}: {clean_message(said, url)}; nothing of this was saved"
        raise StoreError(text) from None  # the error of the library may hold the URL

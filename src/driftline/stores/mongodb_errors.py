"""What MongoDB refuses, as errors of a store that name it and say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from driftline.config.url import clean_message, hide_secrets
from driftline.errors import StoreError


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Raise the driver's errors as errors that name the store, without its password."""
    from pymongo import errors  # noqa: PLC0415 - an extra

    try:
        yield
    except errors.DocumentTooLarge as error:
        raise StoreError(
            f"{hide_secrets(url)}: one profile or pack has more than the 16 MB that MongoDB keeps in a document; keep "
            "less (columns, exact, sample.rows), or use a store in SQLite or PostgreSQL"
        ) from error
    except errors.PyMongoError as error:
        reason = clean_message(str(error), url).partition(", Timeout:")[0].partition(", full error:")[0]
        said = f"{hide_secrets(url)}: {reason}; what was under way was not acknowledged"
        raise StoreError(said) from None  # the error of the library may hold the URL

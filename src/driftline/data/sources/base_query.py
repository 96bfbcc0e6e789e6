"""One query to a database as a source: what the databases share. The SQL is the last setting of the URL, `query=`."""

import re

from driftline.config.url import fill_secrets, hide_secrets, warn_of_secrets
from driftline.errors import ConfigError

_SHOWN = 60


def split_query(url: str) -> tuple[str, str, str]:
    """The URL of the database, the SQL, and a label without secrets.

    All that follows `query=` is the SQL, as it is: nothing in it is escaped. `${VARIABLE}` stands for a value of the
    environment in both; the label shows its name.

    Raises:
        ConfigError: when there is no SQL, or a variable is not set.

    >>> split_query("duckdb:///trips.db?query=SELECT * FROM trips WHERE a & 1 = 0;")[1:]
    ('SELECT * FROM trips WHERE a & 1 = 0', 'duckdb:///trips.db: SELECT * FROM trips WHERE a & 1 = 0')
    """
    address, *rest = re.split(r"[?&]query=", url, maxsplit=1)
    sql = "".join(rest).strip().rstrip(";").rstrip()
    if not sql:
        raise ConfigError(f"{hide_secrets(url)}: expected a query, such as ?query=SELECT * FROM predictions")  # noqa: S608 - an example
    warn_of_secrets(address, "database")
    shown = " ".join(sql.split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return fill_secrets(address), fill_secrets(sql), f"{hide_secrets(address)}: {shown}"

"""How psycopg gives values of PostgreSQL: as what has a place in Arrow."""

from typing import Any


def simple_types(db: Any) -> None:
    """Have types without a place in Arrow come as text, and decimals as numbers."""
    from psycopg.types.numeric import FloatLoader  # noqa: PLC0415 - an extra, and there once there is a connection
    from psycopg.types.string import TextLoader  # noqa: PLC0415

    for kind in ("uuid", "json", "jsonb", "inet", "cidr"):
        db.adapters.register_loader(kind, TextLoader)
    db.adapters.register_loader("numeric", FloatLoader)

"""What a view is: a function that reads a store, and a template beside it that shows what it read.

A new view is one file in `views/` that holds a view named like the file, with its template beside it (`fleet.py`,
`fleet.html`), or an entry point in the group `driftline.views`. What it reads is a record: the page shows it, and the
JSON API gives it as it stands, with the schema of its type. `docs/dashboard.md` has a row for its path.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from driftline.errors import InputError
from driftline.stores.base import Store

MOST_WINDOWS = 400
"""Windows of a model that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks.

    `name` is that of the token, empty where none is needed. `may` says whether a scope (`read`, `write`, `admin`) is
    allowed, for a model or for all of them (None).
    """

    name: str = ""
    may: Callable[[str, str | None], bool] = lambda scope, model: True  # noqa: ARG005 - no token is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a view answers: the store, what was asked for, who asks, and when."""

    store: Store
    arguments: Mapping[str, str] = field(default_factory=dict)
    viewer: Viewer = field(default_factory=Viewer)
    now: datetime

    def text(self, name: str, default: str = "") -> str:
        """An argument."""
        return self.arguments.get(name, default)

    def require(self, name: str) -> str:
        """An argument that must be there.

        Raises:
            InputError: when it is not.
        """
        if name not in self.arguments:
            raise InputError(f"the address lacks {name}=…; follow a link of the first page")
        return self.arguments[name]

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`.

        Raises:
            InputError: when it is none.
        """
        text = self.arguments.get(name, str(default))
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= most:
            raise InputError(f"{name}={text[:40]}: expected a whole number from 1 to {most:,}")
        return int(text)


Read = Callable[[Query], Any]


@dataclass(frozen=True, kw_only=True)
class View:
    """A view of the store.

    Args:
        name: as its file.
        path: of the page; None where there is no page.
        api: path of the same as JSON.
        summary: one sentence.
        parameters: what each argument of the address means, by its name.
        required: those that must be there.
        read: reads the store; gives a record.
    """

    name: str
    path: str | None
    api: str
    summary: str
    parameters: Mapping[str, str]
    required: tuple[str, ...]
    read: Read

    @cached_property
    def template(self) -> str:
        """What shows the record, `data`, in Jinja's language: the file beside the view's. It escapes text by itself."""
        return Path(inspect.getfile(self.read)).with_name(f"{self.name}.html").read_text(encoding="utf-8")

    @cached_property
    def record(self) -> TypeAdapter[Any]:
        """What writes a record as JSON, and knows the schema."""
        return TypeAdapter(get_type_hints(self.read)["return"])


def view(
    path: str | None, api: str, *, parameters: Mapping[str, str] | None = None, required: tuple[str, ...] = ()
) -> Callable[[Read], View]:
    """Make a view of a function; the first line of its docstring is the view's summary."""

    def make(read: Read) -> View:
        name = str(getattr(read, "__name__", api))
        summary = (read.__doc__ or "").strip().partition("\n")[0]
        return View(name=name, path=path, api=api, summary=summary, parameters=parameters or {}, required=required,
                    read=read)  # fmt: skip

    return make

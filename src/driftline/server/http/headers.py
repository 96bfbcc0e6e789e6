"""Rules for the headers of a batch: the OpenAPI document states them and the server enforces them."""

import re
from dataclasses import dataclass, field
from typing import Any

from driftline.server.http.responses import HTTPError, Scope

KEY_LENGTH = 200


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


@dataclass(frozen=True)
class HeaderRule:
    """What a header's value must be; the header may be missing, but not repeated.

    Args:
        name: as the document writes it; requests may write it in any case.
        pattern: a regular expression (ECMA 262 and Python alike) that the whole value matches.
        status: of the response to a value that does not match.
        expected: what is expected, for the message.
        description: for the document.
        schema: further keywords of the value's JSON schema, such as the longest length.
    """

    name: str
    pattern: str
    status: int
    expected: str
    description: str
    schema: dict[str, Any] = field(default_factory=dict)

    def value(self, values: list[bytes]) -> str:
        """The header's value without surrounding blanks; "" where the header is missing.

        Raises:
            HTTPError: 400 when the header is repeated, the rule's status when the value does not match.

        >>> CONTENT_ENCODING.value([b"GZIP "])
        'GZIP'
        """
        if not values:
            return ""
        if len(values) > 1:
            raise HTTPError(400, f"the header {self.name} was sent {len(values)} times; send it once")
        text = values[0].decode("latin-1").strip(" \t")
        if len(text) > self.schema.get("maxLength", len(text)) or not re.fullmatch(self.pattern, text):
            raise HTTPError(self.status, f"the header {self.name} is {text[:50]!r}; expected {self.expected}")
        return text

    def parameter(self) -> dict[str, Any]:
        """The header as a parameter of an OpenAPI operation."""
        schema = {"type": "string", "pattern": f"^{self.pattern}$", **self.schema}
        return {"name": self.name, "in": "header", "schema": schema, "description": self.description}


IDEMPOTENCY_KEY = HeaderRule(
    "Idempotency-Key",
    "[!-~]([ -~]*[!-~])?",
    422,
    f"1 to {KEY_LENGTH} printable ASCII characters, or no such header",
    "Names the batch. The server keeps a batch that is sent again once, and refuses other rows under the same name. "
    "Without it a hash of the body names the batch.",
    {"minLength": 1, "maxLength": KEY_LENGTH},
)
CONTENT_ENCODING = HeaderRule(
    "Content-Encoding",
    f"({'|'.join(map(_any_case, ('identity', 'gzip', 'zstd')))})",
    415,
    "gzip, zstd or identity, or no such header",
    "How the body is compressed.",
    {"examples": ["gzip"]},
)


def values(scope: Scope, *names: bytes) -> list[list[bytes]]:
    """The values of each of these headers in a request, in the order in which they were sent.

    >>> values({"headers": [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]}, b"a", b"c")
    [[b'1', b'3'], []]
    """
    found: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in scope["headers"]:
        if name in found:
            found[name].append(value)
    return list(found.values())


def single(scope: Scope, name: str) -> str:
    """The value of a header that is sent at most once; "" where it is missing.

    Raises:
        HTTPError: 400 when it is repeated.
    """
    (found,) = values(scope, name.lower().encode())
    if len(found) > 1:
        raise HTTPError(400, f"the header {name} was sent {len(found)} times; send it once")
    return found[0].decode("latin-1").strip(" \t") if found else ""

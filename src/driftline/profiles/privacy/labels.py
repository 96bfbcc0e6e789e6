"""Which values of a column a plan keeps: common labels as they are, all others as hashes; and columns about persons.

There are two places where values are hidden, and this is one of them: a plan holds no label and no edge that few rows
of the reference have, so nothing that is named by a plan shows one. The other is `Profile.private`: numbers and new
labels of single rows, in all that is judged, shown or kept.
"""

import re
from collections.abc import Iterable

import polars as pl

from driftline import humanize, registry
from driftline.config.settings import Config
from driftline.data import hashing
from driftline.data.hashing import Hashes

STATED = "as set (privacy.redact)"
_HIDDEN = re.compile(r"\(value ([0-9a-f]{16})\)")
_SHARE = 0.1  # of the values: from it on a column holds what they look like
_FEWEST, _MOST = 5, 1_000  # values that are looked at
_TEXTS = {
    "e-mail addresses": r"^\s*[^@\s]+@[^@\s]+\.[^@\s.]+\s*$",
    "phone numbers": r"^\s*(?:\+[1-9](?:[ ()./-]*\d){6,14}|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}[-. ]\d{3}[-. ]\d{4}"
    r"|0\d{2,4}[ /-]\d{5,8})\s*$",
}
_NUMBERS = {
    "bank accounts (IBAN)": r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$",
    "card numbers": r"^\d{13,19}$",
}
_NAMES = re.compile(
    r"(?:^|[_\W])(?:(?:sur|last|first|fore|given|family|full|maiden|middle|person|customer|client|patient|employee)"
    r"[_\W]?names?|surname|forename)(?:$|[_\W])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def hide(label: str) -> str:
    """What stands for a label that is not kept: its hash, so that it can still be counted and recognised.

    >>> hide("Featherstonehaugh")
    '(value 92659d6663eb1641)'
    """
    return hide_hash(int(hashing.of_labels([label])[0]))


def hide_all(labels: list[str]) -> list[str]:
    """What stands for each of some labels that are not kept.

    >>> hide_all(["Featherstonehaugh"]) == [hide("Featherstonehaugh")]
    True
    """
    return [hide_hash(key) for key in hashing.of_labels(labels).tolist()]


def hide_hash(key: int) -> str:
    """What stands for a label of this hash.

    >>> hidden_hash(hide_hash(7))
    7
    """
    return f"(value {key:016x})"


def hidden_hash(label: str) -> int | None:
    """The hash that stands for a label; None where it is a label itself.

    >>> hidden_hash(hide("a")) == int(hashing.of_labels(["a"])[0]), hidden_hash("a")
    (True, None)
    """
    match = _HIDDEN.fullmatch(label)
    return int(match[1], 16) if match else None


def hashes_of(labels: Iterable[str]) -> Hashes:
    """Hash (n,) of each label, also of those that are hidden."""
    labels = list(labels)
    hashes = hashing.of_labels(labels)
    for at, label in enumerate(labels):
        if (own := hidden_hash(label)) is not None:
            hashes[at] = own
    return hashes


def shapes(values: pl.Series) -> str:
    """The shapes of a few texts, for a message that shows none of them.

    >>> shapes(pl.Series(["ann@example.org", "12.5"]))
    "'a@a.a', '9.9'"
    """
    return humanize.listing(
        registry.find("transforms", "pattern")(values.head(3), None).unique(maintain_order=True).to_list(), 3
    )


def why_redacted(name: str, values: pl.Series, config: Config) -> str:
    """Why no value of a column is kept, in words; empty where values may be.

    `values` are some of the column's values that are not missing.

    >>> why_redacted("contact", pl.Series(["ann@example.org"] * 5), Config())
    'e-mail addresses'
    """
    privacy = config.privacy
    if name in privacy.redact:
        return STATED
    if name in privacy.show or privacy.show_values == "all" or values.len() < _FEWEST:
        return ""
    return _look_of(name, values)


def _look_of(name: str, values: pl.Series) -> str:
    """What a column of persons' data holds; empty where it looks like none."""
    labels = values.dtype in (pl.String, pl.Categorical, pl.Enum)
    if not labels and not values.dtype.is_integer():
        return ""
    texts = values.gather_every(max(1, values.len() // _MOST)).cast(pl.String)
    bare = texts.str.replace_all(r"[ -]", "")
    for what, form in _NUMBERS.items():
        found = bare.filter(bare.str.contains(form)).to_list()
        valid = sum(_passes_luhn(text) if text.isdecimal() else _passes_97(text) for text in found)
        if len(found) >= _SHARE * texts.len() and valid > 0.9 * len(found):  # one number in ten passes by chance
            return what
    for what, form in _TEXTS.items():
        if labels and int(texts.str.contains(form).sum()) >= _SHARE * texts.len():
            return what
    return "names" if labels and _NAMES.search(_CAMEL.sub("_", name)) else ""


def _passes_luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (Luhn 1960)."""
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0


def _passes_97(account: str) -> bool:
    """Whether the check digits of a bank account are right (ISO 7064, modulo 97)."""
    return int("".join(str(int(mark, 36)) for mark in account[4:] + account[:4])) % 97 == 1

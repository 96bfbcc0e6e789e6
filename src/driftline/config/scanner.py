"""Reads a short line of text piece by piece, and tells each mistake with its position."""

import re

from driftline.errors import ConfigError

NAME = re.compile(r"[A-Za-z_]\w*")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OPERATORS = {"<=": (False, True), "<": (False, True), ">=": (True, False), ">": (True, False), "==": (True, True)}
"""Whether each bounds from below, and from above."""
_NUMBER = re.compile(r"[-+]?(?:inf\b|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


class Line:
    """Reads one line of text from left to right; `at` is how far it has come."""

    def __init__(self, whole: str) -> None:
        self.whole, self.at = whole, 0

    @property
    def rest(self) -> str:
        """What is left, without blanks before it."""
        self.at += len(self.whole[self.at :]) - len(self.whole[self.at :].lstrip())
        return self.whole[self.at :]

    @property
    def next(self) -> str:
        """What stands here, for a message."""
        return repr(self.rest[:20]) if self.rest else "the end"

    def wrong(self, why: str, at: int | None = None) -> ConfigError:
        """The mistake at this place, or where reading has come to."""
        place = self.at if at is None else at
        place += len(self.whole[place:]) - len(self.whole[place:].lstrip())
        return ConfigError(f"{self.whole!r}, position {place + 1}: {why}")

    def take(self, pattern: str | re.Pattern[str]) -> str:
        """What stands here of a symbol or pattern, or nothing."""
        rest = self.rest
        if isinstance(pattern, str):
            found = pattern if rest.startswith(pattern) else ""
        else:
            match = pattern.match(rest)
            found = match.group() if match else ""
        self.at += len(found)
        return found

    def symbol(self, symbol: str) -> None:
        """This symbol must stand here."""
        if not self.take(symbol):
            raise self.wrong(f"expected {symbol!r}, got {self.next}")

    def word(self, word: str) -> bool:
        """Whether this word stands here; it is then read."""
        start = self.at
        if self.take(NAME) == word:
            return True
        self.at = start
        return False

    def name(self, what: str) -> str:
        """A name, which must stand here."""
        found = self.take(NAME)
        if not found:
            raise self.wrong(f"expected {what}, got {self.next}")
        return found

    def until(self, ends: str, what: str) -> str:
        """Text up to one of these characters, or in quotes."""
        if quoted := self.take(QUOTED):
            return quoted[1:-1]
        rest = self.rest
        found = re.match(f"[^{re.escape(ends)}]*", rest)
        part = found.group() if found else ""
        if not part.strip():
            raise self.wrong(f"expected {what}, got {self.next}")
        self.at += len(part)
        return part.strip()

    def column(self) -> str | None:
        """The name in parentheses, if there are any."""
        if not self.take("("):
            return None
        name = self.until(")", "the name of a column")
        self.symbol(")")
        return name

    def members(self) -> tuple[str, ...]:
        """The members of a set in braces."""
        self.symbol("{")
        found = [self.until(",}", "a value")]
        while self.take(","):
            found.append(self.until(",}", "a value"))
        self.symbol("}")
        return tuple(dict.fromkeys(found))

    def number(self, what: str = "a number") -> float:
        """A number, which must stand here."""
        found = self.take(_NUMBER)
        if not found:
            raise self.wrong(f"expected {what}, got {self.next}")
        return float(found.replace("_", ""))

    def operator(self) -> str:
        """A sign of comparison, which must stand here."""
        found = next((sign for sign in OPERATORS if self.take(sign)), "")
        if not found:
            raise self.wrong(f"expected one of {', '.join(OPERATORS)} or 'in', got {self.next}")
        return found

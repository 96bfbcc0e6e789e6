"""CSV and JSON lines as people's programs write them: read where the meaning is plain, else told by line."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from .conftest import rows

LINES = rows().write_csv().splitlines()
OBJECTS = [json.dumps(row) for row in rows().to_dicts()]


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _changed(old: str, new: str) -> bytes:
    return _text(LINES).replace(old.encode(), new.encode())


def _commas() -> bytes:
    return _text([LINES[0].replace(",", ";"), *(line.replace(",", ";").replace(".", ",") for line in LINES[1:])])


REFUSED = {
    "caret.csv": (_changed(",", "^"), "one column only, 'x^k^i', which looks separated by '^'"),
    "blanks.csv": (_changed(",", " "), "which looks separated by ' '"),
    "twice.csv": (_changed("x,k,i", "x,x,i"), "column 'x' is there more than once"),
    "long.csv": (_text([*LINES[:50], "1,a,3,4", *LINES[50:]]), "line 51 has 4 fields, the header has 3"),
    "quote.csv": (_text([*LINES[:50], '1,"a,3', *LINES[50:]]), "is a quote left open?"),
    "latin.csv": (_changed(",a,", ",\xe9,").decode().encode("latin-1"), "is not UTF-8 (byte 0xe9)"),
    "latinhead.csv": (_changed("x,k", "x,\xe9").decode().encode("latin-1"), "line 1 is not UTF-8"),
    "utf16.csv": (_text(LINES).decode().encode("utf-16"), "line 1 is not UTF-8"),
    "broken.jsonl": (_text([*OBJECTS[:50], '{"x": 1, "k": ', *OBJECTS[50:]]), "line 51 is no JSON"),
    "cut.jsonl": (_text(OBJECTS)[:-10], f"line {len(OBJECTS)} is no JSON"),
    "array.json": (f"[{', '.join(OBJECTS)}]".encode(), "line 1 is a JSON array; expected one object a line"),
    "indented.json": (json.dumps(rows().to_dicts(), indent=1).encode(), "one object a line"),
    "number.json": (b"3", "line 1 is 3; expected an object"),
    "words.json": (b"hello", "line 1 is no JSON"),
    "nan.jsonl": (_text([*OBJECTS[:3], '{"x": NaN, "k": "a", "i": 1}', *OBJECTS[3:]]), "line 4: NaN is no JSON"),
    "latin.jsonl": (_text(OBJECTS).replace(b'"a"', b'"\xe9"'), "is not UTF-8"),
    "deep.jsonl": (b"[" * 50_000 + b"\n", "line 1"),
    "both.jsonl": (_text([*OBJECTS, '{"x": {"y": 1}}']), "cannot be read as json lines"),
}


@pytest.mark.parametrize("side", ["reference", "current"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(check, name, side):
    """What cannot be read is told by file, line and reason."""
    content, words = REFUSED[name]
    Path(name).write_bytes(content)
    outcome = check(*((name, "good.csv") if side == "reference" else ("good.csv", name)))
    assert outcome.code == 2
    assert f"{name}: " in outcome
    assert words in outcome


QUIET = {
    "same.csv": _text(LINES),
    "marked.csv": b"\xef\xbb\xbf" + _text(LINES),
    "windows.csv": _text(LINES).replace(b"\n", b"\r\n"),
    "unended.csv": _text(LINES)[:-1],
    "packed.csv.gz": gzip.compress(_text(LINES)),
    "tabs.tsv": _changed(",", "\t"),
    "semicolons.csv": _changed(",", ";"),
    "pipes.csv": _changed(",", "|"),
    "commas.csv": _commas(),
    "quoted.csv": _text([",".join(f'"{field}"' for field in line.split(",")) for line in LINES]),
    "lines.jsonl": _text(OBJECTS),
    "gaps.jsonl": _text([*OBJECTS[:9], "", "", *OBJECTS[9:]]),
    "packed.jsonl.gz": gzip.compress(_text(OBJECTS)),
}


@pytest.mark.parametrize("side", ["reference", "current"])
@pytest.mark.parametrize("name", QUIET)
def test_quiet(check, name, side):
    """The same rows in any form are the same rows: at most another file format is told."""
    Path(name).write_bytes(QUIET[name])
    outcome = check(*((name, "good.csv") if side == "reference" else ("good.csv", name)))
    assert outcome.code == 0
    assert "Type changed" not in outcome
    assert "alert" not in outcome


@pytest.mark.parametrize("side", ["reference", "current"])
@pytest.mark.parametrize("word", ["NA", "N/A", "NaN", "null", "None", "", "-", "?", "\\N", "<NA>", "inf"])
def test_words_for_missing(check, word, side):
    """A column of numbers with words for "no value" in it stays one of numbers, and they are missing."""
    lines = [LINES[0], *(word + line[line.index(",") :] if at % 60 == 0 else line for at, line in enumerate(LINES[1:]))]
    Path("words.csv").write_bytes(_text(lines))
    outcome = check(*(("words.csv", "good.csv") if side == "reference" else ("good.csv", "words.csv")))
    assert outcome.code == 0
    assert "x numeric? feature? Float64" in outcome
    assert "harmless" not in outcome


def test_words_for_missing_are_judged(check):
    """Many such words are a finding on missing values."""
    lines = [LINES[0], *("NA" + line[line.index(",") :] if at % 3 == 0 else line for at, line in enumerate(LINES[1:]))]
    Path("words.csv").write_bytes(_text(lines))
    outcome = check("good.csv", "words.csv")
    assert outcome.code == 1
    assert "Missing values 33.3%" in outcome
    assert "Unreadable" not in outcome


def test_garbage_among_numbers(check):
    """Words that are no numbers are unreadable values, and the column stays one of numbers."""
    lines = [
        LINES[0],
        *("huh" + line[line.index(",") :] if at % 12 == 0 else line for at, line in enumerate(LINES[1:])),
    ]
    Path("words.csv").write_bytes(_text(lines))
    outcome = check("good.csv", "words.csv")
    assert outcome.code == 1
    assert "Unreadable values 8.3%" in outcome
    assert check("words.csv", "good.csv").code == 0


def test_header_only(check):
    """A CSV file with a header and no rows is refused as reference, and is not enough data as current."""
    Path("head.csv").write_text("x,k,i\n", encoding="utf-8")
    assert "head.csv: the reference has no rows" in check("head.csv", "good.csv")
    outcome = check("good.csv", "head.csv")
    assert outcome.code == 3
    assert "Not enough data to judge: 0 rows" in outcome


def test_short_lines(check):
    """Fields that a line lacks are missing values."""
    Path("short.csv").write_bytes(_text([LINES[0], *(f"{line.split(',')[0]}" for line in LINES[1:])]))
    outcome = check("good.csv", "short.csv")
    assert outcome.code == 1
    assert "Missing values 100.0%" in outcome


def test_line_breaks_inside_quotes(check):
    """A quoted field may hold line breaks and separators, in the header as well."""
    text = _changed(",a,", ',"a\na, a",').replace(b"x,k,i", b'x,"k, or\nso",i')
    Path("breaks.csv").write_bytes(text)
    assert check("breaks.csv", "breaks.csv").code == 0
    assert f"{len(LINES) - 1} rows" in check("breaks.csv", "breaks.csv")


def test_wrong_separator_in_the_rows(check):
    """A header that is separated in another way than the rows shows as findings on its columns."""
    Path("mixed.csv").write_bytes(_text([LINES[0], *(line.replace(",", ";") for line in LINES[1:])]))
    outcome = check("good.csv", "mixed.csv")
    assert outcome.code == 1
    assert "Unreadable values 100.0%" in outcome


def test_field_of_two_megabytes(check):
    """A single endless field is read like any other."""
    Path("endless.csv").write_bytes(_text([*LINES, f"1,{'a' * 2_000_000},3"]))
    assert check("good.csv", "endless.csv").code in {0, 1}


def test_types_mixed_in_json(check):
    """Numbers and words in one JSON column: the words are unreadable."""
    mixed = (
        rows()
        .with_row_index("at")
        .with_columns(x=pl.when(pl.col("at") % 9 == 0).then(pl.lit("huh")).otherwise(pl.col("x").cast(pl.String)))
    )
    Path("mixed.jsonl").write_bytes(_text([json.dumps(row) for row in mixed.drop("at").to_dicts()]))
    rows().write_ndjson("good.jsonl")
    outcome = check("good.jsonl", "mixed.jsonl")
    assert outcome.code == 1
    assert "Unreadable values" in outcome


def test_keys_that_come_and_go(check):
    """Keys that only some JSON lines have are missing in the others."""
    Path("some.jsonl").write_bytes(_text([*OBJECTS[:200], *('{"x": 0.1, "z": 1}' for _ in range(100))]))
    outcome = check("good.csv", "some.jsonl")
    assert outcome.code == 1
    assert "Columns added: 'z: Int64'" in outcome
    assert "Missing values 33.3%" in outcome


def test_nested_json(check):
    """Objects and lists inside of JSON lines are a column of their own, and harm nothing."""
    nested = [json.dumps(row | {"d": {"a": 1, "b": [1, 2]}}) for row in rows().to_dicts()]
    Path("nested.jsonl").write_bytes(_text(nested))
    assert check("nested.jsonl", "nested.jsonl").code == 0
    assert 'Columns added: "d: Struct' in check("good.csv", "nested.jsonl")

"""What is wrong with a text file that cannot be read, and on which line: asked only once reading has failed."""

import csv
import json
from pathlib import Path
from typing import Any

from driftline.data.csv_dialect import first_lines, open_bytes, separator_of, stated_separator


def of_csv(path: Path) -> str | None:
    """The first line that is no line of a CSV file, with what is wrong with it; None where all is well."""
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            if found := _encoding(line, number):
                return found
    with open_bytes(path) as file:
        texts = (line.decode("utf-8-sig") for line in file)
        lines = first_lines(path)
        stated = stated_separator(lines)
        reader = csv.reader(texts, delimiter=stated or separator_of(lines), strict=True)
        try:
            if stated:
                next(reader)
            width = len(next(reader, []))
            for row in reader:
                if len(row) > width:
                    return f"line {reader.line_num} has {len(row)} fields, the header has {width}"
        except csv.Error as error:
            return f"line {reader.line_num} is no CSV: {error}; is a quote left open?"
    return None


def of_json_lines(path: Path) -> str | None:
    """The first line that is no JSON object, with what is wrong with it; None where all is well."""
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            if found := _encoding(line, number) or (_object(line, number) if line.strip() else None):
                return found
    return None


def _encoding(line: bytes, number: int) -> str | None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"line {number} is not UTF-8 (byte 0x{line[error.start]:02x}); save the file as UTF-8"
    return None


def _object(line: bytes, number: int) -> str | None:
    try:
        value = json.loads(line, parse_constant=_refused)
    except json.JSONDecodeError as error:
        if number == 1 and line.lstrip().startswith((b"[", b"{")):
            return (
                f"line 1 is no JSON object by itself ({error.msg}); expected one object a line, not one over many lines"
            )
        return f"line {number} is no JSON: {error.msg}"
    except (ValueError, RecursionError) as error:
        return f"line {number}: {error}"
    if isinstance(value, list):
        return f"line {number} is a JSON array; expected one object a line, such as jq -c '.[]' writes"
    return None if isinstance(value, dict) else f"line {number} is {json.dumps(value)[:40]}; expected an object, {{…}}"


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON; write null where there is no number")

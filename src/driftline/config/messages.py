"""What a setting takes and what was wrong with it, in words, from the JSON Schema of the settings."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from driftline.config.settings import Config, json_schema
from driftline.config.yaml_lines import Key
from driftline.errors import PackError, suggest_name

RENAMED: Mapping[tuple[str, ...], str] = {("stream", "truth"): "label_delay"}
"""New names of settings that had another one before."""


@cache
def _schema() -> dict[str, Any]:
    return json_schema()


def schema_at(key: Key) -> dict[str, Any] | None:
    """The JSON Schema of one setting (None where there is no such setting), references and null resolved."""
    root = _schema()
    schema: dict[str, Any] = root
    for name in (*key, None):
        options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
        schema = options[0] if options else schema
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        if name is None:
            break
        more = schema.get("additionalProperties") or schema.get("items")
        schema = schema.get("properties", {}).get(name, more)
        if not schema:
            return None
    return schema


def settings(key: Key = ()) -> Iterator[Key]:
    """Paths of all settings that have a fixed name."""
    properties = (schema_at(key) or {}).get("properties")
    if properties is None:
        yield key
        return
    for name in properties:
        yield from settings((*key, name))


def sentence(mistake: Any, where: Mapping[Key, str]) -> str:
    """One of pydantic's mistakes as: place, setting, what was expected, what was there."""
    key: Key = tuple(part for part in mistake["loc"] if part != "[key]")
    place = next((where[key[:end]] for end in range(len(key), -1, -1) if key[:end] in where), "settings")
    *parents, last = key or ("",)
    path = ".".join(map(str, key))
    if mistake["type"] == "extra_forbidden":
        known = list((schema_at(tuple(parents)) or {}).get("properties", ()))
        if renamed := RENAMED.get(tuple(map(str, key))):
            return f"{place}: {path} is called {'.'.join((*map(str, parents), renamed))} now; rename it"
        under = f" under {'.'.join(map(str, parents))}" if parents else ""
        return f"{place}: unknown key {last!r}{under}; {suggest_name(str(last), known)}"
    if mistake["type"] == "value_error":
        return f"{place}: {path}{': ' if path else ''}{mistake['ctx']['error']}"
    return f"{place}: {path}: expected {expected(schema_at(key) or {})}, got {shown(mistake['input'])}"


def unpacked(said: Mapping[str, Any]) -> Config:
    """The settings that a pack holds. No module that they name is imported: it has to be loaded already.

    Raises:
        PackError: when they are not settings of this version, or name a plugin or metric that is not here.
    """
    said = {name: dict(part) if isinstance(part, dict) else part for name, part in said.items()}
    for (section, old), new in RENAMED.items():
        if old in (part := said.get(section) or {}):
            part[new] = part.pop(old)
    try:
        return Config.model_validate(said, context={"packed": True})
    except ValidationError as error:
        lines = [sentence(mistake, {(): "the pack's settings"}) for mistake in error.errors(include_url=False)]
        raise PackError("\n".join(dict.fromkeys(lines))) from None


def expected(schema: Mapping[str, Any]) -> str:
    """What a setting takes, in words.

    >>> expected({"type": "integer", "minimum": 2})
    'a whole number, at least 2'
    """
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if "examples" in schema:
        return f"a value such as {', '.join(schema['examples'])}"
    if "properties" in schema:
        return f"settings below it: {', '.join(schema['properties'])}"
    words = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list"}
    words |= {"string": "text", "object": "names with settings below them"}
    bounds = {"minimum": "at least {}", "exclusiveMinimum": "above {}", "exclusiveMaximum": "below {}"}
    bounds |= {"minLength": "at least {} character", "maxLength": "at most {} characters"}
    limits = [text.format(schema[name]) for name, text in bounds.items() if name in schema]
    return ", ".join([words.get(schema.get("type", ""), "another value"), *limits])


def shown(value: Any) -> str:
    """What a person wrote, short enough for a message."""
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return "nothing" if value is None else text if len(text) <= 60 else f"{text[:57]}…"

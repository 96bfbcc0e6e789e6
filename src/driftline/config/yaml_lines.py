"""YAML that a person wrote, as plain values that know the line they stand on.

Scalars stay text (`null` and nothing are None): whoever asks for a number converts, so a name such as `no` or `007`
stays what was written. Anchors' aliases, tags, repeated keys and deep nesting are refused: a settings file needs none.
"""

from pathlib import Path
from typing import Any

import yaml

from driftline.errors import ConfigError

Key = tuple[str | int, ...]
_MOST_BYTES = 1 << 20
_MOST_DEPTH = 10


class _Loader(yaml.SafeLoader):
    """Composes nodes; nothing is ever constructed from them."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.path, self.depth = path, 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        refused = {
            "an alias (*name) is not supported; write the value out": isinstance(event, yaml.AliasEvent),
            "a tag (!name) is not supported; write the plain value": getattr(event, "tag", None) is not None,
            f"nested more than {_MOST_DEPTH} deep": self.depth >= _MOST_DEPTH,
        }
        for why in (why for why, holds in refused.items() if holds):
            raise ConfigError(f"{self.path}:{event.start_mark.line + 1}: {why}")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(path: Path) -> tuple[Any, dict[Key, str]]:
    """The values of a YAML file, and for the path of every key and item where it stands, as `file:line`.

    Raises:
        ConfigError: when the file cannot be read or is not plain YAML, with file, line and what to do.
    """
    text = _text(path)
    try:
        node = _Loader(text, path).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = ", ".join(filter(None, (error.context, error.problem)))
        tab = "; indent with spaces, not tabs" if "\\t" in problem else ""
        raise ConfigError(f"{path}:{mark.line + 1 if mark else 1}: not valid YAML: {problem}{tab}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: not valid YAML: a control character (code {error.character})") from None
    where: dict[Key, str] = {}
    return (None if node is None else _value(node, (), where, path)), where


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; `driftline init` writes one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path}: larger than 1 MiB, which no settings file is; is it the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text (byte 0x{data[error.start]:02x}); save it as UTF-8") from None


def _value(node: yaml.Node, key: Key, where: dict[Key, str], path: Path) -> Any:
    where.setdefault(key, f"{path}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*key, index), where, path) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return None if node.tag.endswith(":null") else node.value
    values: dict[str, Any] = {}
    for name, item in node.value:
        line = f"{path}:{name.start_mark.line + 1}"
        if not isinstance(name, yaml.ScalarNode):
            raise ConfigError(f"{line}: a key must be a plain name, not a list or a mapping")
        if name.value in values:
            raise ConfigError(
                f"{line}: {name.value!r} is said twice (first at {where[*key, name.value]}); keep one of them"
            )
        where[*key, name.value] = line
        values[name.value] = _value(item, (*key, name.value), where, path)
    return values

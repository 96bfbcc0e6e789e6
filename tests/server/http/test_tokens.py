"""Tokens: what each may do, kept as hashes, changed while the server runs; and none of them in the server's log."""

import json
import logging
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.commands.token import token
from driftline.errors import ConfigError
from driftline.server.http.tokens import Tokens
from driftline.server.json_logging import JsonLines

from ..conftest import got, posted

ROW = b'[{"id": 1}]'


def statuses(served, secret):
    """What a token may do: write to two models, write labels, read."""
    bearer = {"authorization": f"Bearer {secret}"}
    found = served.ask(
        posted(ROW, **bearer), posted(ROW, model="other", **bearer), got("/v1/models", **bearer), got("/healthz")
    )
    return [each.status_code for each in found]


def test_scopes_and_models(served, tmp_path):
    """A token may do what its scopes say, to its models; admin everything; others nothing."""
    tokens = Tokens(tmp_path / "tokens.json")
    assert [200, 200, 200, 200] == statuses(served, "")
    write, read = tokens.add("w", ("write",)), tokens.add("r", ("read",))
    one, admin = tokens.add("one", ("write",), ("other",)), tokens.add("root", ("admin",))
    assert [200, 200, 403, 200] == statuses(served, write)
    assert [403, 403, 200, 200] == statuses(served, read)
    assert [403, 200, 403, 200] == statuses(served, one)
    assert [200, 200, 200, 200] == statuses(served, admin)
    for wrong in ("", "dl_nothing", write[:-1], write + "x", tokens.all()[0].hash):
        assert [401, 401, 401, 200] == statuses(served, wrong)
    answer = served.ask(got("/v1/models"))[0]
    assert "Bearer" == answer.headers["www-authenticate"]


def test_rotation(served, tmp_path):
    """A token counts from when it is made until it is removed; without any left nobody is let in."""
    run = CliRunner().invoke
    path = ["--tokens", str(tmp_path / "tokens.json")]
    old = run(token, ["add", "a", *path]).output.strip()
    assert 200 == statuses(served, old)[0]
    new = run(token, ["add", "b", "--model", "model", *path]).output.strip()
    assert [200, 200] == [statuses(served, each)[0] for each in (old, new)]
    assert 0 == run(token, ["remove", "a", *path]).exit_code
    assert [401, 200] == [statuses(served, each)[0] for each in (old, new)]
    said = run(token, ["list", *path]).output
    assert "b  write  model  since" in said
    assert new not in said
    run(token, ["remove", "b", *path])
    assert [401, 401] == [statuses(served, each)[0] for each in (new, "")]


def test_kept_as_hashes(tmp_path):
    """The file has no secret, and is for its owner's eyes only; one that others may read is refused."""
    path = tmp_path / "tokens.json"
    secret = Tokens(path).add("a", ("write",))
    assert (0o600, False) == (path.stat().st_mode & 0o777, secret in path.read_text())
    assert "a" == Tokens(path).find(secret).name
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Tokens(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tokens": 1}', '{"tokens": [{}]}', '{"tokens": [1]}', "\0"])
def test_damaged_file(served, tmp_path, text, caplog):
    """A damaged file is an error at the start; while the server runs, what was read before holds."""
    path: Path = tmp_path / "tokens.json"
    secret = Tokens(path).add("a", ("write",))
    assert 200 == statuses(served, secret)[0]
    path.write_text(text)
    os.utime(path, (1, 1))
    with caplog.at_level(logging.ERROR):
        assert [200, 401] == [statuses(served, each)[0] for each in (secret, "")]
    assert "the tokens read before still hold" in caplog.text
    with pytest.raises(ConfigError, match="no file of tokens"):
        Tokens(path)


def test_names(tmp_path):
    """Two tokens have not the same name; one that is not there cannot be removed."""
    tokens = Tokens(tmp_path / "tokens.json")
    tokens.add("a", ("write",))
    with pytest.raises(ConfigError, match="called 'a' already"):
        tokens.add("a", ("read",))
    with pytest.raises(ConfigError, match="no token is called 'b'; known are: a"):
        tokens.remove("b")


def test_journal_without_payloads(served, tmp_path, caplog):
    """What is refused is logged with its path and status, never with its token, body or query."""
    tokens = Tokens(tmp_path / "tokens.json")
    secret = tokens.add("a", ("read",))
    with caplog.at_level(logging.DEBUG):
        served.ask(
            posted(b'[{"id": "payload"', authorization=f"Bearer {secret}"), got("/x?key=query"),
            posted(b'[{"id": "payload"', authorization="Bearer dl_guess"),
        )  # fmt: skip
    lines = [JsonLines().format(one) for one in caplog.records if one.name.startswith("driftline")]
    assert [401, 403, 404] == sorted(json.loads(line)["status"] for line in lines)
    said = "".join(lines)
    assert not [word for word in (secret, "payload", "query", "dl_guess") if word in said]

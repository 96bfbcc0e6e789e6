"""Access fails closed: whatever happens to the file of tokens, nobody is let in who was not known before."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from driftline.errors import ConfigError
from driftline.server.http.tokens import Tokens

from ..conftest import got


def ask(served, secret="", peer="127.0.0.1", **headers):
    """The status of a request from an address."""
    given = headers | ({"authorization": f"Bearer {secret}"} if secret else {})

    async def sent():
        transport = httpx.ASGITransport(served.app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.send(got("/v1/models", **given))).status_code

    return asyncio.run(sent())


def replace_by_folder(path):
    path.unlink()
    path.mkdir()


BROKEN = {
    "moved away": lambda path: path.rename(path.with_name("other.json")),
    "a folder in its place": replace_by_folder,
    "readable by others": lambda path: path.chmod(0o644),
    "readable by the group": lambda path: path.chmod(0o640),
    "damaged": lambda path: path.write_text("{"),
    "a link to itself": lambda path: (path.unlink(), path.symlink_to(path)),
    "its folder is a file": lambda path: (path.unlink(), path.parent.rmdir(), path.parent.write_text("")),
}


@pytest.mark.parametrize("how", BROKEN)
def test_file_of_tokens_is_lost(served, tmp_path, how):
    """While the file cannot be used, tokens read before hold and all others are 401, from this machine too."""
    path = tmp_path / "tokens" / "tokens.json"
    path.parent.mkdir()
    served.app.authenticator.tokens = tokens = Tokens(path)
    secret = tokens.add("a", ("read",))
    assert (200, 401) == (ask(served, secret), ask(served))
    BROKEN[how](path)
    assert (200, 401, 401, 401) == (
        ask(served, secret), ask(served), ask(served, "dl_guess"), ask(served, peer="10.0.0.9", host="localhost"),
    )  # fmt: skip


@pytest.mark.parametrize("how", ["a folder in its place", "readable by others", "damaged"])
def test_broken_file_at_the_start(tmp_path, how):
    """The server does not start with a file of tokens that it cannot use."""
    path = tmp_path / "tokens.json"
    Tokens(path).add("a", ("read",))
    BROKEN[how](path)
    with pytest.raises(ConfigError):
        Tokens(path)


@pytest.mark.parametrize("peer", ["10.0.0.9", "192.168.1.2", "2001:db8::1", "::ffff:10.0.0.9", "localhost.example"])
def test_peer_decides(served, peer):
    """Without tokens only this machine's own addresses are let in, whatever the header Host says."""
    assert 401 == ask(served, peer=peer, host="localhost")
    assert [200, 200, 200] == [ask(served, peer=own) for own in ("127.0.0.1", "127.1.2.3", "::1")]


def test_tokens_are_required_where_others_reach(served, tmp_path):
    """A server that others can reach asks for a token even from this machine and without a file."""
    served.app.authenticator.tokens = Tokens(tmp_path / "none.json", required=True)
    assert 401 == ask(served)


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Via"])
def test_forwarded_requests_need_a_token(served, tmp_path, name):
    """A request that a proxy on this machine passed on comes from anywhere: without a token it is 401."""
    assert 401 == ask(served, **{name: "127.0.0.1"})
    secret = Tokens(tmp_path / "tokens.json").add("a", ("read",))
    assert 200 == ask(served, secret, **{name: "10.0.0.9"})


def test_parallel_adding_loses_none(tmp_path):
    """Tokens that are added at the same time are all there, and no lock stays."""
    path = tmp_path / "tokens.json"
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda at: Tokens(path).add(f"t{at}", ("read",)), range(40)))
    tokens = Tokens(path)
    assert {f"t{at}" for at in range(40)} == {tokens.find(secret).name for secret in secrets}
    assert [path] == list(tmp_path.iterdir())

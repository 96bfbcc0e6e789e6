"""Each rule of the OpenAPI document, for headers, paths, methods and bodies, is what the server enforces."""

import gzip
import json
import re

import httpx
import pytest

from driftline import registry
from driftline.data.ipc import to_stream
from driftline.data.payload import ARROW, JSON, LINES
from driftline.server.http.headers import CONTENT_ENCODING, IDEMPOTENCY_KEY
from harness.kill_client import rows

from ..conftest import got

FRAME = rows(1).drop("y")
TEXT = json.dumps(FRAME.to_dicts()).encode()
PATH = "/v1/models/model/predictions"
KINDED = ("Content-Type", JSON)
PACKED = gzip.compress(TEXT)

# What is sent, and the status. Headers are pairs, so that one can be sent twice; they replace Content-Type: JSON.
RULES = {
    "type: JSON": (TEXT, [KINDED], 200),
    "type: lines": (FRAME.write_ndjson().encode(), [("Content-Type", LINES)], 200),
    "type: Arrow": (to_stream(FRAME), [("Content-Type", ARROW)], 200),
    "type: name in capitals": (TEXT, [("CONTENT-TYPE", JSON)], 200),
    "type: value in capitals": (TEXT, [("Content-Type", JSON.upper())], 200),
    "type: blanks around it": (TEXT, [("Content-Type", f" {JSON} ")], 200),
    "type: UTF-8": (TEXT, [("Content-Type", f"{JSON}; charset=UTF-8")], 200),
    "type: UTF-8 in quotes": (TEXT, [("Content-Type", f'{JSON};charset="utf-8"')], 200),
    "type: Latin-1": (TEXT, [("Content-Type", f"{JSON}; charset=latin-1")], 415),
    "type: empty charset": (TEXT, [("Content-Type", f"{JSON}; charset=")], 415),
    "type: missing": (TEXT, [], 415),
    "type: empty": (TEXT, [("Content-Type", "")], 415),
    "type: another": (TEXT, [("Content-Type", "text/csv")], 415),
    "type: two in one": (TEXT, [("Content-Type", f"{JSON}, {LINES}")], 415),
    "type: twice": (TEXT, [KINDED, KINDED], 400),
    "type: two": (TEXT, [KINDED, ("content-type", LINES)], 400),
    "encoding: gzip": (PACKED, [KINDED, ("Content-Encoding", "gzip")], 200),
    "encoding: identity": (TEXT, [KINDED, ("Content-Encoding", "identity")], 200),
    "encoding: name in capitals": (PACKED, [KINDED, ("CONTENT-ENCODING", "gzip")], 200),
    "encoding: value in capitals": (PACKED, [KINDED, ("Content-Encoding", "GZip")], 200),
    "encoding: empty": (TEXT, [KINDED, ("Content-Encoding", "")], 415),
    "encoding: blank": (TEXT, [KINDED, ("Content-Encoding", "  ")], 415),
    "encoding: unknown": (TEXT, [KINDED, ("Content-Encoding", "br")], 415),
    "encoding: a list": (PACKED, [KINDED, ("Content-Encoding", "gzip, identity")], 415),
    "encoding: not ASCII": (TEXT, [KINDED, ("Content-Encoding", "gz\xefp")], 415),
    "encoding: twice": (PACKED, [KINDED, ("Content-Encoding", "gzip"), ("content-encoding", "gzip")], 400),
    "encoding: not true": (TEXT, [KINDED, ("Content-Encoding", "gzip")], 422),
    "key: one": (TEXT, [KINDED, ("Idempotency-Key", "a b~")], 200),
    "key: one character": (TEXT, [KINDED, ("Idempotency-Key", "a")], 200),
    "key: 200 characters": (TEXT, [KINDED, ("Idempotency-Key", "a" * 200)], 200),
    "key: 201 characters": (TEXT, [KINDED, ("Idempotency-Key", "a" * 201)], 422),
    "key: empty": (TEXT, [KINDED, ("Idempotency-Key", "")], 422),
    "key: blank": (TEXT, [KINDED, ("Idempotency-Key", " ")], 422),
    "key: tab": (TEXT, [KINDED, ("Idempotency-Key", "a\tb")], 422),
    "key: control character": (TEXT, [KINDED, ("Idempotency-Key", "a\x7f")], 422),
    "key: not ASCII": (TEXT, [KINDED, ("Idempotency-Key", "\xe9")], 422),
    "key: twice": (TEXT, [KINDED, ("Idempotency-Key", "a"), ("idempotency-key", "a")], 400),
    "token: empty": (TEXT, [KINDED, ("Authorization", "")], 200),
    "token: twice": (TEXT, [KINDED, ("Authorization", "Bearer a"), ("Authorization", "Bearer b")], 400),
    "host: another": (TEXT, [KINDED, ("Host", "evil.example")], 403),
    "host: twice": (TEXT, [KINDED, ("Host", "localhost"), ("Host", "localhost")], 400),
    "body: empty JSON": (b"", [KINDED], 422),
    "body: empty lines": (b"", [("Content-Type", LINES)], 422),
    "body: empty Arrow": (b"", [("Content-Type", ARROW)], 422),
    "body: no rows": (b"[]", [KINDED], 200),
    "body: an object": (b"{}", [KINDED], 422),
    "body: null": (b"null", [KINDED], 422),
    "body: rows that are no objects": (b"[null]", [KINDED], 422),
    "body: an object and an array": (b'[{"id": 1}, []]', [KINDED], 422),
    "body: 1,000 rows": (b"[" + b",".join([b"{}"] * 1000) + b"]", [KINDED], 200),
    "body: 1,001 rows": (b"[" + b",".join([b"{}"] * 1001) + b"]", [KINDED], 413),
    "body: JSON sent as lines": (TEXT, [("Content-Type", LINES)], 422),
    "body: 100,001 bytes": (b" " * 100_001, [KINDED], 413),
}  # fmt: skip


def request(body, headers):
    """A request whose headers are exactly these, and a host."""
    host = [] if any(name == "Host" for name, _ in headers) else [("Host", "localhost")]
    return httpx.Request("POST", f"http://localhost{PATH}", content=body, headers=[*host, *encoded(headers)])


def encoded(headers):
    return [(name.encode(), value.encode("latin-1")) for name, value in headers]


@pytest.mark.parametrize("rule", RULES)
def test_rule(served, rule):
    """A request that keeps to the rule is answered 200, one that breaks it with a status that the document has."""
    body, headers, status = RULES[rule]
    response = served.ask(request(body, headers))[0]
    assert status == response.status_code, response.text
    document = served.ask(got("/openapi.json"))[0].json()
    assert str(status) in document["paths"]["/v1/models/{model}/predictions"]["post"]["responses"]


@pytest.mark.parametrize("rule", [IDEMPOTENCY_KEY, CONTENT_ENCODING], ids=lambda rule: rule.name)
def test_document_has_the_rule(served, rule):
    """The pattern that the document has for a header is the one that the server matches values with."""
    document = served.ask(got("/openapi.json"))[0].json()
    parameters = document["paths"]["/v1/models/{model}/predictions"]["post"]["parameters"]
    (schema,) = [parameter["schema"] for parameter in parameters if parameter["name"] == rule.name]
    assert f"^{rule.pattern}$" == schema["pattern"]
    assert not [word for word in ("", " ", "\t", "é", "a\nb") if re.search(schema["pattern"], word)]


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("name", registry.names("pages"))
def test_pages_take_one_method(served, name, method):
    """A page is answered for its own method, GET of most, for another one with 405 and the one it has."""
    operation = registry.find("pages", name).operation
    own, path = operation.method.upper(), operation.path.format(model="model")
    response = served.ask(httpx.Request("GET" if method == own else method, f"http://localhost{path}"))[0]
    assert (405, own) == (response.status_code, response.headers["allow"])
    assert method == "HEAD" or {"error": f"expected {own}"} == response.json()


@pytest.mark.parametrize("path", ["/", "/healthz/", "/v1/models/", "/metrics/x", "//healthz", "/v1/models/model"])
def test_paths_are_exact(served, path):
    """A path that is not quite a page's is no page: nothing is guessed or redirected."""
    response = served.ask(httpx.Request("GET", httpx.URL("http://localhost").copy_with(raw_path=path.encode())))[0]
    assert (404, "nothing is here; see /openapi.json") == (response.status_code, response.json()["error"])


def test_every_route_is_in_the_document(served):
    """The document has each page, with its name, and both kinds of batches."""
    paths = served.ask(got("/openapi.json"))[0].json()["paths"]
    pages = {(page.operation.path, page.operation.method): name for name, page in registry.every("pages").items()}
    batches = {(f"/v1/models/{{model}}/{kind}", "post"): kind for kind in ("predictions", "labels")}
    assert pages | batches == {
        (path, method): operation["operationId"] for path, there in paths.items() for method, operation in there.items()
    }
    assert all(there[method]["summary"] for there in paths.values() for method in there)

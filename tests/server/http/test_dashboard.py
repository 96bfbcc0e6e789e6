"""The dashboard over HTTP: headers, errors as pages, an incident's life by form and by JSON, signing in, access."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest

from driftline import registry
from driftline.dashboard import pages
from driftline.errors import StoreError
from driftline.server.http.dashboard import Dashboard
from driftline.server.http.openapi import document
from driftline.server.http.sessions import COOKIE, Sessions
from driftline.server.http.tokens import Tokens
from driftline.types import Action, IncidentState
from harness.dashboards import browse, fill, result, verdict


@pytest.fixture
def browser(tmp_path):
    """A browser of a store with a model in trouble."""
    with browse(tmp_path) as browser:
        fill(browser.store)
        yield browser


INCIDENT = "/incident?id=incident%20of%20taxi"
PAGES = ["/", "/model?model=taxi", "/column?model=taxi&column=fare", "/incidents", "/incidents?state=all", INCIDENT]


@pytest.mark.parametrize("path", [*PAGES, "/nothing?here", "/model?model=bus", "/model", "/model?model=taxi&windows=x"])
def test_pages_are_safe(browser, path):
    """Every page, that of an error too, loads its style and the one script, is in no frame, and is kept by nobody."""
    response = browser.get(path)
    assert pages.POLICY == response.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self'" in pages.POLICY
    assert ("nosniff", "no-store") == (response.headers["x-content-type-options"], response.headers["cache-control"])
    text = re.sub(
        r'<script src="/live\.js\?\w+" data-changes="/v1/changes[\w?=&;%+.-]*" defer></script>', "", response.text
    )
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text)
    assert '<html lang="en">' in response.text
    assert ("Traceback" in response.text, response.status_code < 500) == (False, True)


def test_errors_are_pages(browser):
    """What is not there is 404, what cannot be asked so is 422, another method 405; JSON where that was asked for."""
    found = {
        path: browser.get(path).status_code
        for path in ("/model?model=bus", "/model", "/report?run=x", "/v1/model?model=bus")
    }
    assert [404, 422, 404, 404] == list(found.values())
    assert {"error": "no window of a model that is called 'bus'"} == browser.get("/v1/model?model=bus").json()
    assert (405, "POST") == ((refused := browser.get("/signout")).status_code, refused.headers["allow"])


def test_store_that_fails(browser, monkeypatch):
    """A store that cannot be read any more is a page that says so, and what to do."""

    def fail(*_, **__):
        raise StoreError("driftline.db: damaged (malformed); restore it from a backup")

    monkeypatch.setattr(type(browser.store), "latest_runs", fail)
    response = browser.get("/")
    assert (503, True, "5") == (
        response.status_code,
        "restore it from a backup" in response.text,
        response.headers["retry-after"],
    )


def test_style(browser):
    """The style is at an address that changes with it, and may be kept."""
    address = re.search(r'href="(/style.css\?\w+)"', browser.get("/").text)[1]
    response = browser.get(address)
    assert ("text/css; charset=utf-8", True) == (
        response.headers["content-type"],
        "immutable" in response.headers["cache-control"],
    )


@pytest.mark.parametrize("view", registry.names("views"))
def test_json_is_as_documented(browser, view):
    """The JSON of a view fits the schema that the OpenAPI document has of it."""
    found = document(browser.dashboard.operations())
    api = registry.find("views", view).api
    arguments = {"model": "taxi", "column": "fare", "id": "incident of taxi"}
    needed = {name: arguments[name] for name in registry.find("views", view).required}
    schema = found["paths"][api]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = json.loads(json.dumps(schema | {"components": found["components"]}))
    jsonschema.Draft202012Validator(whole).validate(browser.get(pages.address(api, **needed)).json())
    assert set(needed) == {each["name"] for each in found["paths"][api]["get"]["parameters"] if each["required"]}


def test_report_of_a_window(browser):
    """The report of a stored run is the report of its result, with a note where its charts are not kept."""
    run = browser.store.windows("taxi")[0]
    response = browser.get(f"/report?run={run.run_id}")
    assert ("script" in response.text, run.headline.split(" (")[0] in response.text) == (False, True)
    assert "no profile of these rows" in response.text
    assert run.headline == browser.get(f"/v1/report?run={run.run_id}").json()["headline"]


def test_whole_life_by_form(browser):
    """Acknowledge, note, mute, false alarm and reopen: each is seen on the page afterwards, with who and why."""
    proof = browser.proof(INCIDENT)
    steps = [("acknowledge", {}), ("note", {"note": "<i>looked</i>"}), ("mute", {"until": "2999-01-01T00:00"}),
             ("false_alarm", {"note": "holiday"}), ("reopen", {}), ("resolve", {})]  # fmt: skip
    for action, more in steps:
        response = browser.post(INCIDENT, {"proof": proof, "action": action, "by": "Ann", **more})
        assert (303, "/incident?id=incident+of+taxi") == (response.status_code, response.headers["location"])
    found = browser.store.incident("incident of taxi")
    assert [action for action, _ in steps] == [done.action.value for done in found.actions]
    assert (IncidentState.RESOLVED, "Ann") == (found.state, found.owner)
    text = browser.get(INCIDENT).text
    assert ("&lt;i&gt;looked&lt;/i&gt;" in text, "holiday" in text, "2999" in text) == (True, True, True)
    refused = browser.post(INCIDENT, {"proof": proof, "action": "acknowledge", "by": "Ann"})
    assert (409, True) == (refused.status_code, "That cannot be done now" in refused.text)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"action": "acknowledge", "by": ""}, 409, "say who"),
        ({"action": "burn", "by": "Ann"}, 422, "expected one of"),
        ({"action": "mute", "by": "Ann"}, 409, "until when"),
        ({"action": "mute", "by": "A", "until": "soon"}, 422, "until=soon"),
        ({"action": "note", "by": "Ann", "note": "x" * 70_000}, 413, "65,536 bytes"),
    ],
)  # fmt: skip
def test_actions_that_cannot_be(browser, fields, status, said):
    """An action without a person, unknown, or without what it needs is refused in words, and changes nothing."""
    response = browser.post(INCIDENT, {"proof": browser.proof(INCIDENT), **fields})
    assert (status, True) == (response.status_code, said in response.text), response.text
    assert () == browser.store.incident("incident of taxi").actions


def test_forms_of_other_sites(browser):
    """A form without the page's proof, or that another site sent, is refused; so is JSON in a form's clothes."""
    fields = {"action": "acknowledge", "by": "Eve"}
    proof = browser.proof(INCIDENT)
    answers = [
        browser.post(INCIDENT, fields), browser.post(INCIDENT, fields | {"proof": Sessions().proof("")}),
        browser.post(INCIDENT, fields | {"proof": proof}, sec_fetch_site="cross-site"),
        browser.post(INCIDENT, fields | {"proof": proof}, origin="https://evil.example"),
        browser.post("/v1" + INCIDENT, fields), browser.post_json("/v1" + INCIDENT, fields, origin="null"),
    ]  # fmt: skip
    assert [403, 403, 403, 403, 415, 403] == [answer.status_code for answer in answers]
    assert () == browser.store.incident("incident of taxi").actions
    assert (
        303
        == browser.post(
            INCIDENT, fields | {"proof": proof}, origin="http://localhost", sec_fetch_site="same-origin"
        ).status_code
    )


def test_action_by_json(browser):
    """The API does the same, and gives the incident as it is then; nonsense is refused."""
    response = browser.post_json("/v1" + INCIDENT, {"action": "acknowledge", "by": "Bob", "note": "mine"})
    assert ("acknowledged", "Bob") == (response.json()["incident"]["state"], response.json()["incident"]["owner"])
    assert "acknowledge" in response.json()["actions"]
    assert [422, 422, 404] == [
        browser.post_json(path, value).status_code
        for path, value in (
            ("/v1" + INCIDENT, [1]),
            ("/v1" + INCIDENT, {"action": 1}),
            ("/v1/incident?id=x", {"action": "note"}),
        )
    ]


@pytest.fixture
def guarded(tmp_path):
    """A browser of a server with tokens, and their secrets."""
    tokens = Tokens(tmp_path / "tokens.json")
    secrets = {
        "ann": tokens.add("ann", ("read", "write")), "eve": tokens.add("eve", ("read",)),
        "bus": tokens.add("bus", ("read", "admin"), ("bus",)), "shop": tokens.add("shop", ("write",)),
    }  # fmt: skip
    with browse(tmp_path) as browser:
        fill(browser.store)
        browser.store.save_run(result("bus", 0, [verdict("fare")]), {})
        yield browser, secrets


def sign_in(browser, secret):
    return browser.post("/signin", {"token": f" {secret} ", "next": "/incidents"})


def test_signing_in(guarded):
    """Without a token one is asked for it, and comes back to where one was; actions bear the token's name."""
    browser, secrets = guarded
    sent = browser.get(INCIDENT)
    assert (303, "/signin?next=%2Fincident%3Fid%3Dincident%2520of%2520taxi") == (
        sent.status_code,
        sent.headers["location"],
    )
    assert (401, 401) == (browser.get("/v1/fleet").status_code, sign_in(browser, "dl_wrong").status_code)
    assert "/incident?id=incident%20of%20taxi" in browser.get(sent.headers["location"]).text
    answer = sign_in(browser, secrets["ann"])
    assert (303, "/incidents") == (answer.status_code, answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert secrets["ann"] not in cookie
    assert "ann" in browser.get("/").text
    browser.post(INCIDENT, {"proof": browser.proof(INCIDENT), "action": "acknowledge", "by": "somebody else"})
    assert "ann" == browser.store.incident("incident of taxi").owner
    assert 403 == browser.post(INCIDENT, {"proof": browser.proof(INCIDENT), "action": "accept"}).status_code
    assert 303 == browser.post("/signout", {"proof": browser.proof("/")}).status_code
    assert 303 == browser.get("/").status_code


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_led_elsewhere(guarded, next_):
    """After signing in one is at a page of this server, whatever the address said."""
    browser, secrets = guarded
    assert "/" == browser.post("/signin", {"token": secrets["ann"], "next": next_}).headers["location"]


def test_what_a_token_may_do(guarded):
    """One that may read cannot act; one of a model sees that alone; one that may only write sees nothing."""
    browser, secrets = guarded
    sign_in(browser, secrets["eve"])
    assert "may read only" in browser.get(INCIDENT).text
    assert (
        403
        == browser.post(
            INCIDENT, {"proof": browser.dashboard.sessions.proof(browser.cookies[COOKIE]), "action": "note"}
        ).status_code
    )
    sign_in(browser, secrets["bus"])
    assert ["bus"] == [each["model"] for each in browser.get("/v1/fleet").json()["models"]]
    assert [] == browser.get("/v1/incidents?state=all").json()["incidents"]
    run = browser.store.windows("taxi")[0].run_id
    paths = [
        "/model?model=taxi",
        "/column?model=taxi&column=fare",
        "/incidents?model=taxi",
        f"/report?run={run}",
        INCIDENT,
    ]
    assert [403, 403, 403, 403, 404] == [browser.get(path).status_code for path in paths]
    assert 403 == browser.post_json("/v1" + INCIDENT, {"action": "note", "note": "x"}).status_code
    sign_in(browser, secrets["shop"])
    assert 403 == browser.get("/").status_code


def test_removed_token_ends_its_session(guarded, tmp_path):
    """Who signed in with a token that is removed is out at once; a bearer's token needs no session."""
    browser, secrets = guarded
    sign_in(browser, secrets["eve"])
    assert 200 == browser.get("/").status_code
    Tokens(tmp_path / "tokens.json").remove("eve")
    assert 303 == browser.get("/").status_code
    assert 200 == browser.get("/v1/fleet", authorization=f"Bearer {secrets['ann']}").status_code


def test_actions_of_everybody_are_known(browser):
    """Each action that a store knows has its button, and a sentence on what it does."""
    assert set(Action) == set(pages.SAYS) == set(pages.EXPLAINS)
    assert isinstance(replace(browser.dashboard), Dashboard)

"""The dashboard over HTTP: each view as a page and as JSON, reports of windows, actions on incidents, signing in."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route, Router

from driftline import registry
from driftline.dashboard import pages
from driftline.dashboard.views.base import Query, View, Viewer
from driftline.data.payload import JSON
from driftline.errors import DriftlineError, InputError
from driftline.server.http.access import Authenticator
from driftline.server.http.changes import Changes, EventStream
from driftline.server.http.forms import parse_until, read_form, read_json, require_same_site
from driftline.server.http.openapi import Operation, document, object_schema
from driftline.server.http.responses import Header, HTTPError, JsonResponse, Response, Scope, http_error
from driftline.server.http.sessions import COOKIE, LIFE, Sessions
from driftline.server.judge_again import judge_again
from driftline.stores.base import Store
from driftline.stores.results import load_result
from driftline.types import Action

_HTML, _FORM = "text/html", "application/x-www-form-urlencoded"
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
_SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
)  # fmt: skip
_PRIVATE: Header = (b"cache-control", b"no-store")
_FOREVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_TITLES = {
    400: "This cannot be answered", 401: "Sign in first", 403: "Not allowed", 404: "Nothing is here",
    409: "That cannot be done now", 422: "This cannot be answered", 429: "Too many requests",
    503: "The store cannot be read",
}  # fmt: skip
_log = logging.getLogger(__name__)

Answer = Callable[[Request, Viewer, str], Awaitable[Response | EventStream]]


@dataclass(frozen=True)
class Dashboard:
    """Answers the pages of `dashboard/views`, the same as JSON, and what people do to incidents; an ASGI application.

    Args:
        store: what is shown; the dashboard has its own connection, so that no page waits for who writes.
        authenticator: decides who may ask.
    """

    store: Store
    authenticator: Authenticator
    sessions: Sessions = field(default_factory=Sessions)

    @cached_property
    def changes(self) -> Changes:
        """What tells open pages that they have changed; closed before the server stops."""
        return Changes(self.store)

    @cached_property
    def router(self) -> Router:
        """The table of paths."""
        routes = [self._route(path, method, answer) for path, method, answer in self._table()]
        open_ = [
            Route(pages.STYLE, self._style, methods=["GET"]),
            Route(pages.SCRIPT, self._script, methods=["GET"]),
            Route("/openapi.json", self._document, methods=["GET"]),
        ]
        return Router([*routes, *open_], redirect_slashes=False)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths that it answers."""
        return frozenset({path for path, _, _ in self._table()} | {pages.STYLE, pages.SCRIPT})

    def operations(self) -> tuple[Operation, ...]:
        """Its paths in the OpenAPI document."""
        return (*(each for view in _views() for each in _describe(view)), *_OPERATIONS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as ASGI defines it."""
        if scope["type"] != "http":
            return
        try:
            await self.router({**scope, "app": self}, receive, send)
        except (HTTPError, HTTPException, DriftlineError) as error:
            await self._refuse(error, scope)(scope, receive, send)
        except asyncio.CancelledError:  # the server stops, and has waited long enough for what is under way
            await self._refuse(HTTPError(503, "the server is stopping; try again"), scope)(scope, receive, send)

    def _table(self) -> list[tuple[str, str, Answer]]:
        table: list[tuple[str, str, Answer]] = []
        for view in _views():
            if view.path is not None:
                table.append((view.path, "GET", self._page(view)))
            table.append((view.api, "GET", self._data(view)))
        return [
            *table, (pages.CHANGES, "GET", self._tell_changes), ("/report", "GET", self._report),
            ("/v1/report", "GET", self._report_data),
            ("/judge", "POST", self._judge_by_form), ("/v1/judge", "POST", self._judge_by_json),
            ("/incident", "POST", self._act_by_form), ("/v1/incident", "POST", self._act_by_json),
            ("/signin", "GET", self._ask), ("/signin", "POST", self._sign_in), ("/signout", "POST", self._sign_out),
        ]  # fmt: skip

    def _route(self, path: str, method: str, answer: Answer) -> Route:
        async def respond(request: Request) -> Response | EventStream:
            session = request.cookies.get(COOKIE, "")
            viewer = Viewer() if path == "/signin" else self._identify(request, session)
            if "model" in request.query_params and not viewer.may("read", request.query_params["model"]):
                raise HTTPError(403, "this token may not read that model")
            return await answer(request, viewer, session)

        route = Route(path, respond, methods=[method])
        route.methods = {method}  # Starlette adds HEAD
        return route

    def _identify(self, request: Request, session: str) -> Viewer:
        """Who asks: by a token in the header, or by a session."""
        token = self.authenticator.identify(request.scope, self.sessions.find(session))
        if token is None:
            return Viewer()
        if not {"read", "admin"} & set(token.scopes):
            raise HTTPError(403, "this token may not read; make one: driftline token add NAME --scope read")
        return Viewer(name=token.name, may=token.allows)

    def _page(self, view: View) -> Answer:
        async def answer(request: Request, viewer: Viewer, session: str) -> Response:
            def make() -> str:
                data = view.read(self._query(request, viewer))
                return pages.render(view, data, self._frame(viewer, session, data))

            return _html(200, await asyncio.to_thread(make))

        return answer

    def _data(self, view: View) -> Answer:
        async def answer(request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG001 - an answer's signature
            return await asyncio.to_thread(self._dump, view, request, viewer)

        return answer

    def _dump(self, view: View, request: Request, viewer: Viewer) -> Response:
        body = view.record.dump_json(view.read(self._query(request, viewer)))
        return Response(200, body, JSON, *_SAFE, _PRIVATE)

    async def _report(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002 - an answer's signature
        body = await asyncio.to_thread(self._render_report, request, viewer, "html")
        return Response(200, body, f"{_HTML}; charset=utf-8", *_SAFE, _PRIVATE, _policy(_REPORT_POLICY))

    async def _report_data(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        body = await asyncio.to_thread(self._render_report, request, viewer, "json")
        return Response(200, body, JSON, *_SAFE, _PRIVATE)

    def _render_report(self, request: Request, viewer: Viewer, form: str) -> bytes:
        result = load_result(self.store, self._query(request, viewer).require("run"))
        if not viewer.may("read", result.model):
            raise HTTPError(403, "this token may not read that model")
        return result.render(form).encode("utf-8", "replace")

    async def _act_by_form(self, request: Request, viewer: Viewer, session: str) -> Response:
        fields = await read_form(request)
        self._require_own_page(request, session, fields)
        id_ = self._query(request, viewer).require("id")
        await asyncio.to_thread(self._act, viewer, id_, fields)
        return _redirect(pages.address("/incident", id=id_))

    async def _act_by_json(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        require_same_site(request)
        fields = await read_json(request, ("action", "by", "note", "until"))
        id_ = self._query(request, viewer).require("id")
        await asyncio.to_thread(self._act, viewer, id_, fields)
        return await asyncio.to_thread(self._dump, registry.find("views", "incident"), request, viewer)

    def _act(self, viewer: Viewer, id_: str, fields: Mapping[str, str]) -> None:
        """Do what a person wants with an incident."""
        known = self.store.incident(id_)
        try:
            action = Action(fields.get("action", ""))
        except ValueError as error:
            raise InputError(f"action: expected one of {', '.join(Action)}") from error
        scope = "admin" if action is Action.ACCEPT else "write"
        if not viewer.may("read", known.model) or not viewer.may(scope, known.model):
            raise HTTPError(403, f"this token may not {scope} {known.model}; see: driftline token list")
        person = viewer.name or fields.get("by", "").strip()
        self.store.act_on_incident(id_, action, person, fields.get("note", "").strip(), parse_until(fields, action))

    async def _judge_by_form(self, request: Request, viewer: Viewer, session: str) -> Response:
        self._require_own_page(request, session, await read_form(request))
        run_id = await asyncio.to_thread(self._judge, self._query(request, viewer))
        return _redirect(pages.address("/report", run=run_id))

    async def _judge_by_json(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        require_same_site(request)
        await read_json(request, ())
        run_id = await asyncio.to_thread(self._judge, self._query(request, viewer))
        return Response(200, json.dumps({"run": run_id}).encode(), JSON, *_SAFE, _PRIVATE)

    def _judge(self, query: Query) -> str:
        """Judge a window again for a person."""
        model = query.require("model")
        if not query.viewer.may("read", model) or not query.viewer.may("write", model):
            raise HTTPError(403, f"this token may not write {model}; see: driftline token list")
        return judge_again(self.store, model, query.require("window"), query.viewer.name)

    async def _ask(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        frame = pages.Frame()
        return _html(200, pages.render_sign_in(frame, _local(request.query_params.get("next", "/"))))

    async def _sign_in(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        require_same_site(request)
        fields = await read_form(request)
        next_ = _local(fields.get("next", "/"))
        token = self.authenticator.tokens.find(fields.get("token", "").strip())
        if token is None:
            frame = pages.Frame(message="No known token; driftline token list shows which there are.")
            return _html(401, pages.render_sign_in(frame, next_))
        cookie = f"{COOKIE}={self.sessions.start(token.hash)}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LIFE:.0f}"
        secure = "; Secure" if "https" in {request.url.scheme, request.headers.get("x-forwarded-proto")} else ""
        return _redirect(next_, (b"set-cookie", f"{cookie}{secure}".encode()))

    async def _sign_out(self, request: Request, viewer: Viewer, session: str) -> Response:  # noqa: ARG002
        self._require_own_page(request, session, await read_form(request))
        self.sessions.end(session)
        return _redirect("/signin", (b"set-cookie", f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0".encode()))

    async def _document(self, request: Request) -> Response:  # noqa: ARG002
        return JsonResponse(200, document(self.operations()), *_SAFE)

    async def _tell_changes(self, request: Request, viewer: Viewer, session: str) -> EventStream:  # noqa: ARG002
        model = request.query_params.get("model")
        return EventStream(
            self.changes, lambda name: model in {None, name} and viewer.may("read", name), *_SAFE, _PRIVATE
        )

    async def _script(self, request: Request) -> Response:  # noqa: ARG002
        return Response(200, pages.script().encode(), "text/javascript; charset=utf-8", *_SAFE, _FOREVER)

    async def _style(self, request: Request) -> Response:  # noqa: ARG002
        return Response(200, pages.style().encode(), "text/css; charset=utf-8", *_SAFE, _FOREVER)

    def _query(self, request: Request, viewer: Viewer) -> Query:
        return Query(store=self.store, arguments=dict(request.query_params), viewer=viewer, now=datetime.now(UTC))

    def _frame(self, viewer: Viewer, session: str, data: Any) -> pages.Frame:
        model = getattr(getattr(data, "incident", data), "model", None)
        return pages.Frame(
            viewer=viewer.name, proof=self.sessions.proof(session), writes=viewer.may("write", model),
            administers=viewer.may("admin", model),
        )  # fmt: skip

    def _require_own_page(self, request: Request, session: str, fields: Mapping[str, str]) -> None:
        """Refuse a form that does not come from a page of this server."""
        require_same_site(request)
        if not self.sessions.proves(session, fields.get("proof", "")):
            raise HTTPError(
                403, "the form is not from a page of this server, or older than its last start; load the page again"
            )

    def _refuse(self, error: HTTPError | HTTPException | DriftlineError, scope: Scope) -> Response:
        """The response of an error: a page, or JSON where that was asked for."""
        if isinstance(error, HTTPException):  # Starlette's: no such method
            allow = (error.headers or {}).get("Allow", "GET")
            error = HTTPError(error.status_code, f"expected {allow}", (b"allow", allow.encode()))
        refused = http_error(error) if isinstance(error, DriftlineError) else error
        response = refused.response
        facts = {"status": response.status, "method": scope["method"], "path": scope["path"][:200]}
        _log.log(logging.WARNING if response.status >= 500 else logging.INFO, "refused", extra={"facts": facts})
        if scope["path"].startswith("/v1/"):
            return response
        if response.status == 401 and scope["method"] == "GET" and self.authenticator.tokens.required:
            query = scope.get("query_string", b"").decode("latin-1")
            return _redirect(pages.address("/signin", next=f"{scope['path']}{'?' if query else ''}{query}"))
        title = _TITLES.get(response.status, "This cannot be answered")
        extra = [header for header in response.headers if header[0] in {b"allow", b"retry-after", b"www-authenticate"}]
        return _html(response.status, pages.render_message(title, str(refused), pages.Frame()), *extra)


def _views() -> list[View]:
    return list(registry.every("views").values())


def _html(status: int, page: str, *headers: Header) -> Response:
    body = page.encode("utf-8", "replace")
    return Response(status, body, f"{_HTML}; charset=utf-8", *_SAFE, _PRIVATE, _policy(pages.POLICY), *headers)


def _policy(policy: str) -> Header:
    return (b"content-security-policy", policy.encode())


def _redirect(where: str, *headers: Header) -> Response:
    return Response(
        303, b"", f"{_HTML}; charset=utf-8", *_SAFE, _PRIVATE, (b"location", where.encode("ascii", "replace")), *headers
    )


def _local(path: str) -> str:
    r"""A path of this server; the first page where it is anything else.

    >>> _local("/model?model=a"), _local("//elsewhere"), _local("https://elsewhere"), _local("/\\elsewhere")
    ('/model?model=a', '/', '/', '/')
    """
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if fine else "/"


_STRING = {"type": "string"}
_PAGE = {_HTML: _STRING}
_RUN: tuple[Mapping[str, Any], ...] = (
    {"name": "run", "in": "query", "required": True, "schema": _STRING, "description": "Id of the run."},
)
_ID: tuple[Mapping[str, Any], ...] = (
    {"name": "id", "in": "query", "required": True, "schema": _STRING, "description": "The incident's id."},
)
_WINDOW: tuple[Mapping[str, Any], ...] = (
    {"name": "model", "in": "query", "required": True, "schema": _STRING, "description": "Name of the model."},
    {"name": "window", "in": "query", "required": True, "schema": _STRING,
     "description": "The window as its runs name it: start/end, ISO 8601."},
)  # fmt: skip
_OF_MODEL: tuple[Mapping[str, Any], ...] = (
    {"name": "model", "in": "query", "required": False, "schema": _STRING, "description": "Only of this model."},
)
_ACT = object_schema(action={"enum": [action.value for action in Action]}) | {
    "properties": {
        "action": {"enum": [action.value for action in Action]},
        "by": _STRING | {"description": "Who does it; where a token was sent its name is taken."},
        "note": _STRING | {"description": "Why."},
        "until": _STRING | {"description": "When a mute ends, ISO 8601; without a zone it is UTC."},
    }
}


def _describe(view: View) -> list[Operation]:
    """A view's page and its JSON in the OpenAPI document."""
    parameters = tuple(
        {"name": name, "in": "query", "required": name in view.required, "schema": _STRING, "description": said}
        for name, said in view.parameters.items()
    )  # fmt: skip
    schema = view.record.json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas = schema.pop("$defs", {})
    data = Operation(
        name=view.name, path=view.api, method="get", summary=view.summary, content={JSON: schema}, schemas=schemas,
        parameters=parameters, refusals=(404, 422, 503),
    )  # fmt: skip
    page = replace(data, name=f"{view.name}_page", path=view.path or "", content=_PAGE, schemas={})
    return [data] if view.path is None else [data, page]


_OPERATIONS = (
    Operation(name="report_page", path="/report", method="get", content=_PAGE, parameters=_RUN,
              summary="The HTML report of a window that was judged.", refusals=(404, 422, 503)),
    Operation(name="report", path="/v1/report", method="get", content={JSON: {"type": "object"}}, parameters=_RUN,
              summary="The JSON report of a window that was judged.", refusals=(404, 422, 503)),
    Operation(name="act", path="/v1/incident", method="post", content={JSON: {"type": "object"}}, parameters=_ID,
              summary="Do something to an incident: acknowledge, note, mute, accept, resolve, false alarm, reopen.",
              refusals=(404, 408, 409, 413, 415, 422, 503),
              body={"required": True, "content": {JSON: {"schema": _ACT}}}),
    Operation(name="act_page", path="/incident", method="post", content=_PAGE, parameters=_ID,
              summary="The same by the form of the incident's page.", refusals=(404, 408, 409, 413, 422, 503),
              body={"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}),
    Operation(name="judge", path="/v1/judge", method="post", content={JSON: object_schema(run=_STRING)},
              summary="Judge a window of the store again, now; gives the id of the new run.", parameters=_WINDOW,
              refusals=(404, 408, 409, 413, 415, 422, 429, 503),
              body={"required": True, "content": {JSON: {"schema": {"type": "object", "maxProperties": 0}}}}),
    Operation(name="judge_page", path="/judge", method="post", content=_PAGE, parameters=_WINDOW,
              summary="The same by the form of the model's page.", refusals=(404, 408, 409, 413, 422, 429, 503),
              body={"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}),
    Operation(name="sign_in_page", path="/signin", method="get", content=_PAGE, needs_token=False,
              summary="The page that asks for a token.", refusals=(401,)),
    Operation(name="sign_in", path="/signin", method="post", content=_PAGE, needs_token=False,
              summary="Begin a session with a token.", refusals=(401, 403, 408, 413, 422),
              body={"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}),
    Operation(name="sign_out", path="/signout", method="post", content=_PAGE, summary="End the session.",
              refusals=(408, 413, 422), body={"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}),
    Operation(name="style", path=pages.STYLE, method="get", content={"text/css": _STRING}, needs_token=False,
              summary="The style of the pages."),
    Operation(name="script", path=pages.SCRIPT, method="get", content={"text/javascript": _STRING}, needs_token=False,
              summary="What shows a page anew when it has changed."),
    Operation(name="changes", path=pages.CHANGES, method="get", content={"text/event-stream": _STRING},
              parameters=_OF_MODEL, refusals=(503,),
              summary="Server-sent events: `version`, with a text that differs when what pages show of a model does."),
)  # fmt: skip

"""Makes the pages: a view's record in its template, within the layout that all share."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from driftline import humanize, registry
from driftline.dashboard import curves, plots, times
from driftline.dashboard.views.base import View
from driftline.dashboard.windows import WindowStatus, say_window
from driftline.errors import MissingExtraError
from driftline.report import phrases
from driftline.report.html import markup, ruler, sparkline, tables, verdicts
from driftline.types import Action, ChartData, Health, Level, Timeline, Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load: its style and the one script, and nothing else."""
STYLE, SCRIPT, CHANGES = "/style.css", "/live.js", "/v1/changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a view: who is signed in, the form's proof of origin, a message to show once.

    `writes` and `administers` say what the viewer may do to the model that the view is about.
    """

    viewer: str = ""
    proof: str = ""
    message: str = ""
    writes: bool = False
    administers: bool = False


def render(view: View, data: Any, frame: Frame) -> str:
    """The page of a view's record."""
    return _environment().get_template(view.name).render(data=data, frame=frame, path=view.path)


def render_message(title: str, message: str, frame: Frame) -> str:
    """A page that only says something: what is wrong, and what to do."""
    return _environment().get_template("message").render(title=title, message=message, frame=frame, path="")


def render_sign_in(frame: Frame, next_: str) -> str:
    """The page that asks for a token; `next_` is where to go then."""
    return _environment().get_template("sign_in").render(frame=frame, next=next_, path="")


@cache
def style() -> str:
    """The style of all pages: that of the report, and what the dashboard has beside it."""
    sheets = (files("driftline.report").joinpath("page.css"), files("driftline.dashboard").joinpath("dashboard.css"))
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


@cache
def script() -> str:
    """What shows a page anew when it has changed."""
    return files("driftline.dashboard").joinpath("live.js").read_text(encoding="utf-8")


def address(path: str, **arguments: str | int | None) -> str:
    """The address of a page; names of the data travel as arguments, never as parts of the path.

    >>> address("/column", model="taxi", column="a/../b&c", window=None)
    '/column?model=taxi&column=a%2F..%2Fb%26c'
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


@cache
def _environment() -> "Environment":
    try:
        from jinja2 import DictLoader, Environment, StrictUndefined  # noqa: PLC0415 - an extra
        from markupsafe import Markup  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("the dashboard", "server") from error
    package = files("driftline.dashboard").joinpath("templates")
    sheets = {name.removesuffix(".html"): package.joinpath(name).read_text("utf-8") for name in _SHARED}
    sheets |= {view.name: view.template for view in registry.every("views").values() if view.path is not None}

    def show(value: Any) -> Any:
        """Text of the data with its control characters made visible; the environment escapes it after that."""
        return phrases.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def html(function: Any) -> Any:
        return lambda *args, **options: Markup(function(*args, **options))  # noqa: S704 - escapes what it is given

    made = Environment(
        loader=DictLoader(sheets), autoescape=True, undefined=StrictUndefined, finalize=show, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {
        "address": address, "style": _tag(STYLE, style()), "script": _tag(SCRIPT, script()), "changes": CHANGES,
        "version": version("driftline"), "levels": tuple(reversed(Level)), "tiers": tuple(Health), "Action": Action,
        "words": phrases.SHORT, "beats": beats, "cells": cells, "quantity": humanize.quantity, "says": SAYS,
        "explains": EXPLAINS, "maturity": maturity, "levels_of": levels_of, "differing": differing,
        "unknowns": unknowns, "span_of": span_of,
    }  # fmt: skip
    made.globals |= {
        name: html(function)
        for name, function in {
            "badge": markup.badge, "code": markup.code, "icon": markup.icon, "strip": plots.strip, "span": plots.span,
            "marks": event_marks, "ends": ends, "lines": plots.lines, "axis": plots.axis, "ruler": ruler.ruler,
            "verdict_table": verdicts.verdict_table, "sparkline": sparkline.sparkline,
            "numbers_table": sparkline.numbers_table, "number_table": tables.number_table, "curve": curves.curve,
            "shares": plots.shares,
        }.items()
    }  # fmt: skip
    made.filters |= {
        "moment": humanize.moment, "interval": humanize.interval_of_time, "count": count,
        "capitalize": humanize.capitalize, "ago": times.ago, "clip": phrases.clip, "number": humanize.number,
        "change": phrases.change,
    }  # fmt: skip
    return made


def _tag(path: str, text: str) -> str:
    """The address of a file that never changes under it."""
    return f"{path}?{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def count(found: int | Sequence[Any], noun: str) -> str:
    """How many there are, with their noun.

    >>> count(("a", "b"), "incident"), count(1, "model")
    ('2 incidents', '1 model')
    """
    return humanize.count(found if isinstance(found, int) else len(found), noun)


def beats(windows: Sequence[WindowStatus], *, plain: bool = False) -> list[plots.Beat]:
    """Windows as the bars of a strip; each says what it is and leads to its report, unless they are `plain`."""
    if plain:
        return [plots.Beat(window.level) for window in windows]
    return [plots.Beat(window.level, say_window(window), address("/report", run=window.run_id)) for window in windows]


def cells(windows: Sequence[WindowStatus], levels: Sequence[Level | None]) -> list[plots.Beat]:
    """The levels (n,) of a column in these windows (n,) as the bars of a strip."""
    return [
        plots.Beat(level, humanize.interval_of_time(window.window) if level else "")
        for window, level in zip(windows, levels, strict=True)
    ]


def levels_of(rehearsed: Sequence[Any], which: str) -> list[plots.Beat]:
    """The levels of windows that were rehearsed, as they were (`was`) or would be (`would`), as bars of a strip."""
    return [
        plots.Beat(
            getattr(each, which),
            humanize.interval_of_time(each.window.window),
            address("/report", run=each.window.run_id),
        )
        for each in rehearsed
    ]  # fmt: skip


def differing(rehearsed: Sequence[Any]) -> list[Any]:
    """The windows that would have been judged otherwise; no alert and not judged at all count as the same."""
    return [each for each in rehearsed if (each.was or Level.OK) is not each.would]


def maturity(found: Sequence[Any]) -> list[tuple[float | None, str]]:
    """How many labels of each window have come, and what a pointer on its bar tells."""
    return [(each.labelled, f"{humanize.interval_of_time(each.window)}: {each.state}") for each in found]


def unknowns(line: Timeline) -> tuple[Level, ...]:
    """The levels of points that nothing is judged by."""
    return (Level.UNKNOWN,) * len(line.points)


def span_of(verdict: Verdict) -> str:
    """The interval of a verdict's value."""
    return humanize.interval(verdict.low, verdict.high, verdict.unit)


def event_marks(found: Sequence[Any]) -> str:
    """Events on the time line."""
    return plots.marks([(mark.place, f"{mark.event.kind}: {mark.event.text}") for mark in found], "Events")


def ends(chart: ChartData) -> str:
    """The first and the last value of a distribution, below its drawing."""
    plain, special = sparkline.split_bars(chart.bars)
    names = [plain[0].label, plain[-1].label] if len(plain) > 1 else [bar.label for bar in plain]
    shown = [phrases.clip(phrases.bar_label(name), 40) for name in names]
    if special:
        shown.append(f"at the right: {phrases.join_names([bar.label for bar in special])}")
    return f'<p class="edges">{"".join(f"<span>{markup.text(name)}</span>" for name in shown)}</p>'


SAYS = {
    Action.ACKNOWLEDGE: "Acknowledge", Action.MUTE: "Mute", Action.NOTE: "Add the note",
    Action.ACCEPT: "Accept as normal",
    Action.RESOLVE: "Resolve", Action.FALSE_ALARM: "False alarm", Action.REOPEN: "Reopen",
}  # fmt: skip
EXPLAINS = {
    Action.ACKNOWLEDGE: "you have it; your name stands beside it.",
    Action.MUTE: "nobody is told of it until then; it goes on.",
    Action.NOTE: "keeps what you wrote, and changes nothing else.",
    Action.ACCEPT: "what it is about is normal from now on; half as much again opens a new incident.",
    Action.RESOLVE: "it ends with the next window; what still stands out then opens a new one.",
    Action.FALSE_ALARM: "it should not have opened; nobody is told of it any more, and it is counted as such.",
    Action.REOPEN: "takes back what was last said about it.",
}
_SHARED = ("layout.html", "message.html", "sign_in.html")

"""The report for people: one HTML file that needs no network and no script, in light and dark, on paper and phones."""

from importlib.resources import files

from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.report.html import svg
from driftline.report.html.columns import columns
from driftline.report.html.findings import findings, harmless
from driftline.report.html.markup import section, tally, text
from driftline.report.html.masthead import footer, masthead
from driftline.report.html.performance import performance
from driftline.report.html.pictures import HOW, Pictures
from driftline.report.html.verdicts import every, short
from driftline.types import Health, Verdict
from driftline.verdicts.result import Result

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def _render(result: Result) -> str:
    pictures = Pictures(result)
    body = "".join(
        [
            masthead(result),
            "<main>",
            findings(result, pictures),
            harmless(result),
            _service(result),
            _data(result, pictures),
            _model(result, pictures),
            section("verdicts", "How each verdict was reached", every(result)),
            "</main>",
            footer(result),
        ]
    )
    style = files("driftline.report").joinpath("page.css").read_text(encoding="utf-8")
    how = "" if svg.available() else f'<p class="how">{HOW}</p>'
    title = f"{phrases.clipped(result.model, 60)}: {phrases.clipped(result.headline, 120)}"
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="color-scheme" content="light dark"><title>{text(title)}</title><style>\n{style}</style></head>',
        f'<body><div class="driftline"><div class="sheet">{how}{body}</div></div></body></html>\n',
    ]
    return "".join(parts)


def _service(result: Result) -> str:
    verdicts = result.by_health(Health.SERVICE)
    body = short(verdicts, "Verdicts on the service") or f'<p class="soft">{phrases.SERVICE_UNSEEN}</p>'
    return _tier(Health.SERVICE, verdicts, f'<div class="card">{body}</div>')


def _data(result: Result, pictures: Pictures) -> str:
    verdicts = result.by_health(Health.DATA)
    panels = columns(result, pictures, model=False)
    return _tier(Health.DATA, verdicts, _rows(verdicts) + (f"<h3>Columns</h3>{panels}" if panels else ""))


def _model(result: Result, pictures: Pictures) -> str:
    verdicts = result.by_health(Health.MODEL)
    table = performance(result)
    panels = columns(result, pictures, model=True)
    body = f"<h3>Performance</h3>{table}" if table else ""
    body += _rows(tuple(verdict for verdict in verdicts if verdict.family != "performance"))
    body += f"<h3>Target and predictions</h3>{panels}" if panels else ""
    return _tier(Health.MODEL, verdicts, body or '<p class="soft">No target, prediction or score column is known.</p>')


def _rows(verdicts: tuple[Verdict, ...]) -> str:
    whole = [verdict for verdict in verdicts if verdict.column is None]
    return f'<div class="card">{short(whole, "Verdicts on the rows as a whole")}</div>' if whole else ""


def _tier(health: Health, verdicts: tuple[Verdict, ...], body: str) -> str:
    return section(health.value, health.value.capitalize(), tally(verdicts) + body)


html = ReportFormat((".html", ".htm"), _render)

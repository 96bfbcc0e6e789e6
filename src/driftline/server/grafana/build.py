"""Builds dashboards and alert rules with Grafana's own SDK, from the pages and rules of a source of data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftline.errors import MissingExtraError
from driftline.server.grafana.panels import Form, Kind, Page, Panel, Query, Rule, Variable

FOLDER = "Driftline"
_TAG = "driftline"
_WIDTH = 24
_REFS = "ABCDEFGH"
_COLORS = {0: ("ok", "green"), 1: ("unknown", "text"), 2: ("warning", "orange"), 3: ("alert", "red")}


@dataclass(frozen=True, slots=True)
class Source:
    """A source of data of Grafana: its type (a plugin's name) and the `uid` by which panels find it."""

    type: str
    uid: str

    @property
    def speaks_sql(self) -> bool:
        """Whether its queries are SQL; else they are PromQL."""
        return self.type != "prometheus"


def build_dashboard(page: Page, source: Source, names: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """A dashboard as Grafana stores it. `names` are (name, title) of the dashboards that its head links to.

    Raises:
        MissingExtraError: when the SDK is not installed.
    """
    sdk = _import_sdk()
    dashboard = sdk.dashboards.Dashboard(page.title).uid(make_uid(page.name)).tags([_TAG]).timezone("utc")
    dashboard.time(page.since, "now").refresh("1m" if not source.speaks_sql else "5m").editable()
    dashboard.variables([_build_variable(variable, source, sdk) for variable in page.variables])
    for name, title in names:
        link = sdk.dashboards.DashboardLink(title).type(sdk.dashboard.DashboardLinkType.LINK)
        dashboard.link(link.url(f"/d/{make_uid(name)}").include_vars(True).keep_time(True))
    for panel in page.panels:
        dashboard.with_panel(_build_panel(panel, source, sdk))
    built = _plain(dashboard.build(), sdk)
    _lay_out(built["panels"])
    built["annotations"] = {"list": [_build_mark(mark.name, mark.query, source) for mark in page.marks]}
    return built


def build_rules(rules: Sequence[Rule], source: Source) -> dict[str, Any]:
    """A file of provisioning with a group of alert rules; none of them fires, or says anything, for want of data.

    Raises:
        MissingExtraError: when the SDK is not installed.
    """
    sdk = _import_sdk()
    built = [_build_rule(rule, source, sdk) for rule in rules]
    group = {"orgId": 1, "name": f"driftline-{source.type}", "folder": FOLDER, "interval": "1m", "rules": built}
    return {"apiVersion": 1, "groups": [group]}


def _lay_out(panels: Sequence[dict[str, Any]]) -> None:
    """Number the panels, and lay them from left to right; one that does not fit begins a new line."""
    x, y, tallest = 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        place = panel["gridPos"]
        if x + place["w"] > _WIDTH:
            x, y, tallest = 0, y + tallest, 0
        panel |= {"id": number, "gridPos": {"x": x, "y": y, "w": place["w"], "h": place["h"]}}
        x, tallest = x + place["w"], max(tallest, place["h"])


def make_uid(name: str) -> str:
    """What a dashboard is found by.

    >>> make_uid("fleet")
    'driftline-fleet'
    """
    return f"driftline-{name}"


@dataclass(frozen=True)
class _Sdk:
    """The modules of the SDK that are used, and what its queries inherit."""

    alerting: Any
    alerts: Any
    common: Any
    commons: Any
    dashboard: Any
    dashboards: Any
    encoder: Any
    expr: Any
    panels: Mapping[Kind, Any]
    prometheus: Any


def _import_sdk() -> _Sdk:
    try:
        from grafana_foundation_sdk.builders import (  # noqa: PLC0415 - an extra
            alerting,
            bargauge,
            common,
            dashboard,
            expr,
            prometheus,
            stat,
            statetimeline,
            table,
            timeseries,
        )  # fmt: skip
        from grafana_foundation_sdk.cog import encoder  # noqa: PLC0415 - an extra
        from grafana_foundation_sdk.models import alerting as alerting_model  # noqa: PLC0415 - an extra
        from grafana_foundation_sdk.models import common as common_model  # noqa: PLC0415 - an extra
        from grafana_foundation_sdk.models import dashboard as dashboard_model  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("dashboards for Grafana", "grafana") from error
    drawn = {
        Kind.NUMBER: stat,
        Kind.LINES: timeseries,
        Kind.LEVELS: statetimeline,
        Kind.BARS: bargauge,
        Kind.TABLE: table,
    }
    return _Sdk(
        alerting=alerting_model, alerts=alerting, common=common_model, commons=common, dashboard=dashboard_model,
        dashboards=dashboard, encoder=encoder.JSONEncoder, expr=expr,
        panels={kind: module.Panel for kind, module in drawn.items()}, prometheus=prometheus,
    )  # fmt: skip


def _plain(built: Any, sdk: _Sdk) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(built, cls=sdk.encoder))
    return plain


def _build_variable(variable: Variable, source: Source, sdk: _Sdk) -> Any:
    of = sdk.dashboard.DataSourceRef(type_val=source.type, uid=source.uid)
    query: Any = variable.query if source.speaks_sql else {"query": variable.query, "refId": variable.name}
    made = sdk.dashboards.QueryVariable(variable.name).label(variable.title).datasource(of).query(query)
    made.refresh(sdk.dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(sdk.dashboard.VariableSort.ALPHABETICAL_ASC)
    if variable.several:
        made.multi(True).include_all(True)
        made.current(sdk.dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    return made


def _build_panel(panel: Panel, source: Source, sdk: _Sdk) -> Any:
    made = sdk.panels[panel.kind]().title(panel.title).description(panel.about).height(panel.height).span(panel.width)
    made.datasource(sdk.dashboard.DataSourceRef(type_val=source.type, uid=source.uid)).no_value(panel.empty)
    made.targets([
        _Prepared(_build_query(query, ref, source, sdk)) for query, ref in zip(panel.queries, _REFS, strict=False)
    ])  # fmt: skip
    if panel.unit:
        made.unit(panel.unit)
    if panel.repeat:
        made.repeat(panel.repeat).repeat_direction("h")
    _style(panel, made, sdk)
    return made


def _style(panel: Panel, made: Any, sdk: _Sdk) -> None:
    """What each kind of panel needs to be read at a glance."""
    if panel.kind is Kind.LEVELS:
        options = {
            str(rank): sdk.dashboard.ValueMappingResult(text=word, color=color, index=rank)
            for rank, (word, color) in _COLORS.items()
        }
        made.mappings([sdk.dashboard.ValueMap(options=options)]).merge_values(True).show_value(
            sdk.common.VisibilityMode.NEVER
        ).row_height(0.8)
    elif panel.kind is Kind.LINES:
        made.line_width(1).point_size(5).show_points(sdk.common.VisibilityMode.AUTO).span_nulls(False)
        made.tooltip(sdk.commons.VizTooltipOptions().mode(sdk.common.TooltipDisplayMode.MULTI))
    elif panel.kind in {Kind.NUMBER, Kind.BARS}:
        made.reduce_options(sdk.commons.ReduceDataOptions().calcs(["lastNotNull"]).values(panel.kind is Kind.BARS))
        if panel.kind is Kind.BARS:
            made.orientation(sdk.common.VizOrientation.HORIZONTAL).display_mode(sdk.common.BarGaugeDisplayMode.BASIC)


def _build_query(query: Query, ref: str, source: Source, sdk: _Sdk) -> Any:
    of = {"type": source.type, "uid": source.uid}
    if source.speaks_sql:
        return _SqlQuery(query.text, query.form, ref, of)
    made = sdk.prometheus.Dataquery().expr(query.text).legend_format(query.legend or "__auto").ref_id(ref)
    made.datasource(sdk.dashboard.DataSourceRef(type_val=source.type, uid=source.uid))
    made = made.instant() if query.form is Form.ROWS else made.range()
    return made.build() if query.form is Form.SERIES else made.format("table").build()


@dataclass(frozen=True, slots=True)
class _SqlQuery:
    """A query in SQL, for which the SDK has no class."""

    text: str
    form: Form
    ref: str
    of: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """What the SDK's encoder writes."""
        return {
            "rawSql": self.text, "format": self.form.value, "refId": self.ref, "datasource": self.of, "rawQuery": True,
            "editorMode": "code",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the SDK takes for the builder of something that is built already."""

    built: Any

    def build(self) -> Any:
        """It, as it stands."""
        return self.built


def _build_mark(name: str, query: str, source: Source) -> dict[str, Any]:
    """An annotation; the SDK knows those of Grafana itself alone."""
    return {
        "name": name, "enable": True, "iconColor": "blue", "datasource": {"type": source.type, "uid": source.uid},
        "rawQuery": query,
        "target": {"rawSql": query, "format": "table", "refId": "Anno", "rawQuery": True, "editorMode": "code"},
    }  # fmt: skip


def _build_rule(rule: Rule, source: Source, sdk: _Sdk) -> dict[str, Any]:
    """A rule: its query as of now, and a limit to it."""
    query = _build_query(Query(text=rule.query, form=Form.ROWS), "A", source, sdk)
    evaluator = sdk.expr.ExprTypeThresholdConditionsEvaluator().type("gt").params([rule.above])
    limit = sdk.expr.TypeThreshold().expression("A").ref_id("B")
    limit.conditions([sdk.expr.ExprTypeThresholdConditions().evaluator(evaluator)])
    limit.datasource(sdk.dashboard.DataSourceRef(type_val="__expr__", uid="__expr__"))
    queries = [
        sdk.alerts.Query(ref).model(model).datasource_uid(uid).relative_time_range(
            sdk.alerting.RelativeTimeRange(from_val=600, to=0)
        )
        for ref, model, uid in (("A", _Prepared(query), source.uid), ("B", limit, "__expr__"))
    ]  # fmt: skip
    made = sdk.alerts.Rule(rule.title).uid(f"driftline-{rule.name}").condition("B").queries(queries)
    made.for_val(rule.lasting).labels({"severity": rule.severity}).annotations({"summary": rule.summary})
    made.no_data_state("OK").exec_err_state("Error")
    built = _plain(made.build(), sdk)
    return {name: built[name] for name in _OF_A_RULE}


_OF_A_RULE = (
    "uid", "title", "condition", "data", "noDataState", "execErrState", "for", "labels", "annotations",
)  # fmt: skip
"""What a file of provisioning says of a rule; folder and organisation are those of its group."""

"""The dashboards and alert rules over a store in PostgreSQL: in SQL on its documented views."""

from driftline.server.grafana.panels import Form, Kind, Mark, Page, Panel, Query, Rule, Variable
from driftline.server.prometheus.rules import SILENT

_MODEL_IS = "model = ${model:sqlstring}"
_COLUMN_IS = f'{_MODEL_IS} AND "column" = ${{column:sqlstring}}'
_ALL_ROWS = "coalesce(segment, '') = ''"
_OF_NO_COLUMN = 'AND "column" IS NULL'
_OPEN = "closed IS NULL AND state NOT IN ('accepted', 'resolved', 'false_alarm')"
_RANK = "CASE {} WHEN 'ok' THEN 0 WHEN 'unknown' THEN 1 WHEN 'warning' THEN 2 WHEN 'alert' THEN 3 END"


def list_pages() -> tuple[Page, ...]:
    """The dashboards: all models, one model, one column, the service."""
    return (_fleet(), _model(), _column(), _service())


def list_rules() -> tuple[Rule, ...]:
    """The alert rules: open incidents, and a model that nobody judges any more; each model always has a value."""
    incidents = (
        "SELECT run.model, count(incident.id) AS value FROM driftline.latest_run AS run "  # noqa: S608 - own names
        f"LEFT JOIN driftline.incidents AS incident ON incident.model = run.model AND incident.level = '{{}}' "
        f"AND {_OPEN.replace('closed', 'incident.closed').replace('state', 'incident.state')} GROUP BY run.model"
    )
    silent = (
        f"SELECT model, extract(epoch FROM now() - max({_time('window_end')}))::double precision AS value "  # noqa: S608 - own names
        "FROM driftline.windows WHERE \"window\" LIKE '%/%' GROUP BY model"
    )
    return (
        Rule(name="incident", title="An incident at alert is open", query=incidents.format("alert"), above=0,
             severity="critical", summary="{{ $labels.model }} has an open incident at alert"),
        Rule(name="warning", title="An incident at warning is open", query=incidents.format("warning"), above=0,
             severity="warning", summary="{{ $labels.model }} has an open incident at warning"),
        Rule(name="silent", title="No window was judged for two days", query=silent, above=SILENT,
             severity="critical", summary="{{ $labels.model }}: no window was judged for two days"),
    )  # fmt: skip


def _time(column: str, of: str = "") -> str:
    """A time of the store, which is text in UTC, as a time; NULL where the window (`of` a view) is none of time."""
    return f"(CASE WHEN {of}\"window\" LIKE '%/%' THEN {column}::timestamp AT TIME ZONE 'UTC' END)"


def _moment(column: str) -> str:
    """A time of the store that stands for itself."""
    return f"({column}::timestamp AT TIME ZONE 'UTC')"


def _rows(text: str) -> tuple[Query, ...]:
    return (Query(text=text, form=Form.ROWS),)


def _series(chosen: str, view: str, where: str = "TRUE") -> tuple[Query, ...]:
    """Numbers of a view's windows, at the end of each, within the time that the dashboard shows."""
    end = _time("window_end")
    return (
        Query(
            text=f"SELECT {end} AS time, {chosen} FROM driftline.{view} "  # noqa: S608 - own names
            f"WHERE {where} AND $__timeFilter({end}) ORDER BY 1"
        ),
    )


def _count(about: str) -> tuple[Query, ...]:
    return _rows(f"SELECT count(*) AS value FROM driftline.{about}")  # noqa: S608 - own names


def _fleet() -> Page:
    models = (
        'SELECT run.model, run.level, run.headline, newest.window_end AS "newest window", newest."rows", '  # noqa: S608 - own names
        'run.service_level AS service, run.data_level AS data, run.model_level AS "of the model", '
        f'(SELECT count(*) FROM driftline.incidents WHERE incidents.model = run.model AND {_OPEN}) AS "open incidents" '
        "FROM driftline.latest_run AS run LEFT JOIN driftline.windows AS newest ON newest.run_id = run.run_id "
        f"ORDER BY {_RANK.format('run.level')} DESC, run.model"
    )
    incidents = (
        "SELECT model, level, headline, since, opened, owner, state, id FROM driftline.incidents "  # noqa: S608 - own names
        f"WHERE {_OPEN} ORDER BY {_RANK.format('level')} DESC, opened DESC LIMIT 200"
    )
    level = f"model AS metric, {_RANK.format('level')} AS level"
    return Page(
        name="fleet", title="Driftline: all models",
        panels=(
            Panel(title="Models", kind=Kind.NUMBER, queries=_count("latest_run"), width=8, height=4),
            Panel(title="Models in trouble", kind=Kind.NUMBER, width=8, height=4,
                  queries=_rows(f"SELECT count(DISTINCT model) AS value FROM driftline.incidents WHERE {_OPEN}")),  # noqa: S608 - own names
            Panel(title="Open incidents", kind=Kind.NUMBER, width=8, height=4,
                  queries=_count(f"incidents WHERE {_OPEN}")),
            Panel(title="Level by window", kind=Kind.LEVELS, queries=_series(level, "windows"), width=24, height=9),
            Panel(title="Open incidents", kind=Kind.TABLE, queries=_rows(incidents), width=24,
                  empty="no open incident"),
            Panel(title="Models", kind=Kind.TABLE, queries=_rows(models), width=24),
            Panel(title="Rows by window", kind=Kind.LINES, unit="short",
                  queries=_series('model AS metric, "rows"', "windows")),
            Panel(title="Share of rows with a label", kind=Kind.LINES, unit="percentunit",
                  about="Performance of a window with few labels is provisional.",
                  queries=_series("model AS metric, labelled", "label_maturity")),
        ),
    )  # fmt: skip


def _model() -> Page:
    tiers = ", ".join(f"{_RANK.format(f'{tier}_level')} AS {tier}" for tier in ("service", "data", "model"))
    tiers_end = (
        "(CASE WHEN \"window\" LIKE '%/%' THEN split_part(\"window\", '/', 2)::timestamp AT TIME ZONE 'UTC' END)"
    )
    tier = Query(
        text=f"SELECT {tiers_end} AS time, {tiers} FROM driftline.window_runs "  # noqa: S608 - own names
        f"WHERE {_MODEL_IS} AND $__timeFilter({tiers_end}) ORDER BY 1"
    )
    drifting = (
        f"SELECT {_time('window_end')} AS time, count(DISTINCT \"column\") FILTER (WHERE level = 'alert') AS alert, "  # noqa: S608 - own names
        f"count(DISTINCT \"column\") FILTER (WHERE level = 'warning') AS warning FROM driftline.estimates "
        f"WHERE {_MODEL_IS} AND family = 'drift' AND $__timeFilter({_time('window_end')}) GROUP BY 1 ORDER BY 1"
    )
    end = _time("window_end", "windows.")
    findings = (
        'SELECT window_start, verdicts.level, "column", segment, title, value, low, high, unit, threshold AS "limit", '  # noqa: S608 - own names
        f"reason FROM driftline.windows JOIN driftline.verdicts USING (run_id) WHERE {_MODEL_IS} "
        f"AND verdicts.level IN ('warning', 'alert') AND $__timeFilter({end}) "
        f"ORDER BY {_RANK.format('verdicts.level')} DESC, window_start DESC, position LIMIT 200"
    )
    incidents = (
        "SELECT level, headline, since, opened, closed, state, owner, id FROM driftline.incidents "  # noqa: S608 - own names
        f"WHERE {_MODEL_IS} ORDER BY opened DESC LIMIT 100"
    )
    shown = 'value, low, high, reference, threshold AS "limit"'
    of_segments = "segment || ' ' || metric AS metric, value"
    return Page(
        name="model", title="Driftline: a model", variables=(_MODEL, _METRIC),
        marks=(
            Mark(name="Incidents", query=f"SELECT {_moment('since')} AS time, headline AS text, level AS tags "  # noqa: S608 - own names
                 f"FROM driftline.incidents WHERE {_MODEL_IS} AND since IS NOT NULL "
                 f"AND $__timeFilter({_moment('since')})"),
            Mark(name="Events", query=f"SELECT {_moment('at')} AS time, text, kind AS tags FROM driftline.events "  # noqa: S608 - own names
                 f"WHERE {_MODEL_IS} AND $__timeFilter({_moment('at')})"),
        ),
        panels=(
            Panel(title="Level by tier", kind=Kind.LEVELS, queries=(tier,), width=24, height=6),
            Panel(title="$metric", kind=Kind.LINES, repeat="metric", width=12,
                  about="By window, with its 95 % interval, the reference's value and the limit.",
                  queries=_series(shown, "estimates", f"{_MODEL_IS} AND metric = ${{metric:sqlstring}} {_OF_NO_COLUMN} "
                                  f"AND {_ALL_ROWS}")),
            Panel(title="How many labels have come", kind=Kind.LINES, unit="percentunit",
                  about="Performance of a window with few labels is provisional.",
                  queries=_series("labelled", "label_maturity", _MODEL_IS)),
            Panel(title="Columns that drift", kind=Kind.LINES, queries=(Query(text=drifting),)),
            Panel(title="Performance by segment", kind=Kind.LINES, empty="no segments",
                  queries=_series(of_segments, "estimates", f"{_MODEL_IS} AND family = 'performance' {_OF_NO_COLUMN} "
                                  f"AND NOT {_ALL_ROWS}")),
            Panel(title="Rows by window", kind=Kind.LINES, unit="short",
                  queries=_series('"rows"', "windows", _MODEL_IS)),
            Panel(title="Findings", kind=Kind.TABLE, queries=_rows(findings), width=24, empty="nothing stands out"),
            Panel(title="Incidents", kind=Kind.TABLE, queries=_rows(incidents), width=24, empty="no incident"),
        ),
    )  # fmt: skip


def _column() -> Page:
    where = f"{_COLUMN_IS} AND {_ALL_ROWS}"
    excess = (
        "metric, abs(value - coalesce(reference, 0)) / nullif(abs(threshold - coalesce(reference, 0)), 0) AS excess"
    )
    levels = f"metric, {_RANK.format('level')} AS level"
    described = "metric IN ('mean', 'median', 'quantile_5', 'quantile_25', 'quantile_75', 'quantile_95')"
    end = _time("window_end", "windows.")
    history = (
        'SELECT window_start, verdicts.level, title, segment, value, low, high, reference, threshold AS "limit", unit, '  # noqa: S608 - own names
        f"reason FROM driftline.windows JOIN driftline.verdicts USING (run_id) WHERE {_COLUMN_IS} AND judged = 1 "
        f"AND $__timeFilter({end}) ORDER BY window_start DESC, position LIMIT 200"
    )
    return Page(
        name="column", title="Driftline: a column", variables=(_MODEL, _COLUMN),
        panels=(
            Panel(title="Level by metric", kind=Kind.LEVELS, width=24, height=9,
                  queries=_series(levels, "estimates", f"{where} AND threshold IS NOT NULL")),
            Panel(title="How far from the limit", kind=Kind.LINES,
                  about="In parts of what is tolerated: above 1 is too far.",
                  queries=_series(excess, "estimates", f"{where} AND threshold IS NOT NULL")),
            Panel(title="Values", kind=Kind.LINES, empty="not a column of numbers",
                  queries=_series("metric, value", "estimates", f"{where} AND {described}")),
            Panel(title="Missing values", kind=Kind.LINES, unit="percentunit",
                  queries=_series('value, low, high, threshold AS "limit"', "estimates",
                                  f"{where} AND metric = 'missing'")),
            Panel(title="Verdicts", kind=Kind.TABLE, queries=_rows(history), width=24),
        ),
    )  # fmt: skip


def _service() -> Page:
    end = _time("window_end")
    delay = f"model AS metric, extract(epoch FROM {_moment('created')} - {end})::double precision AS delay"
    numbers = "model || ' ' || coalesce(\"column\" || ' ', '') || metric AS metric, value"
    newest = (
        'SELECT model, "window", "rows", level, metric, "column", value, low, high, unit, threshold AS "limit", '  # noqa: S608 - own names
        "metric_level "
        f"FROM driftline.service_health WHERE $__timeFilter({end}) ORDER BY window_end DESC, model LIMIT 200"
    )
    return Page(
        name="service", title="Driftline: the service",
        panels=(
            Panel(title="Rows by window", kind=Kind.LINES, unit="short",
                  queries=_series('model AS metric, "rows"', "windows")),
            Panel(title="Level of the service", kind=Kind.LEVELS, empty="nothing of the service is judged",
                  queries=_series(f"model AS metric, {_RANK.format('level')} AS level", "service_health",
                                  "level IS NOT NULL")),
            Panel(title="Numbers of the service", kind=Kind.LINES, empty="nothing of the service is judged",
                  queries=_series(numbers, "service_health", "metric IS NOT NULL")),
            Panel(title="From the end of a window to its verdict", kind=Kind.LINES, unit="s",
                  queries=_series(delay, "windows")),
            Panel(title="The windows", kind=Kind.TABLE, queries=_rows(newest), width=24),
        ),
    )  # fmt: skip


_MODEL = Variable(name="model", title="Model", query="SELECT model FROM driftline.latest_run ORDER BY 1")
_COLUMN = Variable(
    name="column", title="Column",
    query=f'SELECT DISTINCT "column" FROM driftline.estimates WHERE {_MODEL_IS} AND "column" IS NOT NULL ORDER BY 1',  # noqa: S608 - own names
)  # fmt: skip
_METRIC = Variable(
    name="metric", title="Performance", several=True,
    query="SELECT DISTINCT metric FROM driftline.estimates "  # noqa: S608 - own names
    f"WHERE {_MODEL_IS} AND family IN ('performance', 'estimate') AND \"column\" IS NULL ORDER BY 1",
)  # fmt: skip

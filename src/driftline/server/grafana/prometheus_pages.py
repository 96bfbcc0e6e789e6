"""The dashboards and alert rules over a Prometheus that scrapes Driftline and the service: in PromQL."""

from driftline import registry
from driftline.server.grafana.panels import Form, Kind, Page, Panel, Query, Rule, Variable
from driftline.server.prometheus.rules import LAG, SILENT

_OF_MODEL = 'model="$model"'
_OF_COLUMN = f'{_OF_MODEL}, column="$column"'
_DESCRIBED = "mean|median|quantile_5|quantile_25|quantile_75|quantile_95"
_RATE = "$__rate_interval"


def list_pages() -> tuple[Page, ...]:
    """The dashboards: all models, one model, one column, the service with the server that watches it."""
    return (_fleet(), _model(), _column(), _service())


def list_rules() -> tuple[Rule, ...]:
    """The alert rules: a model, a model that nobody judges any more, and the server itself."""
    return (
        Rule(name="alert", title="A model at alert", query="max by (model) (driftline_model_level)", above=2.5,
             severity="critical", summary="{{ $labels.model }} is at alert"),
        Rule(name="incident", title="An incident at alert is open",
             query='sum by (model) (driftline_incidents_open{level="alert"})', above=0, severity="critical",
             summary="{{ $labels.model }} has an open incident at alert"),
        Rule(name="silent", title="No window was judged for two days", above=SILENT, severity="critical",
             query="time() - max by (model) (driftline_window_end_timestamp_seconds)",
             summary="{{ $labels.model }}: no window was judged for two days"),
        Rule(name="gone", title="Driftline cannot be scraped", above=0.5, severity="critical", lasting="15m",
             query="absent(driftline_model_level) or on () vector(0)", summary="Prometheus has nothing from Driftline"),
        Rule(name="behind", title="Rows wait to be judged", above=LAG, severity="critical", lasting="5m",
             query="max by (model) (driftline_server_lag_seconds)",
             summary="{{ $labels.model }}: rows have waited for more than ten minutes"),
        Rule(name="stopped", title="A worker stands still", above=0.5, severity="critical", lasting="5m",
             query="max by (worker) (driftline_server_stopped)", summary="{{ $labels.worker }} has stopped"),
    )  # fmt: skip


def _now(text: str, legend: str = "") -> Query:
    return Query(text=text, form=Form.ROWS, legend=legend)


def _over_time(text: str, legend: str = "") -> tuple[Query, ...]:
    return (Query(text=text, legend=legend),)


def _fleet() -> Page:
    return Page(
        name="fleet", title="Driftline: all models",
        panels=(
            Panel(title="Models", kind=Kind.NUMBER, queries=(_now("count(driftline_model_level)"),), width=6, height=4),
            Panel(title="At alert", kind=Kind.NUMBER, width=6, height=4,
                  queries=(_now("sum(driftline_model_level >= bool 3)"),)),
            Panel(title="Open incidents", kind=Kind.NUMBER, width=6, height=4,
                  queries=(_now("sum(driftline_incidents_open)"),)),
            Panel(title="Troubles of the server", kind=Kind.NUMBER, width=6, height=4,
                  queries=(_now("max(driftline_server_troubles)"),)),
            Panel(title="Level by model", kind=Kind.LEVELS, width=24, height=9,
                  about="The worst level of each model's newest window.",
                  queries=_over_time("max by (model) (driftline_model_level)", "{{model}}")),
            Panel(title="Open incidents by model", kind=Kind.BARS, width=12,
                  queries=(_now("sum by (model) (driftline_incidents_open)", "{{model}}"),)),
            Panel(title="Since the end of the newest window", kind=Kind.BARS, unit="s",
                  queries=(_now("time() - max by (model) (driftline_window_end_timestamp_seconds)", "{{model}}"),)),
            Panel(title="Rows of the newest window", kind=Kind.LINES, unit="short",
                  queries=_over_time("max by (model) (driftline_window_rows)", "{{model}}")),
            Panel(title="Share of rows with a label", kind=Kind.LINES, unit="percentunit",
                  about="Of the newest window that was judged with labels.",
                  queries=_over_time("max by (model) (driftline_server_labelled_ratio)", "{{model}}")),
        ),
    )  # fmt: skip


def _model() -> Page:
    performance = "|".join(_list_performance())
    return Page(
        name="model", title="Driftline: a model", variables=(_MODEL,),
        panels=(
            Panel(title="Level by tier", kind=Kind.LEVELS, width=24, height=5,
                  queries=_over_time(f"max by (health) (driftline_level{{{_OF_MODEL}}})", "{{health}}")),
            Panel(title="How far from the limit", kind=Kind.LINES,
                  about="Of what is about no column, in parts of what is tolerated: above 1 is too far.",
                  queries=_over_time(f'driftline_excess{{{_OF_MODEL}, column="", segment=""}}', "{{metric}}")),
            Panel(title="Performance", kind=Kind.LINES,
                  about="Realized and estimated, of all rows of the newest window that has labels.",
                  queries=_over_time(f'{{__name__=~"driftline_({performance})(_.+)?", {_OF_MODEL}, segment=""}}',
                                     "{{__name__}}")),
            Panel(title="Performance by segment: how far from the limit", kind=Kind.BARS, empty="no segments",
                  queries=(_now(f'topk(20, max by (segment) (driftline_excess{{{_OF_MODEL}, segment!=""}}))',
                                "{{segment}}"),)),
            Panel(title="Columns by level", kind=Kind.LINES,
                  queries=_over_time(f"sum by (level) (driftline_verdicts{{{_OF_MODEL}}})", "{{level}}")),
            Panel(title="Columns furthest from their limits", kind=Kind.BARS,
                  queries=(_now(f'topk(20, max by (column) (driftline_excess{{{_OF_MODEL}, column!=""}}))',
                                "{{column}}"),)),
            Panel(title="What stands out", kind=Kind.TABLE, empty="nothing stands out",
                  queries=(_now(f"sort_desc(driftline_level{{{_OF_MODEL}}} >= 2)"),)),
            Panel(title="Open incidents", kind=Kind.LINES,
                  queries=_over_time(f"sum by (level) (driftline_incidents_open{{{_OF_MODEL}}})", "{{level}}")),
            Panel(title="Rows of the newest window", kind=Kind.LINES, unit="short",
                  queries=_over_time(f"max(driftline_window_rows{{{_OF_MODEL}}})", "rows")),
        ),
    )  # fmt: skip


def _column() -> Page:
    return Page(
        name="column", title="Driftline: a column", variables=(_MODEL, _COLUMN),
        panels=(
            Panel(title="Level by family", kind=Kind.LEVELS, width=24, height=5,
                  queries=_over_time(f"max by (family) (driftline_level{{{_OF_COLUMN}}})", "{{family}}")),
            Panel(title="How far from the limit", kind=Kind.LINES,
                  about="In parts of what is tolerated: above 1 is too far.",
                  queries=_over_time(f'driftline_excess{{{_OF_COLUMN}, segment=""}}', "{{metric}}")),
            Panel(title="Values", kind=Kind.LINES, empty="not a column of numbers",
                  queries=_over_time(f'{{__name__=~"driftline_({_DESCRIBED})", {_OF_COLUMN}, segment=""}}',
                                     "{{__name__}}")),
            Panel(title="Missing values", kind=Kind.LINES, unit="percentunit",
                  queries=_over_time(f'driftline_missing_ratio{{{_OF_COLUMN}, segment=""}}', "missing")),
            Panel(title="Each metric now: how far from the limit", kind=Kind.BARS,
                  queries=(_now(f"max by (metric) (driftline_excess{{{_OF_COLUMN}}})", "{{metric}}"),)),
        ),
    )  # fmt: skip


def _service() -> Page:
    seconds, requests = "driftline_service_request_seconds_bucket", "driftline_service_requests_total"
    failed = f'sum by (job) (rate({requests}{{status_class="5xx"}}[{_RATE}]))'
    return Page(
        name="service", title="Driftline: the service", since="now-6h",
        panels=(
            Panel(title="Requests a second", kind=Kind.LINES, unit="reqps",
                  queries=_over_time(f"sum by (job, status_class) (rate({requests}[{_RATE}]))",
                                     "{{job}} {{status_class}}")),
            Panel(title="Share of errors (5xx)", kind=Kind.LINES, unit="percentunit",
                  about="0 also where there was no error yet.",
                  queries=_over_time(f"({failed} or 0 * sum by (job) (rate({requests}[{_RATE}]))) / "
                                     f"sum by (job) (rate({requests}[{_RATE}]))", "{{job}}")),
            Panel(title="Time to answer", kind=Kind.LINES, unit="s",
                  queries=tuple(Query(text=f"histogram_quantile({q}, sum by (job, le) (rate({seconds}[{_RATE}])))",
                                      legend=f"{{{{job}}}} {int(q * 100)} %") for q in (0.5, 0.95, 0.99))),
            Panel(title="In flight", kind=Kind.LINES,
                  queries=_over_time("sum by (job) (driftline_service_in_flight)", "{{job}}")),
            Panel(title="Memory", kind=Kind.LINES, unit="bytes",
                  queries=_over_time("sum by (job) (driftline_service_resident_memory_bytes)", "{{job}}")),
            Panel(title="Uptime", kind=Kind.LINES, unit="s",
                  queries=_over_time("max by (job) (driftline_service_uptime_seconds)", "{{job}}")),
            Panel(title="Rows taken in by Driftline", kind=Kind.LINES, unit="short",
                  about="By outcome; all but counted ones are in no window.",
                  queries=_over_time("sum by (model, fate) (driftline_server_rows)", "{{model}} {{fate}}")),
            Panel(title="Rows that wait to be judged", kind=Kind.LINES, unit="s",
                  about="How long the first has waited.",
                  queries=_over_time("max by (model) (driftline_server_lag_seconds)", "{{model}}")),
            Panel(title="Failures of workers", kind=Kind.LINES,
                  queries=_over_time("max by (worker) (driftline_server_failures)", "{{worker}}")),
            Panel(title="Batches set aside", kind=Kind.LINES,
                  queries=_over_time("max by (model) (driftline_server_dead_letters)", "{{model}}")),
        ),
    )  # fmt: skip


def _list_performance() -> tuple[str, ...]:
    """The metrics of all rows that say how right the model is, realized or estimated."""
    metrics = registry.every("metrics")
    return tuple(name for name, metric in metrics.items() if metric.family in {"performance", "estimate"})


_MODEL = Variable(name="model", title="Model", query="label_values(driftline_model_level, model)")
_COLUMN = Variable(
    name="column", title="Column", query=f'label_values(driftline_level{{{_OF_MODEL}, column!=""}}, column)'
)

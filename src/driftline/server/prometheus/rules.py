"""Rules for Prometheus, with their tests: burn rates of the service, levels of data and model, a dead-man's switch."""

from pathlib import Path
from typing import Any

import yaml

from driftline.data.atomic import write_atomic

# Of an error budget over 30 days (Google, The Site Reliability Workbook, 2018, chapter 5): long window, short window,
# how many times faster than allowed it burns, severity.
BURNS = (("1h", "5m", 14.4, "alert"), ("6h", "30m", 6.0, "alert"), ("3d", "6h", 1.0, "warning"))
ERRORS, SLOW, LIMIT, SILENT, LAG = 0.001, 0.01, "0.1", 2 * 86_400, 600
_COUNT = "driftline_service_requests_total"
_TIME = "driftline_service_request_seconds"


def rules() -> dict[str, Any]:
    """The recording and alert rules.

    The budget of errors is 0.1 % of requests (5xx), that of latency 1 % over 0.1 s; the silence before the dead-man's
    switch is two days.
    """
    spans = dict.fromkeys(span for burn in BURNS for span in burn[:2])
    failed = _COUNT + '{status_class="5xx"}'
    records = [_record("errors", span, f"{_rate(failed, span)} / {_rate(_COUNT, span)}") for span in spans]
    for span in spans:
        good, every = f'{_TIME}_bucket{{le="{LIMIT}"}}', f"{_TIME}_count"
        records.append(_record("slow", span, f"1 - {_rate(good, span)} / {_rate(every, span)}"))
    burns = []
    for what, budget, said in (("errors", ERRORS, "errors"), ("slow", SLOW, "slow answers")):
        for long, short, factor, severity in BURNS:
            limit = f"{factor * budget:g}"
            expr = f"{_recorded(what, long)} > {limit} and {_recorded(what, short)} > {limit}"
            summary = f"{{{{ $labels.job }}}}: {said} burn their budget {factor:g} times too fast, over {long}"
            alert = _alert(f"DriftlineService{what.title()}", expr, severity, summary)
            alert["labels"]["window"] = long  # tells the three apart: two of them have one severity
            burns.append(alert)
    levels = []
    for name, family in (
        ("Drift", "drift"), ("Quality", "quality|schema"), ("Performance", "performance|estimate"),
        ("Check", "expectation"),
    ):  # fmt: skip
        for rank, severity in ((2, "warning"), (3, "alert")):
            expr = f'max by (job, model, column) (driftline_level{{family=~"{family}"}}) == {rank}'
            summary = f"{{{{ $labels.model }}}}: {name.lower()} {severity} {{{{ $labels.column }}}}"
            levels.append(_alert(f"Driftline{name}", expr, severity, summary))
    dead = f"time() - max by (job, model) (driftline_window_end_timestamp_seconds) > {SILENT}"
    silent = [
        _alert("DriftlineSilent", dead, "alert", "{{ $labels.model }}: no window was judged for two days"),
        _alert("DriftlineGone", "absent(driftline_window_end_timestamp_seconds)", "alert", "Driftline tells nothing")
        | {"for": "15m"},
    ]
    server = [
        _alert("DriftlineStopped", "max by (job, worker) (driftline_server_stopped) == 1", "alert",
               "{{ $labels.worker }} has stopped") | {"for": "5m"},
        _alert("DriftlineBehind", f"max by (job, model) (driftline_server_lag_seconds) > {LAG}", "alert",
               "{{ $labels.model }}: rows wait to be judged") | {"for": "5m"},
        _alert("DriftlineDeadLetters", "max by (job, model) (driftline_server_dead_letters) > 0", "warning",
               "{{ $labels.model }}: batches could not be folded"),
        _alert("DriftlineSinkFailing", "max by (job, sink) (driftline_server_sink_failing) > 2", "alert",
               "{{ $labels.sink }}: notifications are not delivered") | {"for": "5m"},
    ]  # fmt: skip
    groups = {
        "driftline-server": server,
        "driftline-service": records + burns,
        "driftline-levels": levels,
        "driftline-silence": silent,
    }
    return {"groups": [{"name": name, "rules": each} for name, each in groups.items()]}


def cases(rules_file: str) -> dict[str, Any]:
    """Unit tests of the rules, for `promtool test rules`."""
    level = 'driftline_level{job="d",model="taxi",health="data",family="drift",column="fare",segment=""}'
    requests = 'driftline_service_requests_total{job="s",status_class="%s"}'
    bucket = 'driftline_service_request_seconds_%s{job="s"%s}'
    return {
        "rule_files": [rules_file],
        "evaluation_interval": "5m",  # one case is two days long
        "tests": [
            _case({level: "0x10 3x30"}, [("DriftlineDrift", "5m", 0), ("DriftlineDrift", "20m", 1)]),
            _case(
                {requests % "2xx": "0+95x120", requests % "5xx": "0+5x120"},
                [("DriftlineServiceErrors", "100m", 3)],
            ),
            _case(
                {requests % "2xx": "0+10000x120", requests % "5xx": "0+1x120"}, [("DriftlineServiceErrors", "1h", 0)]
            ),
            _case(
                {bucket % ("bucket", ',le="0.1"'): "0+50x120", bucket % ("count", ""): "0+100x120"},
                [("DriftlineServiceSlow", "100m", 3)],
            ),
            _case(
                {'driftline_window_end_timestamp_seconds{job="d",model="taxi"}': "0x4000"},
                [("DriftlineSilent", "1d", 0), ("DriftlineSilent", "49h", 1), ("DriftlineGone", "1d", 0)],
            ),
            _case(
                {
                    'driftline_server_stopped{job="d",worker="model taxi"}': "0x10 1x20",
                    'driftline_server_lag_seconds{job="d",model="taxi"}': "0x10 900x20",
                    'driftline_server_dead_letters{job="d",model="taxi"}': "0x10 1x20",
                    'driftline_server_sink_failing{job="d",sink="hook"}': "0x10 3x20",
                },
                [
                    (f"Driftline{name}", at, count)
                    for name in ("Stopped", "Behind", "DeadLetters", "SinkFailing")
                    for at, count in (("5m", 0), ("20m", 1))
                ],
            ),
            _case({"up": "1x60"}, [("DriftlineGone", "10m", 0), ("DriftlineGone", "20m", 1)]),
        ],
    }


def write(folder: Path) -> tuple[Path, Path]:
    """Write the rules and their tests; gives both files."""
    target, tests = folder / "driftline.rules.yml", folder / "driftline.tests.yml"
    for path, content in ((target, rules()), (tests, cases(target.name))):
        write_atomic(path, yaml.safe_dump(content, sort_keys=False, width=120))
    return target, tests


def _rate(series: str, span: str) -> str:
    return f"sum by (job) (rate({series}[{span}]))"


def _recorded(what: str, span: str) -> str:
    return f"job:driftline_service_{what}:ratio_rate{span}"


def _record(what: str, span: str, expr: str) -> dict[str, Any]:
    return {"record": _recorded(what, span), "expr": expr}


def _alert(name: str, expr: str, severity: str, summary: str) -> dict[str, Any]:
    return {"alert": name, "expr": expr, "labels": {"severity": severity}, "annotations": {"summary": summary}}


def _case(series: dict[str, str], expected: list[tuple[str, str, int]]) -> dict[str, Any]:
    """A test by how many alerts fire."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)', "eval_time": at,
             "exp_samples": [{"labels": "{}", "value": count}]}
            for name, at, count in expected
        ],
    }  # fmt: skip

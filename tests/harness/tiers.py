"""Windows with numbers of the service and labels that come late, and what the views make of them."""

from dataclasses import replace

from driftline.stores.base import Store
from driftline.types import Health, Level
from harness.dashboards import result, verdict, window

SERVICE_HEALTH = """
    SELECT model, "window", window_start, "rows", level, metric, "column", value, unit, metric_level
    FROM {}service_health ORDER BY model, "window", metric
"""
LABEL_MATURITY = (
    'SELECT model, "window", "rows", labels, labelled, state, level FROM {}label_maturity ORDER BY "window"'
)


def fill_tiers(store: Store) -> None:
    """Three days of a model: labels complete, a quarter of them there, none; latency on the first day alone."""
    for day, labelled in enumerate((None, 0.25, 0.0)):
        error = verdict(None, metric="mae", health=Health.MODEL, family="performance", unit="min")
        error = replace(error, detail={} if labelled is None else {"labelled": labelled})
        slow = verdict("latency", Level.ALERT, metric="quantile_95", health=Health.SERVICE, unit="s", family="drift")
        store.save_run(result("taxi", day, [error, *([slow] if day == 0 else [])]), {})
    store.save_run(result("bus", 0, [verdict("fare")], task=None), {})


def expect_service_health() -> list[tuple[object, ...]]:
    """The rows of SERVICE_HEALTH."""
    nothing = (None,) * 5
    return [
        ("bus", window(0), window(0).split("/")[0], 1000, None, *nothing),
        ("taxi", window(0), window(0).split("/")[0], 1000, "alert", "quantile_95", "latency", 0.3, "s", "alert"),
        *(("taxi", window(day), window(day).split("/")[0], 1000, None, *nothing) for day in (1, 2)),
    ]


def expect_label_maturity() -> list[tuple[object, ...]]:
    """The rows of LABEL_MATURITY."""
    found = ((1000, 1.0, "complete"), (250, 0.25, "partial"), (0, 0.0, "waiting"))
    return [("taxi", window(day), 1000, *each, "ok") for day, each in enumerate(found)]

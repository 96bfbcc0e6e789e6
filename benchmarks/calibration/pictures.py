"""Curves as pictures: the share of changes found against the share of false alarms, by effect and tool."""

from pathlib import Path
from typing import Any

import altair as alt


def curves(rows: list[dict[str, Any]], effects: list[str], tools: list[str], target: Path) -> None:
    """Draw one panel for each effect, one line for each tool, and write it as SVG."""
    points = [
        {"effect": row["effect"], "tool": row["score"], "false": float(rate), "found": found}
        for row in rows
        if row["score"] in tools
        for rate, found in row["at"].items()
    ]
    colours = ["#00796b", "#e64a19", "#5c6bc0", "#9e9d24"]
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(point={"size": 12})
        .encode(
            x=alt.X("false:Q", title="share of false alarms", scale=alt.Scale(domain=[0, 0.5], clamp=True)),
            y=alt.Y("found:Q", title="share of changes found", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("tool:N", title=None, scale=alt.Scale(domain=tools, range=colours[: len(tools)])),
            strokeDash=alt.StrokeDash("tool:N", title=None, scale=alt.Scale(domain=tools)),
        )
        .transform_filter("datum.false <= 0.5")
        .properties(width=150, height=110)
        .facet(facet=alt.Facet("effect:N", title=None, sort=effects), columns=4)
        .configure(background="white", font="sans-serif")
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    chart.save(str(target))

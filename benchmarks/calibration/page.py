"""Makes `docs/calibration.md` and its pictures of what was measured."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from calibration import model
from calibration.checks import PAST, PROMISED, REFERENCES, ROWS, WHOLE
from calibration.contest import SIZES
from calibration.covers import CHANGED
from calibration.pictures import curves
from calibration.rates import share
from calibration.streams import EFFECTS, SHAPES
from driftline import registry

DOCS = Path(__file__).parent.parent.parent / "docs"
TOOLS = ("Driftline", "Evidently", "NannyML", "Alibi Detect")
Rows = list[dict[str, Any]]
Table = list[str]


def write(found: Mapping[str, Rows], drawn: Mapping[str, str]) -> None:
    """Write the page of all parts that were measured; `drawn` says of those that add up when that was."""
    text = (Path(__file__).parent / "page.md").read_text(encoding="utf-8")
    parts: dict[str, Callable[[Rows], Table]] = {
        "whole": lambda _: whole(found["false_alarms"]),
        "metrics": lambda _: metrics(found["false_alarms"]),
        "shapes": lambda _: shapes(found["false_alarms"]),
        "quiet": quiet,
        "scenarios": scenarios,
        "delays": delays,
        "power": power,
        "coverage": coverage,
        "defaults": lambda _: defaults(found["contest"]),
        "equal": lambda _: equal(found["contest"]),
        "single": lambda _: single(found["contest"]),
        "lost": lambda _: lost(found["contest"]),
    }
    for name, make in parts.items():
        text = text.replace(f"<!-- {name} -->", "\n".join(make(found.get(name, []))))
    for name, said in drawn.items():
        text = text.replace(f"<!-- drawn: {name} -->", said)
    (DOCS / "calibration.md").write_text(text, encoding="utf-8")
    for reference, rows in SIZES:
        own = [row for row in found["contest"] if (row["reference"], row["rows"]) == (reference, rows)]
        curves(own, list(EFFECTS), list(TOOLS), DOCS / "images" / f"calibration-{reference}-{rows}.svg")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """Make the lines of a table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return [f"| {' | '.join(line)} |" for line in lines]


def percent(row: Mapping[str, Any] | None, *, band: bool = True) -> str:
    """Say a share, with its 95 % band."""
    if row is None or row["share"] is None:
        return "–"
    said = f"{100 * row['share']:.1f} %"
    return f"{said} ({100 * row['low']:.1f}–{100 * row['high']:.1f})" if band else said


def pooled(rows: Rows, what: str) -> dict[str, Any]:
    """Make one share of many rows."""
    return share(sum(row[what]["hits"] for row in rows), sum(row[what]["times"] for row in rows))


def whole(rows: Rows) -> Table:
    """False alarms of whole checks."""
    at = {(row["reference"], row["rows"]): row for row in rows if row["metric"] == WHOLE}
    head = ["rows", *(f"reference of {reference:,}" for reference in REFERENCES)]
    body = [
        [
            f"{n:,}",
            *(
                f"{percent(row['alert'])}; {percent(row['warning'], band=False)}"
                for m in REFERENCES
                if (row := at[m, n])
            ),
        ]
        for n in ROWS
    ]
    draws = next(iter(at.values()))["alert"]["times"]
    said = (
        f"{draws:,} checks in each cell: the share with an alert (and its 95 % band), then that with a warning or an "
        f"alert. Promised are {100 * PROMISED:.1f} % with an alert at most."
    )
    return [said, "", *table(head, body)]


def metrics(rows: Rows) -> Table:
    """False alarms of each metric, all columns and references together."""
    groups: dict[tuple[str, int], Rows] = defaultdict(list)
    for row in rows:
        if row["metric"] not in {WHOLE, "any metric"}:
            groups[row["metric"], row["rows"]].append(row)
    names = sorted({metric for metric, _ in groups if not registry.every("metrics")[metric].certain})
    body = []
    for name in names:
        own = [groups[name, n] for n in ROWS]
        told = [pooled(some, "p") for some in own]
        every = [row for some in own for row in some]
        body.append(
            [f"`{name}`", f"{pooled(every, 'alert')['times']:,}", percent(pooled(every, "alert"))]
            + [percent(pooled(every, "warning"), band=False)]
            + [percent(one, band=False) for one in told]
        )
    return table(["metric", "verdicts", "alert", "warning", *(f"p ≤ 5 %: {n:,} rows" for n in ROWS)], body)


def shapes(rows: Rows) -> Table:
    """False alarms of columns of each shape, all metrics and references together."""
    body = []
    for shape in SHAPES:
        own = [row for row in rows if row["metric"] == "any metric" and row["column"] == shape]
        at = [pooled([row for row in own if row["rows"] == n], "warning") for n in ROWS]
        body.append([shape, percent(pooled(own, "alert")), *(percent(one, band=False) for one in at)])
    return table(["column", "alert", *(f"warning: {n:,} rows" for n in ROWS)], body)


def quiet(rows: Rows) -> Table:
    """False alerts of whole models."""
    if not rows:
        return []
    said = (
        f"{rows[0]['models']} models of {model.COLUMNS} columns in each row, {rows[0]['rows a day']} rows "
        f"a day, {model.PAST} days of reference, {model.WATCHED} days watched."
    )
    head = ["days", "incidents", "budget", "95 % of chance up to", "incidents in 30 days"]
    body = [
        [row["scenario"], str(row["incidents"]), f"{row['budget']:.0f}", str(row["most"]), f"{row['per 30 days']:.2f}"]
        for row in rows
    ]
    return [said, "", *table(head, body)]


def scenarios(rows: Rows) -> Table:
    """False alerts in each setting."""
    if not rows:
        return []
    head = [
        "rows without a change",
        "models",
        "days watched",
        "windows judged",
        "incidents",
        "budget",
        "95 % of chance up to",
    ]
    body = [
        [
            row["scenario"], str(row["models"]), f"{row['days']:,}", f"{row['windows']:,}",
            str(row["incidents"]) + (f" ({', '.join(f'`{name}`' for name in row['of'])})" if row["of"] else ""),
            f"{row['budget']:g}", str(row["most"]),
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, body)


def delays(rows: Rows) -> Table:
    """Windows until a lasting shift is told."""
    if not rows:
        return []
    head = ["days", "columns", *(f"+{shift:g} sd" for shift in model.SHIFTS)]
    at = {(row["scenario"], row["columns"], row["shift"]): row for row in rows}
    body = []
    for scenario, columns in dict.fromkeys((row["scenario"], row["columns"]) for row in rows):
        cells = [at[scenario, columns, shift] for shift in model.SHIFTS]
        body.append(
            [scenario, str(columns)]
            + [f"{cell['median'] or 'never'} ({cell['found']} of {cell['models']} found)" for cell in cells]
        )
    return table(head, body)


def power(rows: Rows) -> Table:
    """Share of changes that alert, by effect and rows, against a reference of 10,000."""
    at = {(r["column"], r["rows"]): r for r in rows if r["reference"] == PAST and r["metric"] == "any metric"}
    body = [
        [effect]
        + [
            f"{percent(row['alert'], band=False)}; {percent(row['warning'], band=False)}"
            for n in ROWS
            if (row := at[effect, n])
        ]
        for effect in EFFECTS
    ]
    draws = next(iter(at.values()))["alert"]["times"]
    said = f"{draws:,} checks in each cell, so a share is known to ±{100 / draws**0.5:.0f} points at worst."
    return [said, "", *table(["change", *(f"{n:,} rows" for n in ROWS)], body)]


def coverage(rows: Rows) -> Table:
    """How often intervals hold the truth, by metric: where the truth is no end of the possible."""
    groups: dict[tuple[bool, str], dict[int, Rows]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        metric = registry.every("metrics")[row["metric"]]
        inside = row["truth"] not in {0.0, metric.low, metric.high}
        changed = not metric.compares or row["of"] != "features" or row["column"] in CHANGED
        if inside and changed and ".pattern" not in row["column"]:
            groups[metric.judged, row["metric"]][row["rows"]].append({"held": row})
    sizes = sorted({row["rows"] for row in rows})
    body = []
    for (judged, name), own in sorted(groups.items(), key=lambda item: (not item[0][0], item[0][1])):
        cells = [pooled(own[n], "held") if n in own else None for n in sizes]
        body.append([f"`{name}`", "yes" if judged else "no", *(_marked(cell) for cell in cells)])
    return table(["metric", "judged", *(f"{n:,} rows" for n in sizes)], body)


def _marked(cell: dict[str, Any] | None) -> str:
    out = cell is not None and cell["share"] is not None and (cell["high"] < 0.93 or cell["low"] > 0.97)
    return f"**{percent(cell)}**" if out else percent(cell)


def defaults(rows: Rows) -> Table:
    """What each tool says with its defaults: false alarms, then changes found."""
    body = []
    for reference, n in SIZES:
        for effect in EFFECTS:
            at = _at(rows, reference, n, effect)
            cells = [at.get(tool) for tool in TOOLS]
            said = [
                f"{percent(c['false'], band=False)} → {percent(c['found'], band=False)}"
                if c and c["false"]["times"]
                else "–"
                for c in cells
            ]
            body.append([f"{n:,} against {reference:,}", effect, *said])
    return table(["rows", "change", *TOOLS], body)


def equal(rows: Rows) -> Table:
    """Changes found at 5 % and at 1 % of false alarms, the best of each row bold."""
    body = []
    for reference, n in SIZES:
        for effect in EFFECTS:
            at = _at(rows, reference, n, effect)
            cells = [
                [f"{100 * at[tool]['at'][rate]:.0f}" if tool in at else "–" for rate in ("0.05", "0.01")]
                for tool in TOOLS
            ]
            best = max(at[tool]["at"]["0.05"] for tool in TOOLS if tool in at)
            said = [
                f"**{five}** / {one}" if tool in at and at[tool]["at"]["0.05"] >= best else f"{five} / {one}"
                for tool, (five, one) in zip(TOOLS, cells, strict=True)
            ]
            body.append([f"{n:,} against {reference:,}", effect, *said])
    return table(["rows", "change", *TOOLS], body)


def single(rows: Rows) -> Table:
    """Changes found at 5 % of false alarms by single metrics of Driftline."""
    names = list(dict.fromkeys(row["score"] for row in rows if row["score"].startswith("Driftline's ")))
    body = [
        [effect, *(f"{100 * at[name]['at']['0.05']:.0f}" if name in at else "–" for name in ("Driftline", *names))]
        for effect in EFFECTS
        if (at := _at(rows, *SIZES[-1], effect))
    ]
    return table(
        ["change", "judged", *(f"`{name.removeprefix('Driftline' + chr(39) + 's ')}`" for name in names)], body
    )


def losses(rows: Rows) -> list[tuple[int, int, str, str, float, float]]:
    """The rows in which another tool finds more at 5 % of false alarms, by more than two standard errors."""
    found = []
    for reference, n in SIZES:
        for effect in EFFECTS:
            at = _at(rows, reference, n, effect)
            ours = at["Driftline"]["at"]["0.05"]
            theirs, tool = max((at[tool]["at"]["0.05"], tool) for tool in TOOLS[1:] if tool in at)
            error = ((ours * (1 - ours) + theirs * (1 - theirs)) / at["Driftline"]["draws"]) ** 0.5
            if theirs - ours > 2 * max(error, 0.01):
                found.append((reference, n, effect, tool, ours, theirs))
    return found


def lost(rows: Rows) -> Table:
    """Where another tool finds more."""
    told = [
        f"- {effect}, {n:,} rows against {reference:,}: {tool} {100 * theirs:.0f} %, Driftline {100 * ours:.0f} %."
        for reference, n, effect, tool, ours, theirs in losses(rows)
    ]
    return told or ["- In no row."]


def _at(rows: Rows, reference: int, n: int, effect: str) -> dict[str, dict[str, Any]]:
    return {r["score"]: r for r in rows if (r["reference"], r["rows"], r["effect"]) == (reference, n, effect)}

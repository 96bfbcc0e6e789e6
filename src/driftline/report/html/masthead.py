"""The top of the page: the outcome in words, who is compared with whom, and the three tiers; and its foot."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import icon, tally, text
from driftline.types import Dataset, Health, Level
from driftline.verdicts.result import Result

_LOGO = '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M2 15h6l4-9 4 12 3-7h3"/></svg>'
_HOMES = {
    Health.SERVICE: "Is it up, and fast?",
    Health.DATA: "Are the rows as they were?",
    Health.MODEL: "Is it still right?",
}
_OVERALL = {
    Level.OK: "All is well", Level.UNKNOWN: "Cannot say", Level.WARNING: "Worth a look", Level.ALERT: "Alert",
}  # fmt: skip


def masthead(result: Result) -> str:
    """Headline, sides and tiers."""
    about = [result.model, *([result.task.value] if result.task else []), phrases.window(result.window)]
    told = " · ".join(text(part) for part in about if part)
    notes = "".join(f"<li>{text(note)}</li>" for note in result.notes)
    tiers = "".join(_tier(result, health) for health in Health)
    sides = _side("Reference", "ref", result.reference) + _side("Current", "cur", result.current)
    parts = [
        f'<header class="masthead"><p class="brand">{_LOGO}<b>Driftline</b><span>{told}</span></p>',
        f'<div class="outcome {result.level.value}">{icon(result.level)}<div><p>{_OVERALL[result.level]}</p>',
        f"<h1>{text(result.headline)}</h1></div></div>",
        f'<div class="sides">{sides}</div>',
        f'<ul class="notes">{notes}</ul>' if notes else "",
        f'<nav class="tiers" aria-label="The three tiers">{tiers}</nav></header>',
    ]
    return "".join(parts)


def _side(word: str, swatch: str, side: Dataset) -> str:
    when = phrases.times(side)
    facts = [humanize.count(side.rows, "row"), *([when] if when else []), *([side.format] if side.format else [])]
    return (
        f'<section aria-label="{word}"><p><i class="swatch {swatch}"></i>{word}</p>'
        f"<b>{text(side.label)}</b><small>{text(' · '.join(facts))}</small></section>"
    )


def _tier(result: Result, health: Health) -> str:
    counts = tally(result.by_health(health))
    empty = "Not observed in a batch check" if health is Health.SERVICE else "Nothing judged"
    return (
        f'<a href="#dl-{health.value}"><b>{health.value.capitalize()}</b><small>{_HOMES[health]}</small>'
        f"{counts or f'<span class=soft>{empty}</span>'}</a>"
    )


def footer(result: Result) -> str:
    """What made the page, when, and of which plan."""
    parts = [
        f"Driftline {result.version}".strip(),
        phrases.moment(result.created),
        f"checked in {result.elapsed:.1f} s",
    ]
    parts += [humanize.count(len(result), "verdict")]
    mark = f"<p>Plan <code>{text(result.fingerprint)}</code></p>" if result.fingerprint else ""
    return f"<footer><p>{text(' · '.join(part for part in parts if part))}</p>{mark}</footer>"

"""The top of the page: the outcome in words, who is compared with whom, and the three tiers; and its foot."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import icon, tally_list, text
from driftline.types import Dataset, Health, Level
from driftline.verdicts.sections.records import Footer, Headline, Tally

_LOGO = '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M2 15h6l4-9 4 12 3-7h3"/></svg>'
_HOMES = {
    Health.SERVICE: "Is it up, and fast?",
    Health.DATA: "Are the rows as they were?",
    Health.MODEL: "Is it still right?",
}
_OVERALL = {
    Level.OK: "All is well", Level.UNKNOWN: "Cannot say", Level.WARNING: "Worth a look", Level.ALERT: "Alert",
}  # fmt: skip


def masthead(section: Headline) -> str:
    """Headline, sides and tiers."""
    (_, model), *facts = section.facts
    about = [text(model), *(f"{text(name)} <b>{text(value)}</b>" for name, value in facts)]
    tiers = "".join(_tier(health, tally) for health, tally in section.tiers.items())
    sides = _side("Reference", "ref", section.reference) + _side("Current", "cur", section.current)
    parts = [
        f'<header class="masthead"><p class="brand">{_LOGO}<b>Driftline</b><span>{" · ".join(about)}</span></p>',
        f'<div class="outcome {section.level.value}">{icon(section.level)}<div><p>{_OVERALL[section.level]}</p>',
        f"<h1>{text(section.text)}</h1></div></div>",
        f'<div class="sides">{sides}</div>',
        f'<nav class="tiers" aria-label="The three tiers">{tiers}</nav></header>',
    ]
    return "".join(parts)


def _side(word: str, swatch: str, side: Dataset) -> str:
    when = phrases.time_range(side)
    facts = [humanize.count(side.rows, "row"), *([when] if when else []), *([side.format] if side.format else [])]
    return (
        f'<section aria-label="{word}"><p><i class="swatch {swatch}"></i>{word}</p>'
        f"<b>{text(side.label)}</b><small>{text(' · '.join(facts))}</small></section>"
    )


def _tier(health: Health, tally: Tally) -> str:
    empty = "Not observed in a batch check" if health is Health.SERVICE else "Nothing judged"
    return (
        f'<a href="#dl-{health.value}"><b>{health.value.capitalize()}</b><small>{_HOMES[health]}</small>'
        f"{tally_list(tally) or f'<span class=soft>{empty}</span>'}</a>"
    )


def footer(section: Footer) -> str:
    """What made the page, when, and of which plan."""
    return f"<footer><p>{text(' · '.join(section.facts))}</p></footer>"

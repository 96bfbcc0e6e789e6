"""Sentences as a list, with more for those who ask."""

from driftline.report import phrases
from driftline.report.html.markup import code, fold, text
from driftline.verdicts.sections.records import Note, NoteList


def notes(section: NoteList) -> str:
    """The sentences, each beside the columns that it is about."""
    items = "".join(_note(note) for note in section.notes)
    lead = f'<p class="lead">{text(section.lead)}</p>' if section.lead else ""
    return f'{lead}<ul class="notes">{items}</ul>'


def _note(note: Note) -> str:
    names = ", ".join(code(name) for name in note.names[:12])
    more = f" and {len(note.names) - 12:,} more" if len(note.names) > 12 else ""
    said = f"<b>{names}{more}</b><p>{text(note.text)}</p>" if names else f"<p>{text(note.text)}</p>"
    details = "".join(f"<li>{text(phrases.clip(detail, 500))}</li>" for detail in note.details)
    return f"<li>{said}{fold('Details', f'<ul>{details}</ul>') if details else ''}</li>"

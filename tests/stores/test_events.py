"""What an event may say, and what names it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from driftline.errors import InputError
from driftline.stores.events import make_event, make_version

AT = datetime(2022, 2, 1, 12, tzinfo=UTC)


def test_named_by_what_it_says():
    """The same event has the same name, whatever zone its time is told in; another one has another."""
    berlin = AT.astimezone(timezone(timedelta(hours=1)))
    assert make_event("taxi", "new tariff", AT) == make_event("taxi", "new tariff", berlin)
    names = {
        make_event(*said).id
        for said in (
            ("taxi", "new tariff", AT), ("bus", "new tariff", AT), ("taxi", "new", AT), ("taxi", "new tariff", AT, "x"),
            ("taxi", "new tariff", AT, "note", "Ann"), ("taxi", "new tariff", AT + timedelta(seconds=1)),
        )
    }  # fmt: skip
    assert 6 == len(names)


def test_version_is_seen_once():
    """A version has one event, whenever it is seen again."""
    first, again = make_version("taxi", "7", AT), make_version("taxi", "7", AT + timedelta(days=1))
    assert (first.id, "version", "version 7 first seen") == (again.id, first.kind, first.text)
    assert first.id != make_version("taxi", "8", AT).id != make_version("bus", "7", AT).id


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (" ", "note", "a text of 1 to 2,000 characters"),
        ("x" * 2001, "note", "a text of 1 to 2,000 characters"),
        ("x", "New Tariff", "not 'New Tariff'"),
        ("x", "", "one word in lower case"),
    ],
)
def test_refused(text, kind, why):
    """An event without a text, with a long one, or of a kind that is no word is refused."""
    with pytest.raises(InputError) as caught:
        make_event("taxi", text, AT, kind)
    assert why in str(caught.value)

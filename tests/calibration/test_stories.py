"""The stories with a known truth in a short form: what a person would write down, and nothing else."""

import pytest
from stories import tell
from stories.synthetic import STORIES

from driftline.alerts.incidents import Incident, Member
from driftline.types import Health, Level

pytestmark = pytest.mark.slow

BY_NAME = {story.name: story for story in STORIES}
SHORT = {
    "collapse and slow return": "1d", "step and second step": "1w", "two halves": "1w", "feed that dies": "1w",
    "labels a week late": "1w", "broken subgroup": "1w",
}  # fmt: skip


@pytest.mark.parametrize(("name", "every"), SHORT.items())
def test_a_story_is_told_as_it_was(name, every):
    """The incidents told are those that a person who knows the story would write down, with onset and end."""
    assert [] == tell.tell(BY_NAME[name], every, rows=400).faults


def incident(since, closed=None, subject="fare"):
    member = Member(
        subject=subject, metric="jensen_shannon", column=subject, segment=None, change=subject, reason="",
        beyond=2.0, joined=since,
    )  # fmt: skip
    return Incident(
        id=since, model="m", health=Health.DATA, level=Level.ALERT, metric="jensen_shannon", column=subject,
        segment=None, headline=subject, reason="", since=since, earliest=since, latest=since, opened=since,
        updated=since, closed=closed, members=(member,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("incidents", "faults"),
    [
        ([incident("2024-02-10T00:00:00")], []),
        ([], ["missed"]),
        ([incident("2024-02-20T00:00:00")], ["onset"]),
        ([incident("2024-02-10T00:00:00", "2024-03-01T00:00:00")], ["over too soon"]),
        ([incident("2024-02-10T00:00:00"), incident("2024-03-01T00:00:00", subject="zone")], ["not asked for"]),
    ],
    ids=["as written", "untold", "late", "closed", "one more"],
)
def test_faults(incidents, faults):
    """What a person would object to is a fault: a step from 10 February on that stays, told otherwise."""
    told = tell.match(BY_NAME["step that stays"], "1d", incidents, ())
    assert faults == [fault.partition(":")[0] for fault in told.faults]

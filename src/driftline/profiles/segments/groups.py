"""The groups of a protected attribute: what metrics of fairness compare."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.config.segments.settings import JOIN
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import Profile
from driftline.profiles.segments.splits import GROUPED, Split, make_splits
from driftline.types import Column, Kind, ProfileKey, Role


@dataclass(eq=False)
class Groups:
    """The profile of each group of one attribute, by label; rows without a value of it are in no group."""

    plan: Plan
    attribute: str
    profiles: Mapping[str, Profile]
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def least(self) -> int:
        """Fewest rows of a group that is compared (`fairness.min_rows`)."""
        return self.plan.config.fairness.min_rows

    @property
    def labelled(self) -> bool:
        """Whether any row has a label."""
        target = self.plan.with_role(Role.TARGET)
        return target is not None and any(part.columns[target.name].counts.values for part in self.profiles.values())

    @property
    def column(self) -> ColumnPlan:
        """The attribute's column; of several columns one that stands for them."""
        own = self.plan.by_name.get(self.attribute)
        return own or ColumnPlan(Column(self.attribute, Kind.CATEGORICAL, Role.SEGMENT, ""))

    def once(self, name: str, measure: Callable[["Groups"], Any]) -> Any:
        """What a function of these groups gives, worked out once."""
        if name not in self.known:
            self.known[name] = measure(self)
        return self.known[name]


def list_groups(plan: Plan, profiles: Mapping[ProfileKey, Profile]) -> Iterator[Groups]:
    """The groups of each protected attribute (`fairness.attributes`) and intersection."""
    names = {split.key for split in plan.config.fairness.splits}
    for split in make_splits(plan):
        if split.name in names:
            yield _gather(plan, split, profiles)


def find_groups(plan: Plan, attribute: str, profiles: Mapping[ProfileKey, Profile]) -> Groups | None:
    """The groups of one attribute, or None where it is none."""
    return next((groups for groups in list_groups(plan, profiles) if groups.attribute == attribute), None)


def _gather(plan: Plan, split: Split, profiles: Mapping[ProfileKey, Profile]) -> Groups:
    own = {
        split.label(key.segment): profile
        for key, profile in sorted(profiles.items())
        if not key.window and split.has(key.segment)
    }
    return Groups(plan, split.name, {label: part for label, part in own.items() if not _is_pooled(label)})


def _is_pooled(label: str) -> bool:
    """Whether a label stands for missing, rare or new values: for rows that are no group of their own."""
    return any(part in GROUPED for part in label.split(JOIN))

"""Which columns get a picture, and the pictures themselves, each drawn once."""

from dataclasses import dataclass, field

from driftline import humanize
from driftline.report.html import charts, svg, timeline
from driftline.report.html.markup import fold, text
from driftline.report.html.sparkline import numbers_table, sparkline
from driftline.types import ChartData, Timeline
from driftline.verdicts.result import Result

MOST = 60
_KEY = "A dot a window with its 95 % interval; grey: the reference, dashed: the limit."
_KEY_WITHOUT_LIMIT = "A dot a window with its 95 % interval; grey: the reference."
HOW = "Pictures need an extra: <code>pip install &#x27;driftline[report]&#x27;</code>. The numbers are all here."


@dataclass
class Pictures:
    """The pictures of one result. Columns with findings come first, then the model's own, then the rest."""

    result: Result
    chosen: tuple[str, ...] = ()
    _drawn: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.distributions = {each.column.name: each for each in self.result.distributions}
        self.lines: dict[tuple[str | None, str | None], list[Timeline]] = {}
        for line in self.result.timelines:
            self.lines.setdefault((line.column, line.segment), []).append(line)
        standing_out = [finding.lead.column for finding in self.result.findings_by_subject]
        model = [column.name for column in self.result.columns if column.role.of_model]
        names = {column.name: None for column in self.result.columns}
        order = dict.fromkeys(name for name in [*standing_out, *model, *names] if name in names)
        self.chosen = tuple(order)[:MOST]
        self._room = {name for name in order if name in self.distributions and name in set(self.chosen)}

    @property
    def total(self) -> int:
        """How many columns there are."""
        return len(self.result.columns)

    def distribution(self, name: str | None) -> str:
        """The picture of a column, or its thumbnail with the numbers where it cannot be drawn, or nothing."""
        if name is None or name not in self._room:
            return ""
        if name not in self._drawn:
            self._drawn[name] = self._draw(self.distributions[name])
        return self._drawn[name]

    def _draw(self, picture: ChartData) -> str:
        if not picture.bars:
            return ""
        legend = '<i class="swatch ref"></i>reference <i class="swatch cur"></i>current'
        caption = f"<figcaption>Share of rows by value: {legend}</figcaption>"
        if svg.available():
            return charts.distribution(picture) + caption
        return sparkline(picture) + caption + fold("The numbers", numbers_table(picture))

    def timelines(
        self, column: str | None, segment: str | None, metrics: tuple[str, ...], since: str | None
    ) -> list[str]:
        """Pictures of at most two of these metrics over time, in the order of the metrics."""
        if not svg.available():
            return []
        lines = {line.metric: line for line in self.lines.get((column, segment), []) if line.points}
        wanted = [lines[metric] for metric in dict.fromkeys(metrics) if metric in lines][:2]
        return [
            f"<h4>{text(humanize.capitalize(line.title))} over time{_unit(line)}</h4>{timeline.timeline(line, since)}"
            f"<figcaption>{_KEY if line.threshold is not None else _KEY_WITHOUT_LIMIT}</figcaption>"
            for line in wanted
        ]


def _unit(line: Timeline) -> str:
    return f", in {text(line.unit)}" if line.unit not in {"", "column", "share"} else ""

"""The reporting record: which unit reported which period in time (features 5.8; dashboard strip)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from linkage.models import Region
from reports.figures.timeliness import Timeliness, timeliness
from reports.models import Period, WeeklyReport

NOT_SHOWN = ("explanations", "exempt_reason", "opened_at", "first_edit_at", "handed_in_at")  # of thousands of reports, not read for the record


@dataclass(frozen=True)
class Record:
    """One unit's last periods, oldest first; `cells` are (period, report or None, timeliness or None)."""

    unit: Region
    cells: list[tuple[Period, WeeklyReport | None, Timeliness | None]]
    at: datetime

    @property
    def missing(self) -> int:
        return sum(judged is Timeliness.MISSING for _, _, judged in self.cells)

    @property
    def on_time(self) -> tuple[int, int]:
        """(in time, reports whose deadline has passed and that are not exempt); who reports early counts when it is over."""
        due = [judged for _, report, judged in self.cells if report and report.due_at < self.at and judged is not Timeliness.EXEMPT]
        return sum(judged is Timeliness.ON_TIME for judged in due), len(due)


def last_periods(at: datetime, count: int = 12) -> list[Period]:
    """The last `count` opened periods with a report, oldest first. One query."""
    return list(Period.objects.reported().filter(opened_at__lte=at).order_by("-cutoff_at")[:count])[::-1]


def records(periods_shown: Sequence[Period], units: Sequence[Region], at: datetime) -> list[Record]:
    """One record per unit in the given order. One query whatever the number of units and periods."""
    found = WeeklyReport.objects.filter(period__in=periods_shown, unit__in=units).order_by().defer(*NOT_SHOWN)
    reports = {(r.unit_id, r.period_id): r for r in found}
    return [Record(unit, [_cell(period, reports.get((unit.pk, period.pk)), at) for period in periods_shown], at) for unit in units]


def _cell(period: Period, report: WeeklyReport | None, at: datetime):
    return period, report, timeliness(report, at) if report else None

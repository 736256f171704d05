"""What the calendar of reports brings next: the running period's deadline, and when the next one opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linkage import periods
from linkage.periods import Week, WorkCalendar
from reports.models import Period

LOOK_AHEAD_WEEKS = 6


@dataclass(frozen=True)
class Ahead:
    """`running`: the period that is due next, if one is open; `opens_at`: when the next weekly period opens."""

    running: Period | None
    opens_at: datetime | None

    def words(self, at: datetime) -> str:
        """ "本期（2026年第48期）11月27日 17:00 前上报；下一期 11月30日开启。" """
        parts = []
        if self.running:
            parts.append(f"本期（{self.running.title.split('（')[0]}）{periods.deadline_words(self.running.due_at, at)}上报")
        if self.opens_at:
            parts.append(f"下一期 {periods.day_words(periods.day_of(self.opens_at), periods.day_of(at).year)}开启")
        return "；".join(parts) + "。" if parts else ""


def ahead(at: datetime) -> Ahead:
    """One query for the period, at most two for the calendar; 休周 are passed over."""
    running = Period.objects.reported().filter(opened_at__lte=at, due_at__gte=at).order_by("due_at").first()
    calendar, week = WorkCalendar.load(), Week.of(at).next()
    for _ in range(LOOK_AHEAD_WEEKS):
        if not week.is_rest(calendar):
            return Ahead(running, week.opens_at)
        week = week.next()
    return Ahead(running, None)

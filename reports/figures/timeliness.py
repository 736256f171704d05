"""未到期 / 按时 / 逾期上报 / 未报 / 免报: computed from v1 beside the state, never stored (features 5.6, 5.8)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from reports.models import WeeklyReport


class Timeliness(StrEnum):
    NOT_DUE = "not_due"
    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    EXEMPT = "exempt"

    @property
    def words(self) -> str:
        return {"not_due": "未到期", "on_time": "按时", "late": "逾期上报", "missing": "未报", "exempt": "免报"}[self.value]


def timeliness(report: WeeklyReport, at: datetime) -> Timeliness:
    """By the first usable version's submission (`first_submitted_at`); a version marked 实质不可用 does not count."""
    if report.is_exempt:
        return Timeliness.EXEMPT
    if report.first_submitted_at is not None:
        return Timeliness.ON_TIME if report.first_submitted_at <= report.due_at else Timeliness.LATE
    return Timeliness.NOT_DUE if at <= report.due_at else Timeliness.MISSING


def is_locked(report: WeeklyReport, at: datetime) -> bool:
    """After `locks_at` nothing is entered any more unless the office has unlocked the report for a while."""
    return at > report.locks_at and not (report.unlocked_until and at <= report.unlocked_until)


def unlocked(at: datetime, report: str = "") -> Q:
    """The contrary of `is_locked` as a condition; `report` leads to the report, as "report__"."""
    return Q(**{f"{report}locks_at__gte": at}) | Q(**{f"{report}unlocked_until__gte": at})

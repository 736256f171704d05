"""The gate of every write into a weekly report's working copy: who may type, in which rows, up to when."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied

from linkage import access, periods, states
from linkage.errors import WrongState
from reports.figures.timeliness import is_locked
from reports.models import EDITABLE_STATES, ReportLine, WeeklyReport


def begin_edit(report: WeeklyReport, by, at: datetime) -> None:
    """The gate of every write into a draft: right, lock, state; raises the revision."""
    refuse_closed(report, by, at)
    changes = {} if report.first_edit_at else {"first_edit_at": at}
    states.touch(report, states=EDITABLE_STATES, **changes)
    report.first_edit_at = report.first_edit_at or at


def refuse_closed(report: WeeklyReport, by, at: datetime) -> None:
    """Raise unless this person may type into this report at this time."""
    if not (access.may(by, "weekly.fill", report) or access.may(by, "weekly.fill_dealt", report)):
        raise PermissionDenied("您的岗位不能填报这份周调度。")
    if is_locked(report, at):
        raise WrongState(f"本期已于 {periods.moment_words(report.locks_at)} 锁定，请向地区专班办公室申请解锁。", code="locked")


def may_edit_line(by, report: WeeklyReport, line: ReportLine) -> bool:
    """The clerk edits every row, a department the rows dealt to it."""
    if access.may(by, "weekly.fill", report):
        return True
    return line.assigned_to_id is not None and line.assigned_to_id in fills_for(by, report)


def fills_for(by, report: WeeklyReport) -> frozenset[int | None]:
    """Departments whose dealt rows this person fills: the own one and those it acts for."""
    grants = access.grants_of(by)
    return frozenset(g.organisation_id for g in grants if "weekly.fill_dealt" in g.permissions and g.covers(report.unit.path))

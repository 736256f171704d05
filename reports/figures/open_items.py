"""Weekly reports that are open in a seat, for handing over (features 1.6)."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.urls import reverse

from linkage import periods
from linkage.handover import OpenItem
from linkage.models import Role, Seat
from reports.figures.timeliness import unlocked
from reports.models import EDITABLE_STATES, ReportLine, ReportState, WeeklyReport

_OFFICE = (Role.OFFICE_CLERK, Role.OFFICE_HEAD)


def reports(seat: Seat, on: date) -> list[OpenItem]:
    """Drafts and returned reports for the clerk, those to sign for the signer, rows not filled yet for a department, those to
    accept for the office; locked ones are nobody's. Two queries at most."""
    at = periods.moment(on, 24)
    rows = WeeklyReport.objects.filter(unit__path__startswith=seat.region.path, is_exempt=False, period__opened_at__lte=at)
    if seat.role == Role.COUNTY_CLERK:
        rows = rows.filter(unlocked(at), state__in=EDITABLE_STATES)
    elif seat.role == Role.COUNTY_CHIEF:
        rows = rows.filter(state=ReportState.SIGNING)
    elif seat.role == Role.COUNTY_DEPT:
        empty = ReportLine.objects.filter(Q(no_change=False, updated_at__isnull=True), assigned_to=seat.organisation)
        rows = rows.filter(unlocked(at), state__in=EDITABLE_STATES, pk__in=empty.values("report_id"))
    elif seat.role in _OFFICE:
        rows = rows.filter(state=ReportState.SUBMITTED)
    else:
        return []
    return [_item(report) for report in rows.select_related("unit", "period").order_by("due_at", "unit__display_order")]


def _item(report: WeeklyReport) -> OpenItem:
    due = report.return_due_at if report.state == ReportState.RETURNED and report.return_due_at else report.due_at
    url = reverse("weekly-report", args=[report.period.key, report.unit.slug])
    return OpenItem(str(report.pk), f"{report.unit} {report.period.short_title}周调度报告", report.get_state_display(), periods.day_of(due), url)

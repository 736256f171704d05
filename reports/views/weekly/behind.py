"""What stands behind one row of the grid: twelve weeks, treasury vouchers, open issues (ui: Weekly grid)."""

from __future__ import annotations

from typing import Any

from funds.models import ReportedSpending, Voucher
from issues.models import Issue
from linkage.money import to_wan
from projects.models import Progress
from reports.models import ReportLine, WeeklyReport

WEEKS = 12
VOUCHERS = 8


def behind(user, report: WeeklyReport, line: ReportLine) -> dict[str, Any]:
    """Context of the fragment; six queries. Only what the person may read elsewhere too."""
    vouchers = Voucher.objects.visible_to(user).standing().filter(project=line.project_id, paid_on__lte=report.period.ends_on)
    notes = report.issue_notes.filter(issue__project=line.project_id, issue__in=Issue.objects.visible_to(user))
    return {
        "spent": _spent(line, report), "progress": _progress(line, report), "vouchers": list(vouchers.order_by("-paid_on", "-pk")[:VOUCHERS]),
        "voucher_count": vouchers.count(), "notes": list(notes.select_related("issue").order_by("issue_id")),
        "remarks": list(report.remarks.filter(project=line.project_id).select_related("by").order_by("-round", "pk")),
    }  # fmt: skip


def _weeks(report: WeeklyReport) -> list:
    """Cut-off days of the last periods before this one, oldest first. One query."""
    earlier = type(report.period).objects.reported().filter(ends_on__lt=report.period.ends_on).order_by("-ends_on")
    return list(earlier.values_list("ends_on", flat=True)[:WEEKS])[::-1]


def _spent(line: ReportLine, report: WeeklyReport) -> list:
    """Cumulative spending of the project (周报口径, 万元) at each of the last cut-offs; None where nothing was stated."""
    totals: dict = {}
    statements = ReportedSpending.objects.live().filter(allocation__project=line.project_id, as_of__lt=report.period.ends_on)
    for day, paid in statements.values_list("as_of", "paid_to_date_yuan"):
        totals[day] = totals.get(day, 0) + paid
    return [to_wan(totals[day]) if day in totals else None for day in _weeks(report)]


def _progress(line: ReportLine, report: WeeklyReport) -> list:
    """形象进度 in percent at each of the last stated days."""
    facts = Progress.objects.live().filter(project=line.project_id, as_of__lt=report.period.ends_on).order_by("-as_of")
    ratios = list(facts.values_list("physical_ratio", flat=True)[:WEEKS])[::-1]
    return [ratio * 100 if ratio is not None else None for ratio in ratios] if any(ratio is not None for ratio in ratios) else []

"""What the guided set-up tells about the weekly dispatch: step ⑥ (features 12.6)."""

from __future__ import annotations

from linkage.figures.setup import Need
from reports.models import Period, WeeklyReport
from reports.states import ReportState


def report() -> tuple[list[tuple[str, str]], list[Need]]:
    """Periods opened and reports accepted; the first day ends with the first accepted report. Two queries."""
    periods = Period.objects.count()
    accepted = WeeklyReport.objects.filter(state=ReportState.ACCEPTED).count()
    facts = [("已开启", f"{periods} 期"), ("已接收", f"{accepted} 份周报")]
    needs = []
    if not periods:
        needs.append(Need("还没有开启周调度。设好填报单位后会自动开启；后台未运行时不会。"))
    elif not accepted:
        needs.append(Need("还没有一份被接收的周报。"))
    return facts, needs

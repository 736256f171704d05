"""Who is told what about a plan. A notice names unit, year and step, no amounts."""

from __future__ import annotations

from datetime import datetime

from linkage import notify, periods
from linkage.models import Role, User
from projects.models import AnnualPlan, PlanState

_PLAN_TITLES: dict[str, str] = {
    PlanState.DRAFT: "{}退回编制", PlanState.DECIDING: "{}待登记审定", PlanState.DECIDED: "{}已审定，请报地区备案", PlanState.FILING: "{}报备案",
    PlanState.FILED: "{}已备案", PlanState.RETURNED: "{}退回调整",
}  # fmt: skip


def plan_moved(plan: AnnualPlan, *, at: datetime, reason: str = "") -> None:
    """Tell whoever acts next, and the unit what became of its plan. A recall tells nobody."""
    if plan.state == PlanState.DRAFT and not reason:
        return
    title = _PLAN_TITLES[plan.state].format(plan)
    notify.tell(_next_for(plan, periods.day_of(at)), key=f"plan/{plan.pk}/{plan.revision}", title=title, body=reason, url=plan.get_absolute_url(), at=at)


def _next_for(plan: AnnualPlan, on) -> list[User]:
    if plan.state == PlanState.DECIDING:
        return notify.holders(Role.COUNTY_CHIEF, plan.unit, on)
    if plan.state == PlanState.FILING:
        return notify.holders(Role.OFFICE_CLERK, plan.unit.parent, on) if plan.unit.parent else []
    return notify.holders(Role.COUNTY_CLERK, plan.unit, on)

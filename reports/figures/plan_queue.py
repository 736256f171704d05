"""Annual plans in 我的待办: to be decided, to be sent up, to be filed, returned, and not begun (features 2.4, 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from linkage import access, periods
from linkage.models import Region
from projects.models import AnnualPlan, PlanTransition, Project
from projects.states import plans as states
from reports.figures.todo import NOTICE, RETURNED, SHOWN_PER_SOURCE, WAITING, Todo

WAITING_STATES = (states.DRAFT, states.DECIDING, states.DECIDED, states.FILING, states.RETURNED)
NAMED = 8  # units that one row names


def plans(user, at: datetime) -> Iterator[Todo]:
    """The next step of the newest version of each plan, for whoever may make it; then units without a plan. Three queries."""
    rights = {right for right in (states.COMPOSE, states.SIGN, states.TAKE) if access.may(user, right)}
    if not rights:
        return
    last = PlanTransition.objects.filter(subject=OuterRef("pk")).order_by("-pk").values("name")[:1]
    rows = AnnualPlan.objects.visible_to(user).newest().filter(state__in=WAITING_STATES).annotate(last_move=Subquery(last))
    joined = rows.select_related("unit", "handed_in_by")
    found = [todo for plan in joined if (todo := _next_step(user, plan, plan.last_move, at))]
    yield from found[: 3 * SHOWN_PER_SOURCE]
    if rights & {states.COMPOSE, states.TAKE}:
        yield from _not_begun(user, periods.day_of(at), states.COMPOSE if states.COMPOSE in rights else states.TAKE)


def _next_step(user, plan: AnnualPlan, last_move: str | None, at: datetime) -> Todo | None:
    def may(permission: str) -> bool:
        return access.may(user, permission, plan)

    url = plan.get_absolute_url()
    if plan.state == states.DECIDING and may(states.SIGN):
        own = user.pk in (plan.composed_by_id, plan.handed_in_by_id)
        why = "您编制或提请的，须由另一人登记审定" if own else f"{plan.handed_in_by}提请，领导小组审定后登记文号"
        return Todo(WAITING, f"{plan}待审定", why, url, "查看" if own else "去登记审定")
    if plan.state == states.FILING and may(states.TAKE):
        return Todo(WAITING, f"{plan}待备案", f"{plan.decided_on:%Y-%m-%d} 审定，{plan.document_no}", url, "去备案")
    if not may(states.COMPOSE):
        return None
    if plan.state == states.RETURNED:
        return Todo(RETURNED, f"{plan}被退回调整", "理由在计划页“办理过程”，调整另成一版", url, "去调整")
    if plan.state == states.DECIDED:
        return Todo(WAITING, f"{plan}已审定，还没有报地区备案", plan.document_no, url, "去报备案")
    if plan.state == states.DRAFT and last_move == states.SEND_BACK.name:
        return Todo(RETURNED, f"{plan}被退回编制", "理由在计划页“办理过程”", url, "去修改")
    if plan.state == states.DRAFT:
        return Todo(NOTICE, f"{plan}在编制中", f"{periods.ago_words(plan.updated_at, at)}保存", reverse("plan-compose", args=[plan.pk]), "继续编制")
    return None


def _not_begun(user, today: date, right: str) -> Iterator[Todo]:
    """Units with projects of the year and no plan of it: the county's own as one row each, for the prefecture all in one."""
    here = Q(pk__in=[])
    for grant in access.grants_of(user):
        if right in grant.permissions:
            here |= Q(path__startswith=grant.region_path)
    year, own = today.year, right == states.COMPOSE
    known = AnnualPlan.objects.filter(year=year) if own else AnnualPlan.objects.filter(year=year, state__in=states.FOR_ABOVE)
    active = Project.objects.of_year(year).exclude(stage="removed")
    units = Region.objects.reporting().filter(here, pk__in=active.order_by().values("unit")).exclude(pk__in=known.order_by().values("unit"))
    names = [unit.name for unit in units]
    if not names:
        return
    address = f"{reverse('plan-list')}?year={year}"
    if own:
        yield Todo(NOTICE, f"{'、'.join(names)}还没有{year}年度实施计划", "从项目库选编，领导小组审定后报备案", reverse("plan-list"), "去编制")
        return
    words = "、".join(names[:NAMED]) + ("等" if len(names) > NAMED else "")
    yield Todo(NOTICE, f"{len(names)} 个单位没有报来{year}年度实施计划", words, address, "去查看")

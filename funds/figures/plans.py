"""What an annual plan is compared with: money issued to the county, and money arranged to its projects (features 2.4)."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Sum

from funds.figures.ledger import ZERO, own_shares
from funds.models import Allocation
from linkage import access
from linkage.models import FundTask, Level
from projects.models import AnnualPlan


class PlanMoney:
    """Registered with projects/figures/plan.py. Amounts in 元 of the fund year that bears the plan's number."""

    def issued(self, plan: AnnualPlan, user) -> dict[tuple[int, str], Decimal]:
        """下达到县 by (task id, level), every level of each task the user may compare: all for whole sight, else the tasks led.

        At most two queries.
        """
        tasks = _comparable(user, plan.unit.path)
        rows = own_shares(user).filter(unit=plan.unit_id, batch__fund_year=plan.year, batch__task__in=tasks).order_by()
        sums = rows.values_list("batch__task_id", "batch__level").annotate(total=Sum("amount_yuan"))
        return {(task, level): ZERO for task in tasks for level in Level} | {(task, level): total for task, level, total in sums}

    def arranged(self, project_ids: Collection[int], year: int) -> dict[int, dict[str, Decimal]]:
        """Project id → level → 安排金额. One query."""
        rows = Allocation.objects.filter(project__in=project_ids, county_allocation__batch__fund_year=year).order_by()
        found: dict[int, dict[str, Decimal]] = {}
        for project, level, total in rows.values_list("project_id", "county_allocation__batch__level").annotate(total=Sum("amount_yuan")):
            found.setdefault(project, {})[level] = total
        return found


def _comparable(user, path: str) -> list[int]:
    """Tasks of which the user reads all the money and all the projects of a unit."""
    if access.sees_whole(user, path):
        return list(FundTask.objects.order_by("pk").values_list("pk", flat=True))
    grants = (grant for grant in access.grants_of(user) if access.Breadth.TASKS in grant.breadths and grant.covers(path))
    return sorted({task for grant in grants for task in grant.task_ids})

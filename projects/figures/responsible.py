"""Who answers for a project: who carries it out, who leads its task, who has it in hand now (features 1.2, 10.4)."""

from __future__ import annotations

from datetime import date

from linkage.models import Role, Seat, TaskLead
from projects.models import Progress, Project


def responsible(project: Project, latest: Progress | None, today: date) -> list[tuple[str, str]]:
    """(what for, who) in the order in which one would ask; "" where nobody stands in the directory. Two queries.

    牵头部门: the unit's own lead of the task, else the prefecture's. 填报人: who holds the unit's filling seat today.
    """
    unit = project.unit
    leads = TaskLead.objects.on(today).filter(task=project.task_id, organisation__region__in=[unit.pk, unit.parent_id]).select_related("organisation")
    own = sorted(leads, key=lambda lead: (lead.organisation.region_id != unit.pk, lead.pk))
    clerks = Seat.objects.on(today).filter(region=unit, role=Role.COUNTY_CLERK, user__is_active=True).order_by("pk").values_list("user__name", flat=True)
    return [
        ("实施单位", str(project.implementer or "")), ("任务牵头部门", str(own[0].organisation) if own else ""),
        ("当前承办单位", str(latest.holder) if latest and latest.holder else ""), ("填报人", "、".join(dict.fromkeys(clerks))),
    ]  # fmt: skip

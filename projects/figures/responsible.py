"""Who answers for a project: who carries it out, who leads its task, who has it in hand now, whom one turns to
(features 1.2, 1.4, 10.4)."""

from __future__ import annotations

from datetime import date

from linkage.figures.contacts import person_for
from linkage.models import DictionaryEntry, Matter, Role, Seat, TaskLead
from projects.models import Progress, Project

# Where the money or the work stands (当前环节) → the matter whose “一对一” person is asked.
_MATTER_OF_STEP = {
    "tender": "tender", "start": "construction", "construction": "construction", "claim": "payment", "review": "payment", "treasury": "payment",
    "retention": "payment",
}  # fmt: skip


def matter_code(step: DictionaryEntry | None) -> str:
    """The code of the matter behind a 当前环节; empty where nobody is asked about it (paid, not yet in the plan)."""
    if step is None:
        return ""
    return step.code.removeprefix("procedure-") if step.code.startswith("procedure-") else _MATTER_OF_STEP.get(step.code, "")


def one_to_one(project: Project, latest: Progress | None, today: date) -> tuple[str, str]:
    """(“一对一”（用地预审）, who) for what the project stands at; without a named step 建设实施 is meant. Five queries."""
    code = matter_code(latest.step) if latest else ""
    matter = Matter.objects.filter(code=code or "construction", is_active=True).first()
    if matter is None:
        return ("“一对一”对接", "")
    liaison = person_for(project.unit, matter, today)
    return (f"“一对一”（{matter}）", liaison.words if liaison else "")


def responsible(project: Project, latest: Progress | None, today: date) -> list[tuple[str, str]]:
    """(what for, who) in the order in which one would ask; "" where nobody stands in the directory. Seven queries.

    牵头部门: the unit's own lead of the task, else the prefecture's. 填报人: who holds the unit's filling seat today.
    """
    unit = project.unit
    leads = TaskLead.objects.on(today).filter(task=project.task_id, organisation__region__in=[unit.pk, unit.parent_id]).select_related("organisation")
    own = sorted(leads, key=lambda lead: (lead.organisation.region_id != unit.pk, lead.pk))
    clerks = Seat.objects.on(today).filter(region=unit, role=Role.COUNTY_CLERK, user__is_active=True).order_by("pk").values_list("user__name", flat=True)
    return [
        ("实施单位", str(project.implementer or "")), ("任务牵头部门", str(own[0].organisation) if own else ""),
        ("当前承办单位", str(latest.holder) if latest and latest.holder else ""), ("填报人", "、".join(dict.fromkeys(clerks))),
        one_to_one(project, latest, today),
    ]  # fmt: skip

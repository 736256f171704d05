"""What a unit still lacks before its first weekly report has rows: projects, money arranged to them, rows taken in (features 12.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from funds.models import Allocation, CountyAllocation
from linkage import access
from linkage.models import Region
from projects.models import Project
from reports.figures.timeliness import unlocked
from reports.models import EDITABLE_STATES, NO_TASK, WeeklyReport


@dataclass(frozen=True)
class FirstStep:
    """What comes next at the county's desk, in words, and where it is done."""

    words: str
    url: str
    button: str


def first_step(user) -> FirstStep | None:
    """For who fills the reports of a unit without any project, or without any money arranged; None for everybody else.

    Three queries at most.
    """
    units = _own_units(user)
    if not units:
        return None
    projects = Project.objects.filter(unit__in=units)
    if not projects.exists():
        words = "本单位还没有项目。先导入或登记项目（列入年度计划的写明依据文件），再把下达的资金安排到项目、导入期初数，周调度才有要填的行。"
        return FirstStep(words, f"{reverse('import-new')}?kind=projects", "导入项目")
    if projects.filter(Exists(Allocation.objects.filter(project=OuterRef("pk")))).exists():
        return None
    if not CountyAllocation.objects.filter(unit__in=units).exists():
        words = "项目已登记，下达到本单位的资金还没有登记。请专班办公室或财政部门登记资金批次、分配到县，再在“资金批次”里安排到项目。"
        return FirstStep(words, reverse("batch-list"), "看资金批次")
    return FirstStep("下达到本单位的资金还没有安排到项目。安排以后，周调度才有要填的行。", f"{reverse('batch-list')}?left=on", "去安排资金")


def reports_to_take_in(user, at: datetime):
    """Open reports of the user's units that are 免报 for want of a task although projects with money are there now, which
    the clerk has to take in. Two queries, none for everybody else."""
    year = OuterRef("period__ends_on__year")
    money = Allocation.objects.filter(project=OuterRef("pk"), decided_on__lte=OuterRef(OuterRef("period__ends_on")))
    projects = Project.objects.filter(unit=OuterRef("unit"), project_year__lte=year).running().filter(Exists(money))
    projects = projects.exclude(project_year__lt=year, accepted_on__isnull=False)  # what is long finished is asked for no more
    units = _own_units(user)
    if not units:
        return WeeklyReport.objects.none()
    reports = WeeklyReport.objects.filter(
        unit__in=units, is_exempt=True, exempt_reason=NO_TASK, state__in=EDITABLE_STATES, period__opened_at__lte=at, due_at__gte=at
    )
    return reports.filter(unlocked(at)).filter(Exists(projects)).select_related("period", "unit").order_by("-period__cutoff_at")


def _own_units(user) -> list[int]:
    """Reporting units whose reports the user fills; none for everybody but a clerk."""
    paths = Q(pk__in=[])
    for grant in access.grants_of(user):
        if {"weekly.fill", "project.edit"} <= grant.permissions:
            paths |= Q(path__startswith=grant.region_path)
    return list(Region.objects.reporting().filter(paths).values_list("pk", flat=True)) if paths != Q(pk__in=[]) else []

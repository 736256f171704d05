"""An annual plan in numbers: money by task and level, beside what has come to the county (features 2.4).

What has come is known to the fund app; it registers here, because projects never look upwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, Q, QuerySet, Sum

from linkage.models import FundTask, Level
from projects import states
from projects.models import AnnualPlan, PlanItem, Project, Stage

ZERO = Decimal("0.00")
LEVELS = tuple(Level)
Cells = Mapping[tuple[int, str], Decimal]  # (task id, level) → 元


class MoneySource(Protocol):
    """What the fund app gives."""

    def issued(self, plan: AnnualPlan, user) -> Cells:
        """What was issued to the plan's unit of the plan's fund year; every level of each task the user may compare, none of others."""

    def arranged(self, project_ids: Collection[int], year: int) -> Mapping[int, Mapping[str, Decimal]]:
        """Project id → level → money of the fund year arranged to it."""


_source: list[MoneySource] = []


def register_money_source(source: MoneySource) -> None:
    """Called once from the fund app's ready()."""
    _source[:] = [source]


def issued(plan: AnnualPlan, user) -> Cells:
    return _source[0].issued(plan, user) if _source else {}


def arranged(project_ids: Collection[int], year: int) -> Mapping[int, Mapping[str, Decimal]]:
    return _source[0].arranged(project_ids, year) if _source and project_ids else {}


# -- the projects that can be in it -------------------------------------------------------------------------------------


def candidates(plan: AnnualPlan) -> QuerySet[Project]:
    """Projects of the unit that this version may hold: admitted ones of this or an earlier year; those planned or under way of
    this year; and what the version it adjusts holds."""
    here = Q(stage=Stage.ADMITTED, project_year__lte=plan.year) | Q(stage__in=states.ORDER[states.ORDER.index(states.PLANNED) :], project_year=plan.year)
    held = PlanItem.objects.filter(plan__in=[plan.pk, *([plan.based_on_id] if plan.based_on_id else [])]).values("project_id")
    return Project.objects.filter(Q(unit=plan.unit_id) & here | Q(pk__in=held)).order_by("task__display_order", "code")


# -- sums ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskRow:
    """One task: per level planned and issued money in 元. `issued` None: not known to this reader."""

    task: FundTask | None  # None is the sum of all
    projects: int
    planned: tuple[Decimal, ...]
    issued: tuple[Decimal, ...] | None

    @property
    def planned_yuan(self) -> Decimal:
        return sum(self.planned, ZERO)

    @property
    def issued_yuan(self) -> Decimal | None:
        return None if self.issued is None else sum(self.issued, ZERO)

    @property
    def left_yuan(self) -> Decimal | None:
        """下达 − 列入; negative where more is planned than has come."""
        return None if self.issued_yuan is None else self.issued_yuan - self.planned_yuan

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Per level: planned, issued, and whether the plan goes beyond what has come."""
        came = self.issued or (None,) * len(LEVELS)
        return [
            {"level": level, "planned": planned, "issued": money, "is_over": money is not None and planned > money}
            for level, planned, money in zip(LEVELS, self.planned, came, strict=True)
        ]


def summary(rows: Iterable[tuple[int, Mapping[str, Decimal]]], came: Cells) -> list[TaskRow]:
    """`rows`: (task id, level → 元) of each project. One row per task that has projects or money, the sum last. One query."""
    counts: dict[int, int] = {}
    planned: dict[tuple[int, str], Decimal] = {}
    for task_id, amounts in rows:
        counts[task_id] = counts.get(task_id, 0) + 1
        for level, amount in amounts.items():
            planned[task_id, level] = planned.get((task_id, level), ZERO) + amount
    wanted = set(counts) | {task_id for (task_id, _), amount in came.items() if amount}
    tasks = list(FundTask.objects.filter(pk__in=wanted))
    found = [
        TaskRow(
            task, counts.get(task.pk, 0), tuple(planned.get((task.pk, level), ZERO) for level in LEVELS),
            tuple(came[task.pk, level] for level in LEVELS) if (task.pk, LEVELS[0]) in came else None,
        )
        for task in tasks
    ]  # fmt: skip
    return [*found, _total(found)]


def _total(rows: list[TaskRow]) -> TaskRow:
    """The sum; what has come only where it is known of every task."""
    planned = tuple(sum((row.planned[n] for row in rows), ZERO) for n in range(len(LEVELS)))
    known = [row.issued for row in rows if row.issued is not None]
    came = tuple(sum((one[n] for one in known), ZERO) for n in range(len(LEVELS))) if rows and len(known) == len(rows) else None
    return TaskRow(None, sum(row.projects for row in rows), planned, came)


# -- what is frozen -----------------------------------------------------------------------------------------------------

FROZEN = ("code", "name", "site", "content", "project_year")


def facts_of(project: Project) -> dict[str, str]:
    """The project as the plan prints it, in words; task, category and implementer must be at hand."""
    return {name: str(getattr(project, name)) for name in FROZEN} | {
        "method": project.get_method_display(), "task": project.task.name, "category": str(project.category or ""),
        "implementer": str(project.implementer or ""), "planned_investment_yuan": str(project.planned_investment_yuan),
        "planned_start_on": f"{project.planned_start_on or ''}", "planned_finish_on": f"{project.planned_finish_on or ''}",
    }  # fmt: skip


def digest(plan: AnnualPlan, content: Iterable[tuple[Mapping[str, str], Mapping[str, Decimal]]]) -> str:
    """sha256 over unit, year, version, document and every project with its money, in the order of project codes."""
    rows = sorted(([dict(facts), {level: str(amount) for level, amount in amounts.items()}] for facts, amounts in content), key=lambda row: row[0]["code"])
    words = [plan.unit.slug, plan.year, plan.version, plan.document_no, str(plan.decided_on), rows]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """One project against the version before: 新增, 调出, 调整 or unchanged. Amounts in 元 by level."""

    project: Project
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]

    @property
    def words(self) -> str:
        if not self.before:
            return "新增"
        return "调出" if not self.after else "资金调整" if self.before != self.after else ""


def differences(before: AnnualPlan | None, after: Mapping[int, Mapping[str, Decimal]]) -> list[Difference]:
    """What the later version changes against the one before, by project code. Two queries; three with both."""
    if before is None:
        return []
    stood = {item.project_id: item.amounts for item in before.items.prefetch_related("money")}
    changed = [pk for pk in {*stood, *after} if stood.get(pk, {}) != after.get(pk, {})]
    projects = Project.objects.select_related("task").in_bulk(changed)
    found = [Difference(projects[pk], stood.get(pk, {}), after.get(pk, {})) for pk in changed]
    return sorted(found, key=lambda one: one.project.code)


def live_facts(project: Project) -> dict[str, str]:
    """What the list of an open version shows; asks nothing."""
    return {
        "name": project.name, "code": project.code, "site": project.site, "content": project.content, "method": project.get_method_display(),
        "planned_investment_yuan": str(project.planned_investment_yuan),
    }  # fmt: skip


@dataclass(frozen=True)
class PlanSums:
    """One version in the list: projects and money over the rows given."""

    projects: int
    by_level: tuple[Decimal, ...]

    @property
    def total_yuan(self) -> Decimal:
        return sum(self.by_level, ZERO)


def sums_of(items: QuerySet[PlanItem]) -> dict[int, PlanSums]:
    """Plan id → sums over exactly these items. Two queries."""
    counts = dict(items.order_by().values("plan_id").annotate(number=Count("pk")).values_list("plan_id", "number"))
    rows = items.order_by().values_list("plan_id", "money__level").annotate(total=Sum("money__amount_yuan"))
    money = {(plan, level): total for plan, level, total in rows if level}
    return {plan: PlanSums(number, tuple(money.get((plan, level), ZERO) for level in LEVELS)) for plan, number in counts.items()}

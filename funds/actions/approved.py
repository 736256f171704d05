"""When a project's money is an approved change of the annual plan (features 2.3): one rule for new money, by page or sheet, and for adjustments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from funds.models import Allocation
from linkage.checks import Problem, Severity
from linkage.errors import ProblemsFound
from linkage.models import Level
from linkage.money import wan_text
from projects.actions.editable import AFTER_PLAN
from projects.actions.revision import record_money
from projects.models import PlanItem, Project, RevisionKind
from projects.states import plans

ZERO = Decimal("0.00")


def keep_adjusted(*, allocation: Allocation, project: Project, seen: Decimal, reason: str, document: str, is_leftover: bool, by, at: datetime) -> None:
    """Money once arranged stands otherwise now: always an approved change of a planned project. Raises Refusal without its document."""
    kind = RevisionKind.LEFTOVER if is_leftover else RevisionKind.AMOUNT
    _keep(project, allocation.county_allocation.batch.level, seen, allocation.amount_yuan, reason, document, kind, by, at)


def keep_new(*, allocations: Collection[Allocation], projects: Mapping[int, Project], reason: str, by, at: datetime) -> None:
    """New money carries the plan out as long as a level stays within what was decided for it; beyond that it is an approved change.

    A planned project that no decided plan of the system holds is measured by 计划投资 over all levels. The caller has written the
    allocations and holds the projects. Two queries, and some for each change. Raises ProblemsFound naming every project that lacks reason or
    document.
    """
    planned = {pk: project for pk, project in projects.items() if project.stage in AFTER_PLAN}
    if not planned:
        return
    decided, arranged = _decided(planned), _arranged(planned)
    documents: dict[tuple[int, str], str] = {}
    added: dict[tuple[int, str], Decimal] = {}
    for row in allocations:
        key = row.project_id, row.county_allocation.batch.level
        documents[key] = documents.get(key) or row.document_no
        added[key] = added.get(key, ZERO) + row.amount_yuan
    beyond = [key for key in added if key[0] in planned and _is_beyond(planned[key[0]], key[1], decided, arranged)]
    problems = [_problem(planned[pk], level, decided, arranged) for pk, level in beyond if not (reason.strip() and documents[pk, level].strip())]
    if problems:
        raise ProblemsFound("安排的资金超过年度计划，须写明理由和批准文件的文号：", problems)
    for pk, level in beyond:
        now = arranged[pk, level]
        _keep(planned[pk], level, now - added[pk, level], now, reason, documents[pk, level], RevisionKind.AMOUNT, by, at)


def _decided(projects: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Project id → level → 元 of the newest decided plan that holds it. Two queries."""
    items = PlanItem.objects.filter(project__in=projects, plan__state__in=plans.BINDING).prefetch_related("money")
    return {item.project_id: item.amounts for item in items.order_by("plan__year", "plan__version")}


def _arranged(projects: Collection[int]) -> dict[tuple[int, str], Decimal]:
    rows = Allocation.objects.filter(project__in=projects).order_by().values_list("project", "county_allocation__batch__level")
    return {(pk, level): total for pk, level, total in rows.annotate(total=Sum("amount_yuan"))}


def _is_beyond(project: Project, level: str, decided: Mapping[int, Mapping[str, Decimal]], arranged: Mapping[tuple[int, str], Decimal]) -> bool:
    if project.pk in decided:
        return arranged[project.pk, level] > decided[project.pk].get(level, ZERO)
    return sum((amount for (pk, _), amount in arranged.items() if pk == project.pk), ZERO) > project.planned_investment_yuan


def _problem(project: Project, level: str, decided: Mapping[int, Mapping[str, Decimal]], arranged: Mapping[tuple[int, str], Decimal]) -> Problem:
    if project.pk in decided:
        limit = f"年度计划列 {wan_text(decided[project.pk].get(level, ZERO))} 万元"
    else:
        limit = f"计划投资 {wan_text(project.planned_investment_yuan)} 万元"
    words = f"“{project}”{Level(level).label}资金安排后共 {wan_text(arranged[project.pk, level])} 万元，{limit}"
    return Problem("approval_needed", Severity.MUST, words, "请填写理由和批准文件的文号，或核减金额。", place="reason", row=project.pk, row_label=project.name)


def _keep(project: Project, level: str, before: Decimal, after: Decimal, reason: str, document: str, kind: RevisionKind, by, at: datetime) -> None:
    old, new = (f"{wan_text(amount)} 万元" for amount in (before, after))
    record_money(project=project, field=f"arranged_{level}", before=old, after=new, reason=reason, document=document, kind=kind, by=by, at=at)

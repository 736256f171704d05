"""Composing an annual plan, and its way to the file of the prefecture (features 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from linkage import access, audit, money, periods
from linkage.checks import Problem, Severity
from linkage.errors import ProblemsFound, Refusal, StaleRevision, WrongState
from linkage.models import Level, Region
from linkage.states import move
from projects import notices
from projects.actions.plan_effect import carry_out
from projects.checks import FIRST_YEAR, LAST_YEAR, plan_problems, refuse_personal_data
from projects.figures import plan as figures
from projects.models import AnnualPlan, PlanItem, PlanMoney, Project
from projects.states import plans as states

Amounts = Mapping[str, Decimal]  # level → 元
BATCH = 500


class PlanChanged(StaleRevision):
    """Somebody saved the plan after the person opened it; `differences`: (project, stands now, typed) in words."""

    def __init__(self, differences: Sequence[tuple[str, str, str]]):
        super().__init__("您打开页面之后别人已改过这份计划，见下面的对照。核对后再保存，以您这次填的为准。")
        self.differences = list(differences)


def _require(by, permission: str, target) -> None:
    if not access.may(by, permission, target):
        raise access.Denied("您的岗位不能办理这份计划。", permission, target=target)


# -- composing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_plan(*, unit: Region, year: int, by, at: datetime | None = None, reason: str = "") -> AnnualPlan:
    """Begin version 1, or the next version as an adjustment of the decided one, filled with what is known.

    Version 1 holds the projects of the year that already have money arranged; an adjustment holds what stood. Raises
    PermissionDenied, WrongState (one is open, or waits at the prefecture), Refusal (reason missing, year out of range).
    """
    at = at or periods.now()
    refuse_personal_data(reason)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(f"计划年度须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。", code="year")
    last = AnnualPlan.objects.filter(unit=unit, year=year).order_by("-version").first()
    if last and last.state not in states.MAY_ADJUST:
        raise WrongState(f"{last}现在是“{last.get_state_display()}”，办结之后才能调整。")
    if last and not reason.strip():
        raise Refusal("调整计划须写明理由。", code="reason_needed")
    plan = AnnualPlan(
        unit=unit, year=year, version=last.version + 1 if last else 1, based_on=last, reason=reason if last else "", composed_by=by,
        created_at=at, updated_at=at,
    )  # fmt: skip
    _require(by, states.COMPOSE, plan)
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise WrongState("这个年度已有人开始编制，请刷新页面。") from error
    _write_items(plan, _begin_with(plan, last))
    audit.record(by=by, verb="开始编制年度计划", target=plan, at=at, after={"version": plan.version} | ({"reason": reason} if reason else {}))
    return plan


def _begin_with(plan: AnnualPlan, last: AnnualPlan | None) -> dict[int, Amounts]:
    if last:
        return {item.project_id: item.amounts for item in last.items.prefetch_related("money")}
    ids = list(figures.candidates(plan).values_list("pk", flat=True))
    return {project: amounts for project, amounts in figures.arranged(ids, plan.year).items() if sum(amounts.values())}


@transaction.atomic
def save_items(*, plan: AnnualPlan, rows: Mapping[int, Amounts], note: str, by, revision: int, at: datetime | None = None) -> AnnualPlan:
    """Make the draft hold exactly these projects with this money (元 by level; zero counts as none). All or nothing, set-based.

    Raises PermissionDenied, PlanChanged (with what stands now and what was typed), WrongState, Refusal (a project that cannot
    be in this plan, a negative amount).
    """
    at = at or periods.now()
    _require(by, states.COMPOSE, plan)
    refuse_personal_data(note)
    wanted = {project: {level: amount for level, amount in amounts.items() if amount} for project, amounts in rows.items()}
    _check_rows(plan, wanted)
    held = AnnualPlan.objects.filter(pk=plan.pk, state__in=states.EDITABLE, revision=revision)
    if not held.update(revision=F("revision") + 1, note=note, composed_by=by, updated_at=at):
        raise _why_not(plan, wanted)
    before = _standing(plan)
    _write_items(plan, wanted)
    _record(plan, before, wanted, by, at)
    plan.refresh_from_db()
    return plan


def _check_rows(plan: AnnualPlan, wanted: Mapping[int, Amounts]) -> None:
    known = set(figures.candidates(plan).values_list("pk", flat=True))
    if strangers := set(wanted) - known:
        raise Refusal(f"有 {len(strangers)} 个项目不能列入这份计划（不在本单位项目库，或没有审定入库），没有保存。请刷新页面后再选。", code="not_a_candidate")
    if any(amount < 0 for amounts in wanted.values() for amount in amounts.values()):
        raise Refusal("计划资金不能为负数。", code="negative")
    if any(level not in Level.values for amounts in wanted.values() for level in amounts):
        raise Refusal("没有这个资金层级。", code="level")


def _why_not(plan: AnnualPlan, wanted: Mapping[int, Amounts]) -> Refusal:
    plan.refresh_from_db()
    if plan.state not in states.EDITABLE:
        return WrongState(f"{plan}现在是“{plan.get_state_display()}”，内容不能再改。")
    stands = _standing(plan)
    changed = [pk for pk in {*stands, *wanted} if stands.get(pk) != wanted.get(pk)]
    names = dict(Project.objects.filter(pk__in=changed).order_by("code").values_list("pk", "name"))
    return PlanChanged([(name, amounts_words(stands.get(pk)), amounts_words(wanted.get(pk))) for pk, name in names.items()])


def amounts_words(amounts: Amounts | None) -> str:
    """中央 120.00、省级 30.00 万元; a project not in the plan says so."""
    if amounts is None:
        return "不列入"
    parts = [f"{level.label} {money.wan_text(amounts[level])}" for level in Level if amounts.get(level)]
    return f"{'、'.join(parts)} 万元" if parts else "没有资金"


def _standing(plan: AnnualPlan) -> dict[int, dict[str, Decimal]]:
    return {item.project_id: item.amounts for item in plan.items.prefetch_related("money")}


def _write_items(plan: AnnualPlan, rows: Mapping[int, Amounts]) -> None:
    """The draft's rows anew; what stood is in the trail. Nothing points at them before the decision."""
    PlanItem.objects.filter(plan=plan).delete()
    tasks = dict(Project.objects.filter(pk__in=list(rows)).order_by().values_list("pk", "task_id"))
    items = PlanItem.objects.bulk_create([PlanItem(plan=plan, project_id=pk, task_id=tasks[pk]) for pk in sorted(rows)], batch_size=BATCH)
    PlanMoney.objects.bulk_create(
        [PlanMoney(item=item, level=level, amount_yuan=amount) for item in items for level, amount in rows[item.project_id].items() if amount],
        batch_size=BATCH,
    )


def _record(plan: AnnualPlan, before: Mapping[int, Amounts], after: Mapping[int, Amounts], by, at: datetime) -> None:
    changed = sorted(pk for pk in {*before, *after} if before.get(pk) != after.get(pk))
    codes = dict(Project.objects.filter(pk__in=changed).order_by().values_list("pk", "code"))
    audit.record(
        by=by, verb="编制年度计划", target=plan, at=at, before={codes[pk]: amounts_words(before.get(pk)) for pk in changed},
        after={codes[pk]: amounts_words(after.get(pk)) for pk in changed},
    )  # fmt: skip


# -- the way up ---------------------------------------------------------------------------------------------------------


def check(plan: AnnualPlan, by) -> list[Problem]:
    """All problems of a version as it stands. Six queries at most."""
    items = list(plan.items.select_related("project").prefetch_related("money"))
    table = figures.summary([(item.task_id, item.amounts) for item in items], figures.issued(plan, by))
    return plan_problems(plan, [(item.project, item.amounts) for item in items], table)


def standing_problems(plan: AnnualPlan, problems: Sequence[Problem]) -> list[Problem]:
    """What must be mended, and what wants a word in 资金说明 as long as there is none."""
    explained = bool(plan.note.strip())
    return [one for one in problems if one.severity == Severity.MUST or (one.severity == Severity.EXPLAIN and not explained)]


@transaction.atomic
def hand_in(*, plan: AnnualPlan, by, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    """The draft goes to whoever enters the decision of the leading group. Raises ProblemsFound with everything in the way."""
    at = at or periods.now()
    _require(by, states.COMPOSE, plan)
    AnnualPlan.objects.select_for_update().get(pk=plan.pk)  # no save between the checks and the move
    _refuse_problems(plan, by)
    move(plan, states.HAND_IN, by=by, at=at, revision=revision, changes={"handed_in_by": by, "updated_at": at})
    notices.plan_moved(plan, at=at)
    return plan


def _refuse_problems(plan: AnnualPlan, by) -> None:
    if plan.state in states.OPEN and (standing := standing_problems(plan, check(plan, by))):
        raise ProblemsFound(f"有 {len(standing)} 处须先处理：", standing)


def recall(*, plan: AnnualPlan, by, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    return _step(plan, states.RECALL, by, revision, at)


def send_back(*, plan: AnnualPlan, by, reason: str, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    return _step(plan, states.SEND_BACK, by, revision, at, reason=reason)


def send_up(*, plan: AnnualPlan, by, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    return _step(plan, states.SEND_UP, by, revision, at)


def file(*, plan: AnnualPlan, by, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    at = at or periods.now()
    return _step(plan, states.FILE, by, revision, at, changes={"filed_by": by, "filed_at": at})


def return_plan(*, plan: AnnualPlan, by, reason: str, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    """The decided version stays as it is and in force; the county answers with the next version."""
    return _step(plan, states.RETURN, by, revision, at, reason=reason)


@transaction.atomic
def _step(plan, transition, by, revision, at, *, reason: str = "", changes: dict[str, Any] | None = None) -> AnnualPlan:
    at = at or periods.now()
    refuse_personal_data(reason)
    move(plan, transition, by=by, at=at, revision=revision, reason=reason, changes={"updated_at": at} | (changes or {}))
    notices.plan_moved(plan, at=at, reason=reason)
    return plan


@transaction.atomic
def decide(*, plan: AnnualPlan, document: str, decided_on: date, by, revision: int | None = None, at: datetime | None = None) -> AnnualPlan:
    """Enter the decision of the county's leading group: the version is frozen and its projects are in the plan.

    The person is another one than who composed or handed in (engine and database). Raises PermissionDenied, SamePerson,
    WrongState, StaleRevision, ProblemsFound, Refusal (no number; a date after today or before the version it adjusts).
    """
    at = at or periods.now()
    refuse_personal_data(document)
    _check_date(plan, decided_on, periods.day_of(at))
    AnnualPlan.objects.select_for_update().get(pk=plan.pk)
    if access.may(by, states.SIGN, plan):
        _refuse_problems(plan, by)
    plan.document_no, plan.decided_on = document.strip(), decided_on
    content = _freeze(plan)
    changes = {"document_no": document.strip(), "decided_on": decided_on, "decided_by": by, "sha256": figures.digest(plan, content), "updated_at": at}
    move(plan, states.DECIDE, by=by, at=at, revision=revision, document=document, changes=changes)
    carry_out(plan, by=by, at=at)
    notices.plan_moved(plan, at=at)
    return plan


def _check_date(plan: AnnualPlan, decided_on: date, today: date) -> None:
    if decided_on > today:
        raise Refusal("审定日期不能晚于今天。", code="future_date")
    if plan.based_on and plan.based_on.decided_on and decided_on < plan.based_on.decided_on:
        raise Refusal(f"审定日期不能早于上一版的审定日期 {plan.based_on.decided_on:%Y-%m-%d}。", code="backwards_date")


def _freeze(plan: AnnualPlan) -> list[tuple[Mapping[str, str], Amounts]]:
    """Write each project's content as it is now into its row."""
    items = list(plan.items.select_related("project__task", "project__category", "project__implementer").prefetch_related("money"))
    for item in items:
        item.facts, item.task_id = figures.facts_of(item.project), item.project.task_id
    PlanItem.objects.bulk_update(items, ["facts", "task"], batch_size=BATCH)
    return [(item.facts, item.amounts) for item in items]


MOVES = {
    states.HAND_IN.name: hand_in, states.RECALL.name: recall, states.SEND_BACK.name: send_back, states.DECIDE.name: decide,
    states.SEND_UP.name: send_up, states.FILE.name: file, states.RETURN.name: return_plan,
}  # fmt: skip

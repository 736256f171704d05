"""Giving money on: batch → county → project, and moving it afterwards (features 4.1; sum limits design §3).

Parents are always locked before children (batch, then county share, then project), so that two acts never wait in a ring.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from funds.actions.approved import keep_adjusted, keep_new
from funds.actions.events import record_event
from funds.actions.limits import check_seen, resize, take
from funds.actions.years import require_open
from funds.figures.paid import treasury_as_of
from funds.models import Allocation, Batch, CountyAllocation, EventKind
from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision
from linkage.models import Region
from linkage.money import wan_text, yuan
from projects.models import RUNNING_STAGES, Project, Stage

ARRANGEABLE_STAGES = (Stage.ADMITTED, *RUNNING_STAGES)
CHANGED_MEANWHILE = "金额刚被他人改动，请核对最新金额后再办理。"


@transaction.atomic
def allocate_to_county(
    *, batch: Batch, unit: Region, amount_yuan: Decimal, issued_on: date, document_no: str = "", by, at: datetime | None = None
) -> CountyAllocation:
    """Give `amount_yuan` 元 of a batch to a reporting unit (下达到县).

    Raises PermissionDenied without funds.allocate over the batch, Refusal when less is left, saying how much.
    """
    at = at or periods.now()
    if not access.may(by, "funds.allocate", batch):
        raise access.Denied("您的岗位不能分配这个批次的资金。", "funds.allocate", target=batch)
    amount = _positive(amount_yuan)
    check_share(batch, unit, issued_on, at)
    take(batch, amount, f"批次 {batch.document_no} ")
    try:
        with transaction.atomic():
            share = CountyAllocation.objects.create(
                batch=batch, unit=unit, amount_yuan=amount, issued_on=issued_on, document_no=document_no.strip()
            )
    except IntegrityError as error:
        raise Refusal(f"{unit}在本批次已有这个下达文号的资金，如需增减请用“调整”。", code="already_recorded") from error
    audit.record(by=by, verb="分配资金到县", target=share, at=at, after=_share_words(share))
    return share


@transaction.atomic
def arrange_to_project(
    *, county_allocation: CountyAllocation, project: Project, amount_yuan: Decimal, decided_on: date, document_no: str = "",
    reason: str = "", by, at: datetime | None = None,
) -> Allocation:  # fmt: skip
    """Arrange `amount_yuan` 元 of a county's share for one of its projects; beyond its annual plan it is an approved change (2.3).

    Raises PermissionDenied without funds.arrange there, Refusal when less is left or the project does not fit, ProblemsFound when
    it exceeds the plan without reason and document.
    """
    at = at or periods.now()
    if not access.may(by, "funds.arrange", county_allocation):
        raise access.Denied("您的岗位不能安排这笔资金。", "funds.arrange", target=county_allocation)
    amount = _positive(amount_yuan)
    take(county_allocation, amount, f"{county_allocation.unit}在批次 {county_allocation.batch.document_no} 中")
    held = locked_projects([project.pk])
    check_project(county_allocation, held[project.pk], decided_on, at)
    try:
        with transaction.atomic():
            allocation = Allocation.objects.create(
                county_allocation=county_allocation, project=project, amount_yuan=amount, decided_on=decided_on,
                document_no=document_no.strip(),
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal("该项目在这笔资金中已有安排，如需增减请用“调整”。", code="already_recorded") from error
    keep_new(allocations=[allocation], projects=held, reason=reason, by=by, at=at)
    given = {"reason": reason.strip()} if reason.strip() else {}
    audit.record(by=by, verb="安排资金到项目", target=allocation, at=at, after=_allocation_words(allocation) | given)
    return allocation


@transaction.atomic
def adjust_share(
    *, county_allocation: CountyAllocation, amount_yuan: Decimal, document_no: str, reason: str = "", seen_yuan: Decimal | None = None,
    effective_on: date | None = None, by, at: datetime | None = None,
) -> CountyAllocation:  # fmt: skip
    """Set a county's share to a new amount as of a day (today): more is 追加安排, less is 收回统筹 into the batch. Below what is
    arranged only where the batch itself was cut; the share is then flagged. Raises Refusal, StaleRevision."""
    at = at or periods.now()
    batch = county_allocation.batch
    if not access.may(by, "funds.allocate", batch):
        raise access.Denied("您的岗位不能分配这个批次的资金。", "funds.allocate", target=batch)
    _document(document_no)
    check_seen(county_allocation.amount_yuan, seen_yuan)
    amount, seen = _not_negative(amount_yuan), county_allocation.amount_yuan
    _changed(amount, seen)
    batch.refresh_from_db()
    was_cut = batch.is_overallocated
    take(batch, amount - seen, f"批次 {batch.document_no} ")
    if not resize(county_allocation, amount, expected_yuan=seen, may_exceed=was_cut):
        if county_allocation.amount_yuan != seen:
            raise StaleRevision(CHANGED_MEANWHILE)
        raise Refusal(
            f"{county_allocation.unit}已安排到项目 {wan_text(county_allocation.allocated_yuan)} 万元，不能调到 {wan_text(amount)} 万元；"
            "请先由县里调减项目安排。", code="below_allocated",
        )  # fmt: skip
    record_event(
        kind=_direction(amount, seen), region=batch.region, batch=batch, moved=[(county_allocation, amount - seen)], amount_yuan=abs(amount - seen),
        effective_on=effective_on or periods.day_of(at), document_no=document_no, reason=reason, by=by, at=at,
    )  # fmt: skip
    return county_allocation


@transaction.atomic
def adjust(
    *, allocation: Allocation, amount_yuan: Decimal, document_no: str = "", reason: str, seen_yuan: Decimal | None = None,
    is_leftover: bool = False, effective_on: date | None = None, by, at: datetime | None = None,
) -> Allocation:  # fmt: skip
    """Set a project's money to a new amount as of a day (today). Not below what the treasury has paid, unless the county's share was cut.

    A project in the annual plan keeps it as an approved change (2.3), 结余再安排 where the person says so. Raises Refusal when the
    share has too little left or the document is missing, StaleRevision when the amount changed meanwhile.
    """
    at = at or periods.now()
    share = allocation.county_allocation
    if not access.may(by, "funds.arrange", share):
        raise access.Denied("您的岗位不能调整这笔资金。", "funds.arrange", target=share)
    if not reason.strip():
        raise Refusal("请写明调整理由。", code="reason_needed")
    check_seen(allocation.amount_yuan, seen_yuan)
    amount, seen = _not_negative(amount_yuan), allocation.amount_yuan
    _changed(amount, seen)
    share.refresh_from_db()
    was_cut = share.is_overallocated
    take(share, amount - seen, f"{share.unit}在批次 {share.batch.document_no} 中")
    not_below_paid(allocation, amount, was_cut, at)
    if not Allocation.objects.filter(pk=allocation.pk, amount_yuan=seen).update(amount_yuan=amount):
        raise StaleRevision(CHANGED_MEANWHILE)
    allocation.refresh_from_db()
    keep_approved(allocation, seen, reason, document_no, is_leftover, by, at)
    record_event(
        kind=_direction(amount, seen), region=share.unit, batch=share.batch, moved=[(allocation, amount - seen)], amount_yuan=abs(amount - seen),
        effective_on=effective_on or periods.day_of(at), document_no=document_no, reason=reason, by=by, at=at,
    )  # fmt: skip
    return allocation


def keep_approved(allocation: Allocation, seen: Decimal, reason: str, document_no: str, is_leftover: bool, by, at: datetime) -> None:
    """Other money for a project in the annual plan is an approved change of it (2.3). Raises Refusal without its document."""
    project = locked_projects([allocation.project_id])[allocation.project_id]
    keep_adjusted(allocation=allocation, project=project, seen=seen, reason=reason, document=document_no, is_leftover=is_leftover, by=by, at=at)


def not_below_paid(allocation: Allocation, amount: Decimal, was_cut: bool, at: datetime) -> None:
    """Raises Refusal where a project's money would become less than the treasury has paid of it."""
    if amount >= allocation.amount_yuan or was_cut:
        return
    paid = treasury_as_of([allocation.pk], periods.day_of(at)).get(allocation.pk, Decimal(0))
    if amount < paid:
        raise Refusal(f"该项目这笔资金已支付 {wan_text(paid)} 万元，不能调到 {wan_text(amount)} 万元。", code="below_paid")


def check_share(batch: Batch, unit: Region, issued_on: date, at: datetime) -> None:
    """May money of this batch go to this unit on this day? Raises Refusal."""
    if not unit.is_reporting or not batch.region.covers(unit):
        raise Refusal(f"{unit}不在本批次的接收地区内，或不是填报单位。", code="wrong_region")
    if issued_on < batch.issued_on:
        raise Refusal("下达日期不能早于批次发文日期。", code="date_order")
    if issued_on > periods.day_of(at):
        raise Refusal("下达日期不能晚于今天。", code="future_date")
    require_open(unit, issued_on, at=at, fund_year=batch.fund_year)


def locked_projects(ids: Collection[int]) -> dict[int, Project]:
    """Projects as they stand now, held until the transaction ends, always after the shares: nobody takes one out of the
    library while money is being arranged to it. Raises Refusal when one is gone (the import that made it was taken back)."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("unit", "task").filter(pk__in=ids).order_by("pk")
    found = {project.pk: project for project in rows}
    if len(found) < len(set(ids)):
        raise Refusal("所选的项目已被移出项目库，没有安排。请刷新页面后重新选择。", code="project_gone")
    return found


def check_project(share: CountyAllocation, project: Project, decided_on: date, at: datetime) -> None:
    """May money of this share go to this project on this day? Raises Refusal."""
    if project.unit_id != share.unit_id:
        raise Refusal(f"项目“{project}”不属于{share.unit}。", code="wrong_unit")
    if project.task_id != share.batch.task_id:
        raise Refusal(f"资金任务是“{share.batch.task}”，项目任务是“{project.task}”，不能安排。", code="wrong_task")
    if project.stage not in ARRANGEABLE_STAGES:
        raise Refusal(f"项目“{project}”处于“{project.get_stage_display()}”，审定入库后才能安排资金。", code="wrong_stage")
    if decided_on < share.issued_on:
        raise Refusal("安排日期不能早于下达到县的日期。", code="date_order")
    if decided_on > periods.day_of(at):
        raise Refusal("安排日期不能晚于今天。", code="future_date")
    require_open(share.unit, decided_on, at=at, fund_year=share.batch.fund_year)


def _positive(amount_yuan: Decimal) -> Decimal:
    amount = yuan(amount_yuan)
    if amount <= 0:
        raise Refusal("金额须大于零。", code="not_positive")
    return amount


def _not_negative(amount_yuan: Decimal) -> Decimal:
    amount = yuan(amount_yuan)
    if amount < 0:
        raise Refusal("金额不能为负数。", code="negative")
    return amount


def _changed(amount: Decimal, seen: Decimal) -> None:
    if amount == seen:
        raise Refusal(f"金额没有变化，仍是 {wan_text(seen)} 万元。", code="unchanged")


def _direction(amount: Decimal, seen: Decimal) -> str:
    return EventKind.INCREASE if amount > seen else EventKind.RECLAIM


def _document(document_no: str) -> None:
    if not document_no.strip():
        raise Refusal("请写明依据文号。", code="document_needed")


def _share_words(share: CountyAllocation) -> dict:
    return {
        "batch": str(share.batch), "unit": share.unit.name, "amount_yuan": share.amount_yuan, "issued_on": share.issued_on,
        "document_no": share.document_no,
    }  # fmt: skip


def _allocation_words(allocation: Allocation) -> dict:
    return {
        "batch": str(allocation.county_allocation.batch), "project": allocation.project.code, "amount_yuan": allocation.amount_yuan,
        "decided_on": allocation.decided_on, "document_no": allocation.document_no,
    }  # fmt: skip

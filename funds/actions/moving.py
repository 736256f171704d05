"""Money moved sideways or given out again: 指标调剂 between counties or projects, 收回再分配 (features 4.2).

Locks go from the document down, as in funds.actions.allocation: two acts never wait in a ring.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from funds.actions.allocation import (
    CHANGED_MEANWHILE,
    check_project,
    check_share,
    keep_approved,
    locked_projects,
    not_below_paid,
)
from funds.actions.events import record_event
from funds.actions.limits import check_seen, resize, take
from funds.models import Allocation, Batch, CountyAllocation, EventKind, FundEvent
from linkage import access, periods
from linkage.errors import Refusal, StaleRevision
from linkage.models import Region
from linkage.money import wan_text, yuan
from projects.models import Project

GIVING_BACK = (EventKind.RECLAIM, EventKind.SURPLUS)


@transaction.atomic
def transfer_to_county(
    *, county_allocation: CountyAllocation, unit: Region, amount_yuan: Decimal, document_no: str, reason: str = "",
    effective_on: date | None = None, seen_yuan: Decimal | None = None, by, at: datetime | None = None,
) -> FundEvent:  # fmt: skip
    """指标调剂: move `amount_yuan` 元 of one county's share of a document to another county of the same prefecture.

    Only what the giving county has not arranged can move. Raises PermissionDenied without funds.allocate over the document,
    Refusal, StaleRevision.
    """
    at, giver = at or periods.now(), county_allocation
    day, amount = effective_on or periods.day_of(at), _positive(amount_yuan)
    batch = _locked_batch(giver.batch, by)
    if unit.pk == giver.unit_id:
        raise Refusal("调入单位与调出单位相同，请另选。", code="same_unit")
    _document(document_no)
    check_seen(giver.amount_yuan, seen_yuan)
    check_share(batch, unit, day, at)
    _shrink(giver, amount, f"{giver.unit}还有 {{left}} 万元没有安排到项目，不能调出 {wan_text(amount)} 万元；请先由县里调减项目安排。")
    taker = _share_of(batch, unit, day, document_no)
    _grow(taker, amount)
    return record_event(
        kind=EventKind.TRANSFER, region=batch.region, batch=batch, moved=[(giver, -amount), (taker, amount)], amount_yuan=amount, effective_on=day,
        document_no=document_no, reason=reason, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def transfer_to_project(
    *, allocation: Allocation, project: Project, amount_yuan: Decimal, document_no: str = "", reason: str,
    effective_on: date | None = None, seen_yuan: Decimal | None = None, by, at: datetime | None = None,
) -> FundEvent:  # fmt: skip
    """指标调剂: move `amount_yuan` 元 of one project's money to another project of the same county and document.

    Not below what the treasury has paid. Raises PermissionDenied without funds.arrange there, Refusal, StaleRevision.
    """
    at, giver = at or periods.now(), allocation
    day, amount = effective_on or periods.day_of(at), _positive(amount_yuan)
    share = _locked_share(giver.county_allocation, by)
    if project.pk == giver.project_id:
        raise Refusal("调入项目与调出项目相同，请另选。", code="same_project")
    if not reason.strip():
        raise Refusal("请写明调剂理由。", code="reason_needed")
    check_seen(giver.amount_yuan, seen_yuan)
    had = giver.amount_yuan
    if amount > had:
        raise Refusal(f"“{giver.project}”这笔资金只有 {wan_text(had)} 万元，不能调出 {wan_text(amount)} 万元。", code="over_limit")
    check_project(share, locked_projects([project.pk])[project.pk], day, at)
    not_below_paid(giver, had - amount, False, at)
    taker, _ = Allocation.objects.get_or_create(
        county_allocation=share, project=project, defaults={"amount_yuan": Decimal(0), "decided_on": day, "document_no": document_no.strip()}
    )
    for row, new in ((giver, had - amount), (taker, taker.amount_yuan + amount)):
        seen = row.amount_yuan
        _set(row, new)
        if seen:  # the first money of a project is an arrangement, no change of one
            keep_approved(row, seen, reason, document_no, False, by, at)
    return record_event(
        kind=EventKind.TRANSFER, region=share.unit, batch=share.batch, moved=[(giver, -amount), (taker, amount)], amount_yuan=amount,
        effective_on=day, document_no=document_no, reason=reason, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def reissue(
    *, draws_on: FundEvent, unit: Region, amount_yuan: Decimal, document_no: str, reason: str = "", effective_on: date | None = None,
    by, at: datetime | None = None,
) -> FundEvent:  # fmt: skip
    """收回再分配: give money that a 收回统筹 took back from a county to a county again, no more than it took back.

    Raises PermissionDenied without funds.allocate over the document, Refusal saying what is left.
    """
    at = at or periods.now()
    day, amount = effective_on or periods.day_of(at), _positive(amount_yuan)
    if draws_on.kind not in GIVING_BACK or draws_on.batch is None or not draws_on.changes.of_shares().exists():
        raise Refusal("只有从县里收回统筹的资金可以再分配。", code="not_reclaimed")
    batch = _locked_batch(draws_on.batch, by)
    _document(document_no)
    if day < draws_on.effective_on:
        raise Refusal(f"生效日期不能早于收回的日期（{periods.day_words(draws_on.effective_on)}）。", code="date_order")
    check_share(batch, unit, day, at)
    left = left_to_reissue(draws_on)
    if amount > left:
        raise Refusal(f"{draws_on.number} 收回的资金还可再分配 {wan_text(left)} 万元，不能分配 {wan_text(amount)} 万元。", code="over_limit")
    take(batch, amount, f"批次 {batch.document_no} ")
    taker = _share_of(batch, unit, day, document_no)
    _grow(taker, amount)
    return record_event(
        kind=EventKind.REISSUE, region=batch.region, batch=batch, moved=[(taker, amount)], amount_yuan=amount, effective_on=day,
        document_no=document_no, reason=reason, draws_on=draws_on, by=by, at=at,
    )  # fmt: skip


def left_to_reissue(event: FundEvent) -> Decimal:
    """元 of a 收回统筹 not yet given out again by a 收回再分配 that names it. One query."""
    return event.amount_yuan - sum(event.reissues.values_list("amount_yuan", flat=True), Decimal("0.00"))


def _locked_batch(batch: Batch, by) -> Batch:
    held = Batch.objects.select_for_update(of=("self",)).select_related("region", "task").get(pk=batch.pk)
    if not access.may(by, "funds.allocate", held):
        raise access.Denied("您的岗位不能分配这个批次的资金。", "funds.allocate", target=held)
    return held


def _locked_share(share: CountyAllocation, by) -> CountyAllocation:
    held = CountyAllocation.objects.select_for_update(of=("self",)).select_related("batch__task", "batch__region", "unit").get(pk=share.pk)
    if not access.may(by, "funds.arrange", held):
        raise access.Denied("您的岗位不能安排这笔资金。", "funds.arrange", target=held)
    return held


def _share_of(batch: Batch, unit: Region, day: date, document_no: str) -> CountyAllocation:
    """The county's share of the document: the largest it has, or a new one of nothing as of this day."""
    standing = CountyAllocation.objects.filter(batch=batch, unit=unit, issued_on__lte=day).order_by("-amount_yuan", "pk").first()
    if standing is None:
        standing = CountyAllocation(batch=batch, unit=unit, amount_yuan=Decimal(0), issued_on=day, document_no=document_no.strip()[:80])
        standing.save()
    return standing


def _shrink(share: CountyAllocation, amount: Decimal, words: str) -> None:
    had = share.amount_yuan
    if had < amount or not resize(share, had - amount, expected_yuan=had, may_exceed=False):
        if share.amount_yuan != had:
            raise StaleRevision(CHANGED_MEANWHILE)
        raise Refusal(words.format(left=wan_text(max(share.amount_yuan - share.allocated_yuan, Decimal(0)))), code="over_limit")


def _grow(share: CountyAllocation, amount: Decimal) -> None:
    if not resize(share, share.amount_yuan + amount, expected_yuan=share.amount_yuan, may_exceed=True):
        raise StaleRevision(CHANGED_MEANWHILE)


def _set(row: Allocation, amount: Decimal) -> None:
    if not Allocation.objects.filter(pk=row.pk, amount_yuan=row.amount_yuan).update(amount_yuan=amount):
        raise StaleRevision(CHANGED_MEANWHILE)
    row.refresh_from_db(fields=["amount_yuan"])


def _positive(amount_yuan: Decimal) -> Decimal:
    amount = yuan(amount_yuan)
    if amount <= 0:
        raise Refusal("金额须大于零。", code="not_positive")
    return amount


def _document(document_no: str) -> None:
    if not document_no.strip():
        raise Refusal("请写明依据文号。", code="document_needed")

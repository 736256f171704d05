"""Whole sheets of shares, arrangements and opening balances: the same checks as one by one, one movement per parent.

Called inside the import's transaction; any Refusal undoes the whole sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import IntegrityError, transaction

from funds.actions.allocation import check_project, check_share, locked_projects
from funds.actions.approved import keep_new
from funds.actions.limits import take
from funds.actions.opening import check_opening
from funds.models import Allocation, Batch, CountyAllocation, OpeningBalance
from linkage import access, audit, periods
from linkage.errors import Refusal

CHANGED_MEANWHILE = "表中有的行刚被他人登记，请重新上传核对。"
SHEET = "按项目资金表追加安排"  # why an approved change came by a sheet, which has its document's number alone
ZERO = Decimal("0.00")


@transaction.atomic
def allocate_many(*, shares: Iterable[CountyAllocation], by, at: datetime | None = None) -> None:
    """Create unsaved county shares; each batch's running total moves once. Raises as allocate_to_county does."""
    at = at or periods.now()
    for batch, group in _by_parent(shares, "batch"):
        _allow(by, "funds.allocate", batch)
        for share in group:
            check_share(batch, share.unit, share.issued_on, at)
        _create(batch, group, f"批次 {batch.document_no} ")
        audit.record(by=by, verb="导入分县资金", target=batch, at=at, after=[[s.unit.name, s.amount_yuan, s.document_no] for s in group])


@transaction.atomic
def arrange_many(*, allocations: Iterable[Allocation], by, at: datetime | None = None) -> None:
    """Create unsaved project allocations; each county share's running total moves once. Raises as arrange_to_project does."""
    at = at or periods.now()
    rows = list(allocations)
    for share, group in _by_parent(rows, "county_allocation"):
        _allow(by, "funds.arrange", share)
        _create(share, group, f"{share.unit}在批次 {share.batch.document_no} 中")
        audit.record(by=by, verb="导入项目资金", target=share, at=at, after=[[a.project.code, a.amount_yuan, a.document_no] for a in group])
    projects = locked_projects({row.project_id for row in rows})  # after all shares: everybody locks in the same order
    for row in rows:
        check_project(row.county_allocation, projects[row.project_id], row.decided_on, at)
    keep_new(allocations=rows, projects=projects, reason=SHEET, by=by, at=at)


@transaction.atomic
def open_many(*, openings: Iterable[OpeningBalance], by, at: datetime | None = None) -> None:
    """Create unsaved opening balances. Raises as record_opening does."""
    at = at or periods.now()
    rows = list(openings)
    for row in rows:
        _allow(by, "funds.opening", row.allocation)
        row.posted_by, row.posted_at = by, at
    check_opening(rows, at)
    try:
        with transaction.atomic():
            made = OpeningBalance.objects.bulk_create(rows, batch_size=500)
    except IntegrityError as error:
        raise Refusal(CHANGED_MEANWHILE, code="already_recorded") from error
    for row in made:
        audit.record(
            by=by, verb="登记期初数", target=row, at=at, region_path=row.allocation.scope_path,
            after={"allocation": str(row.allocation), "as_of": row.as_of, "paid_to_date_yuan": row.paid_to_date_yuan},
        )  # fmt: skip


def _by_parent(rows, name: str):
    """(parent, its rows), parents in the order of their ids: everybody locks them in the same order."""
    key = f"{name}_id"
    ordered = sorted(rows, key=lambda row: (getattr(row, key), row.pk or 0))
    for _, group in groupby(ordered, key=lambda row: getattr(row, key)):
        members = list(group)
        yield getattr(members[0], name), members


def _create(parent: Batch | CountyAllocation, rows: list, words: str) -> None:
    take(parent, sum((row.amount_yuan for row in rows), ZERO), words)
    try:
        with transaction.atomic():
            type(rows[0])._default_manager.bulk_create(rows, batch_size=500)
    except IntegrityError as error:
        raise Refusal(CHANGED_MEANWHILE, code="already_recorded") from error


def _allow(by, permission: str, target) -> None:
    if not access.may(by, permission, target):
        raise access.Denied("您的岗位不能登记表中的资金。", permission, target=target)

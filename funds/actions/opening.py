"""期初数: where the cumulative series of an allocation begins (features 4.2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from funds.actions.years import require_open
from funds.models import Allocation, OpeningBalance, ReportedSpending
from linkage import access, audit, periods
from linkage.errors import Refusal
from linkage.money import wan_text, yuan


@transaction.atomic
def record_opening(
    *, allocation: Allocation, as_of: date, paid_to_date_yuan: Decimal, document_no: str = "", by, at: datetime | None = None
) -> OpeningBalance:
    """Record once what had been paid on an allocation, in 元, up to the end of `as_of`.

    Raises PermissionDenied without funds.opening there; Refusal for a second one, after the first statement, or in the
    future. Above the allocated amount is stored: it may be true, and the pace shows it as 数据待核.
    """
    at = at or periods.now()
    if not access.may(by, "funds.opening", allocation):
        raise access.Denied("您的岗位不能登记这个项目的期初数。", "funds.opening", target=allocation)
    opening = OpeningBalance(
        allocation=allocation, as_of=as_of, paid_to_date_yuan=yuan(paid_to_date_yuan), document_no=document_no.strip(), posted_by=by,
        posted_at=at,
    )  # fmt: skip
    check_opening([opening], at)
    try:
        with transaction.atomic():
            opening.save()
    except IntegrityError as error:
        standing = OpeningBalance.objects.get(allocation=allocation)
        raise Refusal(
            f"这笔资金已登记期初数 {wan_text(standing.paid_to_date_yuan)} 万元（截至 {standing.as_of}），期初数只登记一次。",
            code="already_recorded",
        ) from error
    audit.record(
        by=by, verb="登记期初数", target=opening, at=at, region_path=allocation.scope_path,
        after={"allocation": str(allocation), "as_of": as_of, "paid_to_date_yuan": opening.paid_to_date_yuan, "document_no": document_no.strip()},
    )  # fmt: skip
    return opening


def check_opening(rows: list[OpeningBalance], at: datetime) -> None:
    """Nothing below zero or ahead of today, nothing that already has a statement. Raises Refusal. One query; for a past year one more a row."""
    if any(row.paid_to_date_yuan < 0 for row in rows):
        raise Refusal("期初累计支出不能为负数。", code="negative")
    if any(row.as_of > periods.day_of(at) for row in rows):
        raise Refusal("期初数的截至日期不能晚于今天。", code="future_date")
    for row in rows:
        require_open(row.allocation.project.unit, row.as_of, at=at)
    if ReportedSpending.objects.live().filter(allocation__in=[row.allocation_id for row in rows]).exists():
        raise Refusal("这笔资金已有上报的累计支出，不能再登记期初数；如有出入请在下期周调度中更正累计数。", code="has_statement")

"""One dated event on money that was given, with the change it makes to each row (features 4.1, 4.2).

The rows themselves are moved first, by funds.actions.limits; this writes down what was done, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from funds.actions.years import require_open
from funds.models import Allocation, Batch, CountyAllocation, EventKind, FundChange, FundEvent
from linkage import audit, counters, periods
from linkage.errors import Refusal
from linkage.models import Region
from linkage.money import wan_text

Row = Batch | CountyAllocation | Allocation
Moved = tuple[Row, Decimal]  # the row as it stands now, and the 元 it was moved by
_OWNER = {Batch: "batch", CountyAllocation: "county_allocation", Allocation: "allocation"}


@transaction.atomic
def record_event(
    *, kind: str, region: Region, batch: Batch | None, moved: Sequence[Moved], amount_yuan: Decimal, effective_on: date,
    document_no: str = "", reason: str = "", draws_on: FundEvent | None = None, by, at: datetime,
) -> FundEvent:  # fmt: skip
    """Write down an event of `amount_yuan` 元 that has just moved these rows. Its number is the next of the region and year.

    Raises Refusal for a day ahead of today, before the row was there, or one on which a row would have been below nothing.
    """
    for row, _ in moved:
        check_day(row, effective_on, at)
        require_open(region, effective_on, at=at, fund_year=_fund_year(row))
    event = FundEvent.objects.create(
        number=_number(region, periods.day_of(at).year), kind=kind, region=region, batch=batch, amount_yuan=amount_yuan,
        effective_on=effective_on, document_no=document_no.strip(), reason=reason.strip()[:200], draws_on=draws_on, recorded_by=by,
        recorded_at=at,
    )  # fmt: skip
    FundChange.objects.bulk_create(_change(event, row, delta) for row, delta in moved)
    for row, _ in moved:
        _check_never_negative(row)
    audit.record(by=by, verb=EventKind(kind).label, target=event, at=at, region_path=region.path, after=_words(event, moved))
    return event


def check_day(row: Row, day: date, at: datetime) -> None:
    """May this row be changed as of that day? Raises Refusal."""
    if day > periods.day_of(at):
        raise Refusal("生效日期不能晚于今天。", code="future_date")
    began, words = (row.decided_on, "资金安排日期") if isinstance(row, Allocation) else (row.issued_on, "下达日期")
    if day < began:
        raise Refusal(f"生效日期不能早于这笔资金的{words}（{periods.day_words(began)}）。", code="date_order")


def _fund_year(row: Row) -> int:
    if isinstance(row, Batch):
        return row.fund_year
    return row.batch.fund_year if isinstance(row, CountyAllocation) else row.county_allocation.batch.fund_year


def _number(region: Region, year: int) -> str:
    number = counters.next_numbers("fund_event", region.slug, year)[0]
    return counters.code(f"{(region.code_prefix or region.slug).upper()}-ZJ", year, number)


def _change(event: FundEvent, row: Row, delta: Decimal) -> FundChange:
    share = row.county_allocation if isinstance(row, Allocation) else row if isinstance(row, CountyAllocation) else None
    return FundChange(
        event=event, batch_id=share.batch_id if share else row.pk, county_allocation=share, amount_yuan=delta, after_yuan=row.amount_yuan,
        allocation=row if isinstance(row, Allocation) else None, effective_on=event.effective_on, recorded_at=event.recorded_at,
    )  # fmt: skip


def changes_of(row: Row):
    """All changes of one row itself, not of what hangs below it."""
    below = {Batch: {"county_allocation__isnull": True}, CountyAllocation: {"allocation__isnull": True}, Allocation: {}}
    return FundChange.objects.filter(**{_OWNER[type(row)]: row.pk}, **below[type(row)])


def _check_never_negative(row: Row) -> None:
    """A document that arrives late may be dated back, but not to a day when there was less than it takes."""
    standing = row.amount_yuan
    for change in changes_of(row).order_by("-effective_on", "-pk"):
        standing -= change.amount_yuan
        if standing < 0:
            raise Refusal(
                f"按生效日期排列，{periods.day_words(change.effective_on)}之前的金额会成为负数（{wan_text(standing)} 万元），请核对生效日期。",
                code="date_order",
            )  # fmt: skip


def _words(event: FundEvent, moved: Sequence[Moved]) -> dict:
    return {
        "number": event.number, "kind": event.kind, "amount_yuan": event.amount_yuan, "effective_on": event.effective_on,
        "document": event.document_no, "reason": event.reason, "moved": [[str(row), delta, row.amount_yuan] for row, delta in moved],
    }  # fmt: skip

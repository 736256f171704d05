"""Paid money per allocation as of a day, by basis. The bases are never summed with each other (features 4.2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from funds.models import Allocation, OpeningBalance, ReportedSpending, Voucher, VoucherKind
from linkage.money import MoneyField

ZERO = Decimal("0.00")
SIGNS = {VoucherKind.PAY: 1, VoucherKind.REFUND: -1, VoucherKind.CORRECTION: -1}  # 核拨 is not paid money


def statement_subquery(as_of: date, allocation: str = "pk") -> Subquery:
    """The newest live statement of the outer row's allocation up to `as_of`, in 元 (None before the first)."""
    newest = (
        ReportedSpending.objects.live().filter(allocation=OuterRef(allocation), as_of__lte=as_of).order_by("-as_of")
    )
    return Subquery(newest.values("paid_to_date_yuan")[:1], output_field=MoneyField())


def opening_subquery(as_of: date, allocation: str = "pk") -> Subquery:
    """The opening balance of the outer row's allocation, in 元, if it lies on or before `as_of`."""
    opening = OpeningBalance.objects.filter(allocation=OuterRef(allocation), as_of__lte=as_of)
    return Subquery(opening.values("paid_to_date_yuan")[:1], output_field=MoneyField())


def statements_as_of(allocation_ids: Collection[int] | QuerySet, as_of: date) -> dict[int, Decimal]:
    """Allocation id → cumulative 元 by the county's newest live statement (basis 周报口径), opening balance before the
    first statement, nothing (not zero) where neither exists. One query."""
    rows = Allocation.objects.filter(pk__in=allocation_ids).annotate(
        paid=Coalesce(statement_subquery(as_of), opening_subquery(as_of))
    )
    return {pk: paid for pk, paid in rows.order_by().values_list("pk", "paid") if paid is not None}


def signed_amount() -> Case:
    """支付 counts up, 退款 and 更正 count down, 核拨 is not paid money."""
    return Case(
        When(kind=VoucherKind.PAY, then=F("amount_yuan")),
        When(kind__in=[VoucherKind.REFUND, VoucherKind.CORRECTION], then=-F("amount_yuan")),
        default=None, output_field=MoneyField(),
    )  # fmt: skip


def after_opening(vouchers):
    """Leave out vouchers that the allocation's opening balance already contains."""
    return vouchers.filter(Q(allocation__opening__isnull=True) | Q(paid_on__gt=F("allocation__opening__as_of")))


def treasury_as_of(
    allocation_ids: Collection[int] | QuerySet, as_of: date, known_by: datetime | None = None
) -> dict[int, Decimal]:
    """Allocation id → 元 paid by standing vouchers up to `as_of` (basis 财政口径) plus the opening balance. Two queries.

    `known_by` leaves out vouchers we learnt of later; allocations without any voucher or opening are missing.
    """
    vouchers = after_opening(Voucher.objects.standing().filter(allocation__in=allocation_ids, paid_on__lte=as_of))
    if known_by is not None:
        vouchers = vouchers.filter(known_at__lte=known_by)
    paid = dict(
        OpeningBalance.objects.filter(allocation__in=allocation_ids, as_of__lte=as_of).values_list("allocation_id", "paid_to_date_yuan")
    )
    sums = vouchers.order_by().values_list("allocation_id", "kind").annotate(sum_yuan=Sum("amount_yuan"))  # plain sums are planned fastest
    for allocation_id, kind, amount in sums:
        paid[allocation_id] = paid.get(allocation_id, ZERO) + SIGNS.get(kind, 0) * amount
    return paid

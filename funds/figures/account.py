"""明细账 of a project: arrangements, changes and payments of each allocation by day, with the balance after each (features 4.1, 4.2).

Basis 财政口径; the county's statements stand beside it, never in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from funds.figures.ledger import with_paid
from funds.figures.paid import after_opening, treasury_as_of
from funds.models import Allocation, EventKind, FundChange, FundEvent, OpeningBalance, Voucher, VoucherKind
from projects.models import Project

ZERO = Decimal("0.00")
SIGN: dict[str, int] = {VoucherKind.PAY: 1, VoucherKind.REFUND: -1, VoucherKind.CORRECTION: -1}  # 核拨 is not paid money


@dataclass(frozen=True)
class Item:
    """One fact: `arranged_yuan` moves the arranged money, `paid_yuan` the paid; `left_yuan` is the balance after it."""

    day: date
    words: str
    number: str
    detail: str = ""
    arranged_yuan: Decimal = ZERO
    paid_yuan: Decimal = ZERO
    left_yuan: Decimal = ZERO
    voucher: Voucher | None = None
    event: FundEvent | None = None


@dataclass(frozen=True)
class Account:
    """One allocation with its items; the last balance equals `allocation.left_yuan`."""

    allocation: Allocation
    items: list[Item]


def accounts_of(project: Project, user, as_of: date) -> list[Account]:
    """Every allocation of the project in the user's sight, with what is dated up to a day. Seven queries.

    Payments whose vouchers are out of sight stand in one sum, so that the balance is everybody's.
    """
    rows = Allocation.objects.visible_to(user).filter(project=project, decided_on__lte=as_of)
    allocations = list(
        with_paid(rows, as_of).select_related("county_allocation__batch__task", "county_allocation__unit").order_by("county_allocation__batch__level", "pk")
    )
    ids = [allocation.pk for allocation in allocations]
    changes = _grouped(FundChange.objects.filter(allocation__in=ids, effective_on__lte=as_of).select_related("event"))
    openings = {row.allocation_id: row for row in OpeningBalance.objects.filter(allocation__in=ids, as_of__lte=as_of)}
    standing = after_opening(Voucher.objects.visible_to(user).standing().filter(allocation__in=ids, paid_on__lte=as_of))
    vouchers, treasury = _grouped(standing), treasury_as_of(ids, as_of)
    found = []
    for one in allocations:
        paid = [*_opened(openings.get(one.pk)), *map(_paid, vouchers.get(one.pk, []))]
        hidden = treasury.get(one.pk, ZERO) - sum((item.paid_yuan for item in paid), ZERO)
        others = [Item(as_of, "其他支出（凭证不在您的范围内）", "", paid_yuan=hidden)] if hidden else []
        found.append(Account(one, _balanced([*_arranged(one, changes.get(one.pk, [])), *paid, *others])))
    return found


def _grouped(rows: QuerySet) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.allocation_id, []).append(row)
    return found


def _arranged(allocation: Allocation, changes: list[FundChange]) -> list[Item]:
    first = allocation.amount_yuan - sum((change.amount_yuan for change in changes), ZERO)
    begun = [Item(allocation.decided_on, "安排资金", allocation.document_no, arranged_yuan=first)] if first else []
    return [*begun, *map(_changed, changes)]


def _changed(change: FundChange) -> Item:
    words = change.event.get_kind_display()
    if change.event.kind == EventKind.TRANSFER:
        words += "（调入）" if change.amount_yuan > 0 else "（调出）"
    return Item(
        change.effective_on, words, change.event.document_no or change.event.number, change.event.reason, arranged_yuan=change.amount_yuan,
        event=change.event,
    )  # fmt: skip


def _opened(opening: OpeningBalance | None) -> list[Item]:
    return [Item(opening.as_of, "期初累计支出", opening.document_no, paid_yuan=opening.paid_to_date_yuan)] if opening else []


def _paid(voucher: Voucher) -> Item:
    nature = f"（{voucher.get_nature_display()}）" if voucher.nature else ""
    split = "，拆分凭证中的一笔" if voucher.split_from_id else ""
    return Item(
        voucher.paid_on, f"{voucher.get_kind_display()}{nature}", str(voucher), f"{voucher.payee_masked}{split}",
        paid_yuan=SIGN.get(voucher.kind, 0) * voucher.amount_yuan, voucher=voucher,
    )  # fmt: skip


def _balanced(items: list[Item]) -> list[Item]:
    """By day, on one day money in before money out; the balance after each."""
    left, found = ZERO, []
    for item in sorted(items, key=lambda one: (one.day, -one.arranged_yuan, one.voucher.pk if one.voucher else 0)):
        left += item.arranged_yuan - item.paid_yuan
        found.append(replace(item, left_yuan=left))
    return found

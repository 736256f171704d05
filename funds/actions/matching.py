"""A person says whose a payment of the treasury is; it is remembered, so that the next file matches by itself (features 9.1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from funds.figures.matching import budget_key, document_key
from funds.figures.unmatched import alike
from funds.models import Allocation, MatchAnswer, TreasuryMatch, Voucher
from linkage import access, audit, periods
from linkage.errors import Refusal, WrongState

_OPEN_FLAGS = {"unmatched", "not_ours", "to_split"}


@transaction.atomic
def decide_match(*, voucher: Voucher, answer: str, allocation: Allocation | None = None, by, at: datetime | None = None) -> int:
    """Settle this payment and all waiting ones of the same 预算项目, 文号 and unit; gives how many these were.

    `answer` is a MatchAnswer; an allocation must be money of the same unit. Raises PermissionDenied, Refusal, WrongState when
    nothing waits any more.
    """
    at = at or periods.now()
    _require(by, voucher)
    if answer not in MatchAnswer.values:
        raise Refusal("请选择一项。", code="answer_needed")
    if (answer == MatchAnswer.ALLOCATION) != (allocation is not None):
        raise Refusal("请选择对应的项目资金。", code="allocation_needed")
    if allocation is not None and allocation.county_allocation.unit_id != voucher.unit_id:
        raise Refusal(f"所选资金须属于{voucher.unit}。", code="wrong_unit")
    rows = list(alike(voucher).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        raise WrongState("这几笔已经有人认定过了，请看现在的内容。")
    _remember(voucher, answer, allocation, by, at)
    for row in rows:
        row.allocation, row.project = allocation, allocation.project if allocation else None
        row.flags = _flags(row, answer, allocation)
    Voucher.objects.bulk_update(rows, ["allocation", "project", "flags"], batch_size=500)
    after = {"answer": answer, "project": allocation.project.code if allocation else "", "rows": len(rows), "vouchers": [row.pk for row in rows[:200]]}
    audit.record(by=by, verb="认定支付凭证的项目", target=voucher, at=at, after=after)
    return len(rows)


@transaction.atomic
def forget_match(*, match: TreasuryMatch, by, at: datetime | None = None) -> int:
    """Take back a remembered answer; payments it had settled wait again, but for those that were split. Gives how many."""
    at = at or periods.now()
    _require(by, match.unit)
    rows = [row for row in _settled_by(match) if budget_key(vars(row)) == match.budget_key and document_key(row.quota_no) == match.quota_key]
    for row in rows:
        row.allocation = row.project = None
        row.flags = [*(flag for flag in row.flags if flag not in _OPEN_FLAGS | {"before_decided"}), "unmatched"]
    Voucher.objects.bulk_update(rows, ["allocation", "project", "flags"], batch_size=500)
    audit.record(
        by=by, verb="撤销凭证对应", target=match, at=at, region_path=match.unit.path,
        before={"answer": match.answer, "allocation": match.allocation_id, "rows": len(rows)},
    )  # fmt: skip
    match.delete()
    return len(rows)


def _settled_by(match: TreasuryMatch):
    rows = Voucher.objects.standing().filter(unit=match.unit, channel="treasury", split_from__isnull=True, allocation=match.allocation)
    return rows.select_for_update(of=("self",)).order_by("pk")


def _remember(voucher: Voucher, answer: str, allocation: Allocation | None, by, at: datetime) -> None:
    TreasuryMatch.objects.update_or_create(
        unit=voucher.unit, budget_key=budget_key(vars(voucher)), quota_key=document_key(voucher.quota_no),
        defaults={"answer": answer, "allocation": allocation, "decided_by": by, "decided_at": at},
    )  # fmt: skip


def _flags(row: Voucher, answer: str, allocation: Allocation | None) -> list[str]:
    kept = [flag for flag in row.flags if flag not in _OPEN_FLAGS]
    if allocation is None:
        return [*kept, "not_ours" if answer == MatchAnswer.NONE else "to_split"]
    return [*kept, "before_decided"] if row.paid_on < allocation.decided_on else kept


def _require(by, target) -> None:
    if not access.may(by, "voucher.record", target):
        raise access.Denied("支付凭证由财政部门认定。", "voucher.record", target=target)

"""One voucher split over several projects by a person (features 4.2). The row itself stays as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from funds.actions.voucher import flags_of
from funds.actions.years import require_open
from funds.models import Allocation, Voucher
from linkage import access, audit, periods
from linkage.errors import Refusal
from linkage.money import wan_text, yuan

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    """One part in 元. Without allocation it is money of the unit that belongs to no project here."""

    allocation: Allocation | None
    amount_yuan: Decimal
    nature: str = ""


@transaction.atomic
def split(*, voucher: Voucher, parts: Sequence[Part], reason: str = "", by, at: datetime | None = None) -> list[Voucher]:
    """Split a voucher into parts that make up its amount to the 分; an earlier split is replaced, which needs a reason.

    Raises PermissionDenied without voucher.record over the unit, Refusal when the parts do not fit.
    """
    at = at or periods.now()
    held = _held(voucher, by, at)
    _check(held, parts)
    if held.is_split:
        _let_go(held, _reason(reason), by, at)
    offset = held.parts.count()
    made = [_part(held, part, offset + number, by, at) for number, part in enumerate(parts, 1)]
    Voucher.objects.bulk_create(made)
    Voucher.objects.filter(pk=held.pk).update(is_split=True, split_yuan=sum((part.amount_yuan for part in made), ZERO))
    audit.record(
        by=by, verb="拆分支付凭证", target=held, at=at, before={"amount_yuan": held.amount_yuan},
        after={"parts": [[part.project.code if part.project else "", part.amount_yuan] for part in made], "reason": reason.strip()},
    )  # fmt: skip
    voucher.refresh_from_db()
    return made


@transaction.atomic
def undo_split(*, voucher: Voucher, reason: str, by, at: datetime | None = None) -> Voucher:
    """The voucher counts as one row again; the parts stay readable as taken back. Raises Refusal when it is not split."""
    at = at or periods.now()
    held = _held(voucher, by, at)
    if not held.is_split:
        raise Refusal("这张凭证没有拆分。", code="wrong_state")
    _let_go(held, _reason(reason), by, at)
    Voucher.objects.filter(pk=held.pk).update(is_split=False, split_yuan=ZERO)
    voucher.refresh_from_db()
    return voucher


def gone_with(rows, at: datetime) -> int:
    """Rows of a channel that are no longer in their export go, and with each the parts it was split into."""
    ids = list(rows.present().values_list("pk", flat=True))
    Voucher.objects.present().filter(split_from__in=ids).update(gone_at=at)
    return Voucher.objects.present().filter(pk__in=ids).update(gone_at=at)


def _held(voucher: Voucher, by, at: datetime) -> Voucher:
    """The voucher as it stands, locked."""
    held = Voucher.objects.select_for_update(of=("self",)).select_related("unit").get(pk=voucher.pk)
    if not access.may(by, "voucher.record", held):
        raise access.Denied("支付凭证由财政部门拆分。", "voucher.record", target=held)
    if held.gone_at is not None:
        raise Refusal("这张凭证已经撤回或在来源中已不见，不能拆分。", code="wrong_state")
    if held.split_from_id:
        raise Refusal("这是拆分出的一笔，请到原凭证页面重新拆分。", code="is_part")
    require_open(held.unit, held.paid_on, at=at)
    return held


def _check(voucher: Voucher, parts: Sequence[Part]) -> None:
    """Two parts or more, each above nothing, each of its own allocation of this unit, together the voucher to the 分."""
    if len(parts) < 2:
        raise Refusal("请至少拆成两笔；只属于一个项目的，请直接匹配到该项目。", code="too_few")
    if any(yuan(part.amount_yuan) <= 0 for part in parts):
        raise Refusal("每笔金额须大于零。", code="not_positive")
    chosen = [part.allocation.pk if part.allocation else None for part in parts]
    if len(set(chosen)) < len(chosen):
        raise Refusal("同一笔项目资金只填一行，请合并金额。", code="twice")
    if any(part.allocation and part.allocation.county_allocation.unit_id != voucher.unit_id for part in parts):
        raise Refusal(f"所选资金须属于{voucher.unit}。", code="wrong_unit")
    total = sum((yuan(part.amount_yuan) for part in parts), ZERO)
    if total != voucher.amount_yuan:
        gap = voucher.amount_yuan - total
        words = f"还差 {wan_text(gap)} 万元" if gap > 0 else f"多出 {wan_text(-gap)} 万元"
        raise Refusal(f"各笔之和 {wan_text(total)} 万元，凭证金额 {wan_text(voucher.amount_yuan)} 万元，{words}。", code="sum")


def _part(voucher: Voucher, part: Part, number: int, by, at: datetime) -> Voucher:
    made = Voucher(
        unit=voucher.unit, allocation=part.allocation, project=part.allocation.project if part.allocation else None, kind=voucher.kind,
        nature=part.nature or voucher.nature, amount_yuan=yuan(part.amount_yuan), paid_on=voucher.paid_on, known_at=voucher.known_at,
        voucher_no=voucher.voucher_no, application_no=voucher.application_no, channel=voucher.channel, key=f"split/{voucher.pk}",
        key_line=number, payee_masked=voucher.payee_masked, purpose=voucher.purpose, budget_project=voucher.budget_project,
        quota_no=voucher.quota_no, refers_to=voucher.refers_to, split_from=voucher, recorded_by=by,
    )  # fmt: skip
    made.flags = flags_of(made, at)
    return made


def _let_go(voucher: Voucher, reason: str, by, at: datetime) -> None:
    standing = voucher.parts.present()
    before = [[code or "", amount] for code, amount in standing.values_list("project__code", "amount_yuan")]
    standing.update(gone_at=at)
    audit.record(by=by, verb="撤销凭证拆分", target=voucher, at=at, before={"parts": before}, after={"reason": reason})


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("请写明重新拆分或撤销拆分的理由。", code="reason_needed")
    return text.strip()

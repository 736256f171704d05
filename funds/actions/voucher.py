"""Vouchers recorded by hand (features 4.2). What is true is never refused: it is stored and flagged.

Refunds and corrections are kinds with positive amounts; a typing mistake is taken back with a reason and stays readable.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from funds.actions.years import locked_through, require_open
from funds.figures.paid import treasury_as_of
from funds.models import Allocation, Voucher, VoucherChannel, VoucherKind
from linkage import access, audit, periods
from linkage.errors import Refusal
from linkage.models import Region
from linkage.money import wan_text, yuan
from projects.models import Project

ZERO = Decimal("0.00")
RETURNING = (VoucherKind.REFUND, VoucherKind.CORRECTION)
ORGANISATION_ENDINGS = ("公司", "社", "局", "厂", "部", "院", "所", "站", "校", "中心", "委员会", "政府", "集团", "场", "银行", "协会", "店", "队")


class AlreadyRecorded(Refusal):
    """The same voucher line stands already; `voucher_id` names it."""

    code = "already_recorded"

    def __init__(self, voucher: Voucher):
        super().__init__(f"凭证 {voucher} 第 {voucher.key_line} 行已经登记过（{voucher.paid_on}，{voucher.get_kind_display()}）。")
        self.voucher_id = voucher.pk


@transaction.atomic
def record_voucher(
    *, allocation: Allocation | None = None, project: Project | None = None, unit: Region | None = None, kind: str, nature: str = "",
    amount_yuan: Decimal, paid_on: date, voucher_no: str = "", application_no: str = "", line: int = 1,
    channel: str = VoucherChannel.HAND, payee: str = "", purpose: str = "", budget_project: str = "", quota_no: str = "",
    refers_to: Voucher | None = None, by, at: datetime | None = None,
) -> Voucher:  # fmt: skip
    """Store one payment line of `amount_yuan` 元 (always positive). Without allocation it counts for its unit only.

    `refers_to`: the payment that a 退款 or 更正 gives back. Raises PermissionDenied without voucher.record over the unit,
    AlreadyRecorded for the same number and line, Refusal when amount, number or place are missing or contradict each other,
    or when by hand more is given back than the payment was.
    """
    at = at or periods.now()
    if refers_to is not None:
        refers_to = Voucher.objects.select_for_update(of=("self",)).get(pk=refers_to.pk)  # two refunds at once are told apart
    voucher = Voucher(
        allocation=allocation, project=allocation.project if allocation else project, kind=kind, nature=nature,
        amount_yuan=yuan(amount_yuan), paid_on=paid_on, known_at=at, voucher_no=voucher_no.strip(),
        application_no=application_no.strip(), channel=channel, key_line=line, payee_masked=mask_payee(payee)[:80],
        purpose=mask_digits(purpose)[:200], budget_project=budget_project.strip()[:200], quota_no=quota_no.strip()[:80],
        refers_to=refers_to, recorded_by=by,
    )  # fmt: skip
    _place(voucher, project, unit)
    if not access.may(by, "voucher.record", voucher):
        raise access.Denied("支付凭证由财政部门登记。", "voucher.record", target=voucher)
    _check(voucher)
    _check_return(voucher)
    if channel == VoucherChannel.HAND:  # from outside it is stored and flagged
        require_open(voucher.unit, paid_on, at=at)
    voucher.key = voucher_key(voucher)
    voucher.flags = flags_of(voucher, at)
    _save(voucher)
    audit.record(by=by, verb="登记支付凭证", target=voucher, at=at, after=_words(voucher))
    return voucher


@transaction.atomic
def take_back(*, voucher: Voucher, reason: str, by, at: datetime | None = None) -> Voucher:
    """Take back a line typed by mistake. The row stays with its reason in the trail; its number becomes free again."""
    at = at or periods.now()
    if not access.may(by, "voucher.record", voucher):
        raise access.Denied("支付凭证由财政部门登记。", "voucher.record", target=voucher)
    if voucher.channel != VoucherChannel.HAND:
        raise Refusal("导入的凭证随来源变动，不能手工撤回。", code="not_by_hand")
    if not reason.strip():
        raise Refusal("请写明撤回理由。", code="reason_needed")
    require_open(voucher.unit, voucher.paid_on, at=at)
    if voucher.split_from_id:
        raise Refusal("这是从一张凭证拆出的一笔，请到原凭证页面重新拆分或撤销拆分。", code="is_part")
    if given_back := returned_of(voucher):
        raise Refusal(f"这张凭证名下已登记退款、更正 {wan_text(given_back)} 万元，请先撤回那些行。", code="has_returns")
    freed = f"{voucher.pk}~{voucher.key}"[:80]
    if not Voucher.objects.present().filter(pk=voucher.pk).update(gone_at=at, key=freed):
        raise Refusal("这张凭证已经撤回。", code="wrong_state")
    Voucher.objects.present().filter(split_from=voucher.pk).update(gone_at=at)
    voucher.refresh_from_db()
    audit.record(by=by, verb="撤回支付凭证", target=voucher, at=at, before=_words(voucher), after={"reason": reason.strip()})
    return voucher


def _place(voucher: Voucher, project: Project | None, unit: Region | None) -> None:
    """The unit follows from the project; what is given besides must not contradict it."""
    if voucher.project is None:
        if unit is None:
            raise Refusal("请选择项目或填报单位。", code="place_needed")
        voucher.unit = unit
        return
    if project is not None and voucher.project != project:
        raise Refusal("所选资金不属于所选项目。", code="wrong_project")
    if unit is not None and voucher.project.unit_id != unit.pk:
        raise Refusal(f"项目“{voucher.project}”不属于{unit}。", code="wrong_unit")
    voucher.unit = voucher.project.unit


def _check(voucher: Voucher) -> None:
    if voucher.amount_yuan <= 0:
        raise Refusal("金额须大于零；退款、更正请用对应的种类登记。", code="not_positive")
    if not voucher.voucher_no and not voucher.application_no:
        raise Refusal("请填写支付凭证号；没有凭证号时填写支付申请号。", code="number_needed")


def _check_return(voucher: Voucher) -> None:
    """What a 退款 or 更正 by hand refers to must be a payment of this unit that is large enough. From outside it is only flagged."""
    paid = voucher.refers_to
    if paid is None or voucher.channel != VoucherChannel.HAND:
        return
    if voucher.kind not in RETURNING:
        raise Refusal("只有退款、更正可以写明冲减的凭证。", code="not_a_return")
    if paid.kind != VoucherKind.PAY or paid.unit_id != voucher.unit_id or paid.gone_at:
        raise Refusal("冲减的凭证须是本单位有效的一笔支付。", code="wrong_payment")
    if voucher.allocation_id and paid.allocation_id and voucher.allocation_id != paid.allocation_id:
        raise Refusal("退款、更正须与原支付属于同一笔项目资金。", code="wrong_payment")
    if voucher.paid_on < paid.paid_on:
        raise Refusal(f"日期不能早于原支付日期（{paid.paid_on}）。", code="date_order")
    left = paid.amount_yuan - returned_of(paid)
    if voucher.amount_yuan > left:
        raise Refusal(
            f"原支付 {wan_text(paid.amount_yuan)} 万元，尚可冲减 {wan_text(left)} 万元，不能再登记 {wan_text(voucher.amount_yuan)} 万元。",
            code="above_payment",
        )  # fmt: skip


def returned_of(paid: Voucher) -> Decimal:
    """元 given back by standing 退款 and 更正 that name this payment; a split one counts once, as it came."""
    return paid.returns.present().filter(split_from__isnull=True).aggregate(total=Sum("amount_yuan", default=0))["total"]


def _save(voucher: Voucher) -> None:
    try:
        with transaction.atomic():
            voucher.save()
    except IntegrityError:
        standing = Voucher.objects.filter(channel=voucher.channel, key=voucher.key, key_line=voucher.key_line).first()
        if standing is None:
            raise
        raise AlreadyRecorded(standing) from None


def voucher_key(voucher: Voucher) -> str:
    """支付凭证号, else 支付申请号, within the unit: hand-written numbers begin anew in every county."""
    number = f"V{voucher.voucher_no}" if voucher.voucher_no else f"A{voucher.application_no}"
    key = f"{voucher.unit.slug}/{number}"
    return key if len(key) <= 72 else hashlib.sha256(key.encode()).hexdigest()


def flags_of(voucher: Voucher, at: datetime) -> list[str]:
    """What looks doubtful about a line at the time it is recorded; words in funds.checks.VOUCHER_FLAGS."""
    flags = []
    if voucher.paid_on > periods.day_of(at):
        flags.append("future")
    if voucher.unit_id and voucher.paid_on.year < periods.day_of(at).year and voucher.paid_on.year <= locked_through(voucher.unit, at):
        flags.append("closed_year")
    if voucher.refers_to is not None and voucher.split_from_id is None and returned_of(voucher.refers_to) + voucher.amount_yuan > voucher.refers_to.amount_yuan:
        flags.append("return_above_payment")
    if voucher.allocation is None:
        return [*flags, "unmatched"]
    if voucher.paid_on < voucher.allocation.decided_on:
        flags.append("before_decided")
    paid = treasury_as_of([voucher.allocation_id], max(voucher.paid_on, periods.day_of(at))).get(voucher.allocation_id, ZERO)
    if voucher.kind == VoucherKind.PAY and paid + voucher.amount_yuan > voucher.allocation.amount_yuan:
        flags.append("above_allocated")
    if voucher.kind in RETURNING and voucher.amount_yuan > paid:
        flags.append("refund_above_paid")
    return flags


def questions_of(*, allocation: Allocation | None, kind: str, amount_yuan: Decimal, paid_on: date, at: datetime) -> list[str]:
    """What a person is asked before a doubtful line is recorded, with the numbers in 万元; nothing for an ordinary one."""
    unit = allocation.county_allocation.unit if allocation else None
    line = Voucher(unit=unit, allocation=allocation, kind=kind, amount_yuan=yuan(amount_yuan), paid_on=paid_on)
    flags, asked = flags_of(line, at), []
    if "future" in flags:
        asked.append(f"支付日期 {paid_on} 在今天之后。")
    if allocation is None:
        return asked
    paid = treasury_as_of([allocation.pk], max(paid_on, periods.day_of(at))).get(allocation.pk, ZERO)
    money = f"“{allocation.project}”这笔资金安排 {wan_text(allocation.amount_yuan)} 万元，已支付 {wan_text(paid)} 万元，本笔 {wan_text(line.amount_yuan)} 万元"
    if "above_allocated" in flags:
        asked.append(f"{money}，登记后超过安排 {wan_text(paid + line.amount_yuan - allocation.amount_yuan)} 万元。金额单位是万元，请核对。")
    if "refund_above_paid" in flags:
        asked.append(f"{money}，大于已支付的金额。")
    if "before_decided" in flags:
        asked.append(f"支付日期 {paid_on} 早于资金安排的日期 {allocation.decided_on}。")
    return asked


def mask_digits(text: str) -> str:
    """Account, phone and identity numbers are never kept: runs of eight and more digits lose their middle."""
    return re.sub(r"\d{7,}[\dXx]", lambda m: f"{m[0][:2]}****{m[0][-2:]}", text.strip())


def mask_payee(name: str) -> str:
    """Organisations keep their name; of a person only the first character stays."""
    plain = mask_digits(name)
    if plain.endswith(ORGANISATION_ENDINGS) or (len(plain) > 4 and "·" not in plain):
        return plain
    return plain[:1] + "*" * (len(plain) - 1)


def _words(voucher: Voucher) -> dict:
    return {
        "unit": voucher.unit.name, "project": voucher.project.code if voucher.project else "", "kind": voucher.kind,
        "amount_yuan": voucher.amount_yuan, "paid_on": voucher.paid_on, "number": str(voucher), "line": voucher.key_line,
        "flags": voucher.flags,
    }  # fmt: skip

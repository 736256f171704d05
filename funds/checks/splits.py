"""Identities of vouchers: split rows and their parts, and what a unit has paid by every path (features 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from funds.figures.paid import signed_amount
from funds.models import Voucher
from linkage.checks import Problem, Severity
from linkage.money import money_value, yuan_text

ZERO = Decimal("0.00")


def find() -> Iterator[Problem]:
    """Every difference, each with the number of its row. Five queries."""
    yield from _parts_make_up_their_row()
    yield from _parts_belong_to_a_split_row()
    yield from _units_are_the_same_by_every_path()


def _parts_make_up_their_row() -> Iterator[Problem]:
    rows = Voucher.objects.present().filter(is_split=True).annotate(
        counted=Coalesce(Sum("parts__amount_yuan", filter=Q(parts__gone_at__isnull=True)), money_value(0))
    )
    for row in rows.exclude(amount_yuan=F("counted")):
        yield _problem("split_total", row, f"凭证 {yuan_text(row.amount_yuan)} 元，拆分后各笔相加 {yuan_text(row.counted)} 元。")


def _parts_belong_to_a_split_row() -> Iterator[Problem]:
    """A part that counts has a row that stands, is split, and lies in the same unit with the same kind and day."""
    parts = Voucher.objects.present().filter(split_from__isnull=False)
    wrong = (
        Q(split_from__is_split=False) | Q(split_from__gone_at__isnull=False) | ~Q(split_from__unit=F("unit"))
        | ~Q(split_from__kind=F("kind")) | ~Q(split_from__paid_on=F("paid_on"))
    )  # fmt: skip
    for row in parts.filter(wrong):
        what = f"拆分出的一笔 {yuan_text(row.amount_yuan)} 元与原凭证 {row.split_from_id} 不符"
        yield _problem("split_part", row, f"{what}（原凭证已撤回、未拆分，或单位、种类、日期不同）。")


def _units_are_the_same_by_every_path() -> Iterator[Problem]:
    """What a unit has paid: the rows as they came = the rows that count = by project, with what is not matched."""
    present = Voucher.objects.present().filter(split_from__isnull=True)
    came, count = _by(present, "unit_id"), _by(Voucher.objects.standing(), "unit_id")
    by_project: dict[int, Decimal] = {}
    for (unit, _), total in _by(Voucher.objects.standing(), "unit_id", "project_id").items():
        by_project[unit] = by_project.get(unit, ZERO) + total
    for unit in sorted(came.keys() | count.keys()):
        sums = [found.get(unit, ZERO) for found in (came, count, by_project)]
        if len(set(sums)) > 1:
            words = "、".join(f"{name} {yuan_text(total)} 元" for name, total in zip(("按原凭证", "按计入行", "按项目"), sums, strict=True))
            yield Problem(
                code="voucher_paths", severity=Severity.MUST, row=unit, row_label=f"填报单位 {unit}", place="amount_yuan",
                message=f"支出合计不一致：{words}。", repair="请核对该单位的凭证拆分。",
            )  # fmt: skip


def _by(rows, *names: str) -> dict:
    found = rows.order_by().values_list(*names).annotate(total=Sum(signed_amount(), default=0))
    return {row[0] if len(names) == 1 else row[:-1]: row[-1] for row in found}


def _problem(code: str, row, message: str) -> Problem:
    return Problem(
        code=code, severity=Severity.MUST, row=row.pk, row_label=f"支付凭证 {row.pk}（{row}）", place="amount_yuan", message=message,
        repair="程序之外有人改过数据，请查审计记录后重新拆分。",
    )  # fmt: skip

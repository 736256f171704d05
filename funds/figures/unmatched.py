"""Payments that wait for a person to say whose they are, one row per 预算项目, 文号 and unit (features 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Min, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from funds.figures.matching import Matcher, Proposal, budget_key, document_key
from funds.figures.paid import signed_amount
from funds.models import MatchAnswer, TreasuryMatch, Voucher, VoucherChannel
from funds.models.spending import VoucherQuerySet
from linkage.models import Region
from linkage.money import money_value

GROUPED = ("unit_id", "quota_no", "budget_code", "budget_project", "words")


@dataclass(frozen=True)
class Group:
    """Payments that one answer settles; `sample` is the newest of them. Money in 元, refunds counted down."""

    sample: int
    unit: Region
    quota_no: str
    budget_code: str
    budget_project: str
    purpose: str
    payee: str
    rows: int
    amount_yuan: Decimal
    first_on: date
    last_on: date
    proposals: tuple[Proposal, ...] = ()


def waiting(rows: VoucherQuerySet) -> QuerySet:
    """Treasury lines without a project's money, those remembered as not ours or as one-to-many among them."""
    return rows.standing().filter(channel=VoucherChannel.TREASURY, allocation__isnull=True, project__isnull=True, split_from__isnull=True)


def alike(voucher: Voucher) -> QuerySet:
    """Waiting lines that the same answer settles."""
    rows = waiting(Voucher.objects.filter(unit=voucher.unit_id, quota_no=voucher.quota_no))
    if voucher.budget_code:
        return rows.filter(budget_code=voucher.budget_code)
    rows = rows.filter(budget_code="", budget_project=voucher.budget_project)
    return rows if voucher.budget_project else rows.filter(purpose=voucher.purpose)


def groups(rows: VoucherQuerySet) -> list[dict[str, Any]]:
    """The questions that are open, most money first, as plain rows; those answered with 不是 or 拆分 are left out. Two queries."""
    words = Case(When(budget_code="", budget_project="", then=F("purpose")), default=Value(""))
    named = Case(When(budget_code="", then=F("budget_project")), default=Value(""))
    found = (
        waiting(rows).order_by().annotate(words=words, named=named).values("unit_id", "quota_no", "budget_code", "named", "words")
        .annotate(sample=Max("pk"), rows=Count("pk"), amount=Coalesce(Sum(signed_amount()), money_value(0)), first=Min("paid_on"), last=Max("paid_on"))
        .order_by("-amount", "sample")
    )  # fmt: skip
    answered = set(TreasuryMatch.objects.exclude(answer=MatchAnswer.ALLOCATION).values_list("unit_id", "budget_key", "quota_key"))
    return [row for row in found if _key(row) not in answered]


def _key(row: dict[str, Any]) -> tuple[int, str, str]:
    values = {"budget_code": row["budget_code"], "budget_project": row["named"], "purpose": row["words"]}
    return row["unit_id"], budget_key(values), document_key(row["quota_no"])


def dressed(rows: list[dict[str, Any]]) -> list[Group]:
    """The same with a sample line and proposals. Four queries whatever their number."""
    samples = Voucher.objects.select_related("unit").in_bulk([row["sample"] for row in rows])
    matcher = Matcher({row["unit_id"] for row in rows}) if rows else None
    made = []
    for row in rows:
        one = samples[row["sample"]]
        proposals = tuple(matcher.proposals(one.unit_id, vars(one))) if matcher else ()
        made.append(Group(one.pk, one.unit, one.quota_no, one.budget_code, one.budget_project, one.purpose, one.payee_masked, row["rows"], row["amount"],
                          row["first"], row["last"], proposals))  # fmt: skip
    return made

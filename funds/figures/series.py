"""Cumulative paid money over time, for trends (features 4.3, 10.2). One basis per series, never a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Coalesce, Lag

from funds.figures.changes import share_steps
from funds.figures.pacing import HEADLINE
from funds.figures.paid import after_opening, opening_subquery, signed_amount, statement_subquery
from funds.figures.sums import Sight
from funds.figures.verdict import Basis
from funds.models import HEADLINE_LEVELS, OpeningBalance, ReportedSpending
from linkage.money import MoneyField, money_value

ZERO = Decimal("0.00")
_MONEY = MoneyField()


@dataclass(frozen=True)
class Point:
    """`paid_yuan` and `issued_yuan` in 元, cumulative up to the end of `as_of`; paid None before anything was stated."""

    as_of: date
    paid_yuan: Decimal | None
    issued_yuan: Decimal


def series(
    *, year: int, cutoffs: Sequence[date], basis: str, sight: Sight | None = None, level: str = HEADLINE, unit=None, task=None
) -> list[Point]:
    """The S-curve: one point per cut-off day (ascending), at most six queries whatever their number.

    Headline level = 中央 + 省级, or one level by name. `unit` and `task` narrow it down.
    """
    if not cutoffs:
        return []
    sight = sight or Sight.everything()
    levels = HEADLINE_LEVELS if level == HEADLINE else (level,)
    share = Q(batch__fund_year=year, batch__level__in=levels)
    narrow = {"unit": unit} if unit else {}
    if task:
        share &= Q(batch__task=task)
    shares = sight.shares.filter(share, **narrow)
    allocations = sight.allocations.filter(county_allocation__in=shares.values("pk"))
    issued = share_steps(shares)
    opened = OpeningBalance.objects.filter(allocation__in=allocations.values("pk"))
    if basis == Basis.TREASURY:
        return _cumulate(cutoffs, issued, _treasury_steps(sight, allocations, opened), ZERO)
    start, steps = _county_steps(allocations, opened, cutoffs[0], cutoffs[-1])
    return _cumulate(cutoffs, issued, steps, start)


def _treasury_steps(sight: Sight, allocations, opened) -> dict[date, Decimal]:
    vouchers = after_opening(sight.vouchers.standing().filter(allocation__in=allocations.values("pk")))
    paid = vouchers.annotate(signed=signed_amount()).order_by().values_list("paid_on").annotate(total=Sum("signed"))
    steps = {day: amount for day, amount in paid if amount is not None}
    for day, amount in opened.order_by().values_list("as_of").annotate(total=Sum("paid_to_date_yuan")):
        steps[day] = steps.get(day, ZERO) + amount
    return steps


def _county_steps(allocations, opened, first: date, last: date) -> tuple[Decimal | None, dict[date, Decimal]]:
    """What stood on the first day (None before anything was stated), and the changes of each later day.

    A change is one live statement less the one before it, or less what stood on the first day, so that a missed week
    heals itself and only the weeks shown are read.
    """
    standing = Coalesce(statement_subquery(first), opening_subquery(first))
    start = allocations.order_by().aggregate(paid=Sum(standing))["paid"]
    before = Window(Lag("paid_to_date_yuan"), partition_by=F("allocation_id"), order_by=F("as_of").asc())
    opening = OpeningBalance.objects.filter(allocation=OuterRef("allocation_id"), as_of__lte=OuterRef("as_of"))
    inner = (
        ReportedSpending.objects.live().filter(allocation__in=allocations.values("pk"), as_of__gt=first, as_of__lte=last).order_by()
        .annotate(previous=Coalesce(
            before, statement_subquery(first, "allocation_id"), Subquery(opening.values("paid_to_date_yuan")[:1]), money_value(0)
        ))
        .values("as_of", "paid_to_date_yuan", "previous")
    )  # fmt: skip
    sql, params = inner.query.sql_with_params()
    steps: dict[date, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT as_of, SUM(paid_to_date_yuan - previous) FROM ({sql}) stated GROUP BY as_of", params)  # noqa: S608
        for day, cents in cursor.fetchall():
            steps[_day(day)] = _MONEY.from_db_value(cents, None, connection) or ZERO
    for day, amount in _openings(opened.filter(as_of__gt=first, as_of__lte=last)):
        steps[day] = steps.get(day, ZERO) + amount
    return start, steps


def _openings(opened) -> list[tuple[date, Decimal]]:
    """(day, 元) of the opening balances that were not overtaken by an earlier statement."""
    earlier = ReportedSpending.objects.live().filter(allocation=OuterRef("allocation_id"), as_of__lte=OuterRef("as_of"))
    rows = opened.filter(~Exists(earlier)).order_by().values_list("as_of").annotate(total=Sum("paid_to_date_yuan"))
    return list(rows)


def _day(value) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _cumulate(
    cutoffs: Sequence[date], issued: dict[date, Decimal], steps: dict[date, Decimal], start: Decimal | None
) -> list[Point]:
    points = []
    for cutoff in cutoffs:
        changes = [amount for day, amount in steps.items() if day <= cutoff]
        paid = None if start is None and not changes else sum(changes, start or ZERO)
        points.append(Point(cutoff, paid, sum((amount for day, amount in issued.items() if day <= cutoff), ZERO)))
    return points

"""支出均衡度: how evenly over the time it was there the money was paid (features 4.6): “前期拨付滞缓、中期集中追赶” as a number.

均衡度 = 1 − ½ × Σ over the months |share of the spending − share of the money·days|. Money·days of a month = Σ over the county's
shares of amount × days of the month on which it was there, so that money that came late is not asked for earlier. Spread exactly like the
money·days it is 1; everything in the last of twelve equal months it is 1/12. Pure functions below; two queries for all units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from funds.figures.paid import signed_amount
from funds.figures.sums import Sight
from funds.models import HEADLINE_LEVELS
from linkage import periods
from linkage.models import Region
from linkage.money import ratio

ZERO = Decimal("0.00")
MONTHS = range(1, 13)


def evenness(spent: Sequence[Decimal], there: Sequence[Decimal]) -> Decimal | None:
    """1 − ½ Σ |share of `spent` − share of `there`|, 0..1, by month; None where nothing was spent or nothing was there.

    A month in which more was given back than paid counts as nothing spent.
    """
    paid = [max(amount, ZERO) for amount in spent]
    total, whole = sum(paid, ZERO), sum(there, ZERO)
    if not total or not whole:
        return None
    return 1 - sum((abs(p / total - t / whole) for p, t in zip(paid, there, strict=True)), Decimal(0)) / 2


def money_days(issued: Sequence[tuple[date, Decimal]], year: int, as_of: date) -> list[Decimal]:
    """元·日 per month of the year: what was issued (day, 元), on the days of the month up to `as_of` on which it was there."""
    found = []
    for number in MONTHS:
        month = periods.Month(year, number)
        last = min(month.last, as_of)
        found.append(sum((amount * max(0, periods.age_days(max(day, month.first), last) + 1) for day, amount in issued), ZERO))
    return found


@dataclass(frozen=True)
class Silence:
    """Days in a row, both included, on which money was there and nothing was paid."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return periods.age_days(self.first, self.last) + 1


def longest_silence(paid_on: Sequence[date], began: date, as_of: date) -> Silence | None:
    """The longest stretch without a payment from the day money was there; None where every day has one."""
    edges = [periods.shift(began, days=-1), *sorted(day for day in paid_on if began <= day <= as_of), periods.shift(as_of, days=1)]
    gaps = [Silence(periods.shift(a, days=1), periods.shift(b, days=-1)) for a, b in zip(edges, edges[1:], strict=False) if periods.age_days(a, b) > 1]
    return max(gaps, key=lambda gap: gap.days, default=None)


@dataclass
class Curve:
    """One unit (None: all in sight) in one year, central and provincial money, by payment dates of the treasury."""

    year: int
    as_of: date
    unit: Region | None = None
    issued: list[tuple[date, Decimal]] = field(default_factory=list)
    paid: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def months(self) -> list[Decimal]:
        """元 paid per month, net."""
        return [sum((amount for day, amount in self.paid if day.month == number and day <= self.as_of), ZERO) for number in MONTHS]

    @property
    def value(self) -> Decimal | None:
        return evenness(self.months, money_days(self.issued, self.year, self.as_of))

    @property
    def spent_yuan(self) -> Decimal:
        return sum(self.months, ZERO)

    @property
    def shares(self) -> list[Decimal | None]:
        """Share of each month in what was paid; None for months that have not begun."""
        return [ratio(max(amount, ZERO), self.spent_yuan) if (self.year, number) <= (self.as_of.year, self.as_of.month) else None
                for number, amount in zip(MONTHS, self.months, strict=True)]  # fmt: skip

    @property
    def even_shares(self) -> list[Decimal | None]:
        there = money_days(self.issued, self.year, self.as_of)
        return [ratio(days, sum(there, ZERO)) if days else None for days in there]

    @property
    def december_ratio(self) -> Decimal | None:
        return self.shares[-1]

    @property
    def silence(self) -> Silence | None:
        """The longest time without a payment while there was money left to pay."""
        there = [day for day, _ in self.issued if day <= self.as_of]
        if not there:
            return None
        began = max(min(there), date(self.year, 1, 1))
        issued, paid = sum((a for day, a in self.issued if day <= self.as_of), ZERO), self.spent_yuan
        days = [day for day, amount in self.paid if amount > 0 and day <= self.as_of]
        until = max(days) if days and paid >= issued else self.as_of
        return longest_silence(days, began, until)


def curves(*, year: int, as_of: date, sight: Sight) -> dict[int, Curve]:
    """Unit id → its curve of a fund year up to a day of that calendar year (its last day when asked for a later one). Two queries."""
    until = min(as_of, date(year, 12, 31))
    shares = sight.shares.filter(batch__fund_year=year, batch__level__in=HEADLINE_LEVELS, issued_on__lte=until).order_by()
    found: dict[int, Curve] = {}
    for unit, day, amount in shares.values_list("unit_id", "issued_on").annotate(total=Sum("amount_yuan")):
        found.setdefault(unit, Curve(year, until)).issued.append((day, amount))
    vouchers = sight.vouchers.standing().filter(
        allocation__county_allocation__batch__fund_year=year, allocation__county_allocation__batch__level__in=HEADLINE_LEVELS,
        paid_on__year=year, paid_on__lte=until,
    ).order_by()  # fmt: skip
    for unit, day, amount in vouchers.values_list("unit_id", "paid_on").annotate(total=Sum(signed_amount())):
        if amount is not None:
            found.setdefault(unit, Curve(year, until)).paid.append((day, amount))
    return found


def together(parts: Sequence[Curve], year: int, as_of: date) -> Curve:
    """All units as one."""
    return Curve(year, min(as_of, date(year, 12, 31)), None, [x for part in parts for x in part.issued], [x for part in parts for x in part.paid])


@dataclass(frozen=True)
class EvenLine:
    """One unit: this year up to the day, last year up to the same day, last year as a whole."""

    unit: Region | None
    now: Curve
    same_day: Curve
    last_year: Curve


def even_lines(*, year: int, as_of: date, sight: Sight) -> list[EvenLine]:
    """The sum first, then each unit in sight that had money in one of the two years. Seven queries."""
    before = as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28)) if (as_of.month, as_of.day) == (2, 29) else as_of.replace(year=as_of.year - 1)
    spans = ((year, as_of), (year - 1, before), (year - 1, date(year - 1, 12, 31)))
    found = [curves(year=of, as_of=until, sight=sight) for of, until in spans]
    lines = [EvenLine(None, *(together(list(part.values()), of, until) for part, (of, until) in zip(found, spans, strict=True)))]
    for unit in sight.units:
        if any(unit.pk in part for part in found):
            lines.append(EvenLine(unit, *(part.get(unit.pk, Curve(of, until)) for part, (of, until) in zip(found, spans, strict=True))))
    return lines

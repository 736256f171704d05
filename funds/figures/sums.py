"""The sums behind the pace: one query per fact table whatever the number of units; everything else is addition."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from operator import add, attrgetter

from django.db.models import BooleanField, Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from funds.figures.changes import after
from funds.figures.paid import after_opening, opening_subquery, signed_amount, statement_subquery
from funds.figures.verdict import Basis
from funds.models import Allocation, CountyAllocation, FundChange, OpeningBalance, Voucher, VoucherKind
from funds.models.spending import VoucherQuerySet
from linkage import periods
from linkage.access import ScopeFields, scope
from linkage.models import Region

ZERO = Decimal("0.00")
UNIT_SCOPE = ScopeFields("path", region_suffices=True)

Key = tuple[int, str, int | None]  # unit, level ("" = not matched to an allocation), task


@dataclass(frozen=True)
class Sight:
    """The rows that may enter the figures: everything (jobs, roll-ups) or what one user sees."""

    shares: QuerySet[CountyAllocation]
    allocations: QuerySet[Allocation]
    vouchers: VoucherQuerySet
    units: QuerySet[Region]

    @classmethod
    def everything(cls) -> Sight:
        return cls(CountyAllocation.objects.all(), Allocation.objects.all(), Voucher.objects.all(), Region.objects.reporting())

    @classmethod
    def of(cls, user) -> Sight:
        """Shares by the user's own scope only: who sees a share through one project must not read a unit's total."""
        return cls(
            CountyAllocation.objects.filter(scope(user, CountyAllocation.SCOPE)), Allocation.objects.visible_to(user),
            Voucher.objects.visible_to(user), Region.objects.reporting().filter(scope(user, UNIT_SCOPE)),
        )  # fmt: skip


@dataclass(frozen=True)
class Amounts:
    """Sums in 元 of one group of money; `settled` leaves out money younger than the rule young_money_days.

    treasury = opening balance + 支付 − 退款 − 更正 of standing vouchers paid up to as_of; granted = 核拨 (its own rate).
    county = the newest signed cumulative statements; `stated` is 0 where nobody has one: unknown, not zero.
    """

    issued_yuan: Decimal = ZERO
    issued_before_yuan: Decimal = ZERO
    issued_settled_yuan: Decimal = ZERO
    arranged_yuan: Decimal = ZERO
    treasury_yuan: Decimal = ZERO
    treasury_before_yuan: Decimal = ZERO
    treasury_settled_yuan: Decimal = ZERO
    granted_yuan: Decimal = ZERO
    county_yuan: Decimal = ZERO
    county_before_yuan: Decimal = ZERO
    county_settled_yuan: Decimal = ZERO
    stated: int = 0
    stated_before: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(*map(add, _parts(self), _parts(other)))  # thousands of times on a page

    def paid(self, basis: Basis) -> Decimal | None:
        """元 paid by one basis; None where nobody has stated anything."""
        if basis == Basis.TREASURY:
            return self.treasury_yuan
        return self.county_yuan if self.stated else None

    def paid_before(self, basis: Basis) -> Decimal | None:
        if basis == Basis.TREASURY:
            return self.treasury_before_yuan
        return self.county_before_yuan if self.stated_before else None

    def paid_settled(self, basis: Basis) -> Decimal | None:
        if basis == Basis.TREASURY:
            return self.treasury_settled_yuan
        return self.county_settled_yuan if self.stated else None


_parts = attrgetter(*(part.name for part in fields(Amounts)))


@dataclass(frozen=True)
class Span:
    """Which money is asked for: of one fund year, up to the end of a day, against the end of a day before."""

    year: int
    as_of: date
    before: date
    young_days: int


def collect(sight: Sight, span: Span, known_by: datetime | None) -> dict[Key, Amounts]:
    """All sums by unit, level ("" = not matched to an allocation) and task. Five queries."""
    cells: dict[Key, Amounts] = {}
    changed = _changed_since(sight, span, known_by)
    for rows in (_issued(sight, span), _arranged(sight, span), changed, _opened(sight, span), _vouchers(sight, span, known_by)):
        for row in rows:
            key = (row.pop("unit_"), row.pop("level_") or "", row.pop("task_"))
            cells[key] = cells.get(key, Amounts()) + _amounts_of(row)
    return cells


def _amounts_of(row: dict) -> Amounts:
    """One row of a grouped query; `settled_` tells whether its money is old enough for the settled sums."""
    settled = row.pop("settled_")
    values = {name: value for name, value in row.items() if value is not None}
    for basis in ("issued", "treasury", "county"):
        if settled and f"{basis}_yuan" in values:
            values[f"{basis}_settled_yuan"] = values[f"{basis}_yuan"]
    return Amounts(**values, stated=int("county_yuan" in values), stated_before=int("county_before_yuan" in values))


def settled_edge(as_of: date, young_days: int) -> date:
    """The last day of issue whose money is not 新到 any more: at least `young_days` old on a day."""
    return periods.shift(as_of, days=-young_days)


def _settled(span: Span, issued_on: str) -> Case:
    """Is money issued on that day at least young_money_days old? Group key; unmatched money is not settled."""
    return Case(When(**{f"{issued_on}__lte": settled_edge(span.as_of, span.young_days)}, then=Value(True)), default=Value(False), output_field=BooleanField())


def _issued(sight: Sight, span: Span):
    """下达到县 up to as_of, by unit × level × task × settled."""
    return (
        sight.shares.filter(batch__fund_year=span.year, issued_on__lte=span.as_of).order_by()
        .values(unit_=F("unit_id"), level_=F("batch__level"), task_=F("batch__task_id"), settled_=_settled(span, "issued_on"))
        .annotate(issued_yuan=Sum("amount_yuan"), issued_before_yuan=Sum("amount_yuan", filter=Q(issued_on__lte=span.before)))
    )  # fmt: skip


def _arranged(sight: Sight, span: Span):
    """已安排 and the county's cumulative statements (opening balance before the first), by the same keys.

    Each newest statement is looked up once per allocation: a sum of nothing is None, so nobody needs to be counted.
    """
    share = "county_allocation__"
    in_force = Q(decided_on__lte=span.as_of, **{f"{share}issued_on__lte": span.as_of})
    return (
        sight.allocations.filter(**{f"{share}batch__fund_year": span.year}).order_by()
        .values(**_keys(share, span))
        .annotate(
            arranged_yuan=Sum("amount_yuan", filter=in_force),
            county_yuan=Sum(Coalesce(statement_subquery(span.as_of), opening_subquery(span.as_of))),
            county_before_yuan=Sum(Coalesce(statement_subquery(span.before), opening_subquery(span.before))),
        )
    )  # fmt: skip


def _changed_since(sight: Sight, span: Span, known_by: datetime | None):
    """What was changed on county shares and on allocations after the day, to be taken off what stands now, by the same keys."""
    share = "county_allocation__"
    in_sight = Q(allocation__isnull=True, county_allocation__in=sight.shares.order_by().values("pk")) | Q(
        allocation__in=sight.allocations.order_by().values("pk"), allocation__decided_on__lte=span.as_of
    )
    rows = FundChange.objects.filter(
        in_sight, after(span.before, known_by), county_allocation__isnull=False,
        **{f"{share}batch__fund_year": span.year, f"{share}issued_on__lte": span.as_of},
    )  # fmt: skip
    of_share, now = Q(allocation__isnull=True), after(span.as_of, known_by)
    before = after(span.before, known_by) & Q(**{f"{share}issued_on__lte": span.before})
    return rows.order_by().values(**_keys(share, span)).annotate(
        issued_yuan=-Sum("amount_yuan", filter=of_share & now), issued_before_yuan=-Sum("amount_yuan", filter=of_share & before),
        arranged_yuan=-Sum("amount_yuan", filter=~of_share & now),
    )  # fmt: skip


def _opened(sight: Sight, span: Span):
    """Opening balances as the start of the treasury series, by the same keys."""
    allocations = sight.allocations.filter(county_allocation__batch__fund_year=span.year)
    return (
        OpeningBalance.objects.filter(allocation__in=allocations.values("pk"), as_of__lte=span.as_of).order_by()
        .values(**_keys("allocation__county_allocation__", span))
        .annotate(
            treasury_yuan=Sum("paid_to_date_yuan"),
            treasury_before_yuan=Sum("paid_to_date_yuan", filter=Q(as_of__lte=span.before)),
        )
    )  # fmt: skip


def _vouchers(sight: Sight, span: Span, known_by: datetime | None):
    """Treasury money after the opening balances, by the same keys; level empty where not matched."""
    share = "allocation__county_allocation__"
    vouchers = sight.vouchers.standing().filter(
        Q(**{f"{share}batch__fund_year": span.year}) | Q(allocation__isnull=True, paid_on__year=span.year),
        paid_on__lte=span.as_of,
    )
    if known_by is not None:
        vouchers = vouchers.filter(known_at__lte=known_by)
    signed = signed_amount()
    return (
        after_opening(vouchers).order_by()
        .values(**(_keys(share, span) | {"unit_": F("unit_id")}))
        .annotate(
            treasury_yuan=Sum(signed), treasury_before_yuan=Sum(signed, filter=Q(paid_on__lte=span.before)),
            granted_yuan=Sum("amount_yuan", filter=Q(kind=VoucherKind.ISSUE)),
        )
    )  # fmt: skip


def _keys(share: str, span: Span) -> dict:
    """Unit, level, task and settled, reached through `share`."""
    return {
        "unit_": F(f"{share}unit_id"), "level_": F(f"{share}batch__level"), "task_": F(f"{share}batch__task_id"),
        "settled_": _settled(span, f"{share}issued_on"),
    }  # fmt: skip

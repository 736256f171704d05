"""资金台账: one row per allocation with what both bases say, and totals over exactly the rows in sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from heapq import nsmallest

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce

from funds.figures.changes import later_changes
from funds.figures.paid import (
    after_opening,
    opening_subquery,
    signed_amount,
    statement_subquery,
    statements_as_of,
    treasury_as_of,
)
from funds.figures.sums import settled_edge
from funds.figures.verdict import Basis
from funds.models import Allocation, Batch, CountyAllocation, OpeningBalance, Voucher
from linkage import rules
from linkage.access import scope
from linkage.money import MoneyField, money_value
from projects.models import Project

ZERO = Decimal("0.00")
REST = F("amount_yuan") - F("allocated_yuan")  # of a share: not yet arranged to projects


@dataclass(frozen=True)
class LedgerTotals:
    """Sums in 元 over the ledger rows shown. `issued_yuan` = 下达到县 of the shares in sight that fit the same filters,
    each share once; None where the user may not read whole shares. `is_stated`: somebody has stated something."""

    count: int
    arranged_yuan: Decimal
    treasury_yuan: Decimal
    county_yuan: Decimal
    is_stated: bool
    issued_yuan: Decimal | None = None

    @property
    def left_yuan(self) -> Decimal:
        """余额 by 财政口径."""
        return self.arranged_yuan - self.treasury_yuan

    @property
    def unarranged_yuan(self) -> Decimal | None:
        return None if self.issued_yuan is None else self.issued_yuan - self.arranged_yuan


def with_paid(allocations: QuerySet[Allocation], as_of: date) -> QuerySet[Allocation]:
    """Adds treasury_yuan (0 without vouchers), county_yuan (None before any statement) and left_yuan = 安排 − 财政累计."""
    vouchers = after_opening(Voucher.objects.standing().filter(allocation=OuterRef("pk"), paid_on__lte=as_of))
    paid = vouchers.order_by().values("allocation").annotate(total=Sum(signed_amount())).values("total")
    opening = opening_subquery(as_of)
    treasury = Coalesce(Subquery(paid, output_field=MoneyField()), money_value(0)) + Coalesce(opening, money_value(0))
    return allocations.annotate(
        treasury_yuan=treasury, county_yuan=Coalesce(statement_subquery(as_of), opening)
    ).annotate(left_yuan=F("amount_yuan") - F("treasury_yuan"))  # fmt: skip


def with_doubts(rows: QuerySet[Allocation]) -> QuerySet[Allocation]:
    """Adds is_doubtful: either basis above the arranged amount."""
    doubt = Q(treasury_yuan__gt=F("amount_yuan")) | Q(county_yuan__gt=F("amount_yuan"))
    return rows.annotate(is_doubtful=Case(When(doubt, then=Value(True)), default=Value(False), output_field=BooleanField()))


def totals(rows: QuerySet[Allocation], shares: QuerySet[CountyAllocation] | None, as_of: date) -> LedgerTotals:
    """Over exactly these rows; `shares` as narrowed by the same filters, None when they must not be summed.

    Set by set instead of row by row; at most five queries.
    """
    chosen = rows.order_by().values("pk")
    sums = Allocation.objects.filter(pk__in=chosen).aggregate(
        count=Count("pk"), arranged=Sum("amount_yuan", default=0),
        county=Sum(Coalesce(statement_subquery(as_of), opening_subquery(as_of))),
    )  # fmt: skip
    vouchers = after_opening(Voucher.objects.standing().filter(allocation__in=chosen, paid_on__lte=as_of))
    opened = OpeningBalance.objects.filter(allocation__in=chosen, as_of__lte=as_of)
    treasury = vouchers.aggregate(paid=Sum(signed_amount(), default=0))["paid"]
    treasury += opened.aggregate(paid=Sum("paid_to_date_yuan", default=0))["paid"]
    issued = None if shares is None else shares.order_by().aggregate(total=Sum("amount_yuan", default=0))["total"]
    return LedgerTotals(
        count=sums["count"], arranged_yuan=sums["arranged"], treasury_yuan=treasury, county_yuan=sums["county"] or ZERO,
        is_stated=sums["county"] is not None, issued_yuan=issued,
    )  # fmt: skip


def own_shares(user) -> QuerySet[CountyAllocation]:
    """Shares the user may read as a whole: by own scope, not through a single project."""
    return CountyAllocation.objects.filter(scope(user, CountyAllocation.SCOPE))


def with_own_share(batches: QuerySet[Batch], user, unit: str = "") -> QuerySet[Batch]:
    """Adds share_yuan, what of each document came into the user's own scope, and rest_yuan, what of that is not yet
    arranged to projects; in 元, None when nothing came. `unit` (a slug) narrows both to one unit."""
    sums = _own_sums(user, unit).annotate(total=Sum("amount_yuan"), rest=Sum(REST))
    return batches.select_related("task", "region").annotate(
        share_yuan=_amount(sums.values("total")), rest_yuan=_amount(sums.values("rest")),
    ).order_by("-fund_year", "-issued_on", "pk")  # fmt: skip


def with_young_rest(batches: QuerySet[Batch], user, unit: str = "", *, on: date) -> QuerySet[Batch]:
    """Adds young_rest_yuan: what of rest_yuan is 新到, issued so recently that nobody need have arranged it yet."""
    young = _own_sums(user, unit).filter(issued_on__gt=rest_edge(on)).annotate(rest=Sum(REST))
    return batches.annotate(young_rest_yuan=_amount(young.values("rest")))


def _amount(sums: QuerySet) -> Cast:
    """A sum beside each row. Without any scope the subquery is a bare NULL, which PostgreSQL takes for a text: it cannot be summed."""
    return Cast(Subquery(sums), MoneyField())


def rest_edge(on: date) -> date:
    """Money issued up to this day and not arranged is overdue on a day, by the rule young_money_days."""
    return settled_edge(on, young_days(on))


def young_days(on: date) -> int:
    return rules.get("young_money_days", on=on)


def _own_sums(user, unit: str):
    shares = own_shares(user).filter(batch=OuterRef("pk"))
    return (shares.filter(unit__slug=unit) if unit else shares).order_by().values("batch")


def with_share_in_sight(rows: QuerySet[Allocation], user) -> QuerySet[Allocation]:
    """Adds sees_share: may this row show the amount of the county's share?"""
    return rows.annotate(sees_share=Exists(own_shares(user).filter(pk=OuterRef("county_allocation_id"))))


@dataclass(frozen=True)
class ProjectPaid:
    """One project of the list 未支出最多的项目. Amounts in 元 over all its allocations in sight of one fund year."""

    project_id: int
    name: str
    code: str
    unit: str
    arranged_yuan: Decimal
    paid_yuan: Decimal

    @property
    def unpaid_yuan(self) -> Decimal:
        return self.arranged_yuan - self.paid_yuan


@dataclass(frozen=True)
class Standing:
    """One allocation with what both bases say, in 元; None where nothing is known."""

    project_id: int
    level: str
    amount_yuan: Decimal
    treasury_yuan: Decimal
    county_yuan: Decimal | None

    def paid(self, basis: str) -> Decimal:
        return self.treasury_yuan if basis == Basis.TREASURY else self.county_yuan or ZERO

    @property
    def is_doubtful(self) -> bool:
        return max(self.treasury_yuan, self.county_yuan or ZERO) > self.amount_yuan


def standings(allocations: QuerySet[Allocation], *, year: int, as_of: date) -> list[Standing]:
    """Every allocation of a fund year in force on a day, with its amount of that day. Five queries, each over the whole set."""
    rows = allocations.filter(county_allocation__batch__fund_year=year, decided_on__lte=as_of)
    chosen = rows.order_by().values("pk")
    treasury, county = treasury_as_of(chosen, as_of), statements_as_of(chosen, as_of)
    later = later_changes(chosen, as_of)
    return [
        Standing(project_id, level, amount - later.get(pk, ZERO), treasury.get(pk, ZERO), county.get(pk))
        for pk, project_id, level, amount in rows.order_by().values_list(
            "pk", "project_id", "county_allocation__batch__level", "amount_yuan"
        )
    ]  # fmt: skip


def largest_of(rows: Iterable[Standing], *, basis: str, levels=None, limit: int = 10) -> list[ProjectPaid]:
    """Projects with the most arranged and not yet paid money by one basis, largest first. One query for their names."""
    arranged: dict[int, Decimal] = {}
    paid: dict[int, Decimal] = {}
    for row in rows:
        if not levels or row.level in levels:
            arranged[row.project_id] = arranged.get(row.project_id, ZERO) + row.amount_yuan
            paid[row.project_id] = paid.get(row.project_id, ZERO) + row.paid(basis)
    open_ones = [pk for pk in arranged if arranged[pk] > paid[pk]]
    chosen = nsmallest(limit, open_ones, key=lambda pk: (paid[pk] - arranged[pk], pk))
    projects = Project.objects.select_related("unit").in_bulk(chosen)
    return [
        ProjectPaid(pk, projects[pk].name, projects[pk].code, projects[pk].unit.name, arranged[pk], paid[pk]) for pk in chosen
    ]  # fmt: skip


def largest_unpaid(
    allocations: QuerySet[Allocation], *, year: int, as_of: date, basis: str, levels=None, limit: int = 10
) -> list[ProjectPaid]:
    """largest_of() for one fund year and day. Six queries."""
    return largest_of(standings(allocations, year=year, as_of=as_of), basis=basis, levels=levels, limit=limit)

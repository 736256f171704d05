"""What an amount was on an earlier day: the present one less every change that took effect after it (features 4.1).

Amount of a row on a day = first amount + Σ changes with effective_on ≤ day = present amount − Σ changes with
effective_on > day. The second is read: of a day near today only few rows. `check_figures` proves that both are the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from funds.models import CountyAllocation, FundChange
from linkage.money import MoneyField, money_value

ZERO = Decimal("0.00")


def after(as_of: date, known_by: datetime | None = None) -> Q:
    """Changes that do not count yet: effective after the day, or written down after `known_by`."""
    later = Q(effective_on__gt=as_of)
    return later if known_by is None else later | Q(recorded_at__gt=known_by)


def share_amount(as_of: date) -> Combinable:
    """A county share's amount at the end of `as_of`, in 元, for an annotation of shares."""
    later = FundChange.objects.of_shares().filter(after(as_of), county_allocation=OuterRef("pk")).order_by().values("county_allocation")
    total = Subquery(later.annotate(total=Sum("amount_yuan")).values("total"), output_field=MoneyField())
    return F("amount_yuan") - Coalesce(total, money_value(0))


def later_changes(allocation_ids: Collection[int] | QuerySet, as_of: date) -> dict[int, Decimal]:
    """Allocation id → Σ 元 of the changes after a day, only where there are any. One query."""
    rows = FundChange.objects.filter(after(as_of), allocation__in=allocation_ids).order_by()
    return dict(rows.values_list("allocation_id").annotate(total=Sum("amount_yuan")))


def share_steps(shares: QuerySet[CountyAllocation]) -> dict[date, Decimal]:
    """Day → 元 by which 下达到县 of these shares moved on it: first amounts on their day of issue, then each change. Two queries."""
    steps = dict(shares.order_by().values_list("issued_on").annotate(total=Sum("amount_yuan")))
    changes = FundChange.objects.of_shares().filter(county_allocation__in=shares.order_by().values("pk")).order_by()
    for issued, day, moved in changes.values_list("county_allocation__issued_on", "effective_on").annotate(total=Sum("amount_yuan")):
        steps[issued] -= moved
        steps[day] = steps.get(day, ZERO) + moved
    return steps

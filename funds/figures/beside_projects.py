"""Money beside each project of a list: what the project library shows, filters and exports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery, Sum

from funds.figures.ledger import with_paid
from funds.figures.verdict import Basis
from funds.models import Allocation
from linkage import rules
from linkage.money import MoneyField, money_value
from projects.figures.amounts import Amounts


class FundAmounts:
    """Arranged and paid money of projects from the allocations in the user's sight; paid by the basis in force (pace_basis)."""

    def basis(self, as_of: date) -> Basis:
        return Basis(rules.get("pace_basis", on=as_of))

    def basis_words(self, as_of: date) -> str:
        return str(self.basis(as_of).label)

    def _column(self, as_of: date) -> str:
        return "treasury_yuan" if self.basis(as_of) == Basis.TREASURY else "county_yuan"

    def amounts(self, project_ids: Collection[int], user, as_of: date) -> dict[int, Amounts]:
        """Project id → 元 over its allocations decided by `as_of`. One query besides the rules'."""
        rows = Allocation.objects.visible_to(user).filter(project__in=project_ids, decided_on__lte=as_of)
        sums = with_paid(rows, as_of).order_by().values("project_id").annotate(arranged=Sum("amount_yuan"), paid=Sum(self._column(as_of)))
        return {row["project_id"]: Amounts(row["arranged"], row["paid"]) for row in sums}

    def total(self, column: str, user, as_of: date) -> Subquery:
        """The same sums as `amounts`, over the outer row's project."""
        rows = Allocation.objects.visible_to(user).filter(project=OuterRef("pk"), decided_on__lte=as_of)
        if column == "paid":
            rows, name = with_paid(rows, as_of), self._column(as_of)
        else:
            name = "amount_yuan"
        return Subquery(rows.order_by().values("project_id").annotate(total=Sum(name)).values("total"), output_field=MoneyField())

    def unpaid(self, user, as_of: date) -> Q:
        """Projects with arranged money and nothing paid by the basis in force (not known counts as nothing)."""
        column = self._column(as_of)
        rows = Allocation.objects.visible_to(user).filter(decided_on__lte=as_of, amount_yuan__gt=Decimal(0))
        paid = with_paid(rows, as_of).filter(**{f"{column}__gt": money_value(0)})
        return Q(pk__in=rows.order_by().values("project_id")) & ~Q(pk__in=paid.order_by().values("project_id"))

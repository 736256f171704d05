"""Numbers about assets (features 2.10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from projects.models import Asset, AssetIncome, Project


@dataclass(frozen=True)
class Totals:
    """Over the assets in sight, 元."""

    count: int
    value_yuan: Decimal
    operating: int
    without_owner_paper: int
    not_handed_over: int
    idle: int
    idle_value_yuan: Decimal


def totals(rows: QuerySet[Asset]) -> Totals:
    """One query."""
    idle = Q(idle_since__isnull=False)
    found: dict[str, Any] = rows.order_by().aggregate(
        count=Count("pk"), value=Sum("value_yuan"), operating=Count("pk", filter=Q(kind="operating")),
        without_owner_paper=Count("pk", filter=Q(registered_on__isnull=True)), not_handed_over=Count("pk", filter=Q(handed_over_on__isnull=True)),
        idle=Count("pk", filter=idle), idle_value=Sum("value_yuan", filter=idle),
    )  # fmt: skip
    zero = Decimal("0.00")
    return Totals(value_yuan=found.pop("value") or zero, idle_value_yuan=found.pop("idle_value") or zero, **found)


def incomes_of(asset: Asset) -> list[AssetIncome]:
    """The newest year first."""
    return list(asset.incomes.order_by("-year"))


def beside_project(project: Project) -> dict:
    """What `projects/_assets.html` needs. Two queries."""
    rows = list(project.assets.prefetch_related("incomes"))
    return {"project": project, "rows": rows, "value_yuan": sum((row.value_yuan for row in rows), Decimal("0.00"))}

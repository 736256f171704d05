"""Money beside projects. The fund app knows it; it registers here, because projects never look upwards (design §2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.db.models import Q, Subquery


@dataclass(frozen=True)
class Amounts:
    """What stands beside one project, in 元: arranged from fund documents in sight, and paid by one basis (None = not known)."""

    allocated_yuan: Decimal
    paid_yuan: Decimal | None

    @property
    def unpaid_yuan(self) -> Decimal:
        return self.allocated_yuan - (self.paid_yuan or Decimal("0.00"))

MONEY = ("allocated", "paid")  # the columns of Amounts by which a list may be ordered


class AmountSource(Protocol):
    """What the fund app gives."""

    def basis_words(self, as_of: date) -> str: ...

    def amounts(self, project_ids: Collection[int], user, as_of: date) -> Mapping[int, Amounts]:
        """Project id → amounts in the user's sight; projects without arranged money are missing. A constant number of queries."""

    def total(self, column: str, user, as_of: date) -> Subquery:
        """One of MONEY as a subquery over projects, in 元; NULL where it is not known."""

    def unpaid(self, user, as_of: date) -> Q:
        """Projects with arranged money of which nothing has been paid yet."""


_source: list[AmountSource] = []


def register_amount_source(source: AmountSource) -> None:
    """Called once from the fund app's ready()."""
    _source[:] = [source]


def basis_words(as_of: date) -> str:
    return _source[0].basis_words(as_of) if _source else ""


def amounts(project_ids: Collection[int], user, as_of: date) -> Mapping[int, Amounts]:
    return _source[0].amounts(project_ids, user, as_of) if _source and project_ids else {}


def total(column: str, user, as_of: date) -> Subquery | None:
    return _source[0].total(column, user, as_of) if _source else None


def unpaid(user, as_of: date) -> Q:
    return _source[0].unpaid(user, as_of) if _source else Q(pk__in=[])

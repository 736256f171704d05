"""Counts of the ledger (features 8.1, 8.5). Unit: issues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from issues import states
from issues.models import Issue
from linkage.money import ratio


@dataclass(frozen=True)
class Counts:
    """How the ledger stands: all issues, by state, and those open beyond their term."""

    total: int
    assigned: int
    rectifying: int
    closing: int
    closed: int
    overdue: int

    @property
    def open(self) -> int:
        return self.total - self.closed

    @property
    def closed_ratio(self):
        """销号率 = 已销号 ÷ 全部; None when there are no issues."""
        return ratio(self.closed, self.total)


def _aggregates(on: date) -> dict:
    overdue = ~Q(state=states.CLOSED) & Q(due_on__lt=on)
    by_state = {state: Count("pk", filter=Q(state=state)) for state in (*states.OPEN, states.CLOSED)}
    return {"total": Count("pk"), **by_state, "overdue": Count("pk", filter=overdue)}


def counts(issues: QuerySet[Issue], *, on: date) -> Counts:
    """Counts over exactly the given issues; overdue = not closed and the last day of the term lies before `on`. One query."""
    return Counts(**issues.order_by().aggregate(**_aggregates(on)))


def as_ledger(issues: QuerySet[Issue], *, on: date) -> QuerySet[Issue]:
    """The order of the printed 整改台账: open issues grouped by state, overdue first within each group, then by term;
    closed ones last. Adds `group_rank` and `overdue_rank` (0 = overdue)."""
    group = Case(*(When(state=state, then=Value(rank)) for rank, state in enumerate(GROUPS)), output_field=IntegerField())
    late = Case(When(~Q(state=states.CLOSED) & Q(due_on__lt=on), then=Value(0)), default=Value(1), output_field=IntegerField())
    return issues.annotate(group_rank=group, overdue_rank=late).order_by("group_rank", "overdue_rank", "due_on", "pk")


GROUPS = (states.CLOSING, states.RECTIFYING, states.ASSIGNED, states.CLOSED)

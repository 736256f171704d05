"""Posting the county's signed cumulative spending (design §1; features 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from funds.actions.years import require_open
from funds.models import Allocation, ReportedSpending
from linkage import bulk, periods
from linkage.models import Region

WITHDRAWN_BY_CORRECTION = "更正版未再列入"
# What a new row holds: everything but its number, which nobody needs here.
POSTED = tuple(field.attname for field in ReportedSpending._meta.concrete_fields if not field.primary_key)


@transaction.atomic(savepoint=False)  # part of the signature: fails with it
def post_spending(
    *, as_of: date, statement: str, version: int, amounts: Mapping[int, Decimal], by, at: datetime | None = None,
    allocated: Mapping[int, Decimal] | None = None,
) -> dict[str, int]:
    """Post one version of a statement: `amounts` maps allocation id to cumulative 元 paid up to the end of `as_of`.

    Same manner as projects.actions.progress.post_progress. A figure above the allocated amount is stored and flagged,
    never refused: it may be true. Only a closed year takes no more. `allocated` gives 安排金额 by allocation id where the caller has just read it.
    """
    at = at or periods.now()
    if amounts and as_of.year < periods.day_of(at).year:
        unit = Region.objects.get(county_allocations__allocations=next(iter(amounts)))
        require_open(unit, as_of, at=at)
    live = _standing(statement, as_of) if version > 1 else {}
    if allocated is None:
        allocated = dict(Allocation.objects.filter(pk__in=amounts).order_by().values_list("pk", "amount_yuan"))
    fresh, replaced = [], []
    for allocation_id, paid in amounts.items():
        standing = live.pop(allocation_id, None)
        new = ReportedSpending(
            allocation_id=allocation_id, as_of=as_of, paid_to_date_yuan=paid, known_at=at, posted_by=by,
            statement_key=f"{statement}/v{version}", is_above_allocated=paid > allocated[allocation_id],
        )  # fmt: skip
        if standing is None:
            fresh.append(new)
        elif standing.paid_to_date_yuan != paid:
            replaced.append((standing, new))
    _withdraw(list(live.values()), at)
    _succeed(replaced, at)
    bulk.insert(ReportedSpending, POSTED, ([getattr(row, name) for name in POSTED] for row in fresh))
    return {
        "new": len(fresh), "changed": len(replaced), "withdrawn": len(live),
        "unchanged": len(amounts) - len(fresh) - len(replaced),
    }  # fmt: skip


def _standing(statement: str, as_of: date) -> dict[int, ReportedSpending]:
    """Allocation id → what the earlier versions of this statement left standing."""
    rows = ReportedSpending.objects.live().filter(as_of=as_of, statement_key__startswith=f"{statement}/v").order_by()
    return {row.allocation_id: row for row in rows}


def _succeed(pairs: list[tuple[ReportedSpending, ReportedSpending]], at: datetime) -> None:
    """The old row is set aside first: the database allows one live row per allocation and day."""
    _withdraw([old for old, _ in pairs], at)
    ReportedSpending.objects.bulk_create([new for _, new in pairs], batch_size=500)
    for old, new in pairs:
        old.superseded_by, old.withdrawn_at, old.withdrawn_reason = new, None, ""
    bulk.write([old for old, _ in pairs], ["superseded_by", "withdrawn_at", "withdrawn_reason"])


def _withdraw(rows: list[ReportedSpending], at: datetime) -> None:
    if rows:
        ReportedSpending.objects.filter(pk__in=[r.pk for r in rows]).update(
            withdrawn_at=at, withdrawn_reason=WITHDRAWN_BY_CORRECTION
        )

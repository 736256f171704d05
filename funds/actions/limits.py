"""The one way a running total moves: a conditional UPDATE on the parent, so that of two at once one is refused."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import BooleanField, Case, F, Value, When
from django.db.models.lookups import GreaterThan

from funds.models import Batch, CountyAllocation
from linkage.errors import Refusal, StaleRevision
from linkage.money import money_value, wan_text

ZERO = Decimal("0.00")


def take(parent: Batch | CountyAllocation, amount_yuan: Decimal, words: str) -> None:
    """Add `amount_yuan` (元, may be negative) to the parent's running total, or raise Refusal saying what is left.

    More may only be given while it still fits. Giving back is always possible and lifts the flag 超分配 once the total fits.
    """
    rows = type(parent)._default_manager.filter(pk=parent.pk)
    if amount_yuan > ZERO:
        rows = rows.filter(allocated_yuan__lte=F("amount_yuan") - money_value(amount_yuan))
    total = F("allocated_yuan") + money_value(amount_yuan)
    if not rows.update(allocated_yuan=total, is_overallocated=_above(total, F("amount_yuan"))):
        parent.refresh_from_db()
        raise Refusal(f"{words}只剩 {wan_text(left(parent))} 万元，本次需要 {wan_text(amount_yuan)} 万元。", code="over_limit")
    parent.refresh_from_db()


def resize(parent: Batch | CountyAllocation, amount_yuan: Decimal, *, expected_yuan: Decimal, may_exceed: bool) -> bool:
    """Set the parent's amount where it still is `expected_yuan`. Below the running total only with `may_exceed`, and then
    flagged. False when nothing was changed."""
    rows = type(parent)._default_manager.filter(pk=parent.pk, amount_yuan=expected_yuan)
    if not may_exceed:
        rows = rows.filter(allocated_yuan__lte=money_value(amount_yuan))
    new = money_value(amount_yuan)
    changed = rows.update(amount_yuan=new, is_overallocated=_above(F("allocated_yuan"), new))
    parent.refresh_from_db()
    return bool(changed)


def check_seen(now_yuan: Decimal, seen_yuan: Decimal | None) -> None:
    """The person decided on `seen_yuan` (None: not known). Raises StaleRevision when another amount stands by now."""
    if seen_yuan is not None and seen_yuan != now_yuan:
        raise StaleRevision(f"您打开页面之后金额已被改为 {wan_text(now_yuan)} 万元，请刷新页面核对后再办理。")


def left(parent: Batch | CountyAllocation) -> Decimal:
    """元 that may still be given on; 0 when more has been given than there is."""
    return max(parent.amount_yuan - parent.allocated_yuan, ZERO)


def _above(total, amount) -> Case:
    return Case(When(GreaterThan(total, amount), then=Value(True)), default=Value(False), output_field=BooleanField())

"""What the guided set-up tells about money: step ⑤ (features 12.6). Counts of rows, no amounts."""

from __future__ import annotations

from funds.models import Allocation, OpeningBalance
from linkage.figures.setup import Need


def report() -> tuple[list[tuple[str, str]], list[Need]]:
    """Allocations and opening balances there are; none of the latter needs a reason. Two queries."""
    allocations, openings = Allocation.objects.count(), OpeningBalance.objects.count()
    facts = [("项目资金", f"{allocations} 笔"), ("期初数", f"{openings} 条")]
    if openings:
        return facts, []
    return facts, [Need("还没有期初数。确无以前支出的，请在说明中写明。", reason_enough=True)]

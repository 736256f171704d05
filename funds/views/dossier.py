"""The tab 资金 of the project page: money by batch on both bases, and the payments."""

from __future__ import annotations

from typing import Any

from funds.figures.ledger import totals, with_paid
from funds.models import Allocation, Voucher
from projects.views.dossier import Shown, Tab

VOUCHER_ROWS = 200


def funds(user, shown: Shown) -> dict[str, Any]:
    """Allocations in sight decided by the day, with totals over exactly these, and the newest payments."""
    allocations = with_paid(Allocation.objects.visible_to(user).filter(project=shown.project, decided_on__lte=shown.today), shown.today)
    rows = allocations.select_related("county_allocation__batch").order_by("county_allocation__batch__level", "pk")
    vouchers = Voucher.objects.visible_to(user).filter(project=shown.project).select_related("allocation__county_allocation__batch")
    found = list(vouchers.order_by("-paid_on", "-pk")[: VOUCHER_ROWS + 1])
    return {
        "allocations": list(rows), "sums": totals(allocations, None, shown.today), "vouchers": found[:VOUCHER_ROWS],
        "more_vouchers": len(found) > VOUCHER_ROWS,
    }  # fmt: skip


TAB = Tab("funds", "资金", 20, "projects/dossier/_funds.html", funds)

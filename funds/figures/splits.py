"""What a voucher's likely split is: as the last one of its kind was split by a person (features 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db.models import Q

from funds.models import Allocation, Voucher
from linkage import periods
from linkage.money import wan_text

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Proposal:
    """The voucher that was split before, and what each allocation would get of this one, in 元; they make up its amount."""

    like: Voucher
    parts: list[tuple[Allocation, Decimal]]

    @property
    def words(self) -> str:
        """What was done last time, for the person who decides."""
        return (
            f"凭证 {self.like}（{periods.day_words(self.like.paid_on)}，{wan_text(self.like.amount_yuan)} 万元）与本凭证预算项目或指标文号相同、"
            f"收款方或用途相同，当时拆到 {len(self.parts)} 个项目。请核对后保存。"
        )  # fmt: skip


def proposed_split(voucher: Voucher) -> Proposal | None:
    """The newest standing split of the same 预算项目 or 指标文号 with the same payee or purpose, in the same proportions.

    Amounts are cut to whole 分, the last part takes the rest. None without such a split, or where a part had no allocation.
    Two queries.
    """
    known = Q()
    if voucher.budget_project:
        known |= Q(budget_project=voucher.budget_project)
    if voucher.quota_no:
        known |= Q(quota_no=voucher.quota_no)
    same = Q()
    if voucher.payee_masked:
        same |= Q(payee_masked=voucher.payee_masked)
    if voucher.purpose:
        same |= Q(purpose=voucher.purpose)
    if not known or not same or voucher.split_from_id:
        return None
    before = Voucher.objects.present().filter(known & same, unit=voucher.unit_id, kind=voucher.kind, is_split=True).exclude(pk=voucher.pk)
    like = before.order_by("-paid_on", "-pk").first()
    return _in_proportion(voucher, like) if like else None


def _in_proportion(voucher: Voucher, like: Voucher) -> Proposal | None:
    rows = like.parts.present().select_related("allocation__project", "allocation__county_allocation__batch").order_by("key_line")
    parts = [(row.allocation, row.amount_yuan) for row in rows]
    if not parts or any(allocation is None for allocation, _ in parts):
        return None
    shares = [(voucher.amount_yuan * amount / like.amount_yuan).quantize(CENT, ROUND_DOWN) for _, amount in parts]
    shares[-1] = voucher.amount_yuan - sum(shares[:-1], ZERO)
    if any(share <= 0 for share in shares):
        return None
    return Proposal(like, [(allocation, share) for (allocation, _), share in zip(parts, shares, strict=True)])

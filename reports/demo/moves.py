"""What happens to money after it was given, in the demo: a document cut, 调剂, 收回 and 再分配, a refund, a correction, split payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from funds.actions.allocation import adjust, adjust_share
from funds.actions.batch import reduce_by_higher_body
from funds.actions.closing import begin_closing, close, decide, decide_as_proposed
from funds.actions.moving import reissue, transfer_to_county, transfer_to_project
from funds.actions.splitting import Part, split
from funds.actions.voucher import record_voucher, returned_of
from funds.figures.paid import treasury_as_of
from funds.figures.splits import proposed_split
from funds.models import (
    Allocation,
    Batch,
    CarryKind,
    CountyAllocation,
    EventKind,
    FundEvent,
    Level,
    Voucher,
    VoucherKind,
)
from linkage.models import Region
from linkage.periods import day_of, moment

from .cast import Cast
from .script import WAN, on_workday

ZERO = Decimal("0.00")


class Moves:
    """The moves of one fund year, each on its day through the actions; what does not fit that day's books is left out."""

    def __init__(self, cast: Cast, year: int, touched: set[int]):
        """`touched` learns whose money is not as planned any more."""
        self.cast, self.year, self.touched = cast, year, touched
        self.units = {unit.slug: unit for unit in Region.objects.reporting()}

    def events(self) -> Iterator[tuple[datetime, object]]:
        for (month, day, hour), act in (
            ((1, 27, 15), self.close_last_year), ((7, 15, 10), self.between_projects), ((7, 28, 15), self.reclaim), ((8, 12, 10), self.reissue),
            ((8, 20, 11), self.between_counties), ((8, 26, 16), self.refund), ((9, 3, 9), self.correction), ((9, 8, 15), self.split_payments),
            ((9, 16, 10), self.cut), ((9, 23, 10), self.work_off),
        ):  # fmt: skip
            yield moment(on_workday(date(self.year, month, day)), hour), act

    def _follow(self, *allocations: Allocation) -> None:
        """Later payments fit what is left of these."""
        self.touched |= {allocation.pk for allocation in allocations}

    def _shares(self, **conditions):
        rows = CountyAllocation.objects.filter(batch__fund_year=self.year, **conditions).select_related("batch__region", "batch__task", "unit")
        return rows.order_by("batch__issued_on", "batch_id", "unit__display_order", "pk")

    def _unpaid(self, unit: str, at: datetime) -> list[tuple[Allocation, Decimal]]:
        """Allocations of a unit with what of them is not paid yet, the largest rest first."""
        rows = list(
            Allocation.objects.filter(county_allocation__unit__slug=unit, county_allocation__batch__fund_year=self.year, decided_on__lt=day_of(at))
            .exclude(county_allocation__batch__level=Level.COUNTY)
            .select_related("project__unit", "project__task", "county_allocation__unit", "county_allocation__batch__task", "county_allocation__batch__region")
            .order_by("pk")
        )  # fmt: skip
        paid = treasury_as_of([row.pk for row in rows], day_of(at))
        return sorted(((row, row.amount_yuan - paid.get(row.pk, ZERO)) for row in rows), key=lambda found: -found[1])

    def close_last_year(self, at: datetime) -> None:
        """The books of the year before: every county's finance confirms its rows, the prefecture closes."""
        if not Batch.objects.filter(fund_year=self.year - 1).exists():
            return
        closing = begin_closing(region=self.cast.prefecture, year=self.year - 1, by=self.cast["finance"], at=at)
        rows = closing.decisions.select_related("allocation__project__unit", "allocation__county_allocation__batch")
        spent = treasury_as_of([row.allocation_id for row in rows], day_of(at))
        for row in rows.filter(proposed=CarryKind.SURPLUS, is_overdue=False, left_yuan__gt=0):
            if row.allocation.amount_yuan - spent.get(row.allocation_id, ZERO) < row.left_yuan:
                decide(decision=row, kind=CarryKind.CARRY, reason="尾款已在次年支付", by=self.cast["finance"], at=at)
        for unit in self.units:
            keeper = self.cast["finance" if unit == "diqu" else f"{unit}_finance"]
            decide_as_proposed(closing=closing, decisions=rows.filter(allocation__project__unit__slug=unit), by=keeper, at=at)
        close(closing=closing, by=self.cast["finance"], at=at)
        self._follow(*(row.allocation for row in rows.filter(kind=CarryKind.SURPLUS)))

    def between_projects(self, at: datetime) -> None:
        """指标调剂 inside a county: a tender came out cheaper, the rest goes to a project that needs more."""
        for giver, rest in self._unpaid("huma", at):
            others = (a for a, _ in self._unpaid("huma", at) if a.county_allocation_id == giver.county_allocation_id and a.pk != giver.pk)
            taker = next(others, None)
            if taker and rest > 6 * WAN:
                transfer_to_project(
                    allocation=giver, project=taker.project, amount_yuan=3 * WAN, reason="招标结余调剂到同批次项目", by=self.cast["huma_clerk"],
                    document_no=f"呼玛县农领发〔{self.year}〕11号", at=at,
                )  # fmt: skip
                self._follow(giver, taker)
                return

    def reclaim(self, at: datetime) -> None:
        """收回统筹: a county arranges less, and the prefecture takes back what it does not need."""
        for allocation, rest in self._unpaid("tahe", at):
            if rest > 12 * WAN:
                adjust(
                    allocation=allocation, amount_yuan=allocation.amount_yuan - 8 * WAN, reason="建设内容核减，结余退回县级统筹",
                    document_no=f"塔河县农领发〔{self.year}〕7号", by=self.cast["tahe_clerk"], at=at,
                )  # fmt: skip
                self._follow(allocation)
                share = self._shares(pk=allocation.county_allocation_id).get()
                adjust_share(
                    county_allocation=share, amount_yuan=share.amount_yuan - 8 * WAN, document_no=f"大财农〔{self.year}〕61号",
                    reason="项目结余由地区收回统筹", by=self.cast["finance"], at=at,
                )  # fmt: skip
                return

    def reissue(self, at: datetime) -> None:
        taken = FundEvent.objects.filter(kind=EventKind.RECLAIM, batch__fund_year=self.year, region__kind="prefecture").order_by("-pk").first()
        if taken:
            reissue(
                draws_on=taken, unit=self.units["huma"], amount_yuan=5 * WAN, document_no=f"大财农〔{self.year}〕68号", reason="收回资金再分配",
                by=self.cast["finance"], at=at,
            )  # fmt: skip

    def between_counties(self, at: datetime) -> None:
        """指标调剂 between counties: money that one could not arrange."""
        for share in self._shares(batch__level__in=[Level.CENTRAL, Level.PROVINCIAL]):
            rest = share.amount_yuan - share.allocated_yuan
            if rest > 0 and share.unit.slug != "mohe":
                transfer_to_county(
                    county_allocation=share, unit=self.units["mohe"], amount_yuan=min(rest, 5 * WAN), document_no=f"大财农〔{self.year}〕70号",
                    reason="县内无合适项目，调剂使用", by=self.cast["finance"], at=at,
                )  # fmt: skip
                return

    def _payment(self, unit: str) -> Voucher | None:
        rows = Voucher.objects.standing().filter(unit__slug=unit, kind=VoucherKind.PAY, allocation__county_allocation__batch__fund_year=self.year)
        return rows.select_related("allocation__project", "unit").order_by("-amount_yuan", "pk").first()

    def _give_back(self, unit: str, kind: str, share: int, purpose: str, at: datetime) -> None:
        paid = self._payment(unit)
        if paid and not returned_of(paid):
            record_voucher(
                allocation=paid.allocation, kind=kind, nature=paid.nature, amount_yuan=paid.amount_yuan / share, paid_on=day_of(at), refers_to=paid,
                voucher_no=f"{at:%Y%m}{kind[:1].upper()}1", payee=paid.payee_masked, purpose=purpose, by=self.cast[f"{unit}_finance"], at=at,
            )  # fmt: skip

    def refund(self, at: datetime) -> None:
        self._give_back("huma", VoucherKind.REFUND, 10, "收款账户有误，部分退回", at)

    def correction(self, at: datetime) -> None:
        self._give_back("mohe", VoucherKind.CORRECTION, 20, "多计税费冲减", at)

    def split_payments(self, at: datetime) -> None:
        """One payment of one budget project for several real ones: split by a person, the next in the same proportions; a third still waits."""
        chosen = [(row, rest) for row, rest in self._unpaid("huma", at) if rest > 8 * WAN][:3]
        if len(chosen) < 2:
            return
        for number, amount in enumerate((3 * WAN, 2 * WAN, 1 * WAN), 1):
            voucher = record_voucher(
                unit=self.units["huma"], kind=VoucherKind.PAY, nature="fee", amount_yuan=amount * len(chosen), paid_on=day_of(at),
                voucher_no=f"{at:%Y%m}8{number}", payee="中诚工程造价咨询有限公司", purpose="打捆项目造价咨询、监理费",
                budget_project="乡村建设行动打捆项目", quota_no=f"呼财预〔{self.year}〕21号", by=self.cast["huma_finance"], at=at,
            )  # fmt: skip
            if proposal := proposed_split(voucher):
                parts = [Part(allocation, part) for allocation, part in proposal.parts]
            else:
                parts = [Part(allocation, amount) for allocation, _ in chosen]
            self.touched |= {allocation.pk for allocation, _ in chosen}
            if number < 3:
                split(voucher=voucher, parts=parts, by=self.cast["huma_finance"], at=at)

    def cut(self, at: datetime) -> None:
        """The province takes back a part of a document whose money is all with the counties."""
        batch = Batch.objects.filter(fund_year=self.year, level=Level.PROVINCIAL, task__code="consolidate").order_by("issued_on", "pk").first()
        if batch:
            reduce_by_higher_body(
                batch=batch, amount_yuan=batch.amount_yuan - 12 * WAN, document_no=f"黑财指（农）〔{self.year}〕96号", reason="省级统筹调减",
                by=self.cast["finance"], at=at,
            )  # fmt: skip

    def work_off(self, at: datetime) -> None:
        """One county's share follows, as far as it has money left; what is still over stays flagged for the next year's people."""
        batch = Batch.objects.filter(fund_year=self.year, is_overallocated=True).first()
        for share in self._shares(batch=batch) if batch else ():
            unpaid = [(row, rest) for row, rest in self._unpaid(share.unit.slug, at) if row.county_allocation_id == share.pk and rest > 7 * WAN]
            if unpaid:
                allocation = unpaid[0][0]
                adjust_share(
                    county_allocation=share, amount_yuan=share.amount_yuan - 7 * WAN, document_no=f"大财农〔{self.year}〕82号",
                    reason="省级核减，相应调减", by=self.cast["finance"], at=at,
                )  # fmt: skip
                adjust(
                    allocation=allocation, amount_yuan=allocation.amount_yuan - 7 * WAN, reason="上级核减，相应调减项目安排",
                    document_no=f"{share.unit.name}农领发〔{self.year}〕15号", by=self.cast[f"{share.unit.slug}_clerk"], at=at,
                )  # fmt: skip
                self._follow(allocation)
                return

"""Year-end: what is left of every allocation on 31 December, what the law makes of it, what still stands in the way (features 4.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, Count, F, Q, Sum, When

from funds.figures.changes import later_changes
from funds.figures.paid import treasury_as_of
from funds.models import (
    Allocation,
    Batch,
    CarryDecision,
    CarryKind,
    CountyAllocation,
    EventKind,
    FundChange,
    Voucher,
    YearClosing,
)
from linkage import periods, rules
from linkage.models import Region
from linkage.money import MoneyField, wan_text
from projects.models import Method, Project, Stage

ZERO = Decimal("0.00")


FINISHED = (Stage.FINISHED, Stage.ACCEPTED, Stage.HANDED_OVER, Stage.REMOVED)


@dataclass(frozen=True)
class Remainder:
    """One allocation on the last day of the year, 元 by 财政口径. `is_overdue`: 连续两年未用完 (rule carry_over_years)."""

    allocation: Allocation
    arranged_yuan: Decimal
    paid_yuan: Decimal
    is_overdue: bool

    @property
    def left_yuan(self) -> Decimal:
        return self.arranged_yuan - self.paid_yuan

    @property
    def proposed(self) -> str:
        """结余 after two years, or when the project will need no more money; else 结转."""
        return CarryKind.SURPLUS if self.is_overdue or not needs_money(self.allocation.project) else CarryKind.CARRY


def needs_money(project: Project) -> bool:
    """Will more be paid? Not for a project taken out of the library, nor for one that is accepted or handed over."""
    return project.stage not in (Stage.REMOVED, Stage.ACCEPTED, Stage.HANDED_OVER)


def last_day(year: int) -> date:
    return date(year, 12, 31)


def turn_of(year: int) -> date:
    """The day on which the money of a closed year goes on or back."""
    return date(year + 1, 1, 1)


def remainders(region: Region, year: int) -> list[Remainder]:
    """Every allocation below the region of this and earlier fund years whose money was not wholly paid by 12-31. Six queries.

    What an earlier closing of the same year took back is off. Also those paid above what was arranged (left_yuan below 0): a fault to show, nothing to carry.
    """
    day = last_day(year)
    rows = list(
        Allocation.objects.filter(
            county_allocation__unit__path__startswith=region.path, county_allocation__batch__fund_year__lte=year, decided_on__lte=day
        )
        .select_related("project__unit", "county_allocation__batch__task", "county_allocation__unit")
        .order_by("county_allocation__unit__display_order", "county_allocation__batch__level", "project__code", "pk")
    )
    ids = [row.pk for row in rows]
    later, paid, years = later_changes(ids, day), treasury_as_of(ids, day), rules.get("carry_over_years", on=day)
    taken = FundChange.objects.filter(allocation__in=ids, event__kind=EventKind.SURPLUS, effective_on=turn_of(year)).order_by()
    back = dict(taken.values_list("allocation_id").annotate(total=Sum("amount_yuan")))
    found = (
        Remainder(
            row, row.amount_yuan - later.get(row.pk, ZERO) + back.get(row.pk, ZERO), paid.get(row.pk, ZERO),
            is_overdue=year - row.county_allocation.batch.fund_year + 1 >= years,
        )
        for row in rows
    )
    return [remainder for remainder in found if remainder.left_yuan]


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way of closing (`is_bar`), or is good to know before."""

    words: str
    url: str = ""
    is_bar: bool = True


CarriedSource = Callable[[YearClosing, datetime], tuple[str, int, str]]
_carried_sources: list[CarriedSource] = []


def register_carried(source: CarriedSource) -> None:
    """`source(closing, at)` names what an upper app carries into the next year: (words, number, address)."""
    _carried_sources.append(source)


def carried_over(closing: YearClosing, at: datetime) -> list[tuple[str, int, str]]:
    """Projects of this year and earlier that go on in the next one, and what other apps add."""
    open_ones = Project.objects.filter(unit__path__startswith=closing.region.path, project_year__lte=closing.year).exclude(method=Method.FEE)
    number = open_ones.exclude(stage__in=FINISHED).count()
    projects = ("未完工的项目，转入下年按“以前年度结转”继续调度", number, f"/projects/?year={closing.year}")
    return [projects, *(source(closing, at) for source in _carried_sources)]


def obstacles(closing: YearClosing, at: datetime) -> list[Obstacle]:
    """All at once: what must be done before closing, then what should be looked at."""
    year, path = closing.year, closing.region.path
    not_over = [Obstacle(f"{year} 年还没有过完，12 月 31 日之后才能结账。")] if periods.day_of(at) <= last_day(year) else []
    return [*not_over, *_decisions_wanted(closing), *_spent_since(closing, at), *_worth_a_look(year, path)]


def _decisions_wanted(closing: YearClosing) -> Iterable[Obstacle]:
    if closing.computed_at is None:
        yield Obstacle("还没有计算年末余额，请先点“计算余额”。")
        return
    missing = closing.decisions.filter(round=closing.round, kind="", left_yuan__gt=0)
    if number := missing.count():
        yield Obstacle(f"{number} 笔资金还没有确认结转还是结余。", f"/funds/closing/{closing.pk}/?undecided=on#rows")
    fresh = {row.allocation.pk: row.left_yuan for row in remainders(closing.region, closing.year)}
    kept = dict(closing.decisions.filter(round=closing.round, event=None).values_list("allocation_id", "left_yuan"))
    if fresh != kept:
        yield Obstacle("计算余额之后又有凭证或资金变动，请重新计算余额。")


def _spent_since(closing: YearClosing, at: datetime) -> Iterable[Obstacle]:
    """A 结余 that was spent in the new year cannot go back."""
    rows = list(closing.decisions.filter(round=closing.round, kind=CarryKind.SURPLUS, event=None).select_related("allocation__project"))
    paid = treasury_as_of([row.allocation_id for row in rows], periods.day_of(at))
    for row in rows:
        left = row.allocation.amount_yuan - paid.get(row.allocation_id, ZERO)
        if left < row.left_yuan:
            words = f"“{row.allocation.project}”确认为结余 {wan_text(row.left_yuan)} 万元，但次年又有支出或调减，现只剩 {wan_text(left)} 万元，请改为结转。"
            yield Obstacle(words, f"/funds/projects/{row.allocation.project_id}/")


def _worth_a_look(year: int, path: str) -> Iterable[Obstacle]:
    unmatched = Voucher.objects.standing().filter(unit__path__startswith=path, paid_on__year=year, allocation__isnull=True).count()
    if unmatched:
        yield Obstacle(f"{unmatched} 笔本年支付没有匹配到项目资金，不在任何一笔的支出内。", f"/funds/vouchers/?year={year}&flagged=on", False)
    over = Batch.objects.filter(region__path__startswith=path, fund_year=year, is_overallocated=True)
    for batch in over:
        yield Obstacle(f"{batch.document_no} 仍超分配 {wan_text(batch.allocated_yuan - batch.amount_yuan)} 万元。", f"/funds/batches/{batch.pk}/", False)
    rest = CountyAllocation.objects.filter(unit__path__startswith=path, batch__fund_year__lte=year, allocated_yuan__lt=F("amount_yuan"))
    sums = rest.aggregate(number=Count("pk"), total=Sum(F("amount_yuan") - F("allocated_yuan"), default=0))
    if sums["number"]:
        words = f"下达到县后还有 {wan_text(sums['total'], 2)} 万元（{sums['number']} 笔）没有安排到项目，年末随指标结转，或由地区收回统筹。"
        yield Obstacle(words, f"/funds/batches/?year={year}&left=on", False)


def sums_of(rows) -> dict[str, Decimal | int]:
    """Amounts in 元 over decisions: what is left, 结转, 结余, not yet decided, paid above. One query."""

    def total(**conditions) -> Sum:
        return Sum(Case(When(**conditions, then=F("left_yuan")), default=None, output_field=MoneyField()), default=0)

    return rows.order_by().aggregate(
        count=Count("pk"), left=total(left_yuan__gt=Decimal(0)), carry=total(kind=CarryKind.CARRY), surplus=total(kind=CarryKind.SURPLUS),
        undecided=total(kind="", left_yuan__gt=Decimal(0)), faults=Count("pk", filter=Q(left_yuan__lt=Decimal(0))),
        overdue=total(is_overdue=True, left_yuan__gt=Decimal(0)), open=Count("pk", filter=Q(kind="", left_yuan__gt=Decimal(0))),
    )  # fmt: skip


def rows_of(closing: YearClosing, user):
    """The decisions of the present round in the user's sight, in the order of the printed table."""
    return (
        CarryDecision.objects.visible_to(user).filter(closing=closing, round=closing.round)
        .select_related("allocation__project__unit", "allocation__county_allocation__batch__task", "event", "decided_by")
        .order_by("allocation__project__unit__display_order", "allocation__county_allocation__batch__level", "allocation__project__code", "pk")
    )  # fmt: skip

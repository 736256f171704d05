"""Fund documents, shares, arrangements and vouchers of the demo, through the actions of the funds app."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random

from funds.actions.allocation import allocate_to_county, arrange_to_project
from funds.actions.batch import record_batch
from funds.actions.voucher import record_voucher
from funds.figures.paid import treasury_as_of
from funds.models import Allocation, Batch, CountyAllocation, Level, VoucherKind
from linkage.models import FundTask, Region
from linkage.periods import day_of, moment, shift
from projects.models import Method

from .cast import Cast
from .script import TEMPERS, WAN, Plan, on_workday
from .treasury import Treasury

Event = tuple[datetime, Callable[[datetime], object]]

# (issued, received after days, allotted to counties, arranged to projects) of the first and the second batch.
_FIRST = {
    Level.CENTRAL: ((-1, 11, 29), 7, (0, 1, 12), (0, 2, 20)),
    Level.PROVINCIAL: ((-1, 12, 20), 6, (0, 1, 24), (0, 2, 26)),
}
_SECOND = {
    Level.CENTRAL: ((0, 5, 18), 8, (0, 6, 8), (0, 6, 24)),
    Level.PROVINCIAL: ((0, 6, 2), 6, (0, 6, 20), (0, 7, 6)),
}
_OWN = (0, 3, 5)
# Documents of one calendar year are numbered through: the second batch of a year stands before the first of the next.
_NUMBERS_OF_JUNE, _NUMBERS_OF_DECEMBER = 21, 141


class Money:
    """The money of one fund year. Amounts follow from the plans: what the counties arrange, and a little that they keep."""

    def __init__(self, cast: Cast, year: int, plans: list[Plan]):
        self.cast, self.year, self.plans = cast, year, plans
        self.units = {r.slug: r for r in Region.objects.reporting()}
        self.tasks = {t.code: t for t in FundTask.objects.all()}
        self.shares: dict[tuple[str, str, str, bool], CountyAllocation] = {}
        self.touched: set[int] = set()  # allocations whose money is not as planned any more

    def _day(self, when: tuple[int, int, int], *, behind: int = 0) -> date:
        offset, month, day = when
        return on_workday(shift(date(self.year + offset, month, day), days=behind))

    def events(self) -> Iterator[Event]:
        """Documents arrive, are allotted to the counties, and the counties arrange them, each at its own speed."""
        needs = self._needs()
        for place, ((level, task, second), by_unit) in enumerate(sorted(needs.items())):
            number = place + (_NUMBERS_OF_JUNE if second else _NUMBERS_OF_DECEMBER)
            issued, received, allotted, _ = (_SECOND if second else _FIRST)[level]
            yield from self._document(number, level, task, second, by_unit, self._day(issued), received, self._day(allotted))
        yield from self._own_money()
        for plan in self.plans:
            yield from self._arrangements(plan)

    def _needs(self) -> dict[tuple[str, str, bool], dict[str, Decimal]]:
        needs: dict[tuple[str, str, bool], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for plan in self.plans:
            for level, amount in plan.levels.items():
                if level != Level.COUNTY:
                    needs[level, plan.template.task, plan.second][plan.unit] += amount
        return needs

    def _document(self, number, level, task, second, by_unit, issued, received, allotted) -> Iterator[Event]:
        keep = {unit: amount + Decimal(Random(f"keep-{self.year}-{unit}-{number}").choice([0, 0, 0, 0, 0, 0, 0, 5])) * WAN for unit, amount in by_unit.items()}
        rest = Decimal(60) * WAN if second and self.year % 2 == 0 and level == Level.CENTRAL and task == "consolidate" else Decimal(0)
        box: list[Batch] = []
        arrived = on_workday(shift(issued, days=received))

        def arrive(at: datetime) -> None:
            box.append(record_batch(
                level=level, task=self.tasks[task], fund_year=self.year, document_no=f"黑财指（农）〔{issued.year}〕{number}号",
                title=f"关于{'' if second else '提前'}下达{self.year}年{Level(level).label}财政衔接推进乡村振兴补助资金（{self.tasks[task].name}）的通知",
                region=self.cast.prefecture, amount_yuan=sum(keep.values()) + rest, issued_on=issued, received_on=arrived,
                tracking_code=f"10120{number}", by=self.cast["finance"], at=at,
            ))  # fmt: skip

        def allot(at: datetime) -> None:
            for unit, amount in keep.items():
                self.shares[level, task, unit, second] = allocate_to_county(
                    batch=box[0], unit=self.units[unit], amount_yuan=amount, issued_on=allotted, by=self.cast["office"], at=at,
                    document_no=f"大财农〔{allotted.year}〕{number}号",
                )  # fmt: skip

        yield moment(arrived, 10), arrive
        yield moment(allotted, 14), allot

    def _own_money(self) -> Iterator[Event]:
        needs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for plan in self.plans:
            if Level.COUNTY in plan.levels:
                needs[plan.unit, plan.template.task] += plan.levels[Level.COUNTY]
        for number, ((unit, task), amount) in enumerate(sorted(needs.items()), 1):
            yield moment(self._day(_OWN), 9), self._own_document(unit, task, amount, number)

    def _own_document(self, unit: str, task: str, amount: Decimal, number: int) -> Callable[[datetime], object]:
        def arrive(at: datetime) -> None:
            batch = record_batch(
                level=Level.COUNTY, task=self.tasks[task], fund_year=self.year, region=self.units[unit], amount_yuan=amount,
                document_no=f"{_short(self.units[unit])}财农〔{self.year}〕{number}号", issued_on=self._day(_OWN), received_on=self._day(_OWN),
                by=self.cast["finance"], at=at,
            )  # fmt: skip
            self.shares[Level.COUNTY, task, unit, False] = batch.county_allocations.get()

        return arrive

    def _arrangements(self, plan: Plan) -> Iterator[Event]:
        for level in plan.levels:
            when = _OWN if level == Level.COUNTY else (_SECOND if plan.second else _FIRST)[level][3]
            behind = max(0, TEMPERS[plan.unit].behind) // (3 if plan.second or level == Level.COUNTY else 1)
            day = self._day(when, behind=behind + (1 if level == Level.COUNTY else 0))
            yield moment(day, 15), self._arrange(plan, level, day)

    def _arrange(self, plan: Plan, level: str, day: date) -> Callable[[datetime], object]:
        def arrange(at: datetime) -> Allocation:
            second = plan.second and level != Level.COUNTY
            share = CountyAllocation.objects.select_related("unit", "batch__task", "batch__region").get(
                pk=self.shares[level, plan.template.task, plan.unit, second].pk
            )
            allocation = arrange_to_project(
                county_allocation=share, project=plan.project, amount_yuan=plan.levels[level], decided_on=day, by=self.cast[f"{plan.unit}_clerk"],
                document_no=f"{share.unit.name}农领发〔{day.year}〕{day.month}号", at=at,
            )  # fmt: skip
            plan.allocations[level] = allocation.pk
            return allocation

        return arrange

    def vouchers(self, until: date, files: Treasury) -> Iterator[Event]:
        """Each payment becomes known some days after it was made: typed, or in the last weeks with the treasury's files."""
        for plan in self.plans:
            keeper = "finance" if plan.unit == "diqu" else f"{plan.unit}_finance"
            for level, total in plan.levels.items():
                for number, (payment, amount) in enumerate(plan.parts(total), 1):
                    if payment.on > until or amount <= 0:
                        continue
                    delay = TEMPERS[plan.unit].voucher_delay + plan.dice.randint(0, 3)
                    if files.takes(plan, payment):
                        files.note(plan, level, payment, amount, _number(plan, level, payment, number), _payee(plan), shift(payment.on, days=delay))
                        continue
                    yield moment(shift(payment.on, days=delay), 16), self._pay(plan, level, payment, amount, number, keeper)

    def _pay(self, plan: Plan, level: str, payment, amount: Decimal, number: int, keeper: str) -> Callable[[datetime], object]:
        def pay(at: datetime) -> None:
            allocation = Allocation.objects.select_related("project__unit", "county_allocation__batch").get(pk=plan.allocations[level])
            sum_yuan = min(amount, self._left(allocation, at)) if allocation.pk in self.touched else amount
            if sum_yuan <= 0:
                return
            record_voucher(
                allocation=allocation, kind=VoucherKind.PAY, nature=payment.nature, amount_yuan=sum_yuan, paid_on=payment.on,
                voucher_no=_number(plan, level, payment, number), payee=_payee(plan),
                purpose=plan.template.name, by=self.cast[keeper], at=at,
            )  # fmt: skip

        return pay


    @staticmethod
    def _left(allocation: Allocation, at: datetime) -> Decimal:
        return allocation.amount_yuan - treasury_as_of([allocation.pk], day_of(at)).get(allocation.pk, Decimal(0))


_PAYEES = {
    Method.WORKS: ("兴安建筑工程有限公司", "绿源建设集团有限公司", "林海市政工程有限公司"),
    Method.PURCHASE: ("北疆农机销售有限公司", "龙江设备制造有限公司", "兴林种苗有限公司"),
    Method.FEE: ("林海工程监理有限公司", "中诚工程造价咨询有限公司"),
    Method.TRAINING: ("地区职业技能培训学校", "兴农职业培训学校"),
    Method.EQUITY: ("兴业农业开发有限公司", "北药种植专业合作社"),
}


def _number(plan: Plan, level: str, payment, number: int) -> str:
    return f"{payment.on:%Y%m}{plan.year % 100}{plan.number:02d}{list(Level.values).index(level) + 1}{number}"


def _payee(plan: Plan) -> str:
    if plan.template.method in (Method.GRANT, Method.SUBSIDY):
        return "惠农补贴代发专户（农商银行）"
    return plan.dice.choice(_PAYEES.get(plan.template.method, _PAYEES[Method.WORKS]))


def _short(unit: Region) -> str:
    """呼玛 of 呼玛县, as document numbers write it; 地区 for the prefecture's own."""
    return "地区" if unit.slug == "diqu" else unit.name.rstrip("县市区")

"""支出进度: how far the money is paid against the target, per unit, level and task (features 4.3).

One query per fact table whatever the number of units; everything else is addition. The bases are never summed: a line
carries both, `basis` says which one is judged. Domain §1.2–1.4; rules pace_basis, pace_method, pace_yellow_points,
pace_red_points, young_money_days are looked up by `as_of`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from funds.figures.sums import ZERO, Amounts, Key, Sight, Span, collect
from funds.figures.target import Target, TargetBook
from funds.figures.verdict import Basis, Pace, pace_of
from funds.models import HEADLINE_LEVELS, Level
from linkage import periods, rules
from linkage.models import FundTask, Region
from linkage.money import percent_text, points, ratio

HEADLINE = ""  # 中央 + 省级
ALL_LEVELS = "all"
LEVEL_WORDS = {HEADLINE: "中央＋省级", ALL_LEVELS: "全部层级"} | dict(Level.choices)
RULES = ("pace_basis", "pace_method", "pace_yellow_points", "pace_red_points", "young_money_days")


@dataclass(frozen=True)
class Settings(Span):
    """What every line of one table shares; printed with the figures."""

    basis: Basis
    method: str
    yellow_points: int
    red_points: int
    versions: dict[str, int | None]

    @property
    def method_words(self) -> str:
        return "月份÷12" if self.method == "month" else "按日折算"

    @property
    def rule_words(self) -> str:
        """The rule versions behind colour and target, as a reader sees them."""
        version = self.versions["pace_method"]
        stand = f"第 {version} 号版本" if version else "默认值，待核对"
        return f"序时按{self.method_words}（{stand}）；低于目标 {self.yellow_points} 个百分点以内正常，超过 {self.red_points} 个百分点严重滞后"


@dataclass(frozen=True)
class Line:
    """One row: money of a unit (None = all in sight), level and task (None = all), with its target."""

    settings: Settings
    amounts: Amounts
    target: Target
    level: str = HEADLINE
    unit: Region | None = None
    task: FundTask | None = None

    @property
    def level_words(self) -> str:
        return LEVEL_WORDS[self.level]

    @property
    def source_words(self) -> str:
        """What the verdict compares with, for the unfolded number."""
        return f"目标 {percent_text(self.target.ratio)}：{self.target.words}"

    @property
    def paid_yuan(self) -> Decimal | None:
        """By the judged basis."""
        return self.amounts.paid(self.settings.basis)

    @property
    def unpaid_yuan(self) -> Decimal | None:
        return None if self.paid_yuan is None else self.amounts.issued_yuan - self.paid_yuan

    def ratio_of(self, basis: Basis) -> Decimal | None:
        """支出进度 = paid by `basis` ÷ 下达到县; None where nothing is issued or nothing known."""
        return ratio(self.amounts.paid(basis), self.amounts.issued_yuan)

    @property
    def ratio(self) -> Decimal | None:
        return self.ratio_of(self.settings.basis)

    @property
    def treasury_ratio(self) -> Decimal | None:
        return self.ratio_of(Basis.TREASURY)

    @property
    def county_ratio(self) -> Decimal | None:
        return self.ratio_of(Basis.COUNTY)

    @property
    def county_paid_yuan(self) -> Decimal | None:
        return self.amounts.paid(Basis.COUNTY)

    @property
    def settled_paid_yuan(self) -> Decimal | None:
        return self.amounts.paid_settled(self.settings.basis)

    @property
    def settled_county_paid_yuan(self) -> Decimal | None:
        return self.amounts.paid_settled(Basis.COUNTY)

    @property
    def settled_ratio(self) -> Decimal | None:
        """The same without money younger than young_money_days, in numerator and denominator alike."""
        return ratio(self.settled_paid_yuan, self.amounts.issued_settled_yuan)

    @property
    def settled_county_ratio(self) -> Decimal | None:
        return ratio(self.settled_county_paid_yuan, self.amounts.issued_settled_yuan)

    @property
    def settled_treasury_ratio(self) -> Decimal | None:
        return ratio(self.amounts.treasury_settled_yuan, self.amounts.issued_settled_yuan)

    @property
    def judged_yuan(self) -> tuple[Decimal | None, Decimal]:
        """(paid, issued) that the verdict compares: by the denominator that the node in force names."""
        if self.target.is_settled:
            return self.settled_paid_yuan, self.amounts.issued_settled_yuan
        return self.paid_yuan, self.amounts.issued_yuan

    @property
    def young_yuan(self) -> Decimal:
        return self.amounts.issued_yuan - self.amounts.issued_settled_yuan

    @property
    def ratio_before(self) -> Decimal | None:
        return ratio(self.amounts.paid_before(self.settings.basis), self.amounts.issued_before_yuan)

    @property
    def arranged_ratio(self) -> Decimal | None:
        """分配进度 = 已安排 ÷ 下达到县."""
        return ratio(self.amounts.arranged_yuan, self.amounts.issued_yuan)

    @property
    def granted_ratio(self) -> Decimal | None:
        """拨付率 = 核拨 ÷ 下达到县."""
        return ratio(self.granted_yuan, self.amounts.issued_yuan)

    @property
    def granted_yuan(self) -> Decimal | None:
        """None where no 核拨 is recorded: where the treasury pays the payee itself, there is none to record."""
        return self.amounts.granted_yuan or None

    @property
    def deviation(self) -> Decimal | None:
        """Displayed pace − displayed target, in percentage points."""
        return points(ratio(*self.judged_yuan), self.target.ratio)

    @property
    def pace(self) -> Pace:
        return pace_of(
            *self.judged_yuan, self.target.ratio,
            yellow_points=self.settings.yellow_points, red_points=self.settings.red_points,
        )  # fmt: skip

    @property
    def excess_yuan(self) -> Decimal:
        """元 paid above what was issued; 0 where there is no such fault."""
        return max((self.paid_yuan or ZERO) - self.amounts.issued_yuan, ZERO)


@dataclass(frozen=True)
class PaceTable:
    """All cells of one fund year as of one day; lines are sums over them."""

    settings: Settings
    cells: dict[Key, Amounts]
    units: list[Region]
    targets: TargetBook
    tasks: list[FundTask] = field(default_factory=list)

    def line(self, *, unit: Region | None = None, level: str = HEADLINE, task: FundTask | None = None) -> Line:
        """The sum over the cells that fit. Money not matched to an allocation has no level and is in no line."""
        levels = {HEADLINE: HEADLINE_LEVELS, ALL_LEVELS: tuple(Level.values)}.get(level, (level,))
        fitting = (
            cell for (cell_level, task_id), cell in (self._all_units if unit is None else self._by_unit.get(unit.pk, {})).items()
            if cell_level in levels and (task is None or task_id == task.pk)
        )  # fmt: skip
        amounts = sum(fitting, Amounts())
        target = self.targets.target(level=level, task=task, unit=unit)
        return Line(settings=self.settings, amounts=amounts, target=target, level=level, unit=unit, task=task)

    @cached_property
    def _by_unit(self) -> dict[int, dict[tuple[str, int | None], Amounts]]:
        found: dict[int, dict[tuple[str, int | None], Amounts]] = {}
        for (unit_id, level, task_id), cell in self.cells.items():
            found.setdefault(unit_id, {})[level, task_id] = cell
        return found

    @cached_property
    def _all_units(self) -> dict[tuple[str, int | None], Amounts]:
        found: dict[tuple[str, int | None], Amounts] = {}
        for (_, level, task_id), cell in self.cells.items():
            found[level, task_id] = found.get((level, task_id), Amounts()) + cell
        return found

    @cached_property
    def total(self) -> Line:
        """The headline: 中央 + 省级, all units in sight."""
        return self.line()

    @cached_property
    def everything(self) -> Line:
        return self.line(level=ALL_LEVELS)

    @cached_property
    def units_headline(self) -> list[Line]:
        """One line per unit in the fixed order, units without money among them."""
        return [self.line(unit=unit) for unit in self.units]

    @cached_property
    def levels(self) -> list[Line]:
        """Each level apart over all units, only where there is money."""
        return [line for line in (self.line(level=level) for level in Level.values) if _has_money(line)]

    @cached_property
    def by_task(self) -> list[Line]:
        return [line for line in (self.line(task=task) for task in self.tasks) if _has_money(line)]

    def levels_of(self, unit: Region | None, task: FundTask | None = None) -> list[Line]:
        """Each level apart of one unit (None: of all in sight), only where there is money."""
        return [line for line in (self.line(unit=unit, level=level, task=task) for level in Level.values) if _has_money(line)]

    @cached_property
    def unmatched_yuan(self) -> Decimal:
        """Treasury money of the year that is not matched to an allocation, in no rate."""
        return sum((cell.treasury_yuan for (_, level, _), cell in self.cells.items() if not level), ZERO)


def pace(
    *, year: int, as_of: date, before: date | None = None, basis: str | None = None, sight: Sight | None = None,
    known_by: datetime | None = None,
) -> PaceTable:  # fmt: skip
    """The pace of one fund year as of the end of a day; `before` (a week earlier by default) is what change refers to.

    `basis` "treasury" or "county" is judged; None takes the rule pace_basis in force on `as_of`. `known_by` leaves out
    vouchers and changes learnt of later. Ten queries at most.
    """
    sight = sight or Sight.everything()
    settings = _settings(year, as_of, before or periods.shift(as_of, days=-7), basis)
    cells = collect(sight, settings, known_by)
    units = list(sight.units)
    unlisted = {unit for unit, _, _ in cells} - {unit.pk for unit in units}
    if unlisted:
        units += Region.objects.filter(pk__in=unlisted).order_by("display_order", "pk")
    return PaceTable(
        settings=settings, cells=cells, units=units, targets=TargetBook.load(year, as_of, settings.method),
        tasks=list(FundTask.objects.all()),
    )  # fmt: skip


def _settings(year: int, as_of: date, before: date, basis: str | None) -> Settings:
    book = rules.book()
    versions = {code: book.version(code, as_of) for code in RULES}
    value = {code: held[1] for code, held in versions.items()}
    return Settings(
        year=year, as_of=as_of, before=before, basis=Basis(basis or value["pace_basis"]), method=value["pace_method"],
        yellow_points=value["pace_yellow_points"], red_points=value["pace_red_points"], young_days=value["young_money_days"],
        versions={code: held[0] for code, held in versions.items()},
    )  # fmt: skip


def rule_basis(as_of: date) -> Basis:
    """The basis that colours and bulletins go by on that day, whatever a page is switched to."""
    return Basis(rules.get("pace_basis", on=as_of))


def _has_money(line: Line) -> bool:
    return bool(line.amounts.issued_yuan or line.amounts.treasury_yuan or line.amounts.county_yuan)

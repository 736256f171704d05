"""What really happens to each project of the demo, as a function of the day: progress, payments, words.

The script is the truth of the demo world; counties state it with delays, slips and repairs (weeks.py), the treasury pays
it and its vouchers become known later (money.py). Everything follows from random generators seeded with names.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from funds.models import Level, PaymentNature
from linkage.periods import WorkCalendar, shift
from projects.models import Method

WAN = Decimal(10_000)
_WORKDAYS = WorkCalendar()  # the State Council's


def on_workday(day: date) -> date:
    """The day itself, or the first working day after it: offices issue and pay on no other."""
    return day if _WORKDAYS.is_workday(day) else _WORKDAYS.next_workday(day)


@dataclass(frozen=True)
class Temper:
    """How a unit works: number of projects, days behind, share of weeks late, missing, returned; days until vouchers are known."""

    projects: int
    behind: int
    late: float = 0.06
    missing: float = 0.02
    returned: float = 0.05
    voucher_delay: int = 2


TEMPERS = {
    "mohe": Temper(20, 0, returned=0.03),
    "huma": Temper(26, 8, returned=0.06),
    "tahe": Temper(20, 14, late=0.1),
    "jiagedaqi": Temper(18, -6, late=0.02, missing=0.0, returned=0.02),
    "songling": Temper(14, 45, late=0.16, missing=0.08, returned=0.1, voucher_delay=9),
    "xinlin": Temper(15, 20, late=0.08),
    "huzhong": Temper(15, 26, late=0.1, missing=0.05, voucher_delay=5),
    "diqu": Temper(12, 4, missing=0.0),
}


@dataclass(frozen=True)
class Template:
    """One kind of project, taken from published tables (data/real_projects.csv names the source of each)."""

    name: str
    method: str
    task: str
    category: str
    content: str
    low_wan: int
    high_wan: int
    units: frozenset[str]  # where it fits the land and its trades; empty = anywhere
    wide: bool  # for the whole county, not for one township

    def fits(self, unit: str) -> bool:
        return not self.units or unit in self.units


class Place(NamedTuple):
    """Where a unit's projects lie."""

    name: str
    towns: list[str]


# The prefecture's own projects lie in its forest and state farms; numbered, because no public list names them.
_OWN_SITES = {"forest": ("第一国有林场", "第二国有林场", "第三国有林场"), "farm": ("第一国有农场", "第二国有农场")}


def templates() -> list[Template]:
    path = Path(__file__).parent / "data" / "real_projects.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        return [
            Template(
                r["name"], r["method"], r["task"], r["category"], r["content"], int(r["low_wan"]), int(r["high_wan"]),
                frozenset(r["units"].split()), r["wide"] == "yes",
            )
            for r in csv.DictReader(rows)
        ]


@dataclass(frozen=True)
class Payment:
    """One payment of the treasury: day, share of the project's money, nature."""

    on: date
    share: Decimal
    nature: str


@dataclass
class Plan:
    """One project's life. `levels` gives 元 per level; `second` marks money of the second batch, `phase` a work begun the
    year before in the same place."""

    unit: str
    year: int
    number: int
    template: Template
    site: str
    levels: dict[str, Decimal]
    second: bool
    behind: int
    stalled: bool = False
    phase: str = ""
    project: Any = None  # the projects.Project, once registered
    allocations: dict[str, int] = field(default_factory=dict)  # level → allocation id, once arranged

    @property
    def name(self) -> str:
        if self.template.wide:
            return f"{self.site}{self.year}年{self.template.name}"
        kind = self.site[-4:]  # 第一国有林场 + 国有林场管护设施… names the farm once
        return f"{self.site}{self.template.name.removeprefix(kind)}{self.phase}"

    @cached_property
    def dice(self) -> Random:
        return Random(f"{self.unit}-{self.year}-{self.number}")

    @cached_property
    def begin(self) -> date:
        """Start of works, signing, or declaring; the stalled ones wait for their procedures until autumn."""
        months = {Method.WORKS: (5, 8), Method.PURCHASE: (4, 5), Method.GRANT: (3, 20), Method.SUBSIDY: (3, 10),
                  Method.TRAINING: (4, 10), Method.EQUITY: (4, 20), Method.FEE: (3, 1)}  # fmt: skip
        month, day = months[self.template.method]
        late = (110 if self.stalled else 0) + (35 if self.second else 0)
        own = shift(date(self.year, month, day), days=max(-20, self.behind + self.dice.randint(-10, 38)) + late)
        return max(own, self._money_arranged)

    @property
    def _money_arranged(self) -> date:
        """Nothing is begun before the county has arranged the money."""
        behind = max(0, self.behind)
        return shift(date(self.year, 7, 9), days=behind // 3) if self.second else shift(date(self.year, 3, 9), days=behind)

    @cached_property
    def length(self) -> int:
        """Days from begin to finish."""
        spans = {Method.WORKS: (70, 125), Method.PURCHASE: (35, 75), Method.TRAINING: (25, 60)}
        low, high = spans.get(self.template.method, (40, 80))
        return self.dice.randint(low, high)

    @cached_property
    def finish(self) -> date:
        return _work_day_after(self.begin, self.length) if self.template.method == Method.WORKS else shift(self.begin, days=self.length)

    @cached_property
    def accepted(self) -> date:
        return shift(self.finish, days=self.dice.randint(15, 40))

    @cached_property
    def payments(self) -> list[Payment]:
        """When the treasury pays which share: on working days."""
        return [replace(payment, on=on_workday(payment.on)) for payment in self._due_payments()]

    def _due_payments(self) -> list[Payment]:
        """When which share is due. Retention money (3 %) follows a year after acceptance."""
        N, days = PaymentNature, self.dice.randint(5, 18)
        share = Decimal
        if self.template.method == Method.WORKS:
            kept = share("0.03") if self.dice.random() < 0.35 else share("0")
            parts = [
                Payment(shift(self.begin, days=days), share("0.30"), N.ADVANCE),
                Payment(shift(self.begin, days=self.length // 2 + days), share("0.35"), N.PROGRESS),
                Payment(shift(self.accepted, days=days + 6), share("0.35") - kept, N.FINAL),
            ]
            return [*parts, Payment(shift(self.accepted, days=365), kept, N.RETENTION)] if kept else parts
        if self.template.method == Method.PURCHASE:
            return [Payment(shift(self.begin, days=days), share("0.40"), N.ADVANCE), Payment(shift(self.accepted, days=days), share("0.60"), N.FINAL)]
        if self.template.method in (Method.GRANT, Method.SUBSIDY):
            return [Payment(shift(self.begin, days=50 + 60 * n + days), share("0.25"), N.GRANT) for n in range(4)]
        if self.template.method == Method.FEE:
            return [Payment(shift(self.begin, days=70 * n + days), share("0.25"), N.FEE) for n in range(4)]
        return [Payment(shift(self.begin, days=days + 10), share("1.00"), N.PROGRESS)]

    def paid(self, total: Decimal, day: date) -> Decimal:
        """元 of one allocation paid up to the end of `day`; whole 元 so that shares stay plain."""
        return sum((part for payment, part in self.parts(total) if payment.on <= day), Decimal(0))

    def parts(self, total: Decimal) -> list[tuple[Payment, Decimal]]:
        """Each payment's 元 of an allocation of `total`; they add up to it exactly."""
        parts = [(payment, (total * payment.share).quantize(Decimal(1))) for payment in self.payments]
        last, amount = parts[-1]
        parts[-1] = (last, amount + total - sum(part for _, part in parts))
        return parts

    def claimed(self, day: date) -> tuple[Decimal, bool]:
        """元 applied for and not paid by a day, and whether the papers have reached the treasury: three weeks before the payment,
        the last eight days of them there."""
        if day < self.begin:
            return Decimal(0), False
        coming = [(payment, part) for payment, part in self.parts(sum(self.levels.values(), Decimal(0))) if day < payment.on <= shift(day, days=21)]
        return sum((part for _, part in coming), Decimal(0)), any(payment.on <= shift(day, days=8) for payment, _ in coming)

    def facts(self, day: date) -> dict[str, Any]:
        """What is true on a day, by the columns of the project's method; empty before it begins."""
        if day < self.begin:
            return {}
        return getattr(self, f"_{self.template.method}")(day)

    def _works(self, day: date) -> dict[str, Any]:
        facts: dict[str, Any] = {"started_on": self.begin}
        done = Decimal(_open_days(self.begin, min(day, self.finish))) / max(1, _open_days(self.begin, self.finish))
        ratio = Decimal(int(done * 20)) * 5 / 100
        if day >= self.finish:
            ratio = Decimal(1)
            facts["finished_on"] = self.finish
        facts["physical_ratio"] = min(ratio, Decimal(1)) if day >= self.finish else min(ratio, Decimal("0.95"))
        total = sum(self.levels.values())
        facts["completed_investment_yuan"] = max((total * facts["physical_ratio"]).quantize(Decimal(1)), self.paid(total, day))
        if day >= self.accepted:
            facts["accepted_on"] = self.accepted
        return facts

    def _purchase(self, day: date) -> dict[str, Any]:
        moments = (
            ("contract_signed_on", self.begin), ("delivered_on", shift(self.finish, days=-10)), ("installed_on", self.finish),
            ("accepted_on", self.accepted),
        )  # fmt: skip
        facts: dict[str, Any] = {name: on for name, on in moments if on <= day}
        facts["completed_investment_yuan"] = max(self.paid(sum(self.levels.values()), day), Decimal(0))
        return facts

    def _grant(self, day: date) -> dict[str, Any]:
        households = 20 + self.number * 3
        facts: dict[str, Any] = {"households_declared": households}
        if day >= shift(self.begin, days=20):
            facts["publicised_on"] = shift(self.begin, days=20)
        paid = sum(payment.on <= day for payment in self.payments)
        facts["households_paid"] = households * paid // 4
        if paid == 4:
            facts["accepted_on"] = shift(self.payments[-1].on, days=3)
            if facts["accepted_on"] > day:
                del facts["accepted_on"]
        return facts

    def _subsidy(self, day: date) -> dict[str, Any]:
        paid = sum(payment.on <= day for payment in self.payments)
        return {"batches_done": paid, "households_paid": (12 + self.number) * paid} if paid else {}

    def _training(self, day: date) -> dict[str, Any]:
        facts: dict[str, Any] = {"started_on": self.begin, "people_trained": 30 if day >= self.finish else 15}
        if day >= self.finish:
            facts["finished_on"] = self.finish
        return facts

    def _equity(self, day: date) -> dict[str, Any]:
        return {"contract_signed_on": self.begin, "completed_investment_yuan": self.paid(sum(self.levels.values()), day)}

    def _fee(self, day: date) -> dict[str, Any]:
        return {}

    def step(self, day: date) -> str:
        """The link in which the project's money is, as a dictionary code."""
        if day < self.begin:
            return "procedure-land" if self.stalled else ("tender" if day >= shift(self.begin, days=-30) else "procedure")
        unpaid = self.paid(sum(self.levels.values()), day) < sum(self.levels.values())
        if not unpaid:
            return "paid"
        if self.template.method == Method.WORKS and day < self.finish:
            return "construction"
        if day >= self.accepted:
            return "retention" if self.payments[-1].nature == PaymentNature.RETENTION and day >= self.payments[-2].on else "treasury"
        return "claim" if day >= self.finish else "construction"


def _closed(day: date) -> bool:
    """Nothing is built in the deep of winter."""
    return day.month in (11, 12, 1, 2, 3) or (day.month == 4 and day.day < 15)


def _open_days(first: date, last: date) -> int:
    return max(0, _opened_before(last) - _opened_before(first))


def _opened_before(day: date) -> int:
    """Open days before this one, counted from the year 0."""
    begin, end = date(day.year, 4, 15), date(day.year, 11, 1)
    return day.year * (end - begin).days + (min(max(day, begin), end) - begin).days


def _work_day_after(begin: date, length: int) -> date:
    """The day on which `length` days of building season have passed."""
    day, left = begin, length
    while left > 0:
        day = shift(day, days=1)
        left -= not _closed(day)
    return day


def plans(year: int, places: dict[str, Place], *, follows: bool = False) -> list[Plan]:
    """Every funded project of a year, unit by unit in a fixed order; no name twice in a unit. Where the year `follows` a
    played one, what stood in both is a second phase."""
    before = {(plan.unit, plan.name) for plan in _drawn(year - 1, places)} if follows else set()
    found = _drawn(year, places)
    for plan in found:
        if (plan.unit, plan.name) in before:
            plan.phase = "（二期）"
    return found


def _drawn(year: int, places: dict[str, Place]) -> list[Plan]:
    kinds = templates()
    found = []
    for unit, temper in TEMPERS.items():
        dice, taken = Random(f"plans-{unit}-{year}"), set()
        for number in range(1, temper.projects + 1):
            plan = _draw(unit, year, number, kinds, places[unit], dice)
            while plan.name in taken:
                plan = _draw(unit, year, number, kinds, places[unit], dice)
            taken.add(plan.name)
            found.append(plan)
    return found


def _draw(unit: str, year: int, number: int, kinds: list[Template], place: Place, dice: Random) -> Plan:
    temper, template = TEMPERS[unit], _choose(unit, number, kinds, dice)
    return Plan(
        unit=unit, year=year, number=number, template=template, site=_site(unit, template, place, dice), levels=_levels(template, dice),
        second=dice.random() < 0.18 and template.method in (Method.WORKS, Method.PURCHASE), behind=temper.behind,
        stalled=template.method == Method.WORKS and dice.random() < (0.2 if temper.behind > 20 else 0.06),
    )  # fmt: skip


def _choose(unit: str, number: int, kinds: list[Template], dice: Random) -> Template:
    """地区本级 carries forest farms and state farms; every unit has its management fee; huma and tahe their Oroqen townships."""
    if unit == "diqu":
        return dice.choice([k for k in kinds if k.task in _OWN_SITES])
    if number == 1:
        return next(k for k in kinds if k.method == Method.FEE)
    fitting = [k for k in kinds if k.task == "consolidate" and k.method != Method.FEE and k.fits(unit)]
    if unit in ("huma", "tahe") and number % 5 == 0:
        fitting = [k for k in kinds if k.task == "ethnic"]
    elif number in (6, 7):
        fitting = [k for k in kinds if k.task == ("relief" if number == 6 else "forest")]
    return dice.choice(fitting)


def _site(unit: str, template: Template, place: Place, dice: Random) -> str:
    """The whole county, one of its townships, the ethnic township for its task, a farm of the prefecture."""
    if unit == "diqu":
        return dice.choice(_OWN_SITES[template.task])
    if template.wide or not place.towns:
        return place.name
    ethnic = [town for town in place.towns if town.endswith("族乡")]
    return dice.choice(ethnic if template.task == "ethnic" else place.towns)


def _levels(template: Template, dice: Random) -> dict[str, Decimal]:
    """元 per level: most from the centre, some from the province, a few from both, now and then topped up by the county."""
    total = Decimal(dice.randint(template.low_wan, template.high_wan)) * WAN
    draw = dice.random()
    if draw < 0.5:
        levels = {Level.CENTRAL: total}
    elif draw < 0.76:
        levels = {Level.PROVINCIAL: total}
    else:
        central = (total * Decimal(dice.choice(["0.6", "0.7", "0.5"]))).quantize(WAN)
        levels = {Level.CENTRAL: central, Level.PROVINCIAL: total - central}
    if dice.random() < 0.05:
        levels[Level.COUNTY] = Decimal(dice.randint(2, 9)) * WAN
    return levels

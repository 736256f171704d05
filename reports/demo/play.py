"""Plays the demo years in the order of time (design §7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import F

from linkage import audit, periods, reference, rules
from linkage.actions import setup
from linkage.errors import Refusal
from linkage.models import (
    DictionaryEntry,
    DictionaryKind,
    Function,
    FundTask,
    Notification,
    Organisation,
    Region,
    RegionKind,
    Watermark,
)
from linkage.periods import Week, WorkCalendar
from linkage.states import Transition
from projects import states
from projects.actions.alike_pairs import compare_due
from projects.actions.project import create_projects
from projects.actions.stage import move_stage
from projects.models import Project, Stage
from reports.actions.opening import WATERMARK, open_due_periods
from reports.actions.rollup import compile_due
from reports.models import Period, WeeklyReport

from . import contacts
from .cast import Cast
from .files import attach_some
from .goals import goals
from .helps import Helps
from .library import Library
from .money import Money
from .moves import Moves
from .papers import Papers
from .procedures import Procedures
from .script import Place, Plan, plans
from .treasury import Treasury
from .weeks import Ledger, Weeks

LOADED = "demo.loaded"
# The guided first day: step, and who confirms it.
FIRST_DAY = (
    ("units", "admin"), ("organisations", "admin"), ("roster", "secadmin"), ("calendar", "admin"), ("opening", "office"), ("week", "office"),
)  # fmt: skip
# Before the first money of the first year is arranged, days cost next to nothing.
WORK_BEGINS = (2, 15)
# Called between two transactions with what has been reached, and how much of the work is done of how much.
Echo = Callable[[str, int, int], None]


class Play:
    """The queue of events: the earliest first, whatever it brings may add more."""

    def __init__(self, at: datetime, echo: Echo, years: int = 2):
        self.at, self.echo = periods.local(at), echo
        self.today = self.at.date()
        self.fund_years = range(self.today.year - years + 1, self.today.year + 1)
        self.queue: list[tuple[datetime, int, Callable[[datetime], Any]]] = []
        self.order = count()
        self.touched: set[int] = set()  # allocations whose money is not as planned any more

    def add(self, at: datetime, act: Callable[[datetime], Any]) -> None:
        if at <= self.at:
            heappush(self.queue, (at, next(self.order), act))

    def run(self) -> None:
        """Everything up to now, day by day, each in one short transaction under its own clock: visitors write in between."""
        self._prepare()
        first = date(self.fund_years[0], *WORK_BEGINS)
        span = max(1, periods.age_days(first, self.today))
        while self.queue:
            day = self.queue[0][0].date()
            with transaction.atomic(), rules.one_book():
                while self.queue and self.queue[0][0].date() == day:
                    at, _, act = heappop(self.queue)
                    with periods.clock(at):
                        act(at)
            self.echo(f"已到 {day.year}年{day.month}月", max(0, periods.age_days(first, day)), span)
        self._finish()

    # --- the stage --------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        begin = periods.moment(date(self.fund_years[0] - 1, 11, 1), 9)
        with transaction.atomic(), periods.clock(begin):
            reference.load(at=begin)
            self.cast = Cast(since=begin.date(), until=date(self.today.year + 1, 12, 31), at=begin).gather()
        for hour, (code, who) in enumerate(FIRST_DAY, 1):
            self.add(periods.shift(begin, hours=hour), self._set_up(code, who))
        self.add(periods.shift(begin, hours=len(FIRST_DAY) + 1), lambda at: contacts.name_people(self.cast, at))
        self.add(periods.moment(date(self.today.year, 9, 7), 9), lambda at: contacts.replace_one(self.cast, at))
        self.add(periods.moment(date(self.today.year, 3, 5), 14), lambda at: contacts.hand_one_seat_over(self.cast, at))
        sites = places()
        self.plans: list[Plan] = []
        self.weeks = Weeks(self.cast, [])
        self.procedures = Procedures(self.cast, self.today, self.add)
        self.procedures.uploads(date(self.fund_years[0], 1, 1))
        self.treasury = Treasury(self.cast, self.today)
        for fund_year in self.fund_years:
            self._fund_year(fund_year, plans(fund_year, sites, follows=fund_year > self.fund_years[0]))
        for at, act in self.treasury.events():
            self.add(at, act)
        coming = plans(self.today.year + 1, sites, follows=True)
        self.add(periods.moment(date(self.today.year, 10, 20), 9), self._next_year(coming))
        self._calendar_of_weeks()

    def _fund_year(self, year: int, of_year: list[Plan]) -> None:
        self.plans += of_year
        money, papers = Money(self.cast, year, of_year), Papers(self.cast, of_year, self.today, self.add)
        registered = periods.moment(date(year - 1, 11, 20), 9)
        self.add(registered, lambda at: self._register(of_year, at))
        money.touched = self.touched
        moves = Moves(self.cast, year, self.touched)
        money_events = (*money.events(), *money.vouchers(self.today, self.treasury), *moves.events(), *goals(self.cast, year, self.today),
                        *Ledger(self.weeks).events(of_year, self.today))  # fmt: skip
        for at, act in (*money_events, *papers.events(), *(papers.like(date(year, 5, 18)) if year == self.today.year else ())):
            self.add(at, act)
        self.procedures.schedule(of_year)  # last: what is asked first of a plan is drawn first
        Helps(self.cast, self.today, self.add).schedule(of_year)

    def _register(self, of_year: list[Plan], at: datetime) -> None:
        """The library of the year, unit by unit, admitted with its document; what follows, plans first, is the library's."""
        for unit in Region.objects.reporting():
            mine = [plan for plan in of_year if plan.unit == unit.slug]
            self._admit(unit, mine, at, Stage.ADMITTED)
            self.add(periods.moment(date(mine[0].year, 10, 26), 16), lambda when, unit=unit, year=mine[0].year: attach_some(unit, year, self.cast, when))
            for plan in mine:
                self.weeks.know(plan)
            for when, act in Library(self.cast, unit, mine[0].year, mine).events():
                self.add(when, act)

    def _admit(self, unit: Region, mine: list[Plan], at: datetime, stage: str) -> None:
        tasks = {t.code: t for t in FundTask.objects.all()}
        categories = {c.code: c for c in DictionaryEntry.objects.of(DictionaryKind.CATEGORY)}
        rows = [
            {
                "name": p.name, "task": tasks[p.template.task], "category": categories[p.template.category], "method": p.template.method,
                "content": p.template.content, "site": p.site, "project_year": p.year, "planned_investment_yuan": sum(p.levels.values()),
                "planned_start_on": p.begin, "planned_finish_on": p.finish, "stage": stage, "implementer": self._implementer(p, unit),
            }
            for p in mine
        ]  # fmt: skip
        made = create_projects(unit=unit, rows=rows, by=self.cast[f"{unit.slug}_clerk"], at=at, document=f"{unit.name}农领发〔{at.year}〕9号")
        for plan, project in zip(mine, made, strict=True):
            plan.project = Project.objects.select_related("unit").get(pk=project.pk)

    def _next_year(self, coming: list[Plan]) -> Callable[[datetime], Any]:
        """The library of the year to come fills: some admitted, one screened and appraised, one proposed; two units compose their plan."""

        def act(at: datetime) -> None:
            for unit in Region.objects.reporting():
                mine = [plan for plan in coming if plan.unit == unit.slug][:8]
                for some, stage in ((mine[:6], Stage.ADMITTED), (mine[6:], Stage.PROPOSED)):
                    self._admit(unit, some, at, stage)
                for days, move in ((3, states.SCREEN), (9, states.APPRAISE)):
                    for plan in mine[6:7]:
                        self.add(periods.shift(at, days=days), lambda when, plan=plan, move=move: self._judge(plan, move, when))
                library = Library(self.cast, unit, self.today.year + 1, mine[:6])
                if unit.slug in ("huma", "mohe"):
                    self.add(periods.shift(at, days=21), lambda when, library=library: library.compose(library.plans[:4], when))
                if unit.slug == "mohe":
                    self.add(periods.shift(at, days=22), library.hand_in)

        return act

    def _judge(self, plan: Plan, move: Transition, at: datetime) -> None:
        """筛选 by the county's meeting, 论证 by its bureau, each with its record."""
        bureau = plan.project.unit.name + ("乡村振兴工作专题会" if move is states.SCREEN else "农业农村局专家论证会")
        move_stage(
            project=Project.objects.select_related("unit").get(pk=plan.project.pk), transition=move, by=self.cast[f"{plan.unit}_clerk"], at=at,
            judged_by=bureau, judged_on=at.date(), document=f"会议纪要〔{at.year}〕{at.month}号",
        )  # fmt: skip

    def _implementer(self, plan: Plan, unit: Region):
        if unit.slug == "huma" and plan.number % 4 == 0:
            return Organisation.objects.get(region=unit, functions__function=Function.IMPLEMENTER)
        return Organisation.objects.filter(region=unit, functions__function=Function.AGRI).first()

    def _set_up(self, code: str, who: str) -> Callable[[datetime], Any]:
        """A step of the guided first day, confirmed as soon as nothing stands in its way."""

        def act(at: datetime) -> None:
            try:
                setup.confirm(by=self.cast[who], code=code, note="启用前没有支出" if code == "opening" else "", at=at)
            except Refusal:
                self.add(periods.shift(at, days=7), act)

        return act

    # --- the weeks --------------------------------------------------------------------------------------------------

    def _calendar_of_weeks(self) -> None:
        calendar = WorkCalendar.load()
        first = Week.of(date(self.fund_years[0], 1, 6))
        Watermark.objects.update_or_create(name=WATERMARK, defaults={"at": first.opens_at})
        current = self._present_week(calendar)
        for week in periods.weeks_between(first, Week.of(self.today)):
            self.add(week.opens_at, lambda at: open_due_periods(at=at))
            window = week.window(calendar)
            if window is None or week >= current:
                continue
            self.add(periods.shift(window.opens_at, minutes=1), lambda at, window=window: self._play_week(window))
            self.add(periods.shift(window.due_at, minutes=5), lambda at: compile_due(at=at))
            self.add(periods.shift(window.due_at, days=4), lambda at: compile_due(at=at))
        self.present_key = current.key

    def _present_week(self, calendar: WorkCalendar) -> Week:
        """The newest open week with a report; it is left half done for the visitor."""
        week = Week.of(self.today)
        while week.is_rest(calendar):
            week = week.previous()
        return week

    def _play_week(self, window) -> None:
        for at, act in self.weeks.play(window):
            self.add(at, act)

    def _finish(self) -> None:
        with periods.clock(self.at), transaction.atomic():
            for report in WeeklyReport.objects.filter(period__key=self.present_key).select_related("period", "unit__parent"):
                self.weeks.present(report, self.at)
            compile_due(at=self.at)
            compare_due(at=self.at)
            seen = Notification.objects.filter(created_at__lt=periods.shift(self.at, days=-10))
            seen.update(read_at=F("created_at"))
        while audit.seal(at=self.at):
            pass
        with transaction.atomic():
            Watermark.objects.update_or_create(name=WATERMARK, defaults={"at": self.at})
            Watermark.objects.update_or_create(name=LOADED, defaults={"at": self.at})
        self.echo("已载入完成", 1, 1)


def places() -> dict[str, Place]:
    """Every reporting unit with its townships, as they stand in the directory."""
    return {u.slug: Place(u.name, [t.name for t in u.children.filter(kind=RegionKind.TOWNSHIP)]) for u in Region.objects.reporting()}


def is_loaded() -> bool:
    return Watermark.objects.filter(name=LOADED).exists()


def play(*, at: datetime, echo: Echo, years: int = 2) -> None:
    """Fill an empty database with that many fund years, the last one up to `at`."""
    if Period.objects.exists():
        raise ValueError("the database is not empty")
    Play(at, echo, years).run()

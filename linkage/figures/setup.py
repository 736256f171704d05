"""How far the guided first day has come: six steps, who does each, what is missing (features 12.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count

from linkage import access, periods, rules
from linkage.models import Organisation, Region, RegionKind, Role, Seat, SetupStep

from . import gaps

RUN, MANAGE, RECEIVE = "setup.run", "user.manage", "weekly.review"


@dataclass(frozen=True)
class Step:
    """One step: `who` confirms it, by `permission`; `helpers` bring in what it rests on; the 三员 share the work between them."""

    code: str
    title: str
    who: str
    permission: str
    aim: str
    helpers: str = ""

    @property
    def who_words(self) -> str:
        return f"{self.helpers}填报，{self.who}确认" if self.helpers else self.who


STEPS = (
    Step("units", "地区与填报单位", "系统管理员", RUN, "谁向地区上报周调度、按什么顺序排列。"),
    Step(
        "organisations",
        "机构、职能与承办单位",
        "系统管理员",
        RUN,
        "每个单位做什么、每个事项由谁办理、每项任务由谁牵头。",
    ),
    Step("roster", "人员与岗位", "安全管理员", MANAGE, "谁填报、谁审签、谁接收；每人一个账号，初始口令只出现一次。"),
    Step("calendar", "工作日历与规则", "系统管理员", RUN, "上报截止日按工作日算；红黄绿等规则以这里的取值为准。"),
    Step(
        "opening",
        "期初数",
        "专班办公室",
        RECEIVE,
        "启用之前已经支出的金额，作为累计支出的起点。",
        "县级填报员、财政部门",
    ),
    Step("week", "第一期周调度", "专班办公室", RECEIVE, "到时自动开启；各单位填报、审签，专班办公室接收。"),
)
BY_CODE = {step.code: step for step in STEPS}


@dataclass(frozen=True)
class Need:
    """One thing a step still wants. `blocks`: cannot be confirmed without; `reason_enough`: or with a written reason."""

    words: str
    blocks: bool = True
    reason_enough: bool = False


@dataclass
class Progress:
    """A step with its confirmation and what it lacks. state: done, now (the first open one) or next."""

    step: Step
    confirmed: SetupStep | None
    needs: list[Need] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    state: str = "next"

    @property
    def blocking(self) -> list[Need]:
        return [need for need in self.needs if need.blocks and not need.reason_enough]

    @property
    def wants_reason(self) -> bool:
        return any(need.reason_enough for need in self.needs)


Report = Callable[[], tuple[list[tuple[str, str]], list[Need]]]
_reports: dict[str, Report] = {}


def register_report(code: str, report: Report) -> None:
    """An upper app tells what it knows of a step: (facts to show, needs). Called in its ready()."""
    _reports[code] = report


def progress(*, on: date) -> list[Progress]:
    """All six steps in order; a constant number of queries."""
    confirmed = {row.code: row for row in SetupStep.objects.all()}
    found = []
    for step in STEPS:
        facts, needs = _own(step.code, on)
        if step.code in _reports:
            more_facts, more_needs = _reports[step.code]()
            facts, needs = facts + more_facts, needs + more_needs
        found.append(Progress(step, confirmed.get(step.code), needs, facts))
    first_open = next((p for p in found if p.confirmed is None), None)
    for item in found:
        item.state = "done" if item.confirmed else "now" if item is first_open else "next"
    return found


def current() -> Step | None:
    """The first step nobody has confirmed; None when the first day is over. One query."""
    done = set(SetupStep.objects.values_list("code", flat=True))
    return next((step for step in STEPS if step.code not in done), None)


def one(code: str, *, on: date) -> Progress:
    return next(item for item in progress(on=on) if item.step.code == code)


def may_enter(user) -> bool:
    """The 三员 who set up, and the office that opens the first week."""
    return any(access.may(user, permission) for permission in (RUN, MANAGE, RECEIVE))


def _own(code: str, on: date) -> tuple[list[tuple[str, str]], list[Need]]:
    reader = {"units": _units, "organisations": _organisations, "roster": _roster, "calendar": _calendar}.get(code)
    return reader(on) if reader else ([], [])


def _units(on: date) -> tuple[list[tuple[str, str]], list[Need]]:
    units = list(Region.objects.reporting())
    prefectures = Region.objects.filter(kind=RegionKind.PREFECTURE, is_active=True).count()
    facts = [("地区", f"{prefectures} 个"), ("填报单位", f"{len(units)} 个")]
    needs = []
    if not prefectures:
        needs.append(Need("还没有地区（市、州）一级。载入大兴安岭地区参考数据，或新增一个。"))
    if not units:
        needs.append(Need("还没有填报单位。"))
    needs += [Need(f"{unit}没有编号前缀，项目和问题无法编号。") for unit in units if not unit.code_prefix]
    return facts, needs


def _organisations(on: date) -> tuple[list[tuple[str, str]], list[Need]]:
    tree = list(Region.objects.filter(is_active=True))
    counted = dict(
        Organisation.objects.filter(is_active=True)
        .values_list("region_id")
        .annotate(n=Count("pk"))
        .values_list("region_id", "n")
    )
    facts = [("单位", f"{sum(counted.values())} 个")]
    needs = []
    if not counted:
        needs.append(Need("还没有登记任何单位。"))
    else:
        bare = [r.name for r in tree if r.kind == RegionKind.COUNTY and r.is_reporting and not counted.get(r.pk)]
        needs += [Need(f"{'、'.join(bare)}没有登记单位。")] if bare else []
    found = [*gaps.tasks_without_lead(tree, on=on), *gaps.matters_without_answer(tree, on=on)]
    needs += [Need(f"{gap.region}：{gap.title}。", blocks=False) for gap in found]
    return facts, needs


_WANTED = (Role.COUNTY_CLERK, Role.COUNTY_CHIEF)


def _roster(on: date) -> tuple[list[tuple[str, str]], list[Need]]:
    seats = Seat.objects.on(on).filter(user__is_active=True, user__is_service=False)
    facts = [("在岗", f"{seats.values('user_id').distinct().count()} 人，{seats.count()} 个岗位")]
    held = set(seats.values_list("region_id", "role"))
    units = list(Region.objects.reporting())
    manned = [unit for unit in units if all((unit.pk, role) in held for role in _WANTED)]
    needs = []
    if not any(role == Role.OFFICE_CLERK for _, role in held):
        needs.append(Need("没有地区专班办公室经办，上报后无人接收。"))
    if not manned:
        needs.append(Need("还没有一个填报单位同时有填报员和审签人。"))
    for unit in units:
        missing = [role.label for role in _WANTED if (unit.pk, role) not in held]
        if missing:
            needs.append(Need(f"{unit}没有{'、'.join(missing)}。", blocks=False))
    return facts, needs


def _calendar(on: date) -> tuple[list[tuple[str, str]], list[Need]]:
    calendar = periods.WorkCalendar.load()
    needs = []
    for year in years(on):
        if not calendar.is_known(year):
            needs.append(
                Need(
                    f"{year} 年的放假安排还不知道，先按周一至周五推算；请按国务院通知核对后确认。",
                    blocks=year == on.year,
                )
            )
    return [("规则", f"{len(rules.CATALOGUE)} 条")], needs


def years(on: date) -> tuple[int, int]:
    """The years whose calendar matters now: this one and the next."""
    return on.year, on.year + 1


@dataclass(frozen=True)
class MonthDays:
    """Working days of one month, and the days that differ from Monday to Friday."""

    month: int
    workdays: int
    off: list[date]
    worked: list[date]


def months(year: int) -> list[MonthDays]:
    """The twelve months of a year as the calendar stands; three queries."""
    calendar = periods.WorkCalendar.load()
    found = []
    for month in range(1, 13):
        span = periods.Month(year, month)
        days = [(day, calendar.is_workday(day)) for day in periods.days_of(span.first, span.last)]
        found.append(
            MonthDays(
                month,
                sum(worked for _, worked in days),
                [day for day, worked in days if not worked and day.weekday() < 5],
                [day for day, worked in days if worked and day.weekday() >= 5],
            )
        )
    return found

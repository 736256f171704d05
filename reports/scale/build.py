"""The whole data set, in the order in which it would have come about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from issues.models import Issue, IssueState, Origin
from linkage import audit, rules
from linkage.models import AuditEvent, DictionaryEntry, DictionaryKind, FundTask, User, Watermark
from linkage.models import Counter as NumberCounter
from linkage.periods import PeriodWindow, Week, WorkCalendar, shift
from projects import states
from projects.actions.checklist import sync_checklists
from projects.actions.progress import CARRIED
from projects.models import Procedure, ProcedureEvent, Progress, Project, Stage
from projects.states import procedures as steps
from reports.actions.opening import WATERMARK
from reports.models import Period, ReportLine

from .bulk import follow_on
from .course import Course
from .money import Courses, fund, pay
from .places import County, settle
from .weeks import Weeks

Echo = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    counties: int = 120
    projects: int = 12_000
    weeks: int = 52

    @property
    def lines(self) -> int:
        return self.projects * self.weeks


def build(size: Size, *, at: datetime, echo: Echo) -> None:
    """Fill an empty database with `size`, the newest week being the last that is due at `at`. ValueError if it is not empty."""
    if User.objects.exists() or Project.objects.exists() or Period.objects.exists() or AuditEvent.objects.exists():
        raise ValueError("the database is not empty")
    windows = _windows(size.weeks, at)
    first, last = windows[0], windows[-1]
    begin = shift(first.opens_at, days=-90)
    with transaction.atomic(), rules.one_book():
        counties, _ = settle(size.counties, since=begin.date(), at=begin)
        projects, courses = _projects(size, counties, windows, begin)
        echo(f"{len(counties)} 个县，{len(projects)} 个项目")
        allocations = fund(projects, courses, counties[0].region.parent, first.starts_on)
        vouchers = pay(allocations, courses, last.ends_on)
        echo(f"{len(allocations)} 笔项目资金，{vouchers} 张支付凭证")
        _issues(projects, courses, last)
        procedures = _procedures(projects, last)
        echo(f"{procedures} 项前期手续")
    weeks = Weeks(counties, projects, allocations, courses)
    for number, window in enumerate(windows, 1):
        with rules.one_book():
            weeks.write(number, window)
        echo(f"{window.key}：累计 {weeks.lines} 行（{number}/{len(windows)} 期）")
    _finish(size, counties, last, at)


def _windows(count: int, at: datetime) -> list[PeriodWindow]:
    """The newest `count` periods due at `at`, oldest first; a 休周 does not count."""
    calendar, week, found = WorkCalendar.load(), Week.of(at), []
    while len(found) < count:
        window = week.window(calendar)
        if window is not None and window.due_at <= at:
            found.append(window)
        week = week.previous()
    return found[::-1]


def _projects(size: Size, counties: list[County], windows: list[PeriodWindow], at: datetime) -> tuple[list[Project], Courses]:
    """The library, spread evenly over the counties, and the course of each project."""
    tasks, year = list(FundTask.objects.filter(is_active=True)), windows[-1].ends_on.year
    categories = list(DictionaryEntry.objects.of(DictionaryKind.CATEGORY))
    projects, rows = [], []
    for place in range(size.projects):
        county, number = counties[place % len(counties)], place // len(counties)
        course = Course(number, windows[0].starts_on, windows[-1].ends_on)
        rows.append(course)
        said = Progress(**course.facts(windows[-1].ends_on))  # the last statement, carried to the project
        projects.append(Project(
            code=f"{county.region.code_prefix}-{year}-{number + 1:04d}", name=f"{county.region.name}第{number + 1}号乡村振兴项目",
            unit=county.region, implementer=county.bureau, task=tasks[number % len(tasks)],
            category=categories[number % len(categories)], method=course.method,
            stage=states.proven_stage(course.method, Stage.PLANNED, said), project_year=year - course.is_carried_over,
            site=f"第{number % 12 + 1}乡", content="新建及配套设施", planned_investment_yuan=sum(course.amounts),
            planned_start_on=course.begin, planned_finish_on=course.finish,
            created_at=at, updated_at=at, **{name: getattr(said, name) for name in CARRIED},
        ))  # fmt: skip
    made = Project.objects.bulk_create(projects, batch_size=1000)
    per_unit = Counter(project.unit for project in projects)
    NumberCounter.objects.bulk_create(NumberCounter(kind="project", scope=unit.slug, year=year, value=n) for unit, n in per_unit.items())
    return made, {project.pk: course for project, course in zip(made, rows, strict=True)}


def _issues(projects: list[Project], courses: Courses, last: PeriodWindow) -> None:
    """One open issue for every second troubled project."""
    troubled = [project for project in projects if courses[project.pk].is_troubled][::2]
    Issue.objects.bulk_create(
        [
            Issue(
                code=f"WT-{number:05d}", title=f"{project.name}：报账资料不全", unit=project.unit, project=project, task_id=project.task_id,
                origin=Origin.WEEKLY, raised_on=shift(last.ends_on, days=-30), due_on=shift(last.ends_on, days=number % 60 - 20),
                state=IssueState.RECTIFYING, measures="专人对接", responsible="项目负责人", created_at=shift(last.due_at, days=-30),
            )
            for number, project in enumerate(troubled, 1)
        ],
        batch_size=1000,
    )  # fmt: skip


def _procedures(projects: list[Project], last: PeriodWindow) -> int:
    """The lists of the projects that have not begun; every second procedure accepted some weeks ago and not answered yet."""
    sync_checklists([project for project in projects if project.stage in (Stage.PLANNED, Stage.PREPARING)], at=last.opens_at)
    under_way = [row for row in Procedure.objects.order_by("pk") if row.pk % 2]
    events = []
    for row in under_way:
        row.state, row.applied_on = steps.ACCEPTED, shift(last.starts_on, days=-10 - row.pk % 40)
        row.accepted_on = row.last_on = shift(row.applied_on, days=3)
        row.legal_days, row.promised_days = 20, 15
        row.legal_due_on, row.promised_due_on = shift(row.accepted_on, days=28), shift(row.accepted_on, days=21)
        events += [
            ProcedureEvent(subject=row, name=move.name, source=move.sources[0], target=move.target, at=last.opens_at, on=on)
            for move, on in ((steps.APPLY, row.applied_on), (steps.ACCEPT, row.accepted_on))
        ]
    Procedure.objects.bulk_update(
        under_way, ["state", "applied_on", "accepted_on", "last_on", "legal_days", "promised_days", "legal_due_on", "promised_due_on"], batch_size=500
    )
    ProcedureEvent.objects.bulk_create(events, batch_size=1000)
    return Procedure.objects.count()


def _finish(size: Size, counties: list[County], last: PeriodWindow, at: datetime) -> None:
    """The next numbers, the clock's watermark, the seals, and statistics for the planner."""
    with transaction.atomic():
        follow_on(ReportLine)
        Watermark.objects.update_or_create(name=WATERMARK, defaults={"at": last.due_at})
        audit.record(by=None, verb="载入规模数据", target=counties[0].region.parent, at=at, after={"lines": size.lines})
    while audit.seal(at=at):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

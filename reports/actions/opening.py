"""Opening periods and prefilling their reports (features 5.1, 5.2; design §3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from funds.figures.paid import statements_as_of
from funds.models import Allocation
from issues.models import Issue
from linkage import audit, bulk, periods, rules, states
from linkage.models import ExtraPeriod, Region, Watermark
from linkage.periods import PeriodWindow, Week, WorkCalendar
from projects.models import FACT_FIELDS, ConstructionState, Method, Progress, Project, Stage
from reports import notices
from reports.figures.statement import facts_of
from reports.models import (
    EDITABLE_STATES,
    NO_TASK,
    Period,
    PeriodKind,
    ReportCell,
    ReportIssueNote,
    ReportLine,
    ReportState,
    RowDealing,
    Section,
    WeeklyReport,
)

WATERMARK = "weekly.opened"


def open_due_periods(*, at: datetime | None = None) -> list[Period]:
    """Open every period whose opening time has come since the watermark; safe to run again and twice at once.

    The first run ever opens the current week only: what lies before belongs to the opening balances.
    """
    at = at or periods.now()
    if not Region.objects.reporting().exists():
        return []  # the guided first day has not come to its units yet
    calendar = WorkCalendar.load()
    mark = Watermark.objects.filter(name=WATERMARK).first()
    first = Week.of(mark.at) if mark else Week.of(at)
    opened = [p for week in periods.weeks_between(first, Week.of(at)) if (p := open_week(week=week, at=at, calendar=calendar))]
    for extra in ExtraPeriod.objects.exclude(key__in=Period.objects.values("key")):
        window = periods.extra_window(
            key=extra.key, title=extra.title, cutoff_on=extra.cutoff_on, due_on=extra.due_on, calendar=calendar,
            due_hour=rules.get("weekly_due_hour", on=extra.due_on),
        )  # fmt: skip
        if window.opens_at > at:
            continue
        if week := Period.objects.reported().filter(ends_on=window.ends_on).first():
            notices.extra_superseded(extra, week, at=at)  # one cumulative figure of one day: the week's report says it
        else:
            opened.append(open_period(window=window, at=at, kind=PeriodKind.EXTRA))
    Watermark.objects.update_or_create(name=WATERMARK, defaults={"at": at})
    return [p for p in opened if p]


def open_week(*, week: Week, at: datetime, calendar: WorkCalendar) -> Period | None:
    """Open one week if it is not open yet; gives the new period, or None. A 休周 is recorded without reports."""
    if Period.objects.filter(key=week.key).exists():
        return None
    window = week.window(calendar, rules.get("weekly_due_hour", on=week.monday))
    if window is None:
        title = f"{week.year}年第{week.number}期（休周）"
        return Period.objects.get_or_create(key=week.key, defaults={
            "title": title, "starts_on": week.monday, "ends_on": week.sunday, "cutoff_at": periods.moment(week.sunday),
            "due_at": periods.moment(week.sunday), "is_rest": True, "opened_at": at,
        })[0]  # fmt: skip
    return open_period(window=window, at=at)


@transaction.atomic
def open_period(*, window: PeriodWindow, at: datetime, kind: str = PeriodKind.WEEK) -> Period | None:
    """Write the period with its times and rule versions, and one prefilled report per unit. None if it stands already."""
    period, created = Period.objects.get_or_create(key=window.key, defaults={
        "kind": kind, "title": window.title, "starts_on": window.starts_on, "ends_on": window.ends_on,
        "cutoff_at": window.cutoff_at, "due_at": window.due_at, "opened_at": at,
        "rules": rules.book().snapshot(window.due_on),
    })  # fmt: skip
    if not created:
        return None
    open_reports(period=period, units=list(Region.objects.reporting()), at=at)
    audit.record(by=None, verb="开启调度期", target=period, at=at, after={"due_at": period.due_at, "cutoff_at": period.cutoff_at})
    return period


def open_reports(*, period: Period, units: list[Region], at: datetime) -> list[WeeklyReport]:
    """One report per unit with a prefilled line for every running project. A unit without any: 免报（尚无任务）.

    Set-based: a fixed number of queries whatever the number of units and projects. Must run inside a transaction.
    """
    locks_at = periods.shift(period.due_at, days=period.rules["weekly_lock_days"]["value"])
    reports = WeeklyReport.objects.bulk_create(
        WeeklyReport(period=period, unit=unit, due_at=period.due_at, opened_at=at, locks_at=locks_at) for unit in units
    )
    counts = add_missing_lines(reports)
    idle = [report.pk for report in reports if not counts[report.pk]]
    WeeklyReport.objects.filter(pk__in=idle).update(is_exempt=True, exempt_reason=NO_TASK)
    of_unit = {report.unit_id: report for report in reports}
    ReportIssueNote.objects.bulk_create(
        [ReportIssueNote(report=of_unit[issue.unit_id], issue=issue) for issue in Issue.objects.filter(unit__in=units).open()],
        batch_size=500,
    )
    return reports


def add_missing_lines(reports: Sequence[WeeklyReport]) -> dict[int, int]:
    """Add prefilled lines and cells for running projects and allocations that reports of one period do not have yet.

    Gives report id → number of lines now. Must run inside a transaction.
    """
    period, of_unit = reports[0].period, {report.unit_id: report for report in reports}
    standing = {(unit, project): pk for pk, unit, project in ReportLine.objects.filter(report__in=reports).values_list(
        "pk", "report__unit_id", "project_id")}  # fmt: skip
    projects = reportable(list(of_unit), period.ends_on)
    new = [project for project in projects if (project.unit_id, project.pk) not in standing]
    said = _last_said([project.pk for project in new], period.ends_on)
    dealt = {(d.unit_id, d.task_id): d.organisation_id for d in RowDealing.objects.filter(unit__in=of_unit)}
    position = {project.pk: number for number, project in enumerate(projects)}
    winter = rules.season("winter_window", on=period.ends_on)
    closed = winter is not None and winter.covers(period.ends_on)
    lines = ReportLine.objects.bulk_create(
        [
            _line(of_unit[p.unit_id], period, p, position[p.pk], said.get(p.pk), dealt.get((p.unit_id, p.task_id)), rests(p, closed))
            for p in new
        ],
        batch_size=200,
    )  # fmt: skip
    line_of = {project: pk for (_, project), pk in standing.items()} | {line.project_id: line.pk for line in lines}
    _add_missing_cells(line_of, reports, period.ends_on)
    counts = Counter(unit for unit, _ in standing) + Counter(project.unit_id for project in new)
    return {report.pk: counts[report.unit_id] for report in reports}


def rests(project: Project, is_winter: bool) -> bool:
    """Is nothing expected to change: a registered stop, or works under way in the winter season by rule (5.1)?"""
    if project.construction_state != ConstructionState.NORMAL:
        return True
    return is_winter and project.method == Method.WORKS and project.stage == Stage.STARTED


def reportable(unit_ids: Collection[int], as_of: date) -> list[Project]:
    """Running projects with money, newest year first; one accepted and paid in full before the year began is left out."""
    year = as_of.year
    projects = list(
        Project.objects.filter(unit__in=unit_ids, project_year__lte=year).running()
        .filter(Exists(Allocation.objects.filter(project=OuterRef("pk"), decided_on__lte=as_of)))
        .order_by("unit__display_order", "-project_year", "code")
    )  # fmt: skip
    settled = [p.pk for p in projects if p.project_year < year and p.accepted_on and p.accepted_on.year < year]
    closed = set(settled) - _with_money_left(settled, as_of)
    return [project for project in projects if project.pk not in closed]


def _with_money_left(project_ids: list[int], as_of: date) -> set[int]:
    if not project_ids:
        return set()
    rows = list(Allocation.objects.filter(project__in=project_ids).values_list("pk", "project_id", "amount_yuan"))
    paid = statements_as_of([pk for pk, _, _ in rows], as_of)
    return {project for pk, project, amount in rows if paid.get(pk, 0) < amount}


def _last_said(project_ids: list[int], as_of: date) -> dict[int, Progress]:
    """Project id → its newest live progress of an earlier day. One query."""
    newest = Progress.objects.live().filter(project=OuterRef("pk"), as_of__lt=as_of).order_by("-as_of")
    ids = Project.objects.filter(pk__in=project_ids).annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    return {row.project_id: row for row in Progress.objects.filter(pk__in=ids)}


FACT_COLUMNS = tuple(ReportLine._meta.get_field(name).attname for name in FACT_FIELDS)


def _line(report: WeeklyReport, period: Period, project: Project, position: int, said: Progress | None, dealt: int | None, rests: bool) -> ReportLine:
    facts = {column: getattr(said, column) for column in FACT_COLUMNS} if said else {}
    return ReportLine(
        report=report, project=project, position=position, previous=facts_of(said) if said else {},
        section=Section.of(project.project_year, period.ends_on.year),
        assigned_to_id=dealt, no_change=bool(said) and rests, **facts,
    )  # fmt: skip


def _add_missing_cells(line_of: dict[int, int], reports: Sequence[WeeklyReport], as_of: date) -> None:
    have = ReportCell.objects.filter(line__report__in=reports).values("allocation_id")
    missing = list(
        Allocation.objects.filter(project__in=line_of, decided_on__lte=as_of).exclude(pk__in=have).order_by("pk").values_list("pk", "project_id")
    )
    paid = statements_as_of([pk for pk, _ in missing], periods.shift(as_of, days=-1))
    ReportCell.objects.bulk_create(
        [
            ReportCell(line_id=line_of[project], allocation_id=pk, paid_to_date_yuan=paid.get(pk), previous_yuan=paid.get(pk))
            for pk, project in missing
        ],
        batch_size=500,
    )


def follow_correction(report: WeeklyReport) -> list[WeeklyReport]:
    """An earlier period was signed: working copies of later periods opened meanwhile take over what is now said.

    Rows nobody has typed into, and those said to be unchanged, follow in full; in the others only the comparison (上期值)
    changes, what was typed stays, as all values do in a copy that waits for its signer (whose page is stale from then on).
    A copy of a unit that is 免报 follows too: the exemption may end.
    Signed versions are left alone: `figures.later` lists them. Gives the copies. Must run inside a transaction.
    """
    open_states = (*EDITABLE_STATES, ReportState.SIGNING)
    later = WeeklyReport.objects.filter(
        unit=report.unit_id, state__in=open_states, period__cutoff_at__gt=report.period.cutoff_at
    )
    drafts = list(later.select_related("period", "unit").order_by("period__cutoff_at"))
    for draft in drafts:  # from the earliest on, as `deal_out` does: two of them would else wait for each other
        states.touch(draft, states=(draft.state,))
        _prefill_again(draft, with_values=draft.state in EDITABLE_STATES)
    return drafts


def _prefill_again(report: WeeklyReport, with_values: bool) -> None:
    as_of = report.period.ends_on
    lines = {line.pk: line for line in report.lines.all()}
    following = {pk for pk, line in lines.items() if with_values and (line.updated_at is None or line.no_change)}
    said = _last_said([line.project_id for line in lines.values()], as_of)
    followed = [line for line in lines.values() if _follow(line, said.get(line.project_id), line.pk in following)]
    cells = list(ReportCell.objects.filter(line__in=lines))
    paid = statements_as_of([cell.allocation_id for cell in cells], periods.shift(as_of, days=-1))
    moved = [cell for cell in cells if cell.previous_yuan != paid.get(cell.allocation_id)]
    for cell in moved:
        cell.previous_yuan = paid.get(cell.allocation_id)
        if cell.line_id in following:
            cell.paid_to_date_yuan = cell.previous_yuan
    bulk.write(followed, [*FACT_FIELDS, "previous"])
    bulk.write(moved, ["paid_to_date_yuan", "previous_yuan"])


def _follow(line: ReportLine, said: Progress | None, with_values: bool) -> bool:
    """Take over what is now said before this row; False when it is what the row has already."""
    previous = facts_of(said) if said else {}
    if line.previous == previous:
        return False
    line.previous = previous
    if with_values and said is not None:
        for column in FACT_COLUMNS:
            setattr(line, column, getattr(said, column))
    return True

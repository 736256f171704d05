"""我的待办: one queue per person, ordered by consequence: what, why me, by when, one button (features 10.1).

Each source is one function that asks at most two queries and only speaks to those whose right it concerns. The number
of queries does not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.text import Truncator

from issues.models import Issue, IssueState
from linkage import access, periods, rules, ticking
from linkage.access import ScopeFields, scope
from linkage.figures import contacts, gaps, people, setup
from linkage.figures.leaving import in_reach, kept, leaving
from linkage.models import Job, JobState, Watermark
from projects.figures.help_requests import is_overdue
from projects.models import Confirmation, HelpRequest, Procedure
from projects.states import help_requests as helping
from projects.states import procedures as steps
from reports.figures.first_steps import reports_to_take_in
from reports.figures.plan_queue import plans
from reports.figures.timeliness import is_locked, unlocked
from reports.figures.todo import DUE, NOTICE, OVERDUE, RETURNED, SHOWN_PER_SOURCE, WAITING, Todo
from reports.figures.treasury_queue import doubtful_vouchers, treasury_files
from reports.models import EDITABLE_STATES, ReportLine, ReportState, WeeklyReport, WeeklyTransition
from reports.states import SEND_BACK_NEW

Source = Callable[[object, datetime], Iterator[Todo]]


def queue(user, at: datetime) -> list[Todo]:
    """Everything that waits for this person, most consequential first."""
    return sorted((todo for source in SOURCES for todo in source(user, at)), key=lambda todo: todo.order)


def _reports(user, permission: str, **conditions):
    """Reports in the regions where the person holds a right, newest periods first."""
    paths = Q(pk__in=[])
    for grant in access.grants_of(user):
        if permission in grant.permissions:
            paths |= Q(unit__path__startswith=grant.region_path)
    return (
        WeeklyReport.objects.filter(paths, **conditions).select_related("period", "unit").order_by("-period__cutoff_at", "unit__display_order")
    )


def _url(report: WeeklyReport) -> str:
    return reverse("weekly-report", args=[report.period.key, report.unit.slug])


def _short(report: WeeklyReport) -> str:
    return report.period.short_title


def to_fill(user, at: datetime) -> Iterator[Todo]:
    """Drafts and returned reports of the clerk's unit that may still be edited."""
    if not access.may(user, "weekly.fill"):
        return
    rows = _reports(user, "weekly.fill", state__in=EDITABLE_STATES, is_exempt=False, period__opened_at__lte=at).filter(unlocked(at))
    rows = rows.annotate(
        rows=Count("lines", distinct=True),
        filled=Count("lines", filter=Q(lines__no_change=True) | Q(lines__updated_at__isnull=False), distinct=True),
        open_remarks=Count("remarks", filter=Q(remarks__resolved_at__isnull=True), distinct=True),
        last_move=Subquery(WeeklyTransition.objects.filter(subject=OuterRef("pk")).order_by("-pk").values("name")[:1]),
    )
    for report in rows[:SHOWN_PER_SOURCE]:
        late = at > report.due_at
        if report.state == ReportState.RETURNED:
            what, why = f"{_short(report)}被退回修改", f"{report.open_remarks} 处意见待处理"
            yield Todo(RETURNED, what, why, _url(report), "去修改", report.return_due_at or report.due_at)
        elif report.last_move == SEND_BACK_NEW.name:
            yield Todo(OVERDUE if late else RETURNED, f"{_short(report)}被审签人退回", "理由写在填报页上方", _url(report), "去修改", report.due_at)
        else:
            yield Todo(
                OVERDUE if late else DUE, f"{_short(report)}周调度报告{'未上报' if late else ''}",
                f"{report.filled}/{report.rows} 行已填", _url(report), "继续填报", report.due_at,
            )  # fmt: skip


def to_sign(user, at: datetime) -> Iterator[Todo]:
    if not access.may(user, "weekly.sign"):
        return
    for report in _reports(user, "weekly.sign", state=ReportState.SIGNING).select_related("handed_in_by")[:SHOWN_PER_SOURCE]:
        own = report.handed_in_by_id == user.pk
        why = "您提交的，须由另一人审签" if own else f"{report.handed_in_by} {periods.ago_words(report.handed_in_at, at)}提交"
        url = _url(report) if own else reverse("weekly-sign", args=[report.period.key, report.unit.slug])
        yield Todo(OVERDUE if at > report.due_at else DUE, f"{report.unit} {_short(report)}待审签", why, url, "查看" if own else "去审签", report.due_at)


def dealt_to_me(user, at: datetime) -> Iterator[Todo]:
    """Rows dealt to the person's department that nobody has filled yet."""
    organisations = [g.organisation_id for g in access.grants_of(user) if "weekly.fill_dealt" in g.permissions]
    if not organisations:
        return
    waiting = Q(no_change=False, updated_at__isnull=True)
    lines = ReportLine.objects.filter(
        unlocked(at, "report__"), assigned_to__in=organisations,
        report__state__in=EDITABLE_STATES, report__is_exempt=False,
    )  # fmt: skip
    rows = lines.values("report_id").annotate(rows=Count("pk"), empty=Count("pk", filter=waiting)).filter(empty__gt=0)
    counts = {row["report_id"]: row for row in rows}
    for report in WeeklyReport.objects.filter(pk__in=counts).select_related("period", "unit").order_by("-period__cutoff_at"):
        row = counts[report.pk]
        yield Todo(
            OVERDUE if at > report.due_at else DUE, f"{_short(report)}分给本部门 {row['rows']} 行", f"还有 {row['empty']} 行没填",
            _url(report), "去填报", report.due_at,
        )  # fmt: skip


def to_review(user, at: datetime) -> Iterator[Todo]:
    """What the office must accept, and units that have not reported in time."""
    if not access.may(user, "weekly.review"):
        return
    for report in _reports(user, "weekly.review", state=ReportState.SUBMITTED)[:20]:
        why = "逾期上报" if report.first_submitted_at and report.first_submitted_at > report.due_at else "已上报"
        yield Todo(WAITING, f"{report.unit} {_short(report)} 第 {report.version} 版待接收", why, _url(report), "去接收")
    missing = _reports(user, "weekly.review", version=0, is_exempt=False, due_at__lt=at).filter(unlocked(at))
    names: dict[str, list[WeeklyReport]] = {}
    for report in missing:
        names.setdefault(report.period.key, []).append(report)
    for key, reports in names.items():
        words = "、".join(r.unit.name for r in reports)
        yield Todo(OVERDUE, f"{_short(reports[0])}有 {len(reports)} 个单位未报", words, reverse("weekly-period", args=[key]), "去催报", reports[0].due_at)


def issues(user, at: datetime) -> Iterator[Todo]:
    """Issues whose next step is this person's: to take over, to rectify in time, to check and close. One query."""
    day = periods.day_of(at)
    waiting = Issue.objects.waiting_for(user).filter(~Q(state=IssueState.RECTIFYING) | Q(due_on__lt=periods.shift(day, days=7)))
    for issue in waiting.select_related("unit").order_by("due_on", "pk").distinct()[: 3 * SHOWN_PER_SOURCE]:
        late = issue.due_on < day
        rank = WAITING if issue.state == IssueState.CLOSING else OVERDUE if late else DUE
        words, button = ISSUE_WORDS[IssueState(issue.state)]
        yield _issue(rank, issue, f"{words}{'，已逾期' if late else ''}", button)


ISSUE_WORDS = {
    IssueState.ASSIGNED: ("已交办，待签收", "去签收"), IssueState.RECTIFYING: ("整改中", "去处理"), IssueState.CLOSING: ("申请销号，待核查", "去核查"),
}  # fmt: skip


def _issue(rank: int, issue: Issue, why: str, button: str) -> Todo:
    due = periods.moment(issue.due_on, 24)
    return Todo(rank, f"{issue.code} {issue.title}", f"{issue.unit}；{why}", reverse("issue-page", args=[issue.pk]), button, due)


def procedures(user, at: datetime) -> Iterator[Todo]:
    """Procedures whose next step is this person's, overdue first; what is still to be applied for as one row. Two queries."""
    if not (access.may(user, steps.ACT) or access.may(user, steps.RECORD)):
        return
    day = periods.day_of(at)
    waiting = Procedure.objects.visible_to(user).waiting_for(user)
    begun = waiting.exclude(state=steps.NOT_APPLIED).select_related("project", "kind", "handler")
    for row in begun.order_by(F("promised_due_on").asc(nulls_last=True), "applied_on", "pk")[: 2 * SHOWN_PER_SOURCE]:
        yield _procedure(row, day)
    idle = waiting.filter(state=steps.NOT_APPLIED).aggregate(rows=Count("pk"), projects=Count("project", distinct=True))
    if idle["rows"]:
        why = f"涉及 {idle['projects']} 个项目，尽早并联申请"
        yield Todo(NOTICE, f"{idle['rows']} 项手续还没有申请", why, reverse("procedure-desk") + "?state=not_applied", "去办理")


def _procedure(row: Procedure, day) -> Todo:
    late = row.state in steps.RUNNING and row.due_on is not None and row.due_on < day
    if row.confirmation == Confirmation.DISPUTED:
        rank, why, button = RETURNED, "承办单位对代录有异议", "去核对"
    elif row.confirmation == Confirmation.WAITING and row.state not in steps.WITH_BODY:
        rank, why, button = WAITING, "县级代录，待确认", "去确认"
    else:
        rank, why, button = OVERDUE if late else DUE, f"{row.state_words}{'，已超时限' if late else ''}", "去办理"
    due = periods.moment(row.due_on, 24) if row.due_on and row.state in steps.RUNNING else None
    return Todo(rank, f"{row.project.name}：{row.kind.name}", why, row.get_absolute_url(), button, due)


def help_requests(user, at: datetime) -> Iterator[Todo]:
    """提请协调 to take or answer, overdue first; one's own that have been answered. One query, and the
    office hours where something waits."""
    if not (access.may(user, helping.RAISE) or access.may(user, helping.ANSWER)):
        return
    rows = HelpRequest.objects.visible_to(user).waiting_for(user, periods.day_of(at)).select_related("unit", "project")
    work = None
    for row in rows.order_by("answer_due_at", "pk")[: 2 * SHOWN_PER_SOURCE]:
        work = work or rules.work_hours(on=periods.day_of(at))
        yield _help(row, at, work)


def _help(row: HelpRequest, at: datetime, work: periods.WorkHours) -> Todo:
    """The term in working hours, as the page of the request says it."""
    what, about = f"{row.code} {Truncator(row.text).chars(25)}", f"{row.project or row.unit.name}"
    if row.state == helping.ANSWERED:
        return Todo(WAITING, what, f"{about}；已办复，请确认是否解决", row.get_absolute_url(), "去确认")
    late = is_overdue(row, at)
    word, button = ("提请协调，待签收", "去签收") if row.state == helping.ASKED else ("提请协调，办理中", "去办复")
    rank = OVERDUE if late else RETURNED if row.rounds > 1 else DUE
    due_words = periods.work_deadline_words(row.due_at, at, work)
    return Todo(rank, what, f"{about}；{word}{f'，第 {row.rounds} 轮' if row.rounds > 1 else ''}", row.get_absolute_url(), button, row.due_at, due_words)


def imports_to_confirm(user, at: datetime) -> Iterator[Todo]:
    for job in Job.objects.visible_to(user).filter(state=JobState.CHECKED)[:SHOWN_PER_SOURCE]:
        yield Todo(WAITING, f"{job.title}已检查，待确认", "确认后才写入", reverse("import-detail", args=[job.pk]), "去确认")


def directory_gaps(user, at: datetime) -> Iterator[Todo]:
    if not access.may(user, "roster.edit"):
        return
    found = [gap for gap in gaps.visible_to(user, on=periods.day_of(at)) if gap.code != gaps.CONTACT]
    if found:
        yield Todo(NOTICE, f"机构和专班有 {len(found)} 处空缺", "无牵头、无承办或无成立文件", reverse("directory"), "去补齐")


def seats_ending(user, at: datetime) -> Iterator[Todo]:
    """Seats with a preset end, one's own or one's to see to, in which something is open. One query while there are none."""
    for one in leaving(kept().filter(in_reach(user)), periods.day_of(at))[:SHOWN_PER_SOURCE]:
        url = reverse("seat-handover", args=[one.seat.pk])
        yield Todo(OVERDUE if one.is_over else DUE, one.words, "未办结的事项须逐项交给接任的人", url, "去交接", periods.moment(one.seat.until, 24))


def contact_gaps(user, at: datetime) -> Iterator[Todo]:
    """Cells of the “一对一” table that this person's office or department has to fill. One query."""
    if not access.may(user, contacts.EDIT):
        return
    rows = contacts.to_fill(user, periods.day_of(at)).order_by("region__display_order", "matter__display_order")
    units: dict[tuple[str, str], list[str]] = {}
    for slug, unit, matter in rows.values_list("region__slug", "region__name", "matter__name"):
        units.setdefault((slug, unit), []).append(matter)
    if not units:
        return
    total, url = sum(map(len, units.values())), reverse("directory-contacts") + "?gaps=on"
    if len(units) == 1:
        (slug, unit), matters = next(iter(units.items()))
        why, url = f"{unit}：{'、'.join(matters[:3])}{'等' if len(matters) > 3 else ''}", f"{url}&unit={slug}"
    else:
        why = "、".join(f"{unit} {len(matters)}" for (_, unit), matters in units.items())
    yield Todo(NOTICE, f"一对一对接有 {total} 处空缺", why, url, "去填写")


def seatless_accounts(user, at: datetime) -> Iterator[Todo]:
    """Open accounts nobody has given a seat: they see nothing. One query."""
    if not access.may(user, people.MANAGE):
        return
    idle = people.without_live_seat(user, on=periods.day_of(at)).count()
    if idle:
        yield Todo(NOTICE, f"{idle} 个账号没有生效的岗位", "登录后什么也看不到", reverse("people") + "?state=idle", "去安排")


def failed_duties(user, at: datetime) -> Iterator[Todo]:
    if not access.may(user, "job.manage"):
        return
    labels = {entry.mark: entry.label for entry in ticking.entries()}
    for mark in Watermark.objects.filter(name__in=labels, failures__gt=0):
        yield Todo(OVERDUE, f"自动事项“{labels[mark.name]}”没有完成", f"已失败 {mark.failures} 次", reverse("duties"), "去查看", mark.failed_at)


def first_day(user, at: datetime) -> Iterator[Todo]:
    """The step of the guided set-up whose turn it is, for those who may confirm it."""
    if not any(access.may(user, step.permission) for step in setup.STEPS):
        return
    step = setup.current()
    if step and access.may(user, step.permission):
        yield Todo(NOTICE, f"首日设置：{step.title}", step.aim, reverse("setup-step", args=[step.code]), "去办理")


def to_take_in(user, at: datetime) -> Iterator[Todo]:
    """A period that opened before the unit had a task, and now it has one."""
    for report in reports_to_take_in(user, at)[:SHOWN_PER_SOURCE]:
        why = "本期开启以后才安排资金，补入后逐行填报"
        yield Todo(DUE, f"{_short(report)}有新项目待补入", why, _url(report), "去补入", report.due_at)


SOURCES: tuple[Source, ...] = (
    to_fill, to_take_in, to_sign, dealt_to_me, to_review, plans, issues, help_requests, procedures, doubtful_vouchers, treasury_files,
    imports_to_confirm, directory_gaps, seats_ending, contact_gaps, seatless_accounts, failed_duties,
    first_day,
)  # fmt: skip

REPORT_SCOPE = ScopeFields("unit__path", region_suffices=True)


def next_report(user, at: datetime) -> WeeklyReport | None:
    """What comes next for somebody with an empty queue: the report in sight with the nearest deadline."""
    upcoming = WeeklyReport.objects.filter(scope(user, REPORT_SCOPE), due_at__gte=at, is_exempt=False)
    report = upcoming.select_related("period", "unit").order_by("due_at").first()
    return report if report is not None and not is_locked(report, at) else None

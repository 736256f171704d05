"""Keeping the working days true (features 5.2): overrides, the yearly confirmation, extra reporting periods."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from linkage import access, audit, periods
from linkage.errors import Refusal
from linkage.models import CalendarDay, CalendarYear, ExtraPeriod, User


def set_day(
    *, day: date, is_workday: bool, by: User, name: str = "", document: str = "", at: datetime | None = None
) -> CalendarDay:
    """Say whether a day is worked, whatever the State Council's calendar says; again for the same day replaces it.

    Needs the document or notice it rests on. Periods already open keep their deadline; that is moved by an act of its own.
    """
    at = at or periods.now()
    _may_edit(by)
    _grounded(document)
    with transaction.atomic():
        before = CalendarDay.objects.filter(date=day).values("is_workday", "name", "document").first()
        values = {"is_workday": is_workday, "name": name.strip(), "document": document.strip()}
        row, _ = CalendarDay.objects.update_or_create(date=day, defaults=values)
        audit.record(by=by, verb="调整工作日", target=row, at=at, before=before, after={"date": day} | values)
    return row


def remove_day(*, row: CalendarDay, by: User, at: datetime | None = None) -> None:
    """Take an override back: the State Council's calendar counts again for that day."""
    _may_edit(by)
    with transaction.atomic():
        before = {"date": row.date, "is_workday": row.is_workday, "name": row.name, "document": row.document}
        audit.record(by=by, verb="取消工作日调整", target=row, at=at, before=before)
        row.delete()


def confirm_year(*, year: int, document: str, by: User, at: datetime | None = None) -> CalendarYear:
    """The office has checked a year's working days against the notice and vouches for them."""
    at = at or periods.now()
    _may_edit(by)
    _grounded(document)
    with transaction.atomic():
        values = {"document": document.strip(), "confirmed_at": at}
        row, _ = CalendarYear.objects.update_or_create(year=year, defaults=values)
        audit.record(by=by, verb="确认年度工作日历", target=row, at=at, after={"year": year} | values)
    return row


def add_extra_period(
    *, key: str, title: str, cutoff_on: date, due_on: date, document: str, by: User, at: datetime | None = None
) -> ExtraPeriod:
    """A reporting period beside the weeks, such as the year-end close. `cutoff_on` is the last day counted.

    Only ahead of its cut-off: a period whose data have already been counted cannot be slipped in. Nor on the day a week
    is cut off: two statements of one day would speak of the same figure.
    """
    at = at or periods.now()
    _may_edit(by)
    _grounded(document)
    if due_on <= cutoff_on:
        raise Refusal("上报截止日须在数据截至日之后。", code="order")
    if cutoff_on < periods.day_of(at):
        raise Refusal("数据截至日已过，不能补设加期。", code="past")
    if same_day_week(cutoff_on, periods.WorkCalendar.load()):
        raise Refusal("这一天也是周调度的数据截至日：同一天的累计数只能有一个，请改用当周周报，或另选数据截至日。", code="same_day")
    values = {"key": key.strip(), "title": title.strip(), "cutoff_on": cutoff_on, "due_on": due_on, "document": document.strip()}
    try:
        with transaction.atomic():
            row = ExtraPeriod.objects.create(**values)
            audit.record(by=by, verb="设置加期", target=row, at=at, after=values)
    except IntegrityError:
        raise Refusal(f"期号“{key}”已存在。", code="key_taken") from None
    return row


def same_day_week(cutoff_on: date, calendar: periods.WorkCalendar) -> periods.Week | None:
    """The week that is cut off on this very day, if there is one."""
    edge = periods.shift(cutoff_on, days=1)
    week = periods.Week.of(edge)
    return week if week.due_day(calendar) == edge else None


def superseded_extras(*, on: date) -> dict[str, str]:
    """Key of an extra period still to come → the week that has come to be cut off on its day, by a change of working days
    made after it was set. Such a period is not opened: the week's report says the same (`reports.actions.opening`)."""
    calendar = periods.WorkCalendar.load()
    rows = [(row.key, same_day_week(row.cutoff_on, calendar)) for row in ExtraPeriod.objects.filter(cutoff_on__gte=on).order_by("cutoff_on")]
    return {key: week.key for key, week in rows if week}


def _may_edit(by: User) -> None:
    if not access.may(by, "calendar.edit"):
        raise access.Denied("您的岗位不能调整工作日历。", "calendar.edit")


def _grounded(document: str) -> None:
    if not document.strip():
        raise Refusal("请写明依据文件或通知。", code="document_needed")

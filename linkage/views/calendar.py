"""/calendar/: the working days of a year, what they rest on, and the office's changes (features 5.2)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from linkage import access, periods
from linkage.actions import calendar as acts
from linkage.forms.calendar import FIRST_YEAR, LAST_YEAR, ConfirmYearForm, DayForm, ExtraPeriodForm
from linkage.models import CalendarDay, CalendarYear, ExtraPeriod
from linkage.views.pages import needs, telling, telling_form

READERS = ("calendar.edit", "rule.edit", "period.read")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*READERS)
def calendar(request: HttpRequest) -> HttpResponse:
    """The year; a POST adds or replaces the override of one day."""
    year = _year(request)
    form = DayForm(request.POST if request.method == "POST" else None, initial={"day": request.GET.get("day", "")})
    if form.is_bound and form.is_valid():
        with telling_form(form) as told:
            acts.set_day(by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"{periods.day_words(form.cleaned_data['day'])}已调整。已开期次的时限不变。")
            _tell_superseded(request)
            return redirect(_address(form.cleaned_data["day"].year))
    return _page(request, year, day_form=form)


@require_POST
@needs("calendar.edit")
def calendar_remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CalendarDay, pk=pk)
    year = row.date.year
    acts.remove_day(row=row, by=request.user)
    messages.success(request, f"已取消 {periods.day_words(row.date)} 的调整。")
    _tell_superseded(request)
    return redirect(_address(year))


@require_POST
@needs("calendar.edit")
def calendar_confirm(request: HttpRequest, year: int) -> HttpResponse:
    _refuse_far(year)
    form = ConfirmYearForm(request.POST)
    if not form.is_valid():
        return _page(request, year, confirm_form=form)
    with telling(request) as told:
        acts.confirm_year(year=year, by=request.user, **form.cleaned_data)
    if not told.refused:
        messages.success(request, f"{year}年的工作日历已确认。")
    return redirect(_address(year))


@require_POST
@needs("calendar.edit")
def calendar_extra(request: HttpRequest, year: int) -> HttpResponse:
    _refuse_far(year)
    form = ExtraPeriodForm(request.POST)
    if form.is_valid():
        with telling_form(form) as told:
            acts.add_extra_period(by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"加期“{form.cleaned_data['title']}”已设置，到数据截至后自动开期。")
            return redirect(_address(form.cleaned_data["cutoff_on"].year))
    return _page(request, year, extra_form=form)


def _tell_superseded(request: HttpRequest) -> None:
    for key, week in acts.superseded_extras(on=periods.today()).items():
        messages.warning(request, f"加期 {key} 与 {week} 周调度同一天截止，到时不另开期，由当周周调度代替；仍需加期的，请另设一个数据截至日。")


def _refuse_far(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404("没有这一年的工作日历。")


def _page(request: HttpRequest, year: int, **forms) -> HttpResponse:
    work = periods.WorkCalendar.load()
    rows = {row.date: row for row in CalendarDay.objects.filter(date__year=year)}
    months = [_month(periods.Month(year, number), work, rows) for number in range(1, 13)]
    return render(
        request,
        "calendar/year.html",
        {
            "year": year,
            "years": [number for number in (year - 1, year, year + 1) if FIRST_YEAR <= number <= LAST_YEAR],
            "months": months,
            "workdays": sum(month["workdays"] for month in months),
            "is_known": work.is_known(year),
            "confirmation": CalendarYear.objects.filter(year=year).first(),
            "overrides": sorted(rows.values(), key=lambda row: row.date),
            "extras": ExtraPeriod.objects.filter(due_on__year__in=(year, year + 1), cutoff_on__year=year).order_by(
                "cutoff_on"
            ),
            "superseded": acts.superseded_extras(on=periods.today()),
            "may_edit": access.may(request.user, "calendar.edit"),
            "today": periods.today(),
            "day_form": DayForm(),
            "confirm_form": ConfirmYearForm(),
            "extra_form": ExtraPeriodForm(),
        }
        | forms,
    )


def _month(month: periods.Month, work: periods.WorkCalendar, rows: dict[date, CalendarDay]) -> dict:
    days = [_day(day, work, rows.get(day)) for day in periods.days_of(month.first, month.last)]
    cells = [None] * month.first.weekday() + days
    cells += [None] * (-len(cells) % 7)
    return {
        "title": f"{month.number}月",
        "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)],
        "workdays": sum(day["is_workday"] for day in days),
    }


def _day(day: date, work: periods.WorkCalendar, row: CalendarDay | None) -> dict:
    """One cell: `kind` work, rest, changed_work (a worked weekend) or changed_rest (a free weekday), `is_override`."""
    is_workday = work.is_workday(day)
    unusual = is_workday == (day.weekday() > periods.FRIDAY)
    kind = ("changed_" if unusual else "") + ("work" if is_workday else "rest")
    words = f"{periods.day_words(day)} {'上班' if is_workday else '休息'}"
    words += f"（{row.name or '本地调整'}，{row.document}）" if row else ""
    return {"day": day, "is_workday": is_workday, "kind": kind, "is_override": row is not None, "words": words}


def _year(request: HttpRequest) -> int:
    """The year asked for, the present one when it is none of ours."""
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else periods.today().year


def _address(year: int) -> str:
    return f"{reverse('calendar')}?year={year}"

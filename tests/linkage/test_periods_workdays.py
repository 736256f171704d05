"""Working days: the office's overrides, the State Council's notices, weekdays where neither is known."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.models import CalendarDay, CalendarYear, ExtraPeriod
from linkage.periods import Week, WorkCalendar, moment

STATE = WorkCalendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 2, 9), True),  # 除夕 2024 was no day off by the notice
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),  # Sunday worked in exchange
        (date(2024, 9, 29), True),  # Sunday worked in exchange
        (date(2025, 1, 28), False),  # 除夕 2025
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),  # Saturday worked in exchange
        (date(2026, 1, 4), True),  # Sunday worked in exchange
        (date(2026, 2, 23), False),
        (date(2026, 6, 19), False),
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
    ],
)
def test_days_of_the_notices(day, worked):
    assert STATE.is_workday(day) is worked


def test_an_override_beats_the_notice_both_ways():
    calendar = WorkCalendar({date(2026, 11, 20): False, date(2026, 11, 21): True})
    assert not calendar.is_workday(date(2026, 11, 20))
    assert calendar.is_workday(date(2026, 11, 21))
    assert calendar.is_workday(date(2026, 11, 19))
    assert Week.parse("2026-W47").due_day(calendar) == date(2026, 11, 19)


def test_a_year_without_notice_falls_back_to_weekdays_and_says_so():
    calendar = WorkCalendar()
    assert calendar.is_workday(date(2026, 12, 31))
    assert calendar.unknown_years == set()
    assert calendar.is_workday(date(2035, 2, 7))
    assert not calendar.is_workday(date(2035, 2, 10))
    assert calendar.unknown_years == {2035}
    assert not calendar.is_known(2035)
    assert calendar.is_known(2026)


@pytest.mark.parametrize(
    "day",
    [date(2036, 1, 1), date(2036, 5, 1), date(2036, 5, 2), date(2036, 10, 1), date(2036, 10, 2), date(2036, 10, 3)],
)
def test_holidays_on_fixed_dates_need_no_notice(day):
    assert not STATE.is_workday(day)
    assert WorkCalendar({day: True}).is_workday(day)


def test_a_confirmed_year_is_known():
    calendar = WorkCalendar({date(2035, 2, 7): False}, confirmed_years={2035})
    assert calendar.is_known(2035)
    assert not calendar.is_workday(date(2035, 2, 7))
    assert calendar.is_workday(date(2035, 2, 6))
    assert calendar.unknown_years == set()


def test_steps_over_the_spring_festival_of_2026():
    eve = date(2026, 2, 14)  # Saturday worked; 15 to 23 off
    assert STATE.next_workday(eve) == date(2026, 2, 24)
    assert STATE.add_workdays(date(2026, 2, 24), -1) == eve
    assert STATE.add_workdays(eve, 5) == date(2026, 2, 28)  # 24 25 26 27 and Saturday 28
    assert STATE.add_workdays(eve, 6) == date(2026, 3, 2)
    assert STATE.add_workdays(eve, 0) == eve
    assert STATE.add_workdays(date(2026, 2, 24), -2) == date(2026, 2, 13)
    assert STATE.workdays_between(eve, date(2026, 2, 23)) == 0
    assert STATE.workdays_between(eve, date(2026, 2, 24)) == 1
    assert STATE.workdays_between(date(2026, 2, 24), eve) == -1
    assert STATE.workdays_between(date(2026, 2, 13), date(2026, 3, 2)) == 7


days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@settings(deadline=None)
@given(days, st.integers(0, 60))
def test_adding_and_counting_agree(day, n):
    end = STATE.add_workdays(day, n)
    assert STATE.workdays_between(day, end) == n
    assert n == 0 or STATE.is_workday(end)


@settings(deadline=None, max_examples=25)
@given(days, days, days)
def test_counting_adds_up(a, b, c):
    assert STATE.workdays_between(a, b) + STATE.workdays_between(b, c) == STATE.workdays_between(a, c)


def test_a_calendar_without_working_days_is_an_error_not_a_loop():
    day = date(2026, 1, 1)
    empty = WorkCalendar({day + timedelta(n): False for n in range(-800, 800)})
    with pytest.raises(ValueError, match="override table"):
        empty.next_workday(day)
    with pytest.raises(ValueError, match="override table"):
        WorkCalendar(empty.overrides | {day: True}).add_workdays(day, -1)
    with pytest.raises(ValueError, match="override table"):
        Week.of(day).window(WorkCalendar(empty.overrides | {day: True}))


@pytest.mark.django_db
def test_the_office_calendar_is_read_once_and_only_when_asked(django_assert_num_queries):
    CalendarDay.objects.create(date=date(2026, 11, 20), is_workday=False, name="冻雨停工")
    CalendarYear.objects.create(year=2036, confirmed_at=moment(date(2035, 12, 1)))
    ExtraPeriod.objects.create(
        key="2026-YE", title="2026年年终期", cutoff_on=date(2026, 12, 31), due_on=date(2027, 1, 8)
    )
    with django_assert_num_queries(0):
        calendar = WorkCalendar.load()
    with django_assert_num_queries(1):
        assert Week.parse("2026-W47").due_day(calendar) == date(2026, 11, 19)
        assert calendar.is_workday(date(2026, 11, 19))
    with django_assert_num_queries(1):
        assert calendar.is_known(2036)
    with django_assert_num_queries(1):
        assert Week.parse("2027-W01").window(calendar).starts_on == date(2027, 1, 1)

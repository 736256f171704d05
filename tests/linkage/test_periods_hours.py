"""Office hours on working days: what a clock in hours counts (features 1.5). Examples by hand, laws by hypothesis."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from linkage import rules
from linkage.periods import BEIJING, OfficeHours, WorkCalendar, WorkHours, length_words, moment, work_deadline_words

DAY = OfficeHours.read("08:30至11:30、13:30至17:00")  # 6.5 hours
WORK = WorkHours(DAY, WorkCalendar())
MOMENTS = st.datetimes(
    min_value=moment(date(2025, 9, 1)).replace(tzinfo=None), max_value=moment(date(2026, 11, 30)).replace(tzinfo=None), timezones=st.just(BEIJING)
)


def at(day, hour=0, minute=0, month=11, year=2026):
    return moment(date(year, month, day), hour, minute)


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [
        (at(16, 9), at(16, 10), 60),
        (at(16, 11), at(16, 14), 60),  # the noon break does not count
        (at(16, 7), at(16, 8, 30), 0),
        (at(16, 16, 30), at(17, 9), 60),
        (at(20, 16), at(23, 9, 30), 120),  # over a weekend
        (at(30, 16, month=9), at(8, 9, 30, month=10), 120),  # 国庆 1 to 7 October 2026
        (at(10, 8, month=10), at(10, 18, month=10), 390),  # Saturday 10 October is worked (调休)
        (at(16, 10), at(16, 9), -60),
    ],
)
def test_what_counts(begin, end, minutes):
    assert WORK.minutes_between(begin, end) == minutes


@pytest.mark.parametrize(
    ("begin", "hours", "end"),
    [
        (at(16, 9), 4, at(16, 15)),  # 2.5 before noon, 1.5 after
        (at(16, 8, 30), 3, at(16, 11, 30)),  # the end of a stretch, not the beginning of the next
        (at(20, 16), 4, at(23, 11, 30)),
        (at(21, 10), 4, at(23, 14, 30)),  # from a Saturday: Monday, 3 hours before noon and 1 after
        (at(16, 9), 24, at(19, 15, 30)),  # 6 hours on the 16th, 13 on the 17th and 18th, 5 on the 19th
        (at(16, 9), 0, at(16, 9)),
    ],
)
def test_when_a_term_ends(begin, hours, end):
    assert WORK.add_hours(begin, hours) == end


@given(MOMENTS, MOMENTS, MOMENTS)
def test_parts_add_up_to_the_whole(a, b, c):
    a, b, c = sorted((a, b, c))
    assert WORK.minutes_between(a, b) + WORK.minutes_between(b, c) == WORK.minutes_between(a, c) >= 0


@given(MOMENTS, st.integers(0, 6000))
def test_a_term_ends_when_so_much_has_passed_and_not_before(begin, minutes):
    end = WORK.add_minutes(begin, minutes)
    assert WORK.minutes_between(begin, end) == minutes
    if minutes:
        assert WORK.minutes_between(begin, end - timedelta(minutes=1)) == minutes - 1


def test_the_next_office_hour():
    assert WORK.next_open(at(21, 10)) == at(23, 8, 30)
    assert WORK.next_open(at(16, 12)) == at(16, 13, 30)
    assert WORK.next_open(at(16, 9)) == at(16, 9)


@pytest.mark.parametrize("words", ["", "上午", "08:30至", "8:30至25:00", "09:00至08:00", "08:30至12:00、11:00至17:00", "08:30至08:30", "08:75至09:00"])
def test_hours_that_are_none(words):
    with pytest.raises(ValueError, match=words or "^$"):
        OfficeHours.read(words)
    with pytest.raises(ValidationError, match="办公时间请写成"):
        rules.CATALOGUE["office_hours"].clean(words)


def test_hours_are_kept_in_one_form():
    assert rules.CATALOGUE["office_hours"].clean(" 8:30-11:30，13:30 — 17:00") == "08:30至11:30、13:30至17:00"


def test_words():
    assert length_words(200) == "3 小时 20 分"
    assert (length_words(120), length_words(5), length_words(0)) == ("2 小时", "5 分", "不到 1 分")
    assert work_deadline_words(at(16, 15), at(16, 11), WORK) == "今天 15:00 前（还剩工作时间 2 小时）"
    assert work_deadline_words(at(17, 9), at(16, 16, 30), WORK) == "明天 09:00 前（还剩工作时间 1 小时）"
    assert work_deadline_words(at(24, 9), at(20, 16), WORK) == "11月24日 09:00 前（还剩工作时间 8 小时）"
    assert work_deadline_words(at(16, 15), at(17, 9), WORK) == "已超时，工作时间 2 小时 30 分"
    assert work_deadline_words(at(16, 17), at(16, 17, 20), WORK) == "已超时"


def test_the_office_hours_of_a_day(world):
    found = rules.work_hours(on=date(2026, 11, 16))
    assert found.hours.words == "08:30至11:30、13:30至17:00"
    assert found.hours.minutes_a_day == 390

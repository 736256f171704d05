"""Deadlines and ages in words (linkage/periods/)."""

from datetime import UTC, date, datetime

import pytest

from linkage.periods import WorkCalendar, ago_words, deadline_words, moment, moment_words, span_words

FRIDAY = date(2026, 11, 20)


def at(month, day, hour=0, minute=0, year=2026):
    return moment(date(year, month, day), hour, minute)


@pytest.mark.parametrize(
    ("due_at", "now", "words"),
    [
        (at(11, 20, 17), at(11, 20, 13, 48), "今天 17:00 前（还剩 3 小时 12 分）"),
        (at(11, 20, 17), at(11, 20, 15), "今天 17:00 前（还剩 2 小时）"),
        (at(11, 20, 17), at(11, 20, 16, 48), "今天 17:00 前（还剩 12 分）"),
        (at(11, 20, 17), at(11, 20, 17), "今天 17:00 前（还剩 不到 1 分钟）"),
        (at(11, 20, 17), at(11, 20, 0, 30), "今天 17:00 前（还剩 16 小时 30 分）"),
        (at(11, 21, 12), at(11, 20, 23, 30), "明天 12:00 前"),
        (at(11, 27, 17), at(11, 23, 9), "11月27日 17:00 前（还剩 4 天）"),
        (at(1, 8, 17, year=2027), at(12, 27, 9), "2027年1月8日 17:00 前（还剩 12 天）"),
        (at(11, 21, 0), at(11, 20, 23, 30), "今天 24:00 前（还剩 30 分）"),
        (at(11, 22, 0), at(11, 20, 23, 30), "明天 24:00 前"),
        # 16:30 UTC is already the day of the deadline in Beijing
        (at(11, 20, 17), datetime(2026, 11, 19, 16, 30, tzinfo=UTC), "今天 17:00 前（还剩 16 小时 30 分）"),
        (datetime(2026, 11, 20, 9, tzinfo=UTC), at(11, 20, 16), "今天 17:00 前（还剩 1 小时）"),
    ],
)
def test_a_deadline_ahead(due_at, now, words):
    assert deadline_words(due_at, now) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (moment(FRIDAY, 17, 1), "已逾期 1 分"),
        (moment(FRIDAY, 19, 5), "已逾期 2 小时 5 分"),
        (at(11, 21, 0, 30), "已逾期 1 天"),  # Saturday: no working day has gone by
        (at(11, 22, 23, 30), "已逾期 2 天"),
        (at(11, 23, 0, 30), "已逾期 1 个工作日"),
        (at(11, 24, 9), "已逾期 2 个工作日"),
    ],
)
def test_a_deadline_passed(now, words):
    assert deadline_words(moment(FRIDAY, 17), now) == words


def test_lateness_counts_the_offices_working_days():
    calendar = WorkCalendar({date(2026, 11, 23): False})
    assert deadline_words(moment(FRIDAY, 17), at(11, 24, 9), calendar) == "已逾期 1 个工作日"


def test_a_midnight_deadline_is_late_from_the_next_day_on():
    assert deadline_words(at(11, 20, 0), at(11, 20, 9)) == "已逾期 1 个工作日"


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (at(11, 20, 14, 59), "刚刚"),
        (at(11, 20, 14, 55), "5 分钟前"),
        (at(11, 20, 11, 30), "3 小时前"),
        (at(11, 19, 23, 30), "昨天 23:30"),
        (at(11, 18, 9, 30), "11月18日 09:30"),
        (at(12, 30, 9, 30, year=2025), "2025年12月30日 09:30"),
        (at(11, 20, 16), "11月20日 16:00"),
    ],
)
def test_ages(since, words):
    now = at(11, 20, 15) if words != "刚刚" else moment(FRIDAY, 14, 59)
    assert ago_words(since, now) == words


def test_ages_over_midnight():
    assert ago_words(at(11, 19, 23, 45), at(11, 20, 0, 30)) == "45 分钟前"
    assert ago_words(at(11, 19, 23, 15), at(11, 20, 0, 30)) == "昨天 23:15"


def test_moments_and_spans():
    assert moment_words(at(11, 19, 17), 2026) == "11月19日 17:00"
    assert moment_words(at(11, 20), 2026) == "11月19日 24:00"
    assert moment_words(at(1, 1, year=2027)) == "2026年12月31日 24:00"
    assert span_words(date(2026, 11, 13), date(2026, 11, 19), 2026) == "11月13日—11月19日"
    assert span_words(date(2026, 12, 31), date(2027, 1, 7), 2027) == "2026年12月31日—2027年1月7日"
    assert span_words(date(2026, 12, 31), date(2026, 12, 31), 2026) == "12月31日"

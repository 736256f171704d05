"""Days, spans, deadlines and ages in Chinese words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .present import DAY, age_days, local
from .workdays import WorkCalendar


def day_words(day: date, year: int | None = None) -> str:
    """ "11月19日"; with the year in front unless it is `year`."""
    return f"{day.month}月{day.day}日" if day.year == year else f"{day.year}年{day.month}月{day.day}日"


def span_words(first: date, last: date, year: int) -> str:
    """ "11月13日—11月19日"; both years are written as soon as either day is outside `year`."""
    if first.year == last.year == year:
        return day_words(first, year) if first == last else f"{day_words(first, year)}—{day_words(last, year)}"
    return day_words(first) if first == last else f"{day_words(first)}—{day_words(last)}"


def moment_words(at: datetime, year: int | None = None) -> str:
    """ "11月19日 17:00"; midnight is 24:00 of the day before, as cut-offs are spoken of."""
    day, clock_words = _day_and_clock(at)
    return f"{day_words(day, year)} {clock_words}"


def deadline_words(due_at: datetime, at: datetime, calendar: WorkCalendar | None = None) -> str:
    """How long until a deadline, or how long since, in words. Exactly at due_at it is still in time.

    Lateness counts the working days begun since the due day; before the first begins it is given in hours (same day)
    or calendar days. Without a calendar the State Council's is used, without the office's overrides.
    """
    at = local(at)
    if at > due_at:
        return f"已逾期 {_late_words(due_at, at, calendar or WorkCalendar())}"
    day, clock_words = _day_and_clock(due_at)
    days = age_days(at, day)
    if days <= 0:
        return f"今天 {clock_words} 前（还剩 {_length_words(due_at - at)}）"
    if days == 1:
        return f"明天 {clock_words} 前"
    return f"{day_words(day, at.year)} {clock_words} 前（还剩 {days} 天）"


def ago_words(since: datetime, at: datetime) -> str:
    """刚刚, 5 分钟前, 3 小时前 (same day), 昨天 14:05, 11月20日 09:30. A moment ahead of `at` is written out."""
    since, at = local(since), local(at)
    minutes = (at - since) // timedelta(minutes=1)
    days = age_days(since, at)
    if minutes < 0 or days > 1:
        return f"{day_words(since.date(), at.year)} {since:%H:%M}"
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前" if days == 0 else f"昨天 {since:%H:%M}"


def _late_words(due_at: datetime, at: datetime, calendar: WorkCalendar) -> str:
    day, _ = _day_and_clock(due_at)
    days = age_days(day, at)
    workdays = calendar.workdays_between(day, at.date())
    if workdays:
        return f"{workdays} 个工作日"
    return f"{days} 天" if days else _length_words(at - due_at)


def _day_and_clock(at: datetime) -> tuple[date, str]:
    at = local(at)
    if (at.hour, at.minute) == (0, 0):
        return at.date() - DAY, "24:00"
    return at.date(), f"{at:%H:%M}"


def _length_words(length: timedelta) -> str:
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "不到 1 分钟"
    return " ".join(word for word in (f"{hours} 小时" if hours else "", f"{minutes} 分" if minutes else "") if word)

"""Working hours: the office's hours on working days, for clocks that run in hours (features 1.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from .present import DAY, local, moment
from .words import day_words
from .workdays import WorkCalendar

_SPAN = re.compile(r"(\d{1,2}):(\d{2})(?:至|-|—|~)(\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class OfficeHours:
    """Stretches of a working day, as (first, last) minutes since midnight, in order and apart from each other."""

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, words: str) -> OfficeHours:
        """ "08:30至11:30、13:30至17:00". Raises ValueError for anything else, overlapping stretches included."""
        plain = re.sub(r"\s", "", words).replace("：", ":")
        spans = []
        for part in filter(None, re.split(r"[、,，;；]", plain)):
            found = _SPAN.fullmatch(part)
            if found is None:
                raise ValueError(words)
            first, first_minute, last, last_minute = (int(text) for text in found.groups())
            spans.append((first * 60 + first_minute, last * 60 + last_minute))
            if max(first_minute, last_minute) > 59:
                raise ValueError(words)
        edges = [edge for span in spans for edge in span]
        if not edges or edges != sorted(set(edges)) or edges[-1] > 24 * 60:
            raise ValueError(words)
        return cls(tuple(spans))

    @property
    def words(self) -> str:
        return "、".join(f"{_clock(first)}至{_clock(last)}" for first, last in self.spans)

    @property
    def minutes_a_day(self) -> int:
        return sum(last - first for first, last in self.spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True)
class WorkHours:
    """Minutes of office hours on working days. Moments count by their whole minute, so that parts add up to the whole."""

    hours: OfficeHours
    calendar: WorkCalendar = field(default_factory=WorkCalendar)

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Working minutes in [a, b); negative of [b, a) when b is earlier. Additive: (a, c) = (a, b) + (b, c)."""
        if b < a:
            return -self.minutes_between(b, a)
        a, b = local(a), local(b)
        first, last = a.date(), b.date()
        if first == last:
            return self._upto(last, b) - self._upto(first, a)
        whole = self.calendar.workdays_between(first, last - DAY) * self.hours.minutes_a_day
        return self._of(first) - self._upto(first, a) + whole + self._upto(last, b)

    def add_minutes(self, at: datetime, minutes: int) -> datetime:
        """The first moment at which so many working minutes have passed since `at`; 0 gives `at` itself.

        ``minutes_between(at, add_minutes(at, n)) == n``. The end of a stretch is meant, not the beginning of the next one.
        """
        if minutes < 0:
            raise ValueError("a term does not run backwards")
        if minutes == 0:
            return at
        at, left = local(at), minutes
        for day, first, last in self._stretches(at):
            if last - first >= left:
                return moment(day, 0, first + left)
            left -= last - first
        raise AssertionError("stretches have no end")

    def add_hours(self, at: datetime, hours: int) -> datetime:
        return self.add_minutes(at, hours * 60)

    def is_open(self, at: datetime) -> bool:
        """Is `at` within office hours of a working day?"""
        at = local(at)
        return self.calendar.is_workday(at.date()) and any(first <= _minute(at) < last for first, last in self.hours.spans)

    def next_open(self, at: datetime) -> datetime:
        """`at` itself within office hours, else the beginning of the next stretch."""
        if self.is_open(at):
            return at
        day, first, _ = next(self._stretches(at))
        return moment(day, 0, first)

    def _stretches(self, at: datetime) -> Iterator[tuple[date, int, int]]:
        """What is left of the day's stretches, then those of the working days after it, without end."""
        at = local(at)
        day, now = at.date(), _minute(at)
        if self.calendar.is_workday(day):
            yield from ((day, max(first, now), last) for first, last in self.hours.spans if last > now)
        while True:
            day = self.calendar.next_workday(day)
            yield from ((day, first, last) for first, last in self.hours.spans)

    def _of(self, day: date) -> int:
        return self.hours.minutes_a_day if self.calendar.is_workday(day) else 0

    def _upto(self, day: date, at: datetime) -> int:
        """Working minutes of `day` before the time of `at`."""
        if not self.calendar.is_workday(day):
            return 0
        now = _minute(at)
        return sum(max(0, min(now, last) - first) for first, last in self.hours.spans)


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def length_words(minutes: int) -> str:
    """ "3 小时 20 分", "40 分", "不到 1 分"; of working time, the caller says so."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} 小时" if hours else "", f"{rest} 分" if rest else ""]
    return " ".join(part for part in parts if part) or "不到 1 分"


def work_deadline_words(due_at: datetime, at: datetime, work: WorkHours) -> str:
    """今天 15:30 前（还剩工作时间 1 小时 20 分）; 已超时，工作时间 3 小时. Exactly at due_at it is still in time."""
    due_at, at = local(due_at), local(at)
    left = work.minutes_between(at, due_at)
    if at > due_at:
        return f"已超时{f'，工作时间 {length_words(-left)}' if left else ''}"
    days = (due_at.date() - at.date()).days
    day = ("今天", "明天")[days] if days < 2 else day_words(due_at.date(), at.year)
    return f"{day} {due_at:%H:%M} 前（还剩工作时间 {length_words(left)}）"


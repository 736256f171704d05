"""Weeks, months, quarters and the reporting periods that stand on them (features 5.2)."""

from __future__ import annotations

import calendar as gregorian
import re
from dataclasses import dataclass
from datetime import date, datetime

from .present import DAY, day_of, moment
from .words import span_words
from .workdays import FRIDAY, WorkCalendar

DUE_HOUR = 17
QUARTER_WORDS = "一二三四"


@dataclass(frozen=True)
class PeriodWindow:
    """The edges of one reporting period, weekly or extra, as they are written on it when it opens.

    Data of the days starts_on..ends_on are counted; cutoff_at is 24:00 of ends_on; due_at is when the report is owed.
    """

    key: str
    title: str
    starts_on: date
    ends_on: date
    opens_at: datetime
    cutoff_at: datetime
    due_at: datetime

    @property
    def due_on(self) -> date:
        return day_of(self.due_at)

    @property
    def month(self) -> Month:
        """A period belongs to the month of its due date."""
        return Month.of(self.due_on)

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.due_on)

    def contains(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week, the key of the weekly dispatch."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date.fromisocalendar(self.year, self.number, 1)  # ValueError for a week that does not exist

    @classmethod
    def of(cls, day: date | datetime) -> Week:
        year, number, _ = day_of(day).isocalendar()
        return cls(year, number)

    @classmethod
    def parse(cls, key: str) -> Week:
        """ "2026-W47"; anything else, and a week 53 the year has not, is a ``ValueError``."""
        return cls(*_numbers(r"(\d{4})-W(\d{2})", key))

    @property
    def key(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    def __str__(self) -> str:
        return self.key

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 7)

    @property
    def opens_at(self) -> datetime:
        return moment(self.monday)

    def next(self) -> Week:
        return Week.of(self.monday + 7 * DAY)

    def previous(self) -> Week:
        return Week.of(self.monday - 7 * DAY)

    def contains(self, day: date) -> bool:
        return self.monday <= day <= self.sunday

    def due_day(self, calendar: WorkCalendar) -> date | None:
        """Last working day up to Friday, else the first of the weekend worked in exchange (调休); None in a 休周."""
        friday = self.monday + FRIDAY * DAY
        candidates = [*(friday - n * DAY for n in range(5)), friday + DAY, self.sunday]
        return next((day for day in candidates if calendar.is_workday(day)), None)

    def is_rest(self, calendar: WorkCalendar) -> bool:
        """休周: no working day at all; its days flow into the next period."""
        return self.due_day(calendar) is None

    def due_at(self, calendar: WorkCalendar, due_hour: int = DUE_HOUR) -> datetime | None:
        due_on = self.due_day(calendar)
        return moment(due_on, due_hour) if due_on else None

    def cutoff_at(self, calendar: WorkCalendar) -> datetime | None:
        """24:00 of the day before the due day, that is 00:00 of the due day."""
        due_on = self.due_day(calendar)
        return moment(due_on) if due_on else None

    def window(self, calendar: WorkCalendar, due_hour: int = DUE_HOUR) -> PeriodWindow | None:
        """The period of this week, None in a 休周. Begins where the previous period, weekly or extra, was cut off."""
        due_on = self.due_day(calendar)
        if due_on is None:
            return None
        starts_on = _previous_edge(due_on, self.previous(), calendar)
        ends_on = due_on - DAY
        title = f"{self.year}年第{self.number}期（{span_words(starts_on, ends_on, self.year)}）"
        return PeriodWindow(
            self.key, title, starts_on, ends_on, self.opens_at, moment(due_on), moment(due_on, due_hour)
        )


def extra_window(
    *, key: str, title: str, cutoff_on: date, due_on: date, calendar: WorkCalendar, due_hour: int = DUE_HOUR
) -> PeriodWindow:
    """A period beside the weeks, such as the year-end close "2026-YE", from its data row.

    cutoff_on is the last day counted. Its data begin where the period before was cut off, and the week after begins on
    the day after cutoff_on, provided the calendar knows this extra period (``WorkCalendar.load`` does). When a week is
    cut off on the very same day both count the same days. Opens at its own cut-off.
    """
    if due_on <= cutoff_on:
        raise ValueError("an extra period is due after its cut-off")
    starts_on = _previous_edge(cutoff_on + DAY, Week.of(cutoff_on), calendar)
    span = span_words(starts_on, cutoff_on, cutoff_on.year)
    cutoff_at = moment(cutoff_on + DAY)
    return PeriodWindow(key, f"{title}（{span}）", starts_on, cutoff_on, cutoff_at, cutoff_at, moment(due_on, due_hour))


def _previous_edge(edge: date, week: Week, calendar: WorkCalendar) -> date:
    """The latest cut-off edge (first day no longer counted) before `edge`, looking back from `week`."""
    for _ in range(60):
        due_on = week.due_day(calendar)
        if due_on is not None and due_on < edge:
            extras = [day + DAY for day in calendar.extra_cutoffs if due_on < day + DAY < edge]
            return max([due_on, *extras])
        week = week.previous()
    raise ValueError(f"no due day in the 60 weeks before {edge}: check the override table")


def weeks_between(first: Week, last: Week) -> list[Week]:
    """The weeks from first to last, both included, 休周 among them; empty when last is earlier."""
    return [Week.of(first.monday + 7 * n * DAY) for n in range((last.monday - first.monday).days // 7 + 1)]


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, "2026-11"."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date(self.year, self.number, 1)

    @classmethod
    def of(cls, day: date | datetime) -> Month:
        return cls(day_of(day).year, day_of(day).month)

    @classmethod
    def parse(cls, key: str) -> Month:
        return cls(*_numbers(r"(\d{4})-(\d{2})", key))

    @property
    def key(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> str:
        return f"{self.year}年{self.number}月"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.number, gregorian.monthrange(self.year, self.number)[1])

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.first)

    def next(self) -> Month:
        return Month.of(self.last + DAY)

    def previous(self) -> Month:
        return Month.of(self.first - DAY)

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last

    def weeks(self, calendar: WorkCalendar) -> list[Week]:
        """The weeks due in this month, in order; no 休周."""
        return _weeks_due(self.first, self.last, calendar)


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, "2026-Q4"."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if self.number not in (1, 2, 3, 4):
            raise ValueError(f"no quarter {self.number}")

    @classmethod
    def of(cls, day: date | datetime) -> Quarter:
        return cls(day_of(day).year, (day_of(day).month + 2) // 3)

    @classmethod
    def parse(cls, key: str) -> Quarter:
        return cls(*_numbers(r"(\d{4})-Q(\d)", key))

    @property
    def key(self) -> str:
        return f"{self.year:04d}-Q{self.number}"

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> str:
        return f"{self.year}年第{QUARTER_WORDS[self.number - 1]}季度"

    @property
    def months(self) -> list[Month]:
        return [Month(self.year, 3 * self.number - 2 + n) for n in range(3)]

    @property
    def first(self) -> date:
        return self.months[0].first

    @property
    def last(self) -> date:
        return self.months[2].last

    def next(self) -> Quarter:
        return Quarter.of(self.last + DAY)

    def previous(self) -> Quarter:
        return Quarter.of(self.first - DAY)

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last

    def weeks(self, calendar: WorkCalendar) -> list[Week]:
        """The weeks due in this quarter, in order; no 休周."""
        return _weeks_due(self.first, self.last, calendar)


def _weeks_due(first: date, last: date, calendar: WorkCalendar) -> list[Week]:
    weeks = weeks_between(Week.of(first), Week.of(last))
    return [week for week in weeks if (due_on := week.due_day(calendar)) and first <= due_on <= last]


def _numbers(pattern: str, key: str) -> tuple[int, int]:
    match = re.fullmatch(pattern, key, re.ASCII)
    if not match:
        raise ValueError(f"not a period key: {key!r}")
    return int(match[1]), int(match[2])

"""Working days: the State Council's notices, the office's overrides, and what holds where neither is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import chinese_calendar
from django.utils.functional import SimpleLazyObject

from .present import DAY, days_of

FRIDAY = 4

# Holidays on fixed dates by the regulation itself (全国年节及纪念日放假办法, 2024), known before the year's notice is.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True)
class WorkCalendar:
    """Working days: the office's overrides, else the State Council's notice, else (notice not yet known) weekdays.

    overrides: day → is it worked. confirmed_years: years the office has checked although the library lacks them.
    extra_cutoffs: last counted days of the extra periods, which weekly windows begin after.
    unknown_years collects the years answered by the weekday fallback, for a visible notice.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    confirmed_years: Collection[int] = frozenset()
    extra_cutoffs: Collection[date] = frozenset()
    unknown_years: set[int] = field(default_factory=set, compare=False)

    @classmethod
    def load(cls) -> WorkCalendar:
        """The calendar as the office keeps it; each of its three tables is read once, when first asked for."""
        from linkage.models import CalendarDay, CalendarYear, ExtraPeriod

        return cls(
            overrides=_lazily(lambda: dict(CalendarDay.objects.values_list("date", "is_workday"))),
            confirmed_years=_lazily(lambda: set(CalendarYear.objects.values_list("year", flat=True))),
            extra_cutoffs=_lazily(lambda: set(ExtraPeriod.objects.values_list("cutoff_on", flat=True))),
        )

    def is_workday(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in self.confirmed_years:
                self.unknown_years.add(day.year)
            return day.weekday() <= FRIDAY and (day.month, day.day) not in FIXED_HOLIDAYS

    def is_known(self, year: int) -> bool:
        """Whether the year's notice is in the library or was confirmed by the office."""
        if year in self.confirmed_years:
            return True
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        return self._step(day, DAY)

    def add_workdays(self, day: date, n: int) -> date:
        """The nth working day after `day` (before it for negative n), `day` itself not counted; n = 0 gives `day`."""
        for _ in range(abs(n)):
            day = self._step(day, DAY if n > 0 else -DAY)
        return day

    def workdays_between(self, a: date, b: date) -> int:
        """Working days in (a, b]: a is not counted, b is, as terms run in law. Negative of (b, a] when b is earlier.

        For n ≥ 0: ``workdays_between(d, add_workdays(d, n)) == n``.
        """
        if b < a:
            return -self.workdays_between(b, a)
        return sum(self.is_workday(day) for day in days_of(a + DAY, b))

    def _step(self, day: date, step: timedelta) -> date:
        for _ in range(400):
            day += step
            if self.is_workday(day):
                return day
        raise ValueError(f"no working day within 400 days of {day}: check the override table")


def _lazily(read: Callable[[], Any]) -> Any:
    return SimpleLazyObject(read)

"""Time: the clock, working days, weeks, months, quarters, deadlines and their words.

The only place that asks for the present or does date arithmetic. A *day* is a ``date`` of the Beijing calendar, a
*moment* an aware ``datetime``; naive datetimes are refused. Everything else receives ``at=``, ``on=`` or ``as_of=``.

A weekly period (features 5.2) has two edges that must not be mixed up: data are counted up to ``cutoff_at`` (24:00 of
the day before the due day), the report is owed by ``due_at`` (17:00 on the due day). Windows of data touch without gap
or overlap: each begins on the day after the previous one ends.
"""

from .linear import day_ratio, month_ratio
from .present import (
    BEIJING,
    DAY,
    age_days,
    clock,
    day_of,
    days_of,
    local,
    machine_now,
    moment,
    now,
    seconds_between,
    shift,
    today,
)
from .windows import DUE_HOUR, Month, PeriodWindow, Quarter, Week, extra_window, weeks_between
from .words import ago_words, day_words, deadline_words, moment_words, span_words
from .workdays import FRIDAY, WorkCalendar
from .workhours import OfficeHours, WorkHours, length_words, work_deadline_words

__all__ = [
    "BEIJING",
    "DAY",
    "DUE_HOUR",
    "FRIDAY",
    "Month",
    "OfficeHours",
    "PeriodWindow",
    "Quarter",
    "Week",
    "WorkCalendar",
    "WorkHours",
    "age_days",
    "ago_words",
    "clock",
    "day_of",
    "day_ratio",
    "day_words",
    "days_of",
    "deadline_words",
    "extra_window",
    "length_words",
    "local",
    "machine_now",
    "moment",
    "moment_words",
    "month_ratio",
    "now",
    "seconds_between",
    "shift",
    "span_words",
    "today",
    "weeks_between",
    "work_deadline_words",
]

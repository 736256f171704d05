"""The clock, and days and moments of the Beijing calendar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

Day = TypeVar("Day", date, datetime)

_clock: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment in Beijing time, or the one set by ``clock``."""
    return _clock.get() or machine_now()


def machine_now() -> datetime:
    """The machine's own moment, never held still by ``clock``: for leases between processes, nothing else."""
    return datetime.now(UTC).astimezone(BEIJING)


def today() -> date:
    """The present day in Beijing, which before 08:00 is not the UTC date."""
    return now().date()


@contextmanager
def clock(at: datetime) -> Iterator[datetime]:
    """Hold the clock still at a moment, for tests and the demo years. Holds in this thread or task only."""
    token = _clock.set(local(at))
    try:
        yield local(at)
    finally:
        _clock.reset(token)


def local(at: datetime) -> datetime:
    """The same moment in Beijing time. A naive datetime is a ``ValueError``."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r}: say which time zone")
    return at.astimezone(BEIJING)


def day_of(at: date | datetime) -> date:
    """The Beijing day of a moment; a day stays itself."""
    return local(at).date() if isinstance(at, datetime) else at


def moment(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A time of day in Beijing. Hour 24 is 00:00 of the following day."""
    return datetime.combine(day, time(0), BEIJING) + timedelta(hours=hour, minutes=minute)


def shift(at: Day, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> Day:
    """A day or moment moved by calendar days and hours. A day takes whole days only."""
    return at + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def seconds_between(a: datetime, b: datetime) -> float:
    """Seconds from a to b, negative when b is earlier."""
    return (b - a).total_seconds()


def age_days(since: date | datetime, on: date | datetime) -> int:
    """Calendar days from `since` to `on`; 0 on the same Beijing day, negative when `since` lies ahead."""
    return (day_of(on) - day_of(since)).days


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)

"""Stretches of the year that come back every year: 冬季停工, 防火期 (features 2.2, 5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WORDS = re.compile(r"(\d{1,2})-(\d{1,2})至(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True)
class Season:
    """From a day of the year to a day of the same or the next year, both included; (month, day) pairs."""

    begin: tuple[int, int]
    end: tuple[int, int]

    @classmethod
    def read(cls, words: str) -> Season | None:
        """ "11-01至04-15"; empty is no season. Raises ValueError for anything else."""
        if not words.strip():
            return None
        found = _WORDS.fullmatch(re.sub(r"\s", "", words))
        if found is None:
            raise ValueError(words)
        first, last, until, to = (int(part) for part in found.groups())
        date(2001, first, last), date(2001, until, to)  # no such day → ValueError; 29 February is none of every year
        return cls((first, last), (until, to))

    @property
    def words(self) -> str:
        return f"{self.begin[0]:02d}-{self.begin[1]:02d}至{self.end[0]:02d}-{self.end[1]:02d}"

    def covers(self, day: date) -> bool:
        here = (day.month, day.day)
        if self.begin <= self.end:
            return self.begin <= here <= self.end
        return here >= self.begin or here <= self.end

    def day_after(self, day: date) -> date:
        """The first day behind the season that `day` lies in or before."""
        end = date(day.year, *self.end)
        return (end if end >= day else date(day.year + 1, *self.end)) + timedelta(days=1)

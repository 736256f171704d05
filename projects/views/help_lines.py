"""Rows of 提请协调 as lists, project pages and procedure pages show them."""

from __future__ import annotations

from typing import Any

from linkage import periods, rules
from projects.figures import help_requests as figures

MOST_ROWS = 100


def help_lines(rows) -> list[dict[str, Any]]:
    """Requests dressed with their clock, overdue first. One query besides the calendar's."""
    at = periods.now()
    work = rules.work_hours(on=periods.day_of(at))
    return [help_line(one, at, work) for one in figures.in_order(rows, at).select_related(*figures.JOINS)[:MOST_ROWS]]


def help_line(one, at, work) -> dict[str, Any]:
    return {"help": one, "look": figures.look(one, at), "words": figures.clock_words(one, at, work)}

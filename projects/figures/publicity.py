"""How long something was public, what is missing, and how far targets are reached (features 2.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Q

from linkage import periods, rules
from projects import states
from projects.models import Method, NoticeKind, PerformanceTarget, Project, PublicNotice

RULE = "notice_min_days"
BASIS = "公示公告时间原则上不少于 10 天（《关于完善扶贫资金项目公告公示制度的指导意见》第四条），起止当天都算"
STARTED = states.ORDER[states.ORDER.index(states.STARTED) :]
ACCEPTED = (states.ACCEPTED, states.HANDED_OVER)


@dataclass(frozen=True)
class Shown:
    """One publication with its length. `days` counts both ends; while it runs, up to today."""

    notice: PublicNotice
    days: int
    needed: int
    is_over: bool

    @property
    def is_short(self) -> bool:
        """Ended before the days of the rule were full."""
        return self.is_over and self.days < self.needed

    @property
    def state(self) -> str:
        return "short" if self.is_short else "done" if self.is_over else "running"


def shown(notice: PublicNotice, today: date, book: rules.RuleBook | None = None) -> Shown:
    """By the rule in force when the publication began."""
    needed = (book or rules.book()).get(RULE, notice.from_on)
    end = min(notice.to_on, today) if notice.to_on else today
    is_over = notice.to_on is not None and notice.to_on <= today
    return Shown(notice, periods.age_days(notice.from_on, end) + 1, needed, is_over)


def short_ones(today: date, book: rules.RuleBook | None = None) -> Q:
    """The condition of `Shown.is_short` for the database: ended, and fewer days than the rule of the day it began asked for."""
    condition = Q(pk__in=[])
    for first, end, needed in (book or rules.book()).spans(RULE):
        condition |= Q(from_on__gte=first, from_on__lt=end, to_on__lte=today, to_on__lt=F("from_on") + timedelta(days=needed - 1))
    return condition


def missing(project: Project, notices: Iterable[PublicNotice]) -> list[str]:
    """Publications that the stage asks for and that are not recorded: 实施前公示 once begun, 完工公告 once accepted."""
    if project.method == Method.FEE:
        return []
    known = {notice.kind for notice in notices}
    wanted = [NoticeKind.PROJECT] if project.stage in STARTED else []
    wanted += [NoticeKind.COMPLETION] if project.stage in ACCEPTED else []
    return [str(kind.label) for kind in wanted if kind not in known]


def beside_project(project: Project, today: date) -> dict:
    """What `projects/_publicity.html` needs. One query besides the rules."""
    notices, book = list(project.notices.all()), rules.book()
    return {"project": project, "rows": [shown(notice, today, book) for notice in notices], "missing": missing(project, notices), "rule_words": BASIS}


@dataclass(frozen=True)
class Targets:
    """The indicators of one project: how many are there, known, reached."""

    rows: list[PerformanceTarget]

    @property
    def known(self) -> int:
        return sum(row.actual is not None for row in self.rows)

    @property
    def reached(self) -> int:
        return sum(bool(row.is_reached) for row in self.rows)

    @property
    def mean_ratio(self) -> Decimal | None:
        """The plain mean of the completion of indicators with an actual value, each counted at most as 1; None without any."""
        ratios = [min(ratio, Decimal(1)) for row in self.rows if (ratio := row.completion_ratio) is not None]
        return sum(ratios, Decimal(0)) / len(ratios) if ratios else None


def targets_of(project: Project) -> Targets:
    """One query."""
    order = {level: number for number, level in enumerate(("output", "benefit", "satisfaction"))}
    return Targets(sorted(project.performance_targets.all(), key=lambda row: (order[row.level], row.pk)))

"""The links added up: by county, task, matter or 承办单位, now and over a period, and the rows behind each number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import QuerySet

from funds.figures.sums import Sight
from funds.models import Batch
from linkage import periods
from linkage.access import scope
from linkage.models import FundTask, Region
from linkage.money import ratio, wan_text

from .course import Course, Pot, segments, split
from .holders import Holder, Holders, names_holder_of
from .links import RESIDUALS, Link
from .reading import Asked, Found, read

EVER = date(2000, 1, 1)  # before any money of this kind


def yuan_of(cents: int) -> Decimal:
    """分 → 元."""
    return Decimal(cents).scaleb(-2)


def documents_of(user) -> QuerySet[Batch]:
    """The documents whose own amounts the user may read."""
    return Batch.objects.filter(scope(user, Batch.SCOPE))


@dataclass(slots=True)
class Waiting:
    """One project, share or document in one link: 分 now and 分·日 over the period."""

    link: Link
    kind: str  # "project", "share", "batch"
    pk: int
    unit: int | None
    task: int
    cents: int
    cent_days: int
    holder: Holder
    since: date | None = None

    @property
    def yuan(self) -> Decimal:
        return yuan_of(self.cents)

    @property
    def yuan_days(self) -> Decimal:
        return yuan_of(self.cent_days)


@dataclass
class Sum:
    """One line of a table: per link 分 now and 分·日, and how many rows are behind it."""

    label: str = ""
    key: str = ""
    now: dict[Link, int] = field(default_factory=dict)
    days: dict[Link, int] = field(default_factory=dict)
    count: dict[Link, int] = field(default_factory=dict)

    def add(self, row: Waiting) -> None:
        self.days[row.link] = self.days.get(row.link, 0) + row.cent_days
        if row.cents:
            self.now[row.link] = self.now.get(row.link, 0) + row.cents
            self.count[row.link] = self.count.get(row.link, 0) + 1

    @property
    def total_yuan(self) -> Decimal:
        return yuan_of(sum(self.now.values()))

    @property
    def total_yuan_days(self) -> Decimal:
        return yuan_of(sum(self.days.values()))

    def yuan(self, link: Link) -> Decimal:
        return yuan_of(self.now.get(link, 0))

    def yuan_days(self, link: Link) -> Decimal:
        return yuan_of(self.days.get(link, 0))

    @property
    def residual_yuan(self) -> Decimal:
        return yuan_of(sum(self.now.get(link, 0) for link in RESIDUALS))

    @property
    def ranked(self) -> list[Link]:
        """Links with money, the most first."""
        return sorted(self.now, key=lambda link: -self.now[link])

    def top_lines(self) -> list[dict]:
        """The three links with the most money: link, 元, its share of the whole, rows behind it."""
        return [self._line(link) for link in self.ranked[:3]]

    def in_order(self) -> list[dict]:
        """The same for every link with money, in the order of the links."""
        return [self._line(link) for link in Link if self.now.get(link)]

    def _line(self, link: Link) -> dict:
        return {"link": link, "yuan": self.yuan(link), "ratio": ratio(self.yuan(link), self.total_yuan), "count": self.count[link]}


@dataclass
class WaitingTable:
    """All rows of one question, and the sums over them."""

    asked: Asked
    rows: list[Waiting]
    units: dict[int, Region]
    tasks: dict[int, FundTask]
    found: Found

    @cached_property
    def total(self) -> Sum:
        return _summed(self.rows, lambda row: ("", "合计"))[0] if self.rows else Sum("合计")

    @cached_property
    def links(self) -> list[Link]:
        """The links that occur, in their order."""
        return [link for link in Link if self.total.now.get(link) or self.total.days.get(link)]

    def by_unit(self) -> list[Sum]:
        """Units in their fixed order; what is not given to a county stands last."""
        order = {pk: place for place, pk in enumerate(self.units)}
        sums = _summed(self.rows, lambda row: (str(row.unit or ""), self.units[row.unit].name if row.unit in self.units else "未分配到县"))
        return sorted(sums, key=lambda one: order.get(int(one.key), len(order)) if one.key else len(order) + 1)

    def by_task(self) -> list[Sum]:
        order = {pk: place for place, pk in enumerate(self.tasks)}
        return sorted(_summed(self.rows, lambda row: (str(row.task), self.tasks[row.task].name)), key=lambda one: order[int(one.key)])

    def by_matter(self) -> list[Sum]:
        """Procedures by their matter, everything else by its link; most money first."""
        return _largest(_summed(self.rows, lambda row: (row.holder.matter or row.link.value, row.holder.matter or row.link.label)))

    def by_holder(self) -> list[Sum]:
        """By 承办单位, most money first. Bodies of the same name in different counties stand apart."""
        rows = (row for row in self.rows if row.cents)
        return _largest(_summed(rows, lambda row: (f"{row.holder.pk or ''}/{row.unit or ''}", self.holder_words(row))))

    def holder_words(self, row: Waiting) -> str:
        unit = self.units[row.unit].name if row.unit in self.units else ""
        return row.holder.name if row.holder.name.startswith(unit[:2]) or not unit else f"{unit}·{row.holder.name}"

    def of_link(self, link: str = "", holder: str = "") -> list[Waiting]:
        """The rows with money now, the largest first; of one link, of one holder (its id)."""
        fitting = (row for row in self.rows if row.cents and (not link or row.link == link) and (not holder or str(row.holder.pk) == holder))
        return sorted(fitting, key=lambda row: (-row.cents, row.kind, row.pk))


def _summed(rows: Iterable[Waiting], name: Callable[[Waiting], tuple[str, str]]) -> list[Sum]:
    sums: dict[str, Sum] = {}
    for row in rows:
        key, label = name(row)
        sums.setdefault(key, Sum(label, key)).add(row)
    return list(sums.values())


def _largest(sums: list[Sum]) -> list[Sum]:
    return sorted(sums, key=lambda one: (-sum(one.now.values()), -sum(one.days.values()), one.label))


def waiting(asked: Asked, *, sight: Sight | None = None, batches: QuerySet[Batch] | None = None) -> WaitingTable:
    """Where the money of one question is at the end of `asked.as_of`, and was since `asked.since`. Twenty-six queries at most.

    Every 分 is in exactly one link on each day: over the rows, 分·日 is the sum of what was unpaid on each day.
    """
    sight = sight or Sight.everything()
    found = read(sight, Batch.objects.all() if batches is None else batches, asked)
    rows = [row for course in found.courses for row in _of_course(course, asked)]
    rows += [row for pot in found.pots if (row := _of_pot(pot, asked)).cents or row.cent_days]
    _name_holders(rows, found, asked)
    units = {unit.pk: unit for unit in Region.objects.reporting()}
    return WaitingTable(asked, rows, units, {task.pk: task for task in FundTask.objects.all()}, found)


_NOBODY = Holder(None, "")


def _of_course(course: Course, asked: Asked) -> list[Waiting]:
    now: dict[Link, int] = {}
    days: dict[Link, int] = {}
    fitting = [asked.fits(purse.level, purse.year) for purse in course.purses]
    for segment in segments(course, asked.since, asked.as_of):
        for (place, link), amount in segment.parts.items():
            if fitting[place]:
                days[link] = days.get(link, 0) + amount * segment.days
                if segment.last == asked.as_of:
                    now[link] = now.get(link, 0) + amount
    return [Waiting(link, "project", course.pk, course.unit, course.task, now.get(link, 0), total, _NOBODY) for link, total in days.items()]


def _of_pot(pot: Pot, asked: Asked) -> Waiting:
    kind = "batch" if pot.link == Link.ISSUE else "share"
    days = pot.yuan_days(asked.since, asked.as_of)
    return Waiting(pot.link, kind, pot.pk, pot.unit, pot.task, pot.waiting(asked.as_of), days, _NOBODY, pot.since(asked.as_of))


def _name_holders(rows: list[Waiting], found: Found, asked: Asked) -> None:
    behind = [row.pk for row in rows if row.link == Link.PROCEDURE and row.cents]
    named = {pk for row in found.projects.values() for pk in (row["implementer_id"], row.get("holder_id")) if pk}
    holders = Holders.load(asked.as_of, behind, named)
    for row in rows:
        known = found.projects[row.pk] if row.kind == "project" else {}
        said = known.get("holder_id") if names_holder_of(row.link, known.get("step", "")) else None
        row.holder = holders.of(
            row.link, unit=row.unit, task=row.task, project=row.pk if known else None, said=said, implementer=known.get("implementer_id"),
        )  # fmt: skip


def with_since(rows: list[Waiting], table: WaitingTable, sight: Sight) -> list[Waiting]:
    """The same rows with the first day of the unbroken stay in their link; the history of these projects alone is read."""
    ids = tuple({row.pk for row in rows if row.kind == "project"})
    if not ids:
        return rows
    asked = replace(table.asked, since=EVER, projects=ids)
    courses = {course.pk: course for course in read(sight, Batch.objects.none(), asked).courses}
    for row in rows:
        if row.kind == "project" and row.pk in courses:
            row.since = since_in(courses[row.pk], row.link, asked)
    return rows


def since_in(course: Course, link: Link, asked: Asked) -> date | None:
    """The first day of the unbroken time, up to as_of, in which some money of the question was in the link."""
    began = None
    for segment in segments(course, asked.since, asked.as_of):
        here = any(found == link and asked.fits(course.purses[place].level, course.purses[place].year) for place, found in segment.parts)
        began = (began or segment.first) if here else None
    return began


def age_days(row: Waiting, as_of: date) -> int | None:
    return None if row.since is None else periods.age_days(row.since, as_of) + 1


@dataclass(frozen=True)
class Ceiling:
    """理论最高支出进度 of one unit: what can be paid by the end of the year at best. Amounts in 元."""

    issued_yuan: Decimal
    retention_yuan: Decimal
    surplus_yuan: Decimal
    stopped_yuan: Decimal
    paid_yuan: Decimal

    @property
    def reachable_yuan(self) -> Decimal:
        """下达 − 质保金 − 结余和无法支出 − 停工; never below what is paid already."""
        return max(self.issued_yuan - self.retention_yuan - self.surplus_yuan - self.stopped_yuan, min(self.paid_yuan, self.issued_yuan))

    @property
    def words(self) -> str:
        """The parts of the formula, as the unfolded number shows them."""
        parts = (("下达", self.issued_yuan), ("质保金", self.retention_yuan), ("结余和无法支出", self.surplus_yuan), ("停工", self.stopped_yuan))
        return "，".join(f"{word} {wan_text(amount, 2)}" for word, amount in parts) + " 万元"


def ceiling_parts(table: WaitingTable) -> dict[tuple[int, int], tuple[Decimal, Decimal, Decimal]]:
    """(unit, task) → (质保金, 结余和无法支出, 停工) in 元 at the end of as_of. 质保金 counts for contracts that still run, too; 停工 is the
    money not yet due of projects whose restart lies beyond the year (or is not known)."""
    parts: dict[tuple[int, int], list[int]] = {}
    year_end = date(table.asked.as_of.year, 12, 31)
    for course in table.found.courses:
        of = parts.setdefault((course.unit, course.task), [0, 0, 0])
        for place, amount in enumerate(_out_of_reach(course, table, year_end)):
            of[place] += amount
    return {key: (yuan_of(kept), yuan_of(spare), yuan_of(stopped)) for key, (kept, spare, stopped) in parts.items()}


def _out_of_reach(course: Course, table: WaitingTable, year_end: date) -> tuple[int, int, int]:
    asked, row = table.asked, table.found.projects[course.pk]
    here: dict[Link, int] = {}
    for (place, link), amount in split(course, asked.as_of).items():
        if asked.fits(course.purses[place].level, course.purses[place].year):
            here[link] = here.get(link, 0) + amount
    kept = here.get(Link.RETENTION, 0)
    running = here.get(Link.CONSTRUCTION, 0) + here.get(Link.START, 0)
    if not kept and running:
        kept = min(running, sum(deal.payable(asked.as_of) * deal.retention // 10_000 for deal in course.deals))
        running -= kept
    restart = row["restart_on"]
    is_stopped = row["construction_state"] != "normal" and (restart is None or restart > year_end)
    return kept, here.get(Link.SURPLUS, 0) + here.get(Link.UNSPENDABLE, 0), running if is_stopped else 0

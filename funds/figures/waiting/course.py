"""What happened to one project and its money, and in which link every 分 of it is on a day. Pure: no query, no clock.

The money of a project lies on a line: allocation beside allocation, the earliest first, each with what is not paid of it. On the
same line lie the links: from the front what is nearest to payment (财政, 主管部门, 未报账), then the link the project itself is in,
at the end the residuals (质保金, 结余). Every 分 has one place on the line and so one allocation and one link, and the links of a
day add up to what is not paid on that day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter, itemgetter

from linkage import periods

from .links import ALL_STEPS, Link, Route

Steps = list[tuple[date, int]]  # (from this day on, value), ascending
_day = itemgetter(0)
_said_on = attrgetter("as_of")
BASIS_POINTS = 10_000
FEE = "fee"  # 项目管理费 knows no beginning and no end


def value_at(steps: Steps, day: date) -> int:
    """The value in force at the end of a day; 0 before the first step."""
    place = bisect_right(steps, day, key=_day)
    return steps[place - 1][1] if place else 0


@dataclass(slots=True)
class Purse:
    """One allocation: what is arranged and what is paid of it, both cumulative, in 分."""

    pk: int
    level: str
    year: int
    arranged: Steps
    paid: Steps = field(default_factory=list)

    def unpaid(self, day: date) -> int:
        """Never below 0: what is paid above the arranged amount is a fault shown elsewhere."""
        return max(0, value_at(self.arranged, day) - value_at(self.paid, day))


@dataclass(slots=True)
class Said:
    """What the newest signed statement says from a day on. `step` is the code of 当前环节, empty where none is given."""

    as_of: date
    claimed: int = 0
    invested: int = 0
    ratio: int = 0  # 形象进度 in basis points
    step: str = ""


@dataclass(slots=True)
class Deal:
    """A project's part of one contract, in 分; the terms of payment in basis points of the price."""

    price: int
    awarded_on: date
    signed_on: date | None = None
    tender_saving: int = 0
    settled_on: date | None = None
    settled: int = 0
    advance: int = 0
    progress: int = 0
    retention: int = 0
    has_terms: bool = False

    def is_settled(self, day: date) -> bool:
        return self.settled_on is not None and self.settled_on <= day

    def payable(self, day: date) -> int:
        return self.settled if self.is_settled(day) else self.price

    def due(self, day: date, ratio: int) -> int:
        """By the terms while the work goes on: 预付款 from signing, 进度款 in step with 形象进度; nothing else yet."""
        if self.signed_on is None or self.signed_on > day:
            return 0
        return self.price * self.advance // BASIS_POINTS + self.price * self.progress // BASIS_POINTS * ratio // BASIS_POINTS

    def saving(self, day: date) -> int:
        found = max(0, self.tender_saving) if self.awarded_on <= day else 0
        return found + (max(0, self.price - self.settled) if self.is_settled(day) else 0)


@dataclass(slots=True)
class Course:
    """The dated events of one project. `planned`: 1 from the day it is in the annual plan, −1 from the day it is 出库, 0 otherwise.

    `ready_on`: the day the last procedure before payment was settled; None while one is open; date.min where none is needed.
    """

    pk: int
    unit: int
    task: int
    method: str
    purses: list[Purse]
    planned: Steps = field(default_factory=list)
    ready_on: date | None = date.min
    started_on: date | None = None
    finished_on: date | None = None
    said: list[Said] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    route: Route = ALL_STEPS

    def said_at(self, day: date) -> Said | None:
        place = bisect_right(self.said, day, key=_said_on)
        return self.said[place - 1] if place else None

    def days_of_change(self) -> set[date]:
        """Every day on which some link may change."""
        days = {day for purse in self.purses for steps in (purse.arranged, purse.paid) for day, _ in steps}
        days.update(day for day, _ in self.planned)
        days.update(said.as_of for said in self.said)
        days.update(day for deal in self.deals for day in (deal.awarded_on, deal.signed_on, deal.settled_on) if day)
        days.update(day for day in (self.ready_on, self.started_on, self.finished_on) if day)
        return days


Parts = dict[tuple[int, Link], int]  # (place of the purse, link) → 分, only where there is money


def split(course: Course, day: date) -> Parts:
    """In which link the unpaid money of a project is at the end of a day. The parts of each purse add up to what is unpaid of it."""
    unpaid = [purse.unpaid(day) for purse in course.purses]
    total = sum(unpaid)
    if not total:
        return {}
    stack = _stack(course, day, total)
    parts: Parts = {}
    place, room = 0, unpaid[0]
    for link, amount in stack:
        while amount:
            while not room:
                place += 1
                room = unpaid[place]
            taken = min(amount, room)
            key = (place, link)
            parts[key] = parts.get(key, 0) + taken
            amount -= taken
            room -= taken
    return parts


def _stack(course: Course, day: date, total: int) -> list[tuple[Link, int]]:
    """(link, 分) from the front of the line to its end; the amounts add up to `total`."""
    standing = value_at(course.planned, day)
    if standing < 0:
        return [(Link.UNSPENDABLE, total)]
    said, route = course.said_at(day), course.route
    started = _reached(course.started_on, day)
    finished = _reached(course.finished_on, day)
    claimed = min(total, max(0, said.claimed)) if said else 0
    at_treasury = said is not None and said.step == Link.TREASURY
    stack = [(Link.TREASURY if at_treasury else route.next_of(Link.REVIEW), claimed)]
    paid = sum(min(value_at(purse.paid, day), value_at(purse.arranged, day)) for purse in course.purses)
    needed = max(0, _payable(course, day, paid + total) - paid)  # what the contracts will still ask for
    kept = min(needed, sum(deal.payable(day) * deal.retention // BASIS_POINTS for deal in course.deals)) if finished else 0
    done = _done(course, day, said, started, finished, paid, needed - kept) - claimed
    done = min(max(0, done), total - claimed)
    kept = min(kept, total - claimed - done)
    spare = max(0, total - max(needed, claimed + done + kept))
    saved = min(spare, sum(deal.saving(day) for deal in course.deals))
    rest = total - claimed - done - kept - saved
    stack.append((route.next_of(Link.CLAIM), done))
    stack.append((_where(course, day, said, bool(standing), started, finished), rest))
    stack.append((Link.RETENTION, kept))
    stack.append((Link.SURPLUS, saved))
    return stack


def _reached(event_on: date | None, day: date) -> bool:
    return event_on is not None and event_on <= day


def _payable(course: Course, day: date, everything: int) -> int:
    """What the contracts awarded so far can ask for in all; without any, all the money of the project."""
    deals = [deal for deal in course.deals if deal.awarded_on <= day]
    return sum(deal.payable(day) for deal in deals) if deals else everything


def _done(course: Course, day: date, said: Said | None, started: bool, finished: bool, paid: int, left: int) -> int:
    """What could be paid by the work done and is not paid yet: all but the retention once finished; before that what the terms
    of the contracts make due, or, without terms, the stated 完成投资."""
    if finished:
        return left
    if not started:
        return 0
    with_terms = [deal for deal in course.deals if deal.has_terms and deal.awarded_on <= day]
    if with_terms:
        ratio = said.ratio if said else 0
        return sum(deal.due(day, ratio) for deal in with_terms) - paid
    return (said.invested if said else 0) - paid


def _where(course: Course, day: date, said: Said | None, planned: bool, started: bool, finished: bool) -> Link:
    """The link of what is neither due nor a residual: the furthest event that has happened decides."""
    if said is not None and said.step in (Link.UNSPENDABLE, Link.SURPLUS):
        return Link(said.step)
    if finished:
        deals = [deal for deal in course.deals if deal.awarded_on <= day]
        return Link.SURPLUS if deals and all(deal.is_settled(day) for deal in deals) else course.route.next_of(Link.CLAIM)
    if started:
        return Link.CONSTRUCTION
    if not planned:
        return Link.MATCHING
    if course.method == FEE:
        return Link.CONSTRUCTION
    return Link.START if _reached(course.ready_on, day) else Link.PROCEDURE


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of days, both included, during which nothing changed."""

    first: date
    last: date
    days: int
    parts: Parts


def segments(course: Course, first: date, last: date) -> Iterator[Segment]:
    """The days from first to last without gap or overlap, cut where something happened."""
    cuts = sorted(day for day in course.days_of_change() if first < day <= last)
    edges = [first, *cuts]
    for number, begin in enumerate(edges):
        end = periods.shift(edges[number + 1], days=-1) if number + 1 < len(edges) else last
        yield Segment(begin, end, periods.age_days(begin, end) + 1, split(course, begin))


@dataclass(slots=True)
class Pot:
    """Money of a document or a county's share that is not given on yet; `left` in 分, below 0 where more was given on than there is."""

    pk: int
    link: Link
    unit: int | None
    task: int
    level: str
    year: int
    left: Steps

    def waiting(self, day: date) -> int:
        return max(0, value_at(self.left, day))

    def yuan_days(self, first: date, last: date) -> int:
        """分·日 from first to last, both included."""
        cuts = [first, *(day for day, _ in self.left if first < day <= last)]
        ends = [*cuts[1:], periods.shift(last, days=1)]
        return sum(self.waiting(begin) * periods.age_days(begin, end) for begin, end in zip(cuts, ends, strict=True))

    def since(self, day: date) -> date | None:
        """The first day of the unbroken time in which there was something left, up to `day`."""
        found = None
        for on, _ in self.left:
            if on > day:
                break
            found = (found or on) if self.waiting(on) else None
        return found


def running(changes: list[tuple[date, int]]) -> Steps:
    """Cumulative values of dated changes, one step a day."""
    total, by_day = 0, dict[date, int]()
    for day, amount in sorted(changes):
        total += amount
        by_day[day] = total
    return list(by_day.items())

"""What happened to the money of one project: its dated events in words, and the stretches between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from funds.models import Level
from linkage.money import wan_text

from .course import Course, Segment, segments
from .links import Link
from .table import EVER, yuan_of


@dataclass(frozen=True)
class Stretch:
    """Days in a row with the same money in the same links; `events` happened on its first day."""

    first: date
    last: date
    days: int
    amounts: list[tuple[Link, Decimal]]
    events: list[str]

    @property
    def total_yuan(self) -> Decimal:
        return sum((amount for _, amount in self.amounts), Decimal("0.00"))


def story(course: Course, as_of: date) -> list[Stretch]:
    """The stretches up to a day, the newest first; days on which nothing changed for the money are not cut."""
    told = events(course)
    found: list[Stretch] = []
    for segment in segments(course, EVER, as_of):
        amounts = _by_link(segment)
        news = told.get(segment.first, []) if segment.first > EVER else []
        if found and found[-1].amounts == amounts and not news:
            before = found[-1]
            found[-1] = Stretch(before.first, segment.last, before.days + segment.days, amounts, before.events)
        elif amounts or found or news:
            found.append(Stretch(segment.first, segment.last, segment.days, amounts, news))
    return found[::-1]


def _by_link(segment: Segment) -> list[tuple[Link, Decimal]]:
    sums: dict[Link, int] = {}
    for (_, link), amount in segment.parts.items():
        sums[link] = sums.get(link, 0) + amount
    return [(link, yuan_of(sums[link])) for link in Link if link in sums]


def events(course: Course) -> dict[date, list[str]]:
    """Day → what happened on it, in words a clerk reads."""
    told: dict[date, list[str]] = {}

    def tell(day: date | None, words: str) -> None:
        if day is not None and day > EVER:
            told.setdefault(day, []).append(words)

    for purse in course.purses:
        name = f"{Level(purse.level).label} {purse.year} 年资金"
        for number, (day, now, before) in enumerate(_changes(purse.arranged)):
            tell(day, f"{name}{'调整为' if number else '安排'} {_wan(now if number else now - before)}")
        for day, now, before in _changes(purse.paid):
            tell(day, f"{name}支付 {_wan(now - before)}" if now >= before else f"{name}退回、更正 {_wan(before - now)}")
    for day, now, _ in _changes(course.planned):
        tell(day, {1: "列入年度计划", -1: "出库"}.get(now, "退回项目库"))
    tell(course.ready_on, "付款前手续办齐")
    tell(course.started_on, "开工（签约、公示、开班）")
    tell(course.finished_on, "完工（到货安装、发放完毕）")
    for deal in course.deals:
        tell(deal.awarded_on, f"中标，本项目份额 {_wan(deal.price)}")
        tell(deal.signed_on, "签订合同")
        tell(deal.settled_on, f"结算审定 {_wan(deal.settled)}")
    _statements(course, tell)
    return told


def _statements(course: Course, tell) -> None:
    """Only what a statement changed."""
    before = (0, 0, 0)
    for said in course.said:
        now = (said.claimed, said.invested, said.ratio)
        parts = []
        if now[2] != before[2]:
            parts.append(f"形象进度 {said.ratio / 100:g}%")
        if now[1] != before[1]:
            parts.append(f"完成投资 {_wan(said.invested)}")
        if now[0] != before[0]:
            parts.append(f"已申请报账未支付 {_wan(said.claimed)}")
        if parts:
            tell(said.as_of, f"周报：{'，'.join(parts)}")
        before = now


def _changes(steps) -> list[tuple[date, int, int]]:
    before, found = 0, []
    for day, now in steps:
        if now != before:
            found.append((day, now, before))
        before = now
    return found


def _wan(cents: int) -> str:
    return f"{wan_text(yuan_of(cents))} 万元"

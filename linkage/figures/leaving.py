"""Seats with a preset end that is near or past while something open in them has no new owner (features 1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from linkage import access, handover, periods, rules, separation
from linkage.figures.gaps import Gap
from linkage.handover import Group
from linkage.models import Handover, Region, Role, Seat
from linkage.models.handover import MAKE
from linkage.periods import WorkCalendar

RULE = "seat_end_workdays"
LAPSED_DAYS, AHEAD_DAYS = 31, 92  # what has stood longer is told where it lies: nobody there, nobody named; the rule reaches 60 working days
MOST = 20  # each is looked into by itself
NOT_HANDED_OVER = (*separation.TRIO, Role.AUDITOR)  # nothing of business is open in these


@dataclass(frozen=True)
class Leaving:
    """A seat that ends, or has ended, with something open in it."""

    seat: Seat
    groups: list[Group]
    is_over: bool

    @property
    def words(self) -> str:
        """王立新的“呼玛县自然资源局·部门经办人”11月20日到期，还有未交接的事项：一对一对接 1 项."""
        end = f"{self.seat.until:%Y-%m-%d} {'已到期' if self.is_over else '到期'}"
        return f"{self.seat.user}的“{self.seat}”{end}，还有未交接的事项：{handover.words(self.groups)}"


def kept() -> QuerySet[Seat]:
    """Seats in which business lies, of people in their own right."""
    rows = Seat.objects.filter(acting_for__isnull=True, user__is_service=False, user__is_active=True).exclude(role__in=NOT_HANDED_OVER)
    return rows.select_related("user", "region", "organisation")


def in_reach(user) -> Q:
    """Seats one may prepare a handover for: one's own, and those of one's unit, department or region."""
    found = Q(user=user)
    for grant in access.grants_of(user):
        if MAKE in grant.permissions:
            here = Q(region__path__startswith=grant.region_path)
            found |= here & Q(organisation=grant.organisation_id) if grant.role == Role.DEPT_HEAD else here
    return found


def _near(seats: QuerySet[Seat], on: date) -> list[Seat]:
    """Ended within the last month without a handover, or ending within the rule's working days, where the person does not go on in the
    same seat; a handover gives away all there is."""
    later = Seat.objects.filter(Q(until__isnull=True) | Q(until__gt=OuterRef("until")), user=OuterRef("user"), role=OuterRef("role"))
    later = later.filter(Q(organisation=OuterRef("organisation")) | Q(organisation__isnull=True), region=OuterRef("region"))
    handed = Exists(Handover.objects.filter(seat=OuterRef("pk")))
    span = Q(until__gte=on) | Q(until__gte=periods.shift(on, days=-LAPSED_DAYS)) & ~handed
    found = list(seats.filter(span, ~Exists(later), until__lte=periods.shift(on, days=AHEAD_DAYS)).order_by("until", "pk"))
    if not any(seat.until >= on for seat in found):
        return found
    last = WorkCalendar.load().add_workdays(on, rules.get(RULE, on=on))
    return [seat for seat in found if seat.until <= last]


def leaving(seats: QuerySet[Seat], on: date) -> list[Leaving]:
    """Of these seats those that end or have ended with something open, the earliest first. One query, and some for every seat that ends.

    Of a seat that is over only what nobody else can do counts: what bears the person's name, or whose every holder is gone.
    """
    found = []
    for seat in _near(seats, on)[:MOST]:
        is_over = seat.until < on
        groups = handover.outstanding(seat, on if is_over else seat.until)
        if is_over:
            groups = [group for group in groups if group.kind.by_name or not group.kind.takers(seat, on).exists()]
        if groups:
            found.append(Leaving(seat, groups, is_over))
    return found


def gaps(tree: list[Region], on: date) -> Iterator[Gap]:
    """A gap for each such seat, in its region."""
    regions = {region.pk: region for region in tree}
    for one in leaving(kept(), on):
        if region := regions.get(one.seat.region_id):
            yield Gap("leaving", region, one.words, "办理工作交接；由他人接任的，先由安全管理员安排岗位", "二(一)", MAKE, "/handovers/")

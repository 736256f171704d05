"""What is open in a seat, and who could take it over: apps register their kinds of items in `ready()` (features 1.6).

Two sorts: items that belong to the person by name (“一对一”, 责任人) are given to somebody and leave the giver; items that belong
to the seat (a draft of the unit, a procedure at the body) go to another holder of the same seat, whose name the handover keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from linkage.models import HandoverItem, Seat, User


@dataclass(frozen=True)
class OpenItem:
    """One thing somebody waits for: `key` within its kind, what, how it stands, until when, where."""

    key: str
    title: str
    state: str = ""
    due_on: date | None = None
    url: str = ""


Held = Callable[[Seat, date], list[OpenItem]]
Takers = Callable[[Seat, date], QuerySet[User]]


def _nothing_to_do(*, seat: Seat, keys: Sequence[str], to: User, by, at: datetime) -> None:
    """The item is open to every holder of the seat already."""


def same_seat(seat: Seat, on: date) -> QuerySet[User]:
    """Other people who hold the same seat after this day: same role, unit and region, in their own right."""
    seats = Seat.objects.filter(role=seat.role, region=seat.region, organisation=seat.organisation, acting_for__isnull=True)
    return _people(seats, seat, on)


def same_body(seat: Seat, on: date) -> QuerySet[User]:
    """Other people of the same body; at a desk without one, of the same region's desks without one."""
    return _people(Seat.objects.filter(region=seat.region, organisation=seat.organisation, acting_for__isnull=True), seat, on)


def lock_desks(seats: Iterable[Seat]) -> None:
    """Hold every seat at the bodies (or region's desks) of these until the transaction ends, in one order: of two who leave at once, or
    one who leaves while another hands over to them, the second sees what the first did. One query."""
    desks = Q(pk__in=[])
    for seat in seats:
        desks |= Q(region=seat.region_id, organisation=seat.organisation_id)
    list(Seat.objects.select_for_update(of=("self",)).filter(desks).order_by("pk").values_list("pk", flat=True))


def _people(seats: QuerySet[Seat], seat: Seat, on: date) -> QuerySet[User]:
    live = seats.filter(Q(until__isnull=True) | Q(until__gt=on)).exclude(user=seat.user_id)
    return User.objects.filter(pk__in=live.values("user_id"), is_active=True, is_service=False).order_by("name", "pk")


@dataclass(frozen=True)
class Kind:
    """One kind of items. held(seat, on) → what is open; takers(seat, on) → who may have it; take(…) gives items over, or
    raises Refusal. `by_name`: they belong to the person and are gone from them afterwards."""

    code: str
    title: str
    held: Held
    takers: Takers = same_seat
    take: Callable[..., None] = _nothing_to_do
    by_name: bool = False


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.code] = kind


def kinds() -> list[Kind]:
    return list(_kinds.values())


@dataclass(frozen=True)
class Group:
    """The open items of one kind and those who may take them."""

    kind: Kind
    items: list[OpenItem]


def outstanding(seat: Seat, on: date) -> list[Group]:
    """What nobody has taken over yet. An acting seat holds nothing of its own; what belongs to a seat is taken over once a
    handover of it names somebody who (still) holds the same seat, later items included."""
    if seat.acting_for_id:
        return []
    covered = _covered(seat, on)
    found = (Group(kind, kind.held(seat, on)) for kind in kinds() if kind.code not in covered)
    return [group for group in found if group.items]


def _covered(seat: Seat, on: date) -> set[str]:
    named: dict[str, set[int]] = {}
    for code, receiver in HandoverItem.objects.filter(handover__seat=seat).values_list("kind", "receiver_id").distinct():
        named.setdefault(code, set()).add(receiver)
    return {
        kind.code for kind in kinds()
        if not kind.by_name and kind.code in named and kind.takers(seat, on).filter(pk__in=named[kind.code]).exists()
    }  # fmt: skip


def words(groups: Sequence[Group]) -> str:
    """Kinds and numbers, without what the items are: 周调度报告 2 项、前期手续 3 项."""
    return "、".join(f"{group.kind.title} {len(group.items)} 项" for group in groups)

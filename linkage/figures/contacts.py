"""“一对一”: who is asked about a matter of a unit (二(一); features 1.4).

The person is one of the 承办单位 in force: A岗, else B岗, or who represents them (代理). What a unit leaves to the prefecture's
body, or has nobody for, leads to the person whom 地区本级 names for the same matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q

from linkage import access
from linkage.handover import OpenItem
from linkage.models import Contact, ContactPost, Matter, Organisation, Region, RegionKind, Responsibility, Seat, User
from linkage.permissions import ROLE_BREADTH, Breadth

EDIT = "contact.edit"
_POSTS = (ContactPost.A, ContactPost.B)


class CellState(StrEnum):
    """What a cell says at a glance."""

    FULL = "full"  # both posts
    SINGLE = "single"  # one post only
    EMPTY = "empty"  # a body, nobody named: a gap
    ABOVE = "above"  # the prefecture's body: whom 地区本级 names
    ABSENT = "absent"  # 本地无此机构, an answer
    UNANSWERED = "unanswered"  # no 承办单位: another gap, told by `gaps.matters_without_answer`


@dataclass(frozen=True)
class Liaison:
    """The person to turn to. `acting` represents the named one on the day; `is_above`: named by 地区本级, not by the unit."""

    contact: Contact
    acting: User | None = None
    is_above: bool = False

    @property
    def user(self) -> User | None:
        """The account that hears of it; None for people without one."""
        return self.acting or self.contact.user

    @property
    def name(self) -> str:
        return self.acting.name if self.acting else self.contact.person_name

    @property
    def duty(self) -> str:
        return self.acting.duty if self.acting else self.contact.duty

    @property
    def office_phone(self) -> str:
        return (self.acting.office_phone if self.acting else "") or self.contact.office_phone

    @property
    def organisation(self) -> Organisation:
        return self.contact.organisation

    @property
    def post_words(self) -> str:
        """A岗, or 代张三（A岗）."""
        label = self.contact.get_post_display()
        return f"代{self.contact.person_name}（{label}）" if self.acting else label

    @property
    def words(self) -> str:
        """王立新（科长），呼玛县自然资源局，0457-3500000."""
        name = f"{self.name}（{self.duty}）" if self.duty else self.name
        return "，".join(filter(None, [name, str(self.organisation), self.office_phone]))


@dataclass(frozen=True)
class Cell:
    """One unit × matter on a day: who answers for it, and the people in its two posts."""

    region: Region
    matter: Matter
    answer: Responsibility | None
    people: Mapping[str, Contact] = field(default_factory=dict)
    above: Cell | None = None  # of 地区本级, where it stands in for this one
    acting: Mapping[int, User] = field(default_factory=dict)

    @property
    def organisation(self) -> Organisation | None:
        return self.answer.organisation if self.answer else None

    @property
    def a(self) -> Contact | None:
        return self.people.get(ContactPost.A)

    @property
    def b(self) -> Contact | None:
        return self.people.get(ContactPost.B)

    @property
    def state(self) -> CellState:
        if self.answer is None:
            return CellState.UNANSWERED
        if self.people:
            return CellState.FULL if len(self.people) == len(_POSTS) else CellState.SINGLE
        if self.answer.organisation_id is None:
            return CellState.ABSENT
        return CellState.ABOVE if self.above else CellState.EMPTY

    @property
    def is_gap(self) -> bool:
        """Somebody has to name a person here. What 地区本级 has not named counts there, once."""
        return self.state == CellState.EMPTY

    @property
    def mark(self) -> str:
        """What a page showed of both posts: "12-0 -" where B岗 is empty."""
        return " ".join(self.people[post].mark if post in self.people else "-" for post in _POSTS)

    def liaison(self) -> Liaison | None:
        """A岗, else B岗; an account that is closed is passed over; nobody here → whom 地区本级 names."""
        for post in _POSTS:
            contact = self.people.get(post)
            if contact and (contact.user is None or contact.user.is_active):
                return Liaison(contact, self.acting.get(contact.user_id) if contact.user_id else None)
        found = self.above.liaison() if self.above else None
        return Liaison(found.contact, found.acting, is_above=True) if found else None


def cells(*, on: date, regions: Sequence[Region], matters: Iterable[Matter] | None = None) -> list[Cell]:
    """Every cell of these units, unit by unit in their order, matters in theirs. Five queries at most, whatever the number."""
    wanted = list(Matter.objects.filter(is_active=True)) if matters is None else list(matters)
    own = {region.parent_id: region for region in Region.objects.filter(kind=RegionKind.OWN, is_active=True)}
    places = {region.pk for region in [*regions, *own.values()]}
    codes = [matter.pk for matter in wanted]
    answers = {
        (row.region_id, row.matter_id): row
        for row in Responsibility.objects.on(on).filter(region__in=places, matter__in=codes).select_related("organisation__region")
    }
    people: dict[tuple[int, int], dict[str, Contact]] = {}
    for row in Contact.objects.on(on).filter(region__in=places, matter__in=codes).select_related("organisation", "user"):
        answer = answers.get((row.region_id, row.matter_id))
        if answer and answer.organisation_id == row.organisation_id:  # somebody of the body before is nobody's contact any more
            people.setdefault((row.region_id, row.matter_id), {})[row.post] = row
    acting = _acting(people.values(), on)

    def cell(region: Region, matter: Matter, above: Cell | None = None) -> Cell:
        key = (region.pk, matter.pk)
        return Cell(region, matter, answers.get(key), people.get(key, {}), above, acting)

    def stands_in(region: Region, matter: Matter) -> Cell | None:
        """地区本级's cell where the unit leaves the matter to the same body, or has nobody for it."""
        base, answer = own.get(region.parent_id), answers.get((region.pk, matter.pk))
        if base is None or base.pk == region.pk or answer is None:
            return None
        above = cell(base, matter)
        same = answer.organisation_id is None or (above.answer and above.answer.organisation_id == answer.organisation_id)
        return above if same else None

    return [cell(region, matter, stands_in(region, matter)) for region in regions for matter in wanted]


def _acting(people: Iterable[Mapping[str, Contact]], on: date) -> dict[int, User]:
    """Who represents these people on the day (代理), by the id of the represented account. One query at most."""
    seated = {(row.user_id, row.organisation_id) for posts in people for row in posts.values() if row.user_id}
    if not seated:
        return {}
    rows = Seat.objects.on(on).filter(acting_for__user__in={user for user, _ in seated}, user__is_active=True)
    return {
        seat.acting_for.user_id: seat.user
        for seat in rows.select_related("user", "acting_for").order_by("-pk")
        if seat.acting_for and seat.acting_for.organisation_id is not None and (seat.acting_for.user_id, seat.organisation_id) in seated
    }


def person_for(region: Region, matter: Matter, on: date) -> Liaison | None:
    """Whom to turn to about a matter of a unit on a day; None where nobody is named. Four queries."""
    return cells(on=on, regions=[region], matters=[matter])[0].liaison()


def people_for(wanted: Iterable[tuple[Region, Matter]], on: date) -> dict[tuple[int, int], Liaison]:
    """The same for many pairs at once, by (region id, matter id); pairs without anybody are left out. Four queries."""
    pairs = list(wanted)
    regions, matters = {region.pk: region for region, _ in pairs}, {matter.pk: matter for _, matter in pairs}
    keys = {(region.pk, matter.pk) for region, matter in pairs}
    found = {(cell.region.pk, cell.matter.pk): cell.liaison() for cell in cells(on=on, regions=list(regions.values()), matters=matters.values())}
    return {key: liaison for key, liaison in found.items() if liaison and key in keys}


def may_fill(user, cell: Cell) -> bool:
    """An office fills every cell of its region, a department those of which it is the 承办单位 (whatever else it reads)."""
    for grant in access.grants_of(user):
        if EDIT not in grant.permissions or not grant.covers(cell.region.path):
            continue
        if Breadth.BY_FUNCTION not in ROLE_BREADTH[grant.role]:
            return True
        if cell.organisation is not None and cell.organisation.pk == grant.organisation_id:
            return True
    return False


def open_answers(on: date):
    """承办单位 in force whose unit and matter have nobody: the gaps, as a queryset (`Cell.is_gap` says the same of one cell).

    What 地区本级's own answer serves as well is counted there.
    """
    named = Contact.objects.on(on).filter(region=OuterRef("region"), matter=OuterRef("matter"), organisation=OuterRef("organisation"))
    same_above = Responsibility.objects.on(on).filter(
        matter=OuterRef("matter"), organisation=OuterRef("organisation"), region__kind=RegionKind.OWN, region__is_active=True,
        region__parent=OuterRef("region__parent"),
    )  # fmt: skip
    rows = Responsibility.objects.on(on).filter(organisation__isnull=False, region__is_reporting=True, region__is_active=True, matter__is_active=True)
    return rows.filter(~Exists(named)).filter(Q(region__kind=RegionKind.OWN) | ~Exists(same_above))


def to_fill(user, on: date):
    """Gaps that this person has to close: an office those of its unit, a department its own matters. For the prefecture's
    office the counties' gaps are told as well, it sees to them."""
    mine = Q(pk__in=[])
    for grant in access.grants_of(user):
        if EDIT in grant.permissions:
            here = Q(region__path__startswith=grant.region_path)
            mine |= here & Q(organisation=grant.organisation_id) if Breadth.BY_FUNCTION in ROLE_BREADTH[grant.role] else here
    return open_answers(on).filter(mine)


def accounts(organisations: Iterable[int], on: date) -> dict[tuple[int, str], list[User]]:
    """People with a live seat in these bodies, by body and name. One query."""
    found: dict[tuple[int, str], list[User]] = {}
    seats = Seat.objects.on(on).filter(organisation__in=set(organisations), user__is_active=True, user__is_service=False)
    for seat in seats.select_related("user").order_by("pk"):
        same = found.setdefault((seat.organisation_id or 0, seat.user.name), [])
        if seat.user not in same:
            same.append(seat.user)
    return found


def held_in(seat: Seat, on: date) -> list[OpenItem]:
    """The posts an account holds by this seat, unless another seat of the person goes with them as well. Two queries."""
    rows = Contact.objects.standing().filter(user=seat.user_id)
    if seat.organisation_id is None:
        rows = rows.filter(region=seat.region_id).exclude(organisation__seats__in=_other_seats(seat, on))
    else:
        rows = rows.filter(organisation=seat.organisation_id)
        if _other_seats(seat, on).filter(organisation=seat.organisation_id).exists():
            return []
    return [
        OpenItem(str(row.pk), f"{row.region}：{row.matter}{row.get_post_display()}", f"{row.since} 起") for row in rows.select_related("region", "matter")
    ]


def _other_seats(seat: Seat, on: date):
    live = Seat.objects.filter(Q(until__isnull=True) | Q(until__gt=on), user=seat.user_id, acting_for__isnull=True)
    return live.exclude(pk=seat.pk)


def of_user(user, on: date) -> list[Contact]:
    """The posts an account holds on a day, in the order of the table. One query."""
    return list(Contact.objects.on(on).filter(user=user).select_related("region", "matter", "organisation"))

"""“一对一” people of the demo: nearly every cell named once the bodies stand, a few empty, one person replaced since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from linkage import handover, periods
from linkage.actions import people
from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.actions.handover import hand_over
from linkage.figures import contacts
from linkage.models import Matter, Region, Role, User

from .cast import GIVEN, SURNAMES, Cast

# Left empty: unit → matters; and matters that only one person does.
EMPTY = {"huma": ("permit",), "songling": ("eia", "road"), "xinlin": ("planning", "tender"), "huzhong": ("permit", "procurement", "acceptance")}
ALONE = ("forest-land", "road")


LEAVES = "tahe_land_before"  # who had 塔河县's land seat until the spring of the current year


def name_people(cast: Cast, at: datetime) -> None:
    """Every unit's office names the people of its bodies; for 地区本级 the prefecture's office does."""
    _one_who_will_leave(cast, at)
    for region in Region.objects.reporting():
        cells = contacts.cells(on=at.date(), regions=[region])
        known = contacts.accounts([cell.organisation.pk for cell in cells if cell.organisation], at.date())
        of_body = {body: users[0] for (body, _), users in known.items()}  # of two accounts the later one
        namings = [
            Naming(region, cell.matter, dict(_people(cell, of_body, region)), f"{region}衔专办〔{at.year}〕2号")
            for cell in cells
            if cell.organisation and cell.state != contacts.CellState.ABOVE and cell.matter.code not in EMPTY.get(region.slug, ())
        ]  # fmt: skip
        by = cast["office" if region.slug == "diqu" else f"{region.slug}_clerk"]
        name_contacts(by=by, namings=namings, since=at.date(), at=at)


def _people(cell: contacts.Cell, of_body: dict[int, User], region: Region) -> Iterator[tuple[str, Person]]:
    """A岗 is who has the body's account; the others are people without one, the same for every matter of the body."""
    assert cell.organisation is not None
    body, user = cell.organisation.pk, of_body.get(cell.organisation.pk)
    yield "a", Person(user.name, user.duty, f"内线{6000 + body}", user) if user else _somebody(body, 0, "股长")
    if cell.matter.code not in ALONE:
        yield "b", _somebody(body, 1, "科员")


def _somebody(body: int, number: int, duty: str) -> Person:
    name = SURNAMES[(body * 3 + number * 11) % len(SURNAMES)] + GIVEN[(body * 5 + number * 7) % len(GIVEN)]
    return Person(name, duty, f"内线{6000 + body + 200 * number}")


def _one_who_will_leave(cast: Cast, at: datetime) -> None:
    seat = cast["tahe_land"].seats.select_related("region", "organisation").get()
    user, _ = people.create_user(by=cast["secadmin"], username=LEAVES, name="关世博", duty="股长", at=at)
    people.give_seat(by=cast["secadmin"], user=user, role=Role.COUNTY_DEPT, region=seat.region, organisation=seat.organisation, since=at.date(), at=at)


def hand_one_seat_over(cast: Cast, at: datetime) -> None:
    """塔河县's land clerk is transferred: hands over what is open, then the seat ends and the account is closed."""
    user = User.objects.get(username=LEAVES)
    seat = user.seats.select_related("region", "organisation", "user").get()
    groups = handover.outstanding(seat, at.date())
    choices = {group.kind.code: {item.key: cast["tahe_land"] for item in group.items} for group in groups}
    chief = cast["tahe_chief"]
    hand_over(by=user, seat=seat, choices=choices, reason="调离，塔人社发〔2026〕31号", witness=f"{chief.name}（{chief.duty}）", at=at)
    later = periods.shift(at, hours=2)
    people.end_seat(by=cast["secadmin"], seat=seat, until=at.date(), reason="调离，塔人社发〔2026〕31号", at=later)
    people.set_active(by=cast["secadmin"], user=user, is_active=False, reason="已调离，交接完毕", at=later)


def replace_one(cast: Cast, at: datetime) -> None:
    """呼玛县's B岗 for 用地 has moved on; another colleague stands in since."""
    naming = Naming(Region.objects.get(slug="huma"), Matter.objects.get(code="land"), {"b": Person("孟祥宇", "科员", "内线6288")}, "呼玛县衔专办〔2026〕4号")
    name_contacts(by=cast["huma_land"], namings=[naming], since=date(at.year, 9, 7), at=at)

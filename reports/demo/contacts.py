"""“一对一” people of the demo: nearly every cell named once the bodies stand, a few empty, one person replaced since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.figures import contacts
from linkage.models import Matter, Region, User

from .cast import GIVEN, SURNAMES, Cast

# Left empty: unit → matters; and matters that only one person does.
EMPTY = {"huma": ("permit",), "songling": ("eia", "road"), "xinlin": ("planning", "tender"), "huzhong": ("permit", "procurement", "acceptance")}
ALONE = ("forest-land", "road")


def name_people(cast: Cast, at: datetime) -> None:
    """Every unit's office names the people of its bodies; for 地区本级 the prefecture's office does."""
    for region in Region.objects.reporting():
        cells = contacts.cells(on=at.date(), regions=[region])
        known = contacts.accounts([cell.organisation.pk for cell in cells if cell.organisation], at.date())
        of_body = {body: users[0] for (body, _), users in reversed(list(known.items()))}
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


def replace_one(cast: Cast, at: datetime) -> None:
    """呼玛县's B岗 for 用地 has moved on; another colleague stands in since."""
    naming = Naming(Region.objects.get(slug="huma"), Matter.objects.get(code="land"), {"b": Person("孟祥宇", "科员", "内线6288")}, "呼玛县衔专办〔2026〕4号")
    name_contacts(by=cast["huma_land"], namings=[naming], since=date(at.year, 9, 7), at=at)

"""The counties of the scale data and their people: a clerk, a signer and an agriculture bureau each, an office above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from linkage import reference
from linkage.models import Function, Organisation, OrganisationFunction, Region, RegionKind, Role, Seat, User

PASSWORD = "linkage-demo"  # noqa: S105 — as in the demo; the command fills empty databases only


@dataclass(frozen=True)
class County:
    region: Region
    clerk: User
    chief: User
    bureau: Organisation


def settle(counties: int, *, since: date, at: datetime) -> tuple[list[County], dict[str, User]]:
    """The reference data, `counties` reporting units in place of its own, and everybody's seats."""
    reference.load(at=at)
    Region.objects.filter(is_reporting=True).update(is_reporting=False)
    prefecture = Region.objects.get(kind=RegionKind.PREFECTURE)
    password = make_password(PASSWORD)
    regions = Region.objects.bulk_create(_region(number, prefecture) for number in range(1, counties + 1))
    bureaus = Organisation.objects.bulk_create(Organisation(name=f"{r.name}农业农村局", region=r) for r in regions)
    OrganisationFunction.objects.bulk_create(OrganisationFunction(organisation=b, function=Function.AGRI, since=since) for b in bureaus)
    people = {
        name: User(username=name, name=name, password=password, date_joined=at)
        for name in ("office", "leader", "finance", *(f"{r.slug}_{post}" for r in regions for post in ("clerk", "chief")))
    }
    User.objects.bulk_create(people.values(), batch_size=500)
    finance = Organisation.objects.filter(region=prefecture, functions__function=Function.FINANCE).first()
    seats = [
        Seat(user=people["office"], role=Role.OFFICE_CLERK, region=prefecture, since=since),
        Seat(user=people["leader"], role=Role.LEADER, region=prefecture, since=since),
        Seat(user=people["finance"], role=Role.DEPT_CLERK, region=prefecture, organisation=finance, since=since),
    ]
    found = [County(r, people[f"{r.slug}_clerk"], people[f"{r.slug}_chief"], b) for r, b in zip(regions, bureaus, strict=True)]
    for county in found:
        seats.append(Seat(user=county.clerk, role=Role.COUNTY_CLERK, region=county.region, since=since))
        seats.append(Seat(user=county.chief, role=Role.COUNTY_CHIEF, region=county.region, since=since))
    Seat.objects.bulk_create(seats, batch_size=500)
    return found, people


def _region(number: int, parent: Region) -> Region:
    slug = f"c{number:03d}"
    return Region(
        slug=slug, name=f"第{number:03d}县", kind=RegionKind.COUNTY, group="县市", parent=parent, path=f"{parent.path}{slug}/",
        display_order=number, code_prefix=f"C{number:03d}", is_reporting=True,
    )  # fmt: skip

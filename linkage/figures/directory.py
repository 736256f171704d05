"""The directory as it is read: regions, bodies, duties, leads, task forces on one day (features 1.1–1.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q

from linkage.models import (
    FundTask,
    Matter,
    Organisation,
    OrganisationFunction,
    Region,
    RegionKind,
    Responsibility,
    TaskForce,
    TaskForceMember,
    TaskLead,
)


@dataclass
class Node:
    """A region with what hangs on it; `depth` 0 is the top. Townships are counted, not listed."""

    region: Region
    depth: int
    townships: list[str] = field(default_factory=list)
    bodies: int = 0
    codes: list[str] = field(default_factory=list)


def tree() -> list[Node]:
    """The tree without townships, in display order, parents first. Three queries."""
    regions = list(Region.objects.filter(is_active=True).prefetch_related("aliases"))
    bodies: dict[int, int] = {}
    for region_id in Organisation.objects.filter(is_active=True).values_list("region_id", flat=True):
        bodies[region_id] = bodies.get(region_id, 0) + 1
    children: dict[int | None, list[Region]] = {}
    for region in regions:
        children.setdefault(region.parent_id, []).append(region)
    found: list[Node] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for region in children.get(parent_id, []):
            if region.kind == RegionKind.TOWNSHIP:
                continue
            towns = [c.name for c in children.get(region.pk, []) if c.kind == RegionKind.TOWNSHIP]
            codes = [f"{a.name}（{a.code_system}）" if a.code_system else a.name for a in region.aliases.all()]
            found.append(Node(region, depth, towns, bodies.get(region.pk, 0), codes))
            walk(region.pk, depth + 1)

    walk(None, 0)
    return found


def organisations(*, on: date, region: Region | None = None, words: str = ""):
    """Bodies with their live functions and leads, region by region. Four queries whatever the number."""
    rows = Organisation.objects.select_related("region").prefetch_related(
        Prefetch("functions", OrganisationFunction.objects.on(on).order_by("pk"), to_attr="live_functions"),
        Prefetch(
            "leads",
            TaskLead.objects.on(on).select_related("task").order_by("task__display_order"),
            to_attr="live_leads",
        ),
    )
    if region:
        rows = rows.filter(region=region)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(short_name__icontains=words))
    return rows.order_by("region__display_order", "region_id", "-is_active", "pk")


@dataclass(frozen=True)
class DutyRow:
    """One matter with the answer of each unit, in the order of `units`; None is a gap."""

    matter: Matter
    answers: list[tuple[Region, Responsibility | None]]


def duties(*, on: date) -> tuple[list[Region], list[DutyRow]]:
    """Reporting units, and per matter who answers in each. Three queries."""
    units = list(Region.objects.reporting())
    answers = {
        (row.region_id, row.matter_id): row
        for row in Responsibility.objects.on(on).select_related("organisation__region")
    }
    return units, [
        DutyRow(matter, [(unit, answers.get((unit.pk, matter.pk))) for unit in units])
        for matter in Matter.objects.filter(is_active=True)
    ]


def leads(*, on: date) -> tuple[list[Region], list[tuple[FundTask, list[tuple[Region, list[TaskLead]]]]]]:
    """Prefectures and counties, and per task who leads it there. Three queries."""
    regions = list(Region.objects.filter(kind__in=[RegionKind.PREFECTURE, RegionKind.COUNTY], is_active=True))
    regions.sort(key=lambda r: (r.kind != RegionKind.PREFECTURE, r.display_order, r.pk))
    found: dict[tuple[int, int], list[TaskLead]] = {}
    for lead in TaskLead.objects.on(on).select_related("organisation"):
        found.setdefault((lead.task_id, lead.organisation.region_id), []).append(lead)
    tasks = FundTask.objects.filter(is_active=True)
    return regions, [(task, [(region, found.get((task.pk, region.pk), [])) for region in regions]) for task in tasks]


@dataclass(frozen=True)
class Roster:
    """A region's task force and who is in it on the day; `force` None is a gap."""

    region: Region
    force: TaskForce | None
    members: list[TaskForceMember]


def rosters(*, on: date) -> list[Roster]:
    """Prefectures first, then counties. Three queries."""
    members = TaskForceMember.objects.on(on).select_related("organisation", "user").order_by("pk")
    forces = {
        force.region_id: force
        for force in TaskForce.objects.select_related("office").prefetch_related(
            Prefetch("members", members, to_attr="live")
        )
    }
    regions = Region.objects.filter(kind__in=[RegionKind.PREFECTURE, RegionKind.COUNTY], is_active=True)
    ordered = sorted(regions, key=lambda r: (r.kind != RegionKind.PREFECTURE, r.display_order, r.pk))
    return [Roster(r, forces.get(r.pk), _by_post(forces[r.pk].live) if r.pk in forces else []) for r in ordered]


def _by_post(members: list[TaskForceMember]) -> list[TaskForceMember]:
    """组长, 副组长, 办公室主任, then members."""
    order = {"leader": 0, "deputy": 1, "office_head": 2, "in_charge": 3, "staff": 4}
    return sorted(members, key=lambda member: (order.get(member.post, 9), member.pk))

"""Gaps in who is who: what the office reads first in the directory (二(一), 二(二); features 1.2–1.4).

Each function answers one question for a day with a constant number of queries; no gap → no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from linkage import access
from linkage.figures import contacts
from linkage.models import (
    FundTask,
    Matter,
    MemberPost,
    Region,
    RegionKind,
    Responsibility,
    Role,
    Seat,
    TaskForce,
    TaskForceMember,
    TaskLead,
)

CONTACT = "contact"


@dataclass(frozen=True)
class Gap:
    """One thing missing: where, what, how to close it. `code` lets a page lead to the right form."""

    code: str
    region: Region
    title: str
    repair: str
    clause: str
    permission: str = ""  # of a gap another app found: who can close it, and where
    url: str = ""

    @property
    def anchor(self) -> str:
        return f"{self.code}-{self.region.slug}"


GapSource = Callable[[list[Region], date], Iterable[Gap]]
_sources: list[GapSource] = []


def register_source(source: GapSource) -> None:
    """What an app above the ground finds missing in who is who, given the tree of regions and the day (called in ready())."""
    _sources.append(source)


def all_gaps(*, on: date) -> list[Gap]:
    """Every gap of a day, region by region in display order, the prefecture first."""
    tree = list(Region.objects.filter(is_active=True))
    found = [
        *task_forces(tree, on=on),
        *tasks_without_lead(tree, on=on),
        *matters_without_answer(tree, on=on),
        *units_without_people(tree, on=on),
        *matters_without_contact(tree, on=on),
        *(gap for source in _sources for gap in source(tree, on)),
    ]
    return sorted(
        found, key=lambda gap: (gap.region.kind != RegionKind.PREFECTURE, gap.region.display_order, gap.region.pk)
    )


def visible_to(user, *, on: date) -> list[Gap]:
    """The gaps of the regions in which the user holds a seat: a county reads its own, the office all."""
    paths = [grant.region_path for grant in access.grants_of(user)]
    return [gap for gap in all_gaps(on=on) if any(gap.region.path.startswith(path) for path in paths)]


def task_forces(tree: list[Region], *, on: date) -> Iterator[Gap]:
    """Prefectures and counties without a task force, its founding document, or a 组长 (二(一)). Two queries."""
    forces = {force.region_id: force for force in TaskForce.objects.all()}
    led = set(TaskForceMember.objects.on(on).filter(post=MemberPost.LEADER).values_list("taskforce_id", flat=True))
    for region in tree:
        if region.kind not in (RegionKind.PREFECTURE, RegionKind.COUNTY):
            continue
        force = forces.get(region.pk)
        if force is None:
            yield Gap("taskforce", region, "未登记联动专班", "登记专班名称、成立文件和名册", "二(一)")
            continue
        if not force.document:
            yield Gap("document", region, "专班缺成立文件", "填写成立文件的文号", "二(一)")
        if force.pk not in led:
            yield Gap("leader", region, "专班未登记组长", "在名册中登记组长及其依据文件", "二(一)")


def tasks_without_lead(tree: list[Region], *, on: date) -> Iterator[Gap]:
    """Fund tasks nobody leads at the prefecture (以工代赈 by the document itself, 二(二)3(1)). Two queries."""
    tasks = list(FundTask.objects.filter(is_active=True))
    led = set(TaskLead.objects.on(on).values_list("task_id", "organisation__region_id"))
    for region in tree:
        if region.kind == RegionKind.PREFECTURE:
            for task in tasks:
                if (task.pk, region.pk) not in led:
                    yield Gap("lead", region, f"“{task.name}”没有牵头单位", "明确牵头单位及依据文件", "二(二)3(1)")


def matters_without_answer(tree: list[Region], *, on: date) -> Iterator[Gap]:
    """Reporting units with matters for which no 承办单位 is named; 本地无此机构 is an answer. Two queries."""
    matters = list(Matter.objects.filter(is_active=True))
    answered = set(Responsibility.objects.on(on).values_list("region_id", "matter_id"))
    for region in tree:
        missing = [matter.name for matter in matters if region.is_reporting and (region.pk, matter.pk) not in answered]
        if missing:
            named = "、".join(missing[:4]) + (f"等 {len(missing)} 项" if len(missing) > 4 else "")
            yield Gap(
                "matter", region, f"{named}没有承办单位", "逐项写明承办单位，本地没有的写明由谁办理", "二(二)3(2)"
            )


def matters_without_contact(tree: list[Region], *, on: date) -> Iterator[Gap]:
    """Reporting units with matters whose 承办单位 has named nobody (“一对一”, 二(一)). One query."""
    missing: dict[int, list[str]] = {}
    for region_id, name in contacts.open_answers(on).order_by("matter__display_order").values_list("region_id", "matter__name"):
        missing.setdefault(region_id, []).append(name)
    for region in tree:
        if names := missing.get(region.pk):
            named = "、".join(names[:4]) + (f"等 {len(names)} 项" if len(names) > 4 else "")
            yield Gap(CONTACT, region, f"{named}没有一对一对接责任人", "由承办单位或专班办公室填写A岗、B岗，可下载联系表填好导入", "二(一)")


# Without these seats the weekly cannot be filled, signed, or received (二(三)1).
_UNIT_SEATS = (Role.COUNTY_CLERK, Role.COUNTY_CHIEF)
_OFFICE_SEATS = (Role.OFFICE_CLERK, Role.OFFICE_HEAD)


def units_without_people(tree: list[Region], *, on: date) -> Iterator[Gap]:
    """Reporting units without a live 填报员 or 审签人, prefectures without an office. One query."""
    held = set(Seat.objects.on(on).filter(user__is_active=True, user__is_service=False).values_list("region_id", "role"))
    for region in tree:
        wanted = _UNIT_SEATS if region.is_reporting else _OFFICE_SEATS if region.kind == RegionKind.PREFECTURE else ()
        for role in wanted:
            if (region.pk, role) not in held:
                yield Gap("seat", region, f"没有{role.label}", "由安全管理员在“人员与岗位”中安排", "二(三)1")

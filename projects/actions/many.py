"""Many projects at once, as sheets bring them: values in, rows out, a fixed number of queries per call (features 2.5).

Foreign keys stand as ids here ("task_id"). Every rule is that of one project (`editable`); only the way to the database differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, bulk, counters, periods
from linkage.checks import Problem
from linkage.errors import ProblemsFound, Refusal, StaleRevision
from linkage.models import Region
from projects import states
from projects.models import ConstructionState, Project, ProjectTransition
from projects.models.plain import COLUMNS, PlainProject

from .checklist import LISTED, follow_changes, sync_checklists
from .editable import (
    PLAIN,
    Names,
    approved_fields,
    change_problems,
    check_approval,
    given,
    new_project_problems,
)
from .revision import Approved, record_revisions

TARGET = Project._meta.label_lower
IN_ONE_QUERY = 900
_NEW = ("unit_id", *PLAIN, "stage", "code", "id", "construction_state", "revision", "created_at", "updated_at")
_MOVE = ("subject_id", "target", "name", "source", "by_id", "by_name", "seat", "at", "reason", "document", "judged_by")


class ProjectChanged(StaleRevision):
    """Somebody saved the project after the person opened it; `differences` says field by field (label, now, typed)."""

    def __init__(self, differences: Sequence[tuple[str, str, str]]):
        words = "；".join(f"{label}现为“{now}”，您填的是“{typed}”" for label, now, typed in differences)
        super().__init__(f"您打开页面之后别人已改过这个项目。{words or '您要改的内容没有差别'}。请核对后再保存。")
        self.differences = list(differences)


@dataclass(frozen=True)
class Numbering:
    """Codes for new projects of one unit and year, taken in the acting transaction."""

    unit: Region
    year: int

    def take(self, count: int) -> list[str]:
        """`count` new codes, e.g. HM-2026-0012; never given twice."""
        prefix = self.unit.code_prefix or self.unit.slug.upper()
        numbers = counters.next_numbers("project", self.unit.slug, self.year, count)
        return [counters.code(prefix, self.year, number) for number in numbers]


def draft_project(unit: Region, values: Mapping[str, Any]) -> PlainProject:
    """A project of the unit as it would be registered, for checking; `values` are PLAIN names and `stage`."""
    if unknown := values.keys() - {*PLAIN, "stage"}:
        raise TypeError(f"not fields of a new project: {sorted(unknown)}")
    return PlainProject(unit, **values)


@transaction.atomic
def register_projects(
    *, unit: Region, rows: Sequence[Mapping[str, Any]], by, at: datetime | None = None, document: str = ""
) -> list[int]:
    """Register projects of one unit; gives their ids in the order of `rows` (PLAIN names and `stage`).

    A project may be taken over at a later stage up to 前期 (an existing library); from 审定入库 on that needs `document`.
    Raises PermissionDenied, ProblemsFound (all rows at once), Refusal.
    """
    at = at or periods.now()
    projects = [draft_project(unit, values) for values in rows]
    _require_edit(by, projects, "您的岗位不能登记这个地区的项目。")
    refuse_problems(
        [
            problem
            for number, project in enumerate(projects, 1)
            for problem in new_project_problems(project, project.name or f"第 {number} 个", document)
        ]
    )
    for year in sorted({project.project_year for project in projects if project.project_year}):
        of_year = [project for project in projects if project.project_year == year]
        for project, code in zip(of_year, Numbering(unit, year).take(len(of_year)), strict=True):
            project.code = code
    for project, pk in zip(projects, bulk.reserve_ids(Project, len(projects)), strict=True):
        project.pk = pk
    same = (ConstructionState.NORMAL.value, 0, at, at)
    own = ("unit_id", *PLAIN, "stage", "code", "pk")
    bulk.insert(Project, _NEW, ((*[getattr(project, name) for name in own], *same) for project in projects))
    _record_births(projects, by, at, document)
    sync_checklists([project for project in projects if project.stage in LISTED], at=at)
    return [project.pk for project in projects if project.pk is not None]


def _record_births(projects: Sequence[PlainProject], by, at: datetime, document: str) -> None:
    same = ("create", "", by.pk, str(by), access.seat_label(by), at, "", document, "")
    bulk.insert(ProjectTransition, _MOVE, ((project.pk, project.stage, *same) for project in projects))
    names = Names()
    names.learn(projects)
    births = ((_target(project), None, {"code": project.code} | names.words(project, PLAIN)) for project in projects)
    audit.record_many(by=by, verb="登记项目", rows=births, at=at)


@dataclass(frozen=True)
class Change:
    """New values of one project (PLAIN names), as the person saw it at `revision`."""

    project_id: int
    values: Mapping[str, Any]
    revision: int
    document: str = ""


def hold_projects(ids: Iterable[int]) -> None:
    """Lock projects in the order of their ids, as everybody does, before `update_projects` is called for some of them at a time."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), IN_ONE_QUERY):
        some = Project.objects.select_for_update().filter(pk__in=wanted[start : start + IN_ONE_QUERY]).order_by("pk")
        list(some.values_list("pk", flat=True))


@transaction.atomic
def update_projects(*, changes: Sequence[Change], by, at: datetime | None = None, reason: str = "") -> dict[int, dict[str, Any]]:
    """Many changes at once, each as by update_project; all or nothing. Gives id → former values of what did change.

    After 列入年度计划 the plan's own fields need `reason` and the change's document, and leave a ProjectRevision. Raises PermissionDenied, ProjectChanged,
    ProblemsFound, Refusal.
    """
    at = at or periods.now()
    rows = standing_projects({change.project_id for change in changes}, lock=True)
    if gone := [change for change in changes if change.project_id not in rows]:
        raise Refusal(f"有 {len(gone)} 个项目已被移出项目库，没有保存。请重新核对。", code="project_gone")
    _require_edit(by, rows.values(), "您的岗位不能修改这个项目。")
    names = Names()
    names.learn(rows.values(), [change.values for change in changes])
    problems: list[Problem] = []
    trail, approved, former = [], [], {}
    for change in changes:
        project = rows[change.project_id]
        values = _wanted(project, change, names, reason)
        if values:
            former[change.project_id] = {name: getattr(project, name) for name in values}
            before = names.words(project, values)
            for name, value in values.items():
                setattr(project, name, value)
            project.revision += 1
            problems += change_problems(project)
            after = names.words(project, values)
            trail.append((_target(project), before, after | given(reason, change.document)))
            if approved_fields(project.stage, values):
                approved.append(Approved(change.project_id, project.revision, before, after, reason, change.document))
    refuse_problems(problems)
    _store([rows[pk] for pk in former], sorted({name for values in former.values() for name in values}), at)
    audit.record_many(by=by, verb="修改项目", rows=trail, at=at)
    record_revisions(approved, by=by, at=at)
    follow_changes([rows[pk] for pk in former], at=at)
    return former


def standing_projects(ids: Iterable[int], *, lock: bool = False) -> dict[int, PlainProject]:
    """Projects by id, those that are there."""
    rows = Project.objects.select_for_update().order_by("pk") if lock else Project.objects.order_by("pk")
    wanted = sorted(ids)
    found: list[tuple] = []
    for start in range(0, len(wanted), IN_ONE_QUERY):
        found += rows.filter(pk__in=wanted[start : start + IN_ONE_QUERY]).values_list(*COLUMNS)
    units = Region.objects.in_bulk({row[0] for row in found})
    return {row[-1]: PlainProject.of_row(row, units) for row in found}


def _wanted(project: PlainProject, change: Change, names: Names, reason: str) -> dict[str, Any]:
    """The values that differ. Raises ProjectChanged, Refusal where the change may not be made."""
    if unknown := set(change.values) - set(PLAIN):
        raise TypeError(f"not editable: {sorted(unknown)}")
    values = {name: value for name, value in change.values.items() if getattr(project, name) != value}
    if project.revision != change.revision:
        raise ProjectChanged(names.differences(project, values))
    check_approval(project.stage, values, reason, change.document)
    return values


def _store(projects: Sequence[PlainProject], names: Sequence[str], at: datetime) -> None:
    columns = (*names, "revision")
    bulk.update(Project, columns, [(one.pk, *[getattr(one, name) for name in columns]) for one in projects], {"updated_at": at})


def _require_edit(by, projects: Iterable[PlainProject], words: str) -> None:
    if not all(access.may(by, states.EDIT, project) for project in projects):
        raise PermissionDenied(words)


def refuse_problems(problems: Sequence[Problem]) -> None:
    if problems:
        raise ProblemsFound(f"有 {len(problems)} 处须改正，没有保存。", problems)


def _target(project: PlainProject) -> audit.Target:
    return audit.Target(TARGET, project.pk, project.name, project.unit.path)

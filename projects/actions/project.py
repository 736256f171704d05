"""Registering and changing projects (features 2.1–2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision
from linkage.models import Region
from projects import states
from projects.checks import LABELS
from projects.models import ConstructionState, Method, Project, RevisionKind, Stage
from projects.models.plain import KEYS

from .checklist import follow_changes
from .editable import EDITABLE, approved_fields, change_problems, check_approval, given, value_word, words_of
from .many import ProjectChanged, refuse_problems, register_projects
from .revision import Approved, record_revisions

MAY_STOP = (Method.WORKS, Method.PURCHASE)
MAY_STOP_IN = (Stage.PLANNED, Stage.PREPARING, Stage.STARTED)


@transaction.atomic
def create_project(*, unit: Region, by, at: datetime | None = None, document: str = "", spans: Iterable[Region] = (), **fields: Any) -> Project:
    """Register one project of a unit; `fields` are EDITABLE names and `stage` (see create_projects)."""
    project = create_projects(unit=unit, rows=[fields], by=by, at=at, document=document)[0]
    project.spans.set(spans)
    return project


@transaction.atomic
def create_projects(
    *, unit: Region, rows: Sequence[Mapping[str, Any]], by, at: datetime | None = None, document: str = ""
) -> list[Project]:
    """Register projects of one unit and give them in the order of `rows`; as `register_projects`, with instances for foreign keys."""
    ids = register_projects(unit=unit, rows=[_plain(fields) for fields in rows], by=by, at=at, document=document)
    made = Project.objects.select_related("unit", "task", "implementer", "category").in_bulk(ids)
    return [made[pk] for pk in ids]


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Foreign keys as ids."""
    if unknown := set(fields) - {*EDITABLE, "stage"}:
        raise TypeError(f"not fields of a new project: {sorted(unknown)}")
    return {KEYS.get(name, name): value.pk if name in KEYS and value is not None else value for name, value in fields.items()}


@transaction.atomic
def update_project(
    *, project: Project, changes: Mapping[str, Any], revision: int, by, at: datetime | None = None, reason: str = "", document: str = "", kind: str = ""
) -> Project:
    """Change EDITABLE fields of a project as the person saw it at `revision`; unchanged values write nothing.

    After 列入年度计划 the plan's own fields need `reason` and `document` and leave a ProjectRevision; `kind` names it where the
    fields alone do not (结余再安排). Raises PermissionDenied, ProjectChanged (with the difference), ProblemsFound, Refusal.
    """
    at = at or periods.now()
    current = _standing(project)
    changed = _wanted(current, changes, revision, by, reason, document, kind)
    if not changed:
        return current
    before = _set(current, changed)
    refuse_problems(change_problems(current))
    _write(current, changed, revision, at)
    after = words_of(current, changed)
    audit.record(by=by, verb="修改项目", target=current, before=before, after=after | given(reason, document), at=at)
    if approved_fields(current.stage, changed):
        record_revisions([Approved(current.pk, revision + 1, before, after, reason, document, kind)], by=by, at=at)
    follow_changes([current], at=at)
    current.refresh_from_db()
    return current


def _standing(project: Project) -> Project:
    """The project as it is now. Raises Refusal when an import that made it was taken back meanwhile."""
    if (found := Project.objects.select_related("unit", "task", "implementer", "category").filter(pk=project.pk).first()) is None:
        raise Refusal(f"“{project}”已被移出项目库（登记它的导入刚被撤销），没有保存。", code="project_gone")
    return found


def _wanted(current: Project, changes: Mapping[str, Any], revision: int, by, reason: str, document: str, kind: str) -> dict[str, Any]:
    """The values that differ. Raises PermissionDenied, ProjectChanged, Refusal where the change may not be made."""
    if not access.may(by, states.EDIT, current):
        raise PermissionDenied("您的岗位不能修改这个项目。")
    if unknown := set(changes) - set(EDITABLE):
        raise TypeError(f"not editable: {sorted(unknown)}")
    changed = {name: value for name, value in changes.items() if getattr(current, name) != value}
    if current.revision != revision:
        raise ProjectChanged(_differences(current, changed))
    check_approval(current.stage, changed, reason, document)
    if changed and kind == RevisionKind.LEFTOVER and "planned_investment_yuan" not in changed:
        raise Refusal("结余再安排须调整计划投资。", code="leftover_without_amount")
    return changed


def _set(project: Project, changed: Mapping[str, Any]) -> dict[str, str]:
    """Give the project its new values; what stood there before, in words."""
    before = words_of(project, changed)
    for name, value in changed.items():
        setattr(project, name, value)
    return before


def _write(project: Project, changed: Mapping[str, Any], revision: int, at: datetime) -> None:
    """One conditional UPDATE: of two people at once, one saves and the other is told what changed."""
    rows = Project.objects.filter(pk=project.pk, revision=revision)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **changed):
        raise ProjectChanged(_differences(_standing(project), changed))


def _differences(current: Project, typed: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    now = words_of(current, typed)
    return [(LABELS[name], now[name], value_word(name, value)) for name, value in typed.items() if getattr(current, name) != value]


@transaction.atomic
def change_construction(
    *, project: Project, state: str, by, revision: int, restart_on=None, reason: str = "", at: datetime | None = None
) -> Project:
    """Set 施工状态: 正常, or a stop with its expected restart (2.2). Only works and purchases under way can stop.

    Raises PermissionDenied, Refusal (no restart date, a past one, a method that does not stop), StaleRevision.
    """
    at = at or periods.now()
    if not access.may(by, states.EDIT, project):
        raise access.Denied("您的岗位不能修改这个项目。", states.EDIT, target=project)
    stopped = state != ConstructionState.NORMAL
    if stopped:
        _check_stop(project, restart_on, periods.day_of(at))
    values = {"construction_state": state, "restart_on": restart_on if stopped else None}
    before = words_of(project, values)
    rows = Project.objects.filter(pk=project.pk, revision=revision)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **values):
        raise StaleRevision("您打开页面之后项目已有改动，请核对最新内容后再保存。")
    project.refresh_from_db()
    audit.record(by=by, verb="变更施工状态", target=project, before=before, after=words_of(project, values) | given(reason, ""), at=at)
    return project


def may_stop(project: Project) -> bool:
    """Works and purchases not yet finished can be stopped by the season or for other reasons."""
    return project.method in MAY_STOP and project.stage in MAY_STOP_IN


def _check_stop(project: Project, restart_on, today) -> None:
    if not may_stop(project):
        raise Refusal("只有未完工的工程类、采购类项目可以登记停工。", code="cannot_stop")
    if restart_on is None:
        raise Refusal("请填写预计复工日期。", code="restart_needed")
    if restart_on <= today:
        raise Refusal("预计复工日期须在今天之后。", code="restart_past")

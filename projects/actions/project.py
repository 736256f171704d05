"""Registering and changing projects (features 2.1–2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from linkage import access, audit, counters, money, periods
from linkage.checks import Problem, Severity
from linkage.errors import ProblemsFound, Refusal, StaleRevision
from linkage.models import Region
from projects import states
from projects.checks import LABELS, field_problems, personal_problems
from projects.models import ConstructionState, Method, Project, ProjectTransition, Stage

FREE_TEXTS = ("name", "content", "site")
EDITABLE = (
    "name", "implementer", "task", "category", "method", "content", "site", "project_year", "planned_investment_yuan",
    "planned_start_on", "planned_finish_on",
)  # fmt: skip
# Once a project is in the annual plan, changing these is an approved change: reason and document (2.3).
APPROVED_CHANGES = ("name", "method", "task", "content", "site", "planned_investment_yuan", "project_year")
AFTER_PLAN = (
    Stage.PLANNED, Stage.PREPARING, Stage.STARTED, Stage.FINISHED, Stage.ACCEPTED, Stage.HANDED_OVER, Stage.REMOVED,
)  # fmt: skip
MAY_STOP = (Method.WORKS, Method.PURCHASE)
MAY_STOP_IN = (Stage.PLANNED, Stage.PREPARING, Stage.STARTED)


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
    """Register projects of one unit, set-based; gives them in the order of `rows`.

    A project may be taken over at a later stage up to 前期 (an existing library); from 审定入库 on that needs `document`.
    Raises PermissionDenied, ProblemsFound (all rows at once), Refusal.
    """
    at = at or periods.now()
    projects = [draft_project(unit, fields, at) for fields in rows]
    for project in projects:
        if not access.may(by, states.EDIT, project):
            raise access.Denied("您的岗位不能登记这个地区的项目。", states.EDIT, target=project)
    _refuse_problems(
        [
            problem
            for number, project in enumerate(projects, 1)
            for problem in new_project_problems(project, project.name or f"第 {number} 个", document)
        ]
    )
    for year in sorted({project.project_year for project in projects}):
        of_year = [project for project in projects if project.project_year == year]
        for project, code in zip(of_year, Numbering(unit, year).take(len(of_year)), strict=True):
            project.code = code
    Project.objects.bulk_create(projects, batch_size=500)
    _record_births(projects, by, at, document)
    return projects


def draft_project(unit: Region, fields: Mapping[str, Any], at: datetime) -> Project:
    """An unsaved project of the unit, for checking."""
    known = {name: value for name, value in fields.items() if name in (*EDITABLE, "stage")}
    if unknown := set(fields) - set(known):
        raise TypeError(f"not fields of a new project: {sorted(unknown)}")
    return Project(unit=unit, created_at=at, updated_at=at, **known)


def new_project_problems(project: Project, label: str, document: str) -> list[Problem]:
    """Everything in the way of one new project: fields, personal data, stage. Asks the database nothing."""
    found = field_problems(project, label) + personal_problems({name: getattr(project, name) for name in FREE_TEXTS}, label)
    if project.stage not in states.UNTIL_START:
        words = "登记时的阶段最晚为前期；开工以后由周调度填报带入"
        found.append(Problem("stage", Severity.MUST, words, "请选前期或更早的阶段。", place="stage", row_label=label))
    elif project.method in states.RAILS and project.stage not in states.rail(project.method):
        words = f"{project.get_method_display()}没有“{project.get_stage_display()}”阶段"
        found.append(Problem("stage", Severity.MUST, words, "请选别的阶段。", place="stage", row_label=label))
    elif project.stage not in (Stage.PROPOSED, Stage.SCREENED, Stage.APPRAISED) and not document.strip():
        words = "已审定入库的项目须写明依据文件"
        found.append(Problem("document", Severity.MUST, words, "请填写文号。", place="document", row_label=label))
    return found


def _refuse_problems(problems: Sequence[Problem]) -> None:
    if problems:
        raise ProblemsFound(f"有 {len(problems)} 处须改正，没有保存。", problems)


def _record_births(projects: Sequence[Project], by, at: datetime, document: str) -> None:
    ProjectTransition.objects.bulk_create(
        [
            ProjectTransition(
                subject=project, name="create", source="", target=project.stage, by=by, by_name=str(by), at=at, document=document,
                seat=access.seat_label(by),
            )
            for project in projects
        ],
        batch_size=500,
    )  # fmt: skip
    births = [(project, None, {"code": project.code} | _words(project, EDITABLE)) for project in projects]
    audit.record_many(by=by, verb="登记项目", rows=births, at=at)


@transaction.atomic
def update_project(
    *, project: Project, changes: Mapping[str, Any], revision: int, by, at: datetime | None = None, reason: str = "", document: str = ""
) -> Project:
    """Change EDITABLE fields of a project as the person saw it at `revision`; unchanged values write nothing.

    After 列入年度计划 the plan's own fields need `reason` and `document`. Raises PermissionDenied, ProjectChanged (with the
    difference), ProblemsFound, Refusal.
    """
    at = at or periods.now()
    current = Project.objects.select_related("unit", "task", "implementer", "category").get(pk=project.pk)
    changed = _wanted(current, Change(project.pk, changes, revision, document), by, reason)
    if not changed:
        return current
    before = _set(current, changed)
    _refuse_problems(_change_problems(current))
    _write(current, changed, revision, at)
    after = _words(current, changed) | _given(reason, document)
    audit.record(by=by, verb="修改项目", target=current, before=before, after=after, at=at)
    current.refresh_from_db()
    return current


@dataclass(frozen=True)
class Change:
    """New values of EDITABLE fields of one project, as the person saw it at `revision`."""

    project_id: int
    values: Mapping[str, Any]
    revision: int
    document: str = ""


@transaction.atomic
def update_projects(*, changes: Sequence[Change], by, at: datetime | None = None, reason: str = "") -> None:
    """Many changes at once, each as by update_project; a fixed number of queries per 500 rows. All or nothing."""
    at = at or periods.now()
    ids = [change.project_id for change in changes]
    locked = Project.objects.select_for_update(of=("self",)).order_by("pk")  # as everybody locks projects
    rows = locked.prefetch_related("unit", "task", "implementer", "category").in_bulk(ids)
    problems, written, trail = [], [], []
    if gone := [pk for pk in ids if pk not in rows]:
        raise Refusal(f"有 {len(gone)} 个项目已被移出项目库，没有保存。请重新核对。", code="project_gone")
    for change in changes:
        current = rows[change.project_id]
        changed = _wanted(current, change, by, reason)
        if changed:
            before = _set(current, changed)
            problems += _change_problems(current)
            current.revision, current.updated_at = current.revision + 1, at
            written.append(current)
            trail.append((current, before, _words(current, changed) | _given(reason, change.document)))
    _refuse_problems(problems)
    Project.objects.bulk_create(
        written, batch_size=500, update_conflicts=True, unique_fields=["pk"], update_fields=[*EDITABLE, "revision", "updated_at"]
    )
    audit.record_many(by=by, verb="修改项目", rows=trail, at=at)


def _wanted(current: Project, change: Change, by, reason: str) -> dict[str, Any]:
    """The values that differ. Raises PermissionDenied, ProjectChanged, Refusal where the change may not be made."""
    if not access.may(by, states.EDIT, current):
        raise access.Denied("您的岗位不能修改这个项目。", states.EDIT, target=current)
    if unknown := set(change.values) - set(EDITABLE):
        raise TypeError(f"not editable: {sorted(unknown)}")
    changed = {name: value for name, value in change.values.items() if getattr(current, name) != value}
    if current.revision != change.revision:
        raise ProjectChanged(_differences(current, changed))
    _check_approval(current, changed, reason, change.document)
    return changed


def _set(project: Project, changed: Mapping[str, Any]) -> dict[str, str]:
    """Give the project its new values; what stood there before, in words."""
    before = _words(project, changed)
    for name, value in changed.items():
        setattr(project, name, value)
    return before


def _change_problems(project: Project) -> list[Problem]:
    texts = {name: getattr(project, name) for name in FREE_TEXTS}
    found = field_problems(project, project.name) + personal_problems(texts, project.name)
    if project.stage != Stage.REMOVED and project.stage not in states.rail(project.method):
        words = project.get_stage_display()
        found.append(Problem("method", Severity.MUST, f"{project.get_method_display()}没有“{words}”阶段", "请先退回到前面的阶段。", place="method"))
    return found


def _check_approval(project: Project, changed: Mapping[str, Any], reason: str, document: str) -> None:
    approved = [LABELS[name] for name in changed if name in APPROVED_CHANGES]
    if project.stage not in AFTER_PLAN or not approved:
        return
    if not reason.strip() or not document.strip():
        raise Refusal(f"项目已列入年度计划，调整{'、'.join(approved)}须写明理由和批准文件的文号。", code="approval_needed")


def _write(project: Project, changed: Mapping[str, Any], revision: int, at: datetime) -> None:
    """One conditional UPDATE: of two people at once, one saves and the other is told what changed."""
    rows = Project.objects.filter(pk=project.pk, revision=revision)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **changed):
        raise ProjectChanged(_differences(Project.objects.get(pk=project.pk), changed))


def _differences(current: Project, typed: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(LABELS[name], _word(current, name), _value_word(name, value)) for name, value in typed.items() if getattr(current, name) != value]


def _words(project: Project, names: Iterable[str]) -> dict[str, str]:
    """Fields as people read them, for the trail."""
    return {name: _word(project, name) for name in names}


def _word(project: Project, name: str) -> str:
    return _value_word(name, getattr(project, name))


def _value_word(name: str, value: Any) -> str:
    if value in (None, ""):
        return "空"
    if name.endswith("_yuan"):
        return f"{money.wan_text(value)} 万元"
    if isinstance(value, Model):
        return str(value)
    choices = dict(Project._meta.get_field(name).flatchoices)
    return str(choices.get(value, value))


def _given(reason: str, document: str) -> dict[str, str]:
    return ({"reason": reason} if reason else {}) | ({"document": document} if document else {})


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
    before = _words(project, values)
    rows = Project.objects.filter(pk=project.pk, revision=revision)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **values):
        raise StaleRevision("您打开页面之后项目已有改动，请核对最新内容后再保存。")
    project.refresh_from_db()
    audit.record(by=by, verb="变更施工状态", target=project, before=before, after=_words(project, values) | _given(reason, ""), at=at)
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

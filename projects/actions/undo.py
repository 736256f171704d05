"""Taking back what an import wrote, all or nothing, while nothing has come to depend on it (features 2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from linkage import access, audit
from linkage.errors import Refusal
from projects import states
from projects.actions.revision import withdraw_revisions
from projects.models import AlikePair, Procedure, Project, ProjectTransition, Stage
from projects.states.procedures import NOT_APPLIED as UNBEGUN

MOST_NAMED = 10
BATCH = 500
Former = tuple[int, Mapping[str, Any]]  # the revision the import left, and the values that stood before


@transaction.atomic
def take_back(*, created: Sequence[int], changed: Mapping[int, Former], by, at: datetime) -> str:
    """Remove the projects an import made and give the changed ones their former values; says in words what was done.

    A project made is removed only while nothing refers to it and nobody has touched it; its number is not used again. A
    changed one gets its values back only at the revision the import left. Raises PermissionDenied, Refusal naming every
    project in the way.
    """
    ids = sorted([*created, *changed])  # everybody locks projects in the order of their ids
    held: dict[int, Project] = {}
    for start in range(0, len(ids), BATCH):
        rows = Project.objects.select_related("unit").select_for_update(of=("self",)).filter(pk__in=ids[start : start + BATCH]).order_by("pk")
        held |= {project.pk: project for project in rows}
    if any(not access.may(by, states.EDIT, project) for project in held.values()):
        raise PermissionDenied("其中有您的岗位现在不能修改的项目，没有撤销。")
    standing = [held[pk] for pk in created if pk in held]
    obstacles = [*_touched(standing), *_referred(standing), *_moved_on(held, changed), *_off_the_rail(held, changed)]
    if obstacles:
        named = "；".join(obstacles[:MOST_NAMED])
        more = f"等 {len(obstacles)} 处" if len(obstacles) > MOST_NAMED else ""
        raise Refusal(f"没有撤销：导入之后已有别的内容要用到这些项目。{named}{more}。请先处理这些，或逐个修改项目。", code="undo_blocked")
    _give_back(held, changed, by, at)
    withdraw_revisions({pk: revision for pk, (revision, _) in changed.items()}, at=at, reason="撤销导入")
    _remove(standing, by, at)
    return f"移除新登记的项目 {len(standing)} 个，恢复变更前的内容 {len(changed)} 个。"


def _touched(projects: Sequence[Project]) -> list[str]:
    return [f"“{project}”（{project.code}）登记后又改过" for project in projects if project.revision]


def _referred(projects: Sequence[Project]) -> list[str]:
    """Whatever points at a project, in any app: money, report rows, vouchers, issues, progress, moves of stage."""
    by_pk = {project.pk: project for project in projects}
    found = []
    for relation in _pointing_at_projects():
        name, label = relation.field.name, relation.related_model._meta.verbose_name
        pointing = relation.related_model._base_manager.order_by()
        if relation.related_model is ProjectTransition:
            pointing = pointing.exclude(name="create")
        if relation.related_model is Procedure:
            pointing = pointing.exclude(state=UNBEGUN, revision=0)
        for start in range(0, len(projects), BATCH):
            some = [project.pk for project in projects[start : start + BATCH]]
            hits = pointing.filter(**{f"{name}__in": some}).values_list(name, flat=True).distinct()
            found += [f"“{by_pk[pk]}”（{by_pk[pk].code}）已有{label}" for pk in sorted(hits)]
    return found


def _pointing_at_projects() -> list[Any]:
    """Every foreign key to a project, also one without a way back; rows of 涉及地区 and pairs of like projects go with the project itself."""
    found = [one for one in Project._meta.get_fields(include_hidden=True) if one.auto_created and (one.one_to_many or one.one_to_one)]
    return [one for one in found if not one.related_model._meta.auto_created and one.related_model is not AlikePair]


def _moved_on(held: Mapping[int, Project], changed: Mapping[int, Former]) -> list[str]:
    return [
        f"“{held[pk]}”（{held[pk].code}）导入后又改过" if pk in held else f"编号 {pk} 的项目已不在"
        for pk, (revision, _) in changed.items()
        if pk not in held or held[pk].revision != revision
    ]


def _off_the_rail(held: Mapping[int, Project], changed: Mapping[int, Former]) -> list[str]:
    """A signed report moves the stage without a revision; the former 实施方式 may not know that stage."""
    return [
        f"“{project}”（{project.code}）已到“{project.get_stage_display()}”，不能改回原来的实施方式"
        for pk, (_, values) in changed.items()
        if (project := held.get(pk)) and "method" in values and project.stage not in (Stage.REMOVED, *states.rail(values["method"]))
    ]


def _give_back(held: Mapping[int, Project], changed: Mapping[int, Former], by, at: datetime) -> None:
    trail, names = [], set()
    for pk, (_, values) in changed.items():
        project = held[pk]
        now = {name: getattr(project, name) for name in values}
        for name, value in values.items():
            setattr(project, name, value)
        project.updated_at = at
        names |= set(values)
        trail.append((project, now, dict(values)))
    rows = [held[pk] for pk in changed]
    if rows:
        Project.objects.bulk_update(rows, [*names, "updated_at"], batch_size=BATCH)
        for start in range(0, len(rows), BATCH):
            Project.objects.filter(pk__in=[row.pk for row in rows[start : start + BATCH]]).update(revision=F("revision") + 1)
    audit.record_many(by=by, verb="撤销导入：恢复项目", rows=trail, at=at)


def _remove(projects: Sequence[Project], by, at: datetime) -> None:
    audit.record_many(by=by, verb="撤销导入：移除项目", rows=[(one, {"code": one.code, "name": one.name}, None) for one in projects], at=at)
    for start in range(0, len(projects), BATCH):
        some = [project.pk for project in projects[start : start + BATCH]]
        ProjectTransition.objects.filter(subject__in=some).delete()
        Procedure.objects.filter(project__in=some).delete()
        Project.objects.filter(pk__in=some).delete()

"""The procedures a project has to go through: generated, kept in step with the project, never losing a history (features 3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, periods
from linkage.errors import Refusal
from projects import states as stages
from projects.figures.checklist import Handlers, applies, used
from projects.models import Procedure, ProcedureKind, Project, ProjectTraits, Stage, Trait
from projects.models.plain import PlainProject
from projects.states import procedures as states

# From 列入年度计划 on a project has its list by itself; before, the county may ask for it.
LISTED = tuple(stages.ORDER[stages.ORDER.index(stages.PLANNED) :])
BATCH = 500
Listable = Project | PlainProject  # what a list is made for: a project, or its row of values


def follow_changes(projects: Sequence[Listable], *, at: datetime) -> None:
    """After projects were changed: those in the plan, and those that have a list already, get the list they need now."""
    others = [project.pk for project in projects if project.stage not in LISTED]
    begun: set[int] = set()
    for start in range(0, len(others), BATCH):
        rows = Procedure.objects.filter(project__in=others[start : start + BATCH])
        begun |= set(rows.order_by().values_list("project_id", flat=True))
    sync_checklists([project for project in projects if project.stage in LISTED or project.pk in begun], at=at)


@transaction.atomic
def sync_checklists(projects: Sequence[Listable], *, at: datetime) -> Counter[str]:
    """Bring the lists of these projects up to date; gives how many procedures were added, put back, taken off, handed over.

    Idempotent. What no longer applies is dropped while nobody has begun it and nothing hangs on it, else taken off the list with
    its history; what has not been applied for follows the present 承办单位. A constant number of queries per 500 projects.
    """
    counts: Counter[str] = Counter()
    kinds = list(ProcedureKind.objects.all()) if projects else []
    if not kinds:
        return counts
    handlers = Handlers.on(periods.day_of(at))
    for start in range(0, len(projects), BATCH):
        counts += _sync(projects[start : start + BATCH], kinds, handlers, at)
    return counts


def _sync(projects: Sequence[Listable], kinds: list[ProcedureKind], handlers: Handlers, at: datetime) -> Counter[str]:
    ids = [project.pk for project in projects]
    answers: Mapping[int, dict] = dict(ProjectTraits.objects.filter(project__in=ids).values_list("project_id", "answers"))
    locked = Procedure.objects.select_for_update().filter(project__in=ids).order_by("pk")  # nobody moves them meanwhile
    have = {(row.project_id, row.kind_id): row for row in locked}
    unwanted = []
    new, back, moved = [], [], []
    for project in projects:
        for kind in kinds:
            wanted, row = applies(kind, project, answers.get(project.pk, {})), have.get((project.pk, kind.pk))
            handler, note = handlers.of(project.unit_id, kind.matter_id)
            if row is None:
                new += [Procedure(project_id=project.pk, kind=kind, handler=handler, handler_note=note, created_at=at)] if wanted else []
            elif not wanted and row.state in states.SETTLED:
                continue  # what is done stays as it was
            elif not wanted:
                unwanted.append(row)
            else:
                if not row.is_applicable:
                    back.append(row)
                if row.state == states.NOT_APPLIED and (row.handler_id, row.handler_note) != (handler.pk if handler else None, note):
                    row.handler, row.handler_note = handler, note
                    moved.append(row)
    held = used(row.pk for row in unwanted)
    drop, off = [row for row in unwanted if row.pk not in held and row.is_untouched], [row for row in unwanted if row.pk in held or not row.is_untouched]
    Procedure.objects.filter(pk__in=[row.pk for row in drop]).delete()
    Procedure.objects.filter(pk__in=[row.pk for row in off], is_applicable=True).update(is_applicable=False)
    Procedure.objects.filter(pk__in=[row.pk for row in back]).update(is_applicable=True)
    Procedure.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
    if moved:
        Procedure.objects.bulk_update(moved, ["handler", "handler_note"], batch_size=BATCH)
    off_now = [row for row in off if row.is_applicable]
    return Counter({"added": len(new), "back": len(back), "off": len(off_now) + len(drop), "moved": len(moved)})


@transaction.atomic
def refresh_checklist(*, project: Project, by, at: datetime | None = None) -> Counter[str]:
    """The county asks for the list of a project (before the plan too), or brings it up to date."""
    at = at or periods.now()
    _require_county(by, project)
    if project.stage == Stage.REMOVED:
        raise Refusal("项目已出库，不再生成手续清单。", code="removed")
    counts = sync_checklists([project], at=at)
    if any(counts.values()):
        audit.record(by=by, verb="更新手续清单", target=project, at=at, after=dict(counts))
    return counts


@transaction.atomic
def answer_traits(*, project: Project, answers: Mapping[str, bool | None], by, at: datetime | None = None) -> Counter[str]:
    """The county says what the project is like (占用林地: 是/否; None takes an answer back); the list follows at once."""
    at = at or periods.now()
    _require_county(by, project)
    if unknown := set(answers) - set(Trait.values):
        raise TypeError(f"not traits: {sorted(unknown)}")
    row, _ = ProjectTraits.objects.get_or_create(project=project, defaults={"updated_at": at})
    before = dict(row.answers)
    row.answers = {name: value for name, value in (before | dict(answers)).items() if value is not None}
    if row.answers != before:
        row.updated_at = at
        row.save(update_fields=["answers", "updated_at"])
        audit.record(by=by, verb="说明手续适用情形", target=project, at=at, before=_said(before), after=_said(row.answers))
    return sync_checklists([project], at=at)


def _said(answers: Mapping[str, bool]) -> dict[str, str]:
    return {str(Trait(name).label): "是" if value else "否" for name, value in answers.items()}


def _require_county(by, project: Project) -> None:
    if not access.may(by, stages.EDIT, project):
        raise PermissionDenied("只有本县填报员能更新手续清单。")

"""What the decision of a plan does to its projects: into the plan, out of it, or other money (features 2.2–2.4). Set-based."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from linkage import access, audit
from linkage.errors import WrongState
from linkage.models import Level
from linkage.money import wan_text
from projects import states
from projects.actions.checklist import follow_changes
from projects.actions.revision import Approved, record_revisions
from projects.figures.plan import Difference, differences
from projects.figures.stages import stage_word
from projects.models import AnnualPlan, Project, ProjectTransition, RevisionKind, Stage

BATCH = 500


def carry_out(plan: AnnualPlan, *, by, at: datetime) -> None:
    """Called by decide() in its transaction: every admitted project of the version is 列入年度计划 with the plan's document; an
    adjustment takes back what it leaves out and keeps each change of money as a ProjectRevision."""
    rows = {item.project_id: item.amounts for item in plan.items.prefetch_related("money")}
    planned = _move(list(rows), states.PLAN, plan, by, at, reason="")
    follow_changes([project for project, _ in planned], at=at)
    if plan.based_on_id is None:
        return
    changed = differences(plan.based_on, rows)
    out = [one.project for one in changed if not one.after and one.project.stage in (Stage.PLANNED, Stage.PREPARING)]
    moved = _move([project.pk for project in out], states.TAKE_BACK, plan, by, at, reason=plan.reason)
    approved = [_taken_back(project, before, plan) for project, before in moved]
    approved += [_other_money(one, plan) for one in changed if one.before and one.after]
    _raise_revisions([one.project.pk for one in changed if one.before and one.after], at)
    record_revisions(approved, by=by, at=at)


def _move(ids: list[int], transition, plan: AnnualPlan, by, at: datetime, *, reason: str) -> list[tuple[Project, str]]:
    """Move those of the projects that stand in a source of the move; gives them as they are now, with the stage before."""
    seat, moved = access.seat_label(by), []
    for start in range(0, len(ids), BATCH):
        held = Project.objects.select_for_update(of=("self",)).select_related("unit").filter(pk__in=ids[start : start + BATCH], stage__in=transition.sources)
        moved += [(project, project.stage) for project in held.order_by("pk")]
    for start in range(0, len(moved), BATCH):
        some = [project.pk for project, _ in moved[start : start + BATCH]]
        rows = Project.objects.filter(pk__in=some, stage__in=transition.sources)
        if rows.update(stage=transition.target, revision=F("revision") + 1, updated_at=at) != len(some):
            raise WrongState("有项目的阶段刚被改动，没有登记审定。请刷新页面后再办。")
    for project, _ in moved:
        project.stage, project.revision = transition.target, project.revision + 1
    ProjectTransition.objects.bulk_create(
        [
            ProjectTransition(
                subject=project, name=transition.name, source=before, target=project.stage, by=by, by_name=str(by), seat=seat, at=at,
                reason=reason, document=plan.document_no,
            )
            for project, before in moved
        ],
        batch_size=BATCH,
    )  # fmt: skip
    given = {"document": plan.document_no} | ({"reason": reason} if reason else {})
    audit.record_many(
        by=by, verb=transition.label, rows=[(project, {"stage": before}, {"stage": project.stage} | given) for project, before in moved], at=at
    )
    return moved


def _taken_back(project: Project, before: str, plan: AnnualPlan) -> Approved:
    words = {"stage": stage_word(project.method, before)}, {"stage": stage_word(project.method, project.stage)}
    return Approved(project.pk, project.revision, *words, plan.reason, plan.document_no, RevisionKind.TAKEN_BACK)


def _other_money(one: Difference, plan: AnnualPlan) -> Approved:
    levels = [level for level in Level if one.before.get(level) != one.after.get(level)]
    before, after = (
        {f"plan_{level}": f"{wan_text(amounts[level])} 万元" if level in amounts else "无" for level in levels} for amounts in (one.before, one.after)
    )
    return Approved(one.project.pk, one.project.revision + 1, before, after, plan.reason, plan.document_no, RevisionKind.AMOUNT)


def _raise_revisions(ids: list[int], at: datetime) -> None:
    for start in range(0, len(ids), BATCH):
        Project.objects.filter(pk__in=ids[start : start + BATCH]).update(revision=F("revision") + 1, updated_at=at)

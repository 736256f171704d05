"""Moving a project through its stages: by a person with evidence, or by what signed statements prove (features 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from linkage import access, periods
from linkage.errors import ProblemsFound, Refusal, WrongState
from linkage.states import Transition, move
from projects import states
from projects.actions.checklist import follow_changes
from projects.actions.revision import Approved, record_revisions
from projects.checks import Evidence, completeness, judgement_problems, needs_document, refuse_personal_data
from projects.figures.stages import planned_by, stage_word
from projects.models import Progress, Project, ProjectDocument, ProjectTransition, RevisionKind, Stage

# Ways out of the annual plan are approved changes of it (2.3).
ENDING = {states.TAKE_BACK: RevisionKind.TAKEN_BACK, states.REMOVE: RevisionKind.ENDED}


def latest_progress(project: Project) -> Progress | None:
    """The newest live statement about a project."""
    return project.progress.live().order_by("-as_of", "-pk").first()


@transaction.atomic
def move_stage(
    *, project: Project, transition: Transition, by, revision: int | None = None, at: datetime | None = None, reason: str = "", document: str = "",
    judged_by: str = "", judged_on: date | None = None, file: ProjectDocument | None = None,
) -> Project:  # fmt: skip
    """One move of the table, with the evidence of its gate: who judged on which day and by which record (筛选、论证), a document's number,
    a whole record (审定入库), the plan's decision (前期; the system knows it), signed facts (开工 and after).

    Raises PermissionDenied, WrongState, StaleRevision, ProblemsFound (everything that is missing), Refusal (evidence missing).
    """
    at = at or periods.now()
    refuse_personal_data(reason, document, judged_by)
    evidence = Evidence(reason, document, judged_by, judged_on, file)
    if transition.target != Stage.REMOVED and transition.target not in states.rail(project.method):
        raise WrongState(f"{project.get_method_display()}项目没有“{Stage(transition.target).label}”阶段。")
    if project.stage in transition.sources and access.may(by, transition.permission, project):
        _check_evidence(project, transition, evidence, at)
    if transition == states.PREPARE:
        document = document.strip() or planned_by(project).document
    before = project.stage
    moved = move(
        project, transition, by=by, at=at, revision=revision, reason=reason, document=document, changes={"updated_at": at}, told=evidence.told
    )
    if transition in ENDING and before in (states.PLANNED, states.PREPARING):
        words = {"stage": stage_word(project.method, before)}, {"stage": stage_word(project.method, moved.stage)}
        record_revisions([Approved(moved.pk, moved.revision, *words, reason, document, ENDING[transition])], by=by, at=at)
    if transition in states.FORWARD:
        follow_changes([moved], at=at)
    return moved


def _check_evidence(project: Project, transition: Transition, evidence: Evidence, at: datetime) -> None:
    forward = transition in states.FORWARD
    if forward and states.next_move(project.method, project.stage) != transition:
        raise WrongState(f"“{project}”现在是“{project.get_stage_display()}”，不能越过中间阶段{transition.label}。")
    problems = completeness(project) if transition.target == Stage.ADMITTED and forward else []
    if problems := problems + judgement_problems(project, transition, evidence, periods.day_of(at)):
        raise ProblemsFound(f"还不能{transition.label}：", problems)
    if forward and transition.target in states.CARRIED_OUT and states.proven_by(project.method, transition.target, latest_progress(project)) is False:
        raise Refusal(f"还缺依据：{states.evidence_words(project.method, transition.target)}。周调度上报后会自动转入。", code="evidence_needed")
    if forward and needs_document(project, transition) and not evidence.document.strip():
        raise Refusal("请写明依据文件的文号。", code="document_needed")


def follow_statements(changes: Iterable[tuple[Project, str]], *, by, at: datetime, statement: str) -> None:
    """Write the stage rows of projects that a signed statement carried along: (project as it stands now, stage before).

    Called by post_progress inside its transaction; the projects' own rows are written there.
    """
    ProjectTransition.objects.bulk_create(
        [
            ProjectTransition(
                subject=project, name="statement", source=before, target=project.stage, by=by, by_name=str(by) if by else "系统", at=at,
                reason="按已签周调度填报带入", document=statement,
            )
            for project, before in changes
            if project.stage != before
        ],
        batch_size=500,
    )  # fmt: skip

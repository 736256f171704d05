"""Moving through the stages: evidence at the gates, wrong states, two moves at once (features 2.2)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.errors import ProblemsFound, Refusal, StaleRevision, WrongState
from linkage.models import AuditEvent, DictionaryEntry, DictionaryKind
from projects import states
from projects.actions.document import add_document, withdraw_document
from projects.actions.progress import post_progress
from projects.actions.project import create_project
from projects.actions.stage import move_stage
from projects.models import Method, Stage

pytestmark = pytest.mark.django_db
NUMBER = "呼农组发〔2026〕3号"


def go(world, project, transition, by=None, **given):
    return move_stage(project=project, transition=transition, by=by or world.huma_clerk, at=world.at(), **given)


def whole(world, **values):
    """A project whose record is complete for 审定入库."""
    return world.project(world.huma, "冷链仓储", **{
        "stage": Stage.APPRAISED, "content": "冷库 800 平方米", "site": "呼玛镇", "category": world.category,
        "implementer": world.huma_implementer_bureau, "planned_start_on": date(2026, 5, 1), "planned_finish_on": date(2026, 10, 1),
    } | values)  # fmt: skip


def state(world, project, day=12, **facts):
    post_progress(
        as_of=date(2026, 11, day), statement=f"weekly/{day}/huma", version=1, rows={project.pk: facts}, by=world.huma_chief, at=world.at()
    )
    project.refresh_from_db()


def test_admission_needs_a_document_number(world):
    project = whole(world)
    with pytest.raises(Refusal, match="文号"):
        go(world, project, states.ADMIT)
    assert go(world, project, states.ADMIT, document=NUMBER).stage == Stage.ADMITTED
    row = project.transitions.last()
    assert (row.source, row.target, row.document, row.by) == ("appraised", "admitted", NUMBER, world.huma_clerk)


def test_admission_of_an_incomplete_record_names_what_is_missing(world):
    with pytest.raises(ProblemsFound) as refused:
        go(world, whole(world, site="", category=None), states.ADMIT, document=NUMBER)
    assert [p.place for p in refused.value.problems] == ["site", "category"]


def test_stages_cannot_be_skipped(world):
    with pytest.raises(WrongState):
        go(world, whole(world, stage=Stage.PROPOSED), states.ADMIT, document=NUMBER)
    with pytest.raises(WrongState, match="中间"):
        go(world, whole(world, stage=Stage.PLANNED, code="x"), states.START)


def test_a_subsidy_has_no_preparation(world):
    project = whole(world, method=Method.SUBSIDY, stage=Stage.PLANNED)
    with pytest.raises(WrongState, match="前期"):
        go(world, project, states.PREPARE)


def test_start_waits_for_the_weekly_statement(world):
    project = whole(world, stage=Stage.PREPARING)
    with pytest.raises(Refusal, match="周调度"):
        go(world, project, states.START)


def test_a_signed_statement_carries_the_project_forward_with_a_row_of_history(world):
    project = whole(world, stage=Stage.PREPARING)
    state(world, project, started_on=date(2026, 5, 3), physical_ratio=Decimal("0.4000"))
    assert (project.stage, project.started_on, project.physical_ratio) == (Stage.STARTED, date(2026, 5, 3), Decimal("0.4000"))
    row = project.transitions.get()
    assert (row.name, row.source, row.target, row.document) == ("statement", "preparing", "started", "weekly/12/huma/v1")


def test_a_purchase_starts_with_its_contract_and_does_not_fall_back(world):
    project = whole(world, method=Method.PURCHASE, stage=Stage.PLANNED)
    state(world, project, contract_signed_on=date(2026, 6, 1))
    assert project.stage == Stage.STARTED
    state(world, project, day=19, contract_signed_on=date(2026, 6, 1))
    assert project.stage == Stage.STARTED
    assert project.transitions.count() == 1


def test_completion_of_a_subsidy_is_confirmed_with_a_document(world):
    project = whole(world, method=Method.SUBSIDY, stage=Stage.STARTED)
    with pytest.raises(Refusal, match="文号"):
        go(world, project, states.FINISH)
    assert go(world, project, states.FINISH, document="呼财农〔2026〕8号").stage == Stage.FINISHED


@pytest.mark.parametrize("given", [{}, {"reason": "群众意见不统一"}, {"document": NUMBER}])
def test_removal_needs_reason_and_document(world, given):
    with pytest.raises(Refusal):
        go(world, whole(world), states.REMOVE, **given)


def test_removal_and_a_new_proposal(world):
    project = go(world, whole(world), states.REMOVE, reason="群众意见不统一", document=NUMBER)
    assert project.stage == Stage.REMOVED
    assert go(world, project, states.PROPOSE_AGAIN, reason="已协商一致").stage == Stage.PROPOSED


def test_a_started_project_is_not_removed(world):
    with pytest.raises(WrongState):
        go(world, whole(world, stage=Stage.STARTED), states.REMOVE, reason="不做了", document=NUMBER)


def test_a_reason_with_an_identity_number_is_refused(world):
    with pytest.raises(Refusal, match="身份证号"):
        go(world, whole(world), states.REMOVE, reason="户主 232721198003041234 不同意", document=NUMBER)


@pytest.mark.parametrize("person", ["office", "mohe_clerk", "huma_chief", "huma_implementer"])
def test_others_may_not_move(world, person):
    with pytest.raises(PermissionDenied):
        go(world, whole(world, stage=Stage.PROPOSED), states.SCREEN, by=getattr(world, person))


def test_of_two_moves_at_once_one_is_told(world):
    project = whole(world, stage=Stage.PLANNED)
    seen = project.revision
    type(project).objects.filter(pk=project.pk).update(revision=seen + 1)
    with pytest.raises(StaleRevision):
        go(world, project, states.PREPARE, revision=seen, document=NUMBER)


def test_the_same_move_twice_is_a_wrong_state(world):
    project, same = whole(world, stage=Stage.PLANNED), None
    same = type(project).objects.get(pk=project.pk)
    go(world, project, states.PREPARE, revision=0, document=NUMBER)
    with pytest.raises(WrongState):
        go(world, same, states.PREPARE, revision=0, document=NUMBER)


# -- who judged, on which day, by which record ------------------------------------------------------------------------------

MEETING = {"judged_by": "县乡村振兴工作专题会", "judged_on": date(2026, 3, 2), "document": "会议纪要〔2026〕4号"}


def paper(world, project):
    kind = DictionaryEntry.objects.get_or_create(kind=DictionaryKind.DOCUMENT, code="approval", defaults={"name": "批复"})[0]
    file = SimpleUploadedFile("论证意见.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    return add_document(owner=project, file=file, kind=kind, by=world.huma_clerk, at=world.at())


def test_a_judgement_names_who_when_and_by_which_record(world):
    project = whole(world, stage=Stage.PROPOSED)
    with pytest.raises(ProblemsFound) as refused:
        go(world, project, states.SCREEN, reason="符合条件")
    assert [problem.place for problem in refused.value.problems] == ["judged_by", "judged_on", "document"]
    go(world, project, states.SCREEN, reason="符合条件", **MEETING)
    row = project.transitions.get()
    assert (row.target, row.judged_by, row.judged_on, row.document, row.reason) == (
        "screened", "县乡村振兴工作专题会", date(2026, 3, 2), "会议纪要〔2026〕4号", "符合条件",
    )  # fmt: skip
    assert AuditEvent.objects.get(verb="通过筛选").after["judged_on"] == "2026-03-02"


def test_a_file_of_the_project_stands_for_the_number_and_no_other_file_does(world):
    project, other = whole(world, stage=Stage.SCREENED), world.project(world.huma, "别的项目")
    said = MEETING | {"document": ""}
    for file in (paper(world, other), withdraw_document(document=paper(world, project), reason="传错了", by=world.huma_clerk, at=world.at())):
        with pytest.raises(ProblemsFound, match="论证") as refused:
            go(world, project, states.APPRAISE, file=file, **said)
        assert [problem.place for problem in refused.value.problems] == ["file"]
    file = paper(world, project)
    assert go(world, project, states.APPRAISE, file=file, **said).stage == Stage.APPRAISED
    assert project.transitions.get().file == file


@pytest.mark.parametrize(("day", "words"), [(date(2026, 3, 1), "早于前面“筛选”的日期 2026-03-02"), (date(2026, 12, 1), "晚于今天")])
def test_a_day_before_the_gate_before_or_to_come_is_refused(world, day, words):
    project = go(world, whole(world, stage=Stage.PROPOSED), states.SCREEN, **MEETING)
    with pytest.raises(ProblemsFound) as refused:
        go(world, project, states.APPRAISE, **MEETING | {"judged_on": day})
    assert words in refused.value.problems[0].message
    assert go(world, project, states.APPRAISE, **MEETING).stage == Stage.APPRAISED  # the same day is as good


def test_preparation_rests_on_the_decision_that_the_system_knows(world):
    unknown = whole(world, stage=Stage.PLANNED)
    with pytest.raises(Refusal, match="文号"):
        go(world, unknown, states.PREPARE)
    project = go(world, whole(world, stage=Stage.ADMITTED), states.PLAN, document=NUMBER)
    assert go(world, project, states.PREPARE).stage == Stage.PREPARING
    assert project.transitions.last().document == NUMBER


@pytest.mark.parametrize("stage", [Stage.SCREENED, Stage.APPRAISED, Stage.ADMITTED, Stage.PLANNED])
def test_nobody_registers_past_a_gate_without_a_document(world, stage):
    values = {
        "name": "冷链仓储", "method": Method.WORKS, "task": world.tasks["consolidate"], "project_year": 2026,
        "planned_investment_yuan": Decimal(100), "stage": stage,
    }  # fmt: skip
    with pytest.raises(ProblemsFound) as refused:
        create_project(unit=world.huma, by=world.huma_clerk, at=world.at(), **values)
    assert [problem.place for problem in refused.value.problems] == ["document"]
    assert create_project(unit=world.huma, by=world.huma_clerk, at=world.at(), document=NUMBER, **values).stage == stage


@pytest.mark.parametrize("method", [Method.GRANT, Method.SUBSIDY, Method.TRAINING, Method.EQUITY, Method.FEE])
def test_no_gate_of_other_methods_asks_for_construction_papers(method):
    asked = [states.evidence_words(method, stage) for stage in states.rail(method)]
    assert not [words for words in asked if any(word in words for word in ("开工", "完工", "施工", "图审", "监理"))]
    assert states.PREPARING not in states.rail(method)

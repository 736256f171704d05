"""Procedures: the generated list, the moves, days and terms, who acts, 代录 and 异议 (features 3.1–3.3)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from linkage import audit, counters
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import AuditEvent, Notification, Responsibility
from projects import reference
from projects.actions import catalogue as keeping
from projects.actions.checklist import answer_traits, refresh_checklist, sync_checklists
from projects.actions.procedure import confirm_records, dispute_record, mark_green, record_step, take_back_step
from projects.actions.project import create_project, update_project
from projects.actions.stage import move_stage
from projects.forms.procedure import StepForm
from projects.models import Confirmation, Method, Procedure, ProcedureKind, ProcedureState, Stage
from projects.states import TRANSITIONS as STAGES
from projects.states import procedures as states
from tests.projects.procedures import catalogue, procedure


@pytest.fixture
def listed(world):
    """A cold store of 1.2 million in the plan, its list generated."""
    world.catalogue = catalogue(world)
    world.store = world.project(world.huma, "冷链仓储", content="冷库一座", planned_investment_yuan=Decimal("1200000"))
    sync_checklists([world.store], at=world.at())
    return world


def codes(project, **conditions):
    return list(Procedure.objects.filter(project=project, **conditions).order_by("kind__display_order").values_list("kind__code", flat=True))


def step(w, row, name, day, by=None, month=11, **given):
    return record_step(procedure=row, transition=states.TRANSITIONS[name], on=date(2026, month, day), by=by or w.huma_land, **given)


# -- the catalogue -------------------------------------------------------------------------------------------------------


def test_the_reference_catalogue_is_loaded_once_and_edits_stay(world):
    catalogue(world)
    assert ProcedureKind.objects.count() == 14
    permit = ProcedureKind.objects.get(code="permit")
    assert permit.terms.get().legal_days == 7
    assert permit.terms.get().is_verified is False
    keeping.save_kind(kind=permit, values={"name": "建筑工程施工许可"}, prerequisites=[], by=world.office_head, revision=0)
    assert reference.load() == {}
    assert ProcedureKind.objects.get(code="permit").name == "建筑工程施工许可"


def test_only_the_office_head_edits_the_catalogue(listed):
    permit = listed.catalogue.kinds["permit"]
    for person in (listed.office, listed.huma_clerk, listed.housing):
        with pytest.raises(PermissionDenied):
            keeping.save_kind(kind=permit, values={"name": "x"}, prerequisites=[], by=person)


def test_a_promise_longer_than_the_law_is_refused(listed):
    with pytest.raises(Refusal, match="承诺工作日不能多于法定工作日"):
        keeping.change_term(
            kind=listed.catalogue.kinds["permit"], effective_from=date(2026, 12, 1), legal_days=7, legal_basis="建筑法第八条", promised_days=8,
            by=listed.office_head,
        )


def test_prerequisites_do_not_go_round_in_a_ring(listed):
    kinds = listed.catalogue.kinds
    with pytest.raises(Refusal, match="绕成了圈"):
        keeping.save_kind(kind=kinds["land-preview"], values={}, prerequisites=[kinds["forest-land"]], by=listed.office_head)


def test_two_editors_of_one_kind_one_is_told(listed):
    kind = listed.catalogue.kinds["permit"]
    keeping.save_kind(kind=kind, values={"note": "甲"}, prerequisites=[], by=listed.office_head, revision=0)
    with pytest.raises(StaleRevision):
        keeping.save_kind(kind=kind, values={"note": "乙"}, prerequisites=[], by=listed.office_head, revision=0)


# -- the list ------------------------------------------------------------------------------------------------------------


def test_works_get_their_list_by_investment_words_and_traits(listed):
    # 120 万元: no tender (from 400 万元), no supervision; "冷链" matches 环评 and 施工许可; no word of a road
    assert codes(listed.store) == [
        "land-preview", "proposal", "budget-review", "planning", "forest-land", "eia", "water", "permit", "acceptance",
    ]  # fmt: skip


@pytest.mark.parametrize("method", [Method.GRANT, Method.SUBSIDY, Method.TRAINING, Method.EQUITY, Method.FEE])
def test_non_construction_projects_are_never_asked_for_papers(listed, method):
    project = listed.project(listed.huma, "养殖补助冷库", method=method, planned_investment_yuan=Decimal(90_000_000))
    sync_checklists([project], at=listed.at())
    assert codes(project) == []


def test_a_purchase_is_asked_for_its_procurement_alone(listed):
    project = listed.project(listed.huma, "农机采购", method=Method.PURCHASE)
    sync_checklists([project], at=listed.at())
    assert codes(project) == ["procurement"]


def test_making_the_list_twice_changes_nothing(listed):
    before = list(Procedure.objects.values())
    assert not any(sync_checklists([listed.store], at=listed.at(17)).values())
    assert list(Procedure.objects.values()) == before


def test_the_handler_comes_from_the_dated_responsibility(listed):
    assert procedure(listed.store, "land-preview").handler == listed.huma_land_bureau
    forest = procedure(listed.store, "forest-land")
    assert (forest.handler, forest.is_outside) == (listed.forest_group, True)
    assert procedure(listed.store, "acceptance").handler_words == "承办单位待明确"  # nobody answers for it: a gap
    answer_traits(project=listed.store, answers={"road": True}, by=listed.huma_clerk)
    assert procedure(listed.store, "road").handler_words == "本地无此机构"


def test_what_nobody_began_follows_a_change_of_responsibility_what_is_under_way_stays(listed):
    land, planning = procedure(listed.store, "land-preview"), procedure(listed.store, "planning")
    step(listed, land, "apply", 9, by=listed.huma_clerk)
    Responsibility.objects.filter(region=listed.huma, matter__code__in=["land", "planning"]).update(organisation=listed.land_bureau)
    refresh_checklist(project=listed.store, by=listed.huma_clerk)
    land.refresh_from_db(), planning.refresh_from_db()
    assert (land.handler, planning.handler) == (listed.huma_land_bureau, listed.land_bureau)


def test_a_history_is_never_dropped(listed):
    store = listed.store
    step(listed, procedure(store, "land-preview"), "apply", 9, by=listed.huma_clerk)
    answer_traits(project=store, answers={"land": False, "forest": False}, by=listed.huma_clerk)
    assert codes(store, is_applicable=False) == ["land-preview"]
    assert "planning" not in codes(store)
    assert "forest-land" not in codes(store)
    answer_traits(project=store, answers={"land": None}, by=listed.huma_clerk)
    assert codes(store, is_applicable=False) == []
    assert procedure(store, "land-preview").state == ProcedureState.APPLIED


def test_the_list_follows_investment_and_method(listed):
    w = listed
    counters.next_numbers("project", "huma", 2026)  # the world numbers its projects itself
    project = create_project(
        unit=w.huma, name="村内道路", method=Method.WORKS, task=w.tasks["consolidate"], project_year=2026, planned_investment_yuan=Decimal(3_000_000),
        stage=Stage.PLANNED, document="呼农领〔2026〕1号", by=w.huma_clerk,
    )  # fmt: skip
    assert "road" in codes(project)
    assert "tender" not in codes(project)
    basis = {"reason": "扩大规模", "document": "呼农领〔2026〕2号", "by": w.huma_clerk}
    project = update_project(project=project, changes={"planned_investment_yuan": Decimal(5_000_000)}, revision=0, **basis)
    assert {"tender", "supervision"} <= set(codes(project))
    project = update_project(project=project, changes={"method": Method.PURCHASE}, revision=1, **basis)
    assert codes(project) == ["procurement"]


def test_a_project_gets_its_list_when_it_enters_the_plan(listed):
    w = listed
    project = w.project(w.huma, "晒场", stage=Stage.ADMITTED)
    assert codes(project) == []
    move_stage(project=project, transition=STAGES["plan"], by=w.huma_clerk, document="呼农领〔2026〕3号")
    assert "proposal" in codes(project)


def test_only_the_county_answers_for_its_project(listed):
    for person in (listed.mohe_clerk, listed.huma_land, listed.office):
        with pytest.raises(PermissionDenied):
            answer_traits(project=listed.store, answers={"land": False}, by=person)


# -- the moves ------------------------------------------------------------------------------------------------------------


def test_a_bureau_takes_a_matter_through(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 4)
    assert (row.legal_days, row.promised_days) == (20, 15)
    assert (row.legal_due_on, row.promised_due_on) == (date(2026, 12, 2), date(2026, 11, 25))
    step(listed, row, "ask_correction", 9, reason="缺勘测报告")
    assert row.promised_due_on is None
    step(listed, row, "corrected", 16, by=listed.huma_clerk)
    assert row.promised_due_on == date(2026, 12, 2)  # 3 of 15 days used before the pause, 12 more after the 16th
    with pytest.raises(Refusal, match="准予须填写文号"):
        step(listed, row, "grant", 16)
    step(listed, row, "grant", 16, document="呼自然资预审〔2026〕7号")
    assert (row.state, row.document_no, row.ended_on) == ("granted", "呼自然资预审〔2026〕7号", date(2026, 11, 16))
    assert (row.department_days, row.applicant_days, row.outside_days, row.term_days, row.corrections) == (5, 5, 0, 3, 1)
    assert row.confirmation == Confirmation.NONE
    assert [event.on.day for event in row.transitions.all()] == [2, 4, 9, 16, 16]


def test_what_mostly_comes_next_is_offered_first():
    """Nobody asks for corrections by leaving the list as it is."""
    for state, first in ((states.APPLIED, "accept"), (states.ACCEPTED, "grant"), (states.TOLERANT, "supplied"), (states.CORRECTING, "corrected")):
        form = StepForm(procedure=Procedure(kind=ProcedureKind(nature="approval")), moves=states.moves_from(state))
        offered = [name for name, _ in form.fields["transition"].choices]
        assert (form["transition"].initial, offered[0]) == (first, first)
        assert set(offered) == {move.name for move in states.moves_from(state)}


def test_the_database_refuses_a_grant_without_number(listed):
    with transaction.atomic(), pytest.raises(IntegrityError):
        Procedure.objects.filter(kind__code="permit").update(state="granted")


def test_a_day_lies_neither_ahead_nor_before_the_previous_step(listed):
    row = procedure(listed.store, "land-preview")
    with pytest.raises(Refusal, match="在今天之后"):
        step(listed, row, "apply", 17, by=listed.huma_clerk)
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    with pytest.raises(Refusal, match="早于上一步“已申请”的日期 2026-11-09"):
        step(listed, row, "accept", 6)
    row.refresh_from_db()
    assert (row.state, row.revision, row.transitions.count()) == ("applied", 1, 1)


def test_a_move_the_table_does_not_know_is_refused(listed):
    row = procedure(listed.store, "land-preview")
    with pytest.raises(WrongState, match="现在是“未申请”，不能受理"):
        step(listed, row, "accept", 9)


@pytest.mark.parametrize("name", ["not_accept", "accept_tolerant", "ask_correction", "withdraw"])
def test_what_needs_a_reason_asks_for_it(listed, name):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    with pytest.raises(Refusal, match="须填写说明"):
        step(listed, row, name, 10)


def test_missing_papers_must_come_before_the_grant(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    step(listed, row, "accept_tolerant", 10, reason="缺社会稳定风险评估，20日前补齐")
    with pytest.raises(WrongState):
        step(listed, row, "grant", 11, document="〔2026〕1号")
    step(listed, row, "supplied", 12, by=listed.huma_clerk)
    step(listed, row, "grant", 13, document="〔2026〕1号")
    assert row.term_days == 3


def test_a_promise_may_be_granted_at_once(listed):
    row = procedure(listed.store, "water")
    step(listed, row, "apply", 9, by=listed.water)
    step(listed, row, "accept_committed", 9, by=listed.water)
    step(listed, row, "grant", 9, by=listed.water, document="水保〔2026〕2号")
    assert (row.state, row.department_days) == ("granted", 0)


def test_a_refused_application_begins_anew(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "not_accept", 3, reason="不属本级权限")
    assert (row.ended_on, row.department_days) == (date(2026, 11, 3), 1)
    step(listed, row, "apply", 10, by=listed.huma_clerk)
    assert (row.applied_on, row.ended_on, row.department_days) == (date(2026, 11, 10), None, 0)


def test_sparing_needs_its_legal_ground_and_can_be_taken_back(listed):
    row = procedure(listed.store, "permit")
    with pytest.raises(Refusal, match="免办的法定依据"):
        step(listed, row, "spare", 9, by=listed.housing)
    step(listed, row, "spare", 9, by=listed.housing, reason="限额以下（建筑工程施工许可管理办法第二条）")
    assert (row.state, row.exemption) == ("exempt", "限额以下（建筑工程施工许可管理办法第二条）")
    step(listed, row, "unspare", 10, by=listed.housing, reason="规模扩大")
    assert row.state == "not_applied"


def test_two_people_at_once_one_wins_the_other_is_told_what_stands(listed):
    mine, yours = procedure(listed.store, "land-preview"), procedure(listed.store, "land-preview")
    step(listed, mine, "apply", 9, by=listed.huma_clerk, revision=0)
    with pytest.raises((WrongState, StaleRevision), match="现在是“已申请”"):
        step(listed, yours, "apply", 9, by=listed.huma_land, revision=0)
    assert mine.transitions.count() == 1


def test_a_stale_page_is_told_who_did_what_meanwhile(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    seen = procedure(listed.store, "land-preview")
    mark_green(procedure=row, is_green=True, reason="防汛", by=listed.office, revision=1)
    with pytest.raises(StaleRevision, match=r"现在是“已申请”，最近一步“申请”由 .+ 记录"):
        step(listed, seen, "accept", 10, revision=1)


# -- who acts -------------------------------------------------------------------------------------------------------------


def test_only_the_handler_and_the_county_act(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    for person in (listed.land, listed.huma_finance, listed.finance, listed.huma_agri, listed.mohe_clerk, listed.mohe_land, listed.office, listed.leader):
        with pytest.raises(PermissionDenied):
            step(listed, row, "accept", 10, by=person)


def test_what_the_county_records_waits_for_the_body(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    assert row.confirmation == Confirmation.NONE  # its own act
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    step(listed, row, "grant", 10, by=listed.huma_clerk, document="呼自然资〔2026〕7号")
    assert row.confirmation == Confirmation.WAITING
    assert Notification.objects.filter(user=listed.huma_land, title__contains="县级代录").count() == 2
    with pytest.raises(PermissionDenied):
        confirm_records(procedure=row, by=listed.huma_clerk, revision=row.revision)
    confirm_records(procedure=row, by=listed.huma_land, revision=row.revision)
    assert row.confirmation == Confirmation.CONFIRMED
    assert set(row.transitions.filter(is_by_county=True).exclude(name="apply").values_list("confirmation", flat=True)) == {"confirmed"}
    with pytest.raises(WrongState, match="没有待确认的代录"):
        confirm_records(procedure=row, by=listed.huma_land, revision=row.revision)


def test_a_dispute_stands_on_both_sides_until_the_county_corrects(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    with pytest.raises(Refusal, match="理由"):
        dispute_record(procedure=row, reason=" ", by=listed.huma_land, revision=row.revision)
    dispute_record(procedure=row, reason="受理日应为11月6日", by=listed.huma_land, revision=row.revision)
    assert row.confirmation == Confirmation.DISPUTED
    assert Notification.objects.filter(user=listed.huma_clerk, body__contains="受理日应为11月6日").exists()
    take_back_step(procedure=row, reason="日期录错", by=listed.huma_clerk, revision=row.revision)
    assert (row.state, row.confirmation, row.accepted_on, row.legal_days) == ("applied", Confirmation.NONE, None, None)
    step(listed, row, "accept", 6, by=listed.huma_clerk)
    assert (row.accepted_on, row.confirmation) == (date(2026, 11, 6), Confirmation.WAITING)
    assert row.transitions.count() == 3  # the wrong step stays, crossed out
    assert row.transitions.get(voided_at__isnull=False).void_reason == "日期录错"


def test_the_county_does_not_take_back_what_the_body_recorded(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3)
    with pytest.raises(PermissionDenied, match="部门记录的由部门更正"):
        take_back_step(procedure=row, reason="录错", by=listed.huma_clerk, revision=row.revision)
    take_back_step(procedure=row, reason="录错", by=listed.huma_land, revision=row.revision)
    assert row.state == "applied"


def test_a_confirmation_at_a_stale_revision_is_refused(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    seen = row.revision
    step(listed, row, "refuse", 4, by=listed.huma_clerk, reason="不符合规划")
    with pytest.raises(StaleRevision, match="不予许可"):
        confirm_records(procedure=row, by=listed.huma_land, revision=seen)


def test_nobody_can_confirm_for_a_body_outside(listed):
    row = procedure(listed.store, "forest-land")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    step(listed, row, "grant", 12, by=listed.huma_clerk, document="林资许〔2026〕3号")
    assert row.confirmation == Confirmation.NONE
    assert (row.department_days, row.applicant_days, row.outside_days) == (0, 0, 8)


def test_the_handler_sees_the_project_it_acts_on_and_no_other(listed):
    from projects.models import Project

    other = listed.project(listed.mohe, "晒场")
    assert list(Project.objects.visible_to(listed.huma_land)) == [listed.store]
    assert Procedure.objects.visible_to(listed.housing).filter(kind__code="permit").exists()
    sync_checklists([other], at=listed.at())
    assert not Procedure.objects.visible_to(listed.huma_land).filter(project=other).exists()


def test_personal_numbers_are_not_kept(listed):
    row = procedure(listed.store, "land-preview")
    with pytest.raises(Refusal, match="身份"):
        step(listed, row, "apply", 2, by=listed.huma_clerk, reason="申请人 232721199001011234")


def test_every_act_is_in_the_trail(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    mark_green(procedure=row, is_green=True, reason="防汛应急", by=listed.huma_clerk, revision=1)
    verbs = list(AuditEvent.objects.filter(target_type="projects.procedure").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["申请", "列入绿色通道"]
    assert audit.seal(at=listed.at(17)) >= 2


def test_green_needs_a_reason_and_ends_with_the_procedure(listed):
    row = procedure(listed.store, "land-preview")
    with pytest.raises(Refusal, match="理由"):
        mark_green(procedure=row, is_green=True, reason="", by=listed.office, revision=0)
    with pytest.raises(PermissionDenied):
        mark_green(procedure=row, is_green=True, reason="急", by=listed.leader, revision=0)
    step(listed, row, "spare", 9, reason="不新增建设用地（土地管理法实施条例第二十四条）")
    with pytest.raises(WrongState):
        mark_green(procedure=row, is_green=True, reason="急", by=listed.office, revision=1)

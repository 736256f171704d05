"""The annual implementation plan: composed from the library, decided by another person with a document, filed; what is decided
never changes, an adjustment is the next version (2.4)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linkage import access
from linkage.errors import ProblemsFound, Refusal, SamePerson, StaleRevision, WrongState
from linkage.models import Notification
from projects.actions import plan as plans
from projects.models import AnnualPlan, Method, PlanState, Progress, ProjectRevision, Stage

pytestmark = pytest.mark.django_db
DOCUMENT = "呼农组发〔2026〕3号"
DAY = date(2026, 11, 16)


@pytest.fixture
def road(world):
    return world.project(world.huma, "村内道路", stage=Stage.ADMITTED, planned_investment_yuan=Decimal(900_000))


@pytest.fixture
def store(world):
    return world.project(world.huma, "冷链仓储", stage=Stage.ADMITTED)


def begin(world, **values):
    return plans.open_plan(**{"unit": world.huma, "year": 2026, "by": world.huma_clerk, "at": world.at()} | values)


def fill(world, plan, rows, *, by=None, note="", revision=None):
    rows = {project.pk: {level: Decimal(amount) for level, amount in amounts.items()} for project, amounts in rows.items()}
    revision = plan.revision if revision is None else revision
    return plans.save_items(plan=plan, rows=rows, note=note, by=by or world.huma_clerk, revision=revision, at=world.at())


def issue(world, level, amount):
    """A share of this size that nobody has arranged yet."""
    other = world.project(world.huma, f"别的{level}", amounts={level: amount}, project_year=2025, stage=Stage.STARTED)
    other.allocations.all().delete()


def decided(world, rows, note="资金文件在途"):
    plan = fill(world, begin(world), rows, note=note)
    plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    return plans.decide(plan=plan, document=DOCUMENT, decided_on=DAY, by=world.huma_chief, at=world.at())


def amounts(plan):
    return {item.project.name: item.amounts for item in plan.items.select_related("project")}


# -- composing ----------------------------------------------------------------------------------------------------------


def test_a_first_version_begins_with_the_projects_that_have_money(world, road):
    world.project(world.huma, "已安排", amounts={"central": 800_000, "provincial": 200_000})
    plan = begin(world)
    assert (plan.version, plan.state, str(plan)) == (1, PlanState.DRAFT, "呼玛县2026年度实施计划")
    assert amounts(plan) == {"已安排": {"central": 800_000, "provincial": 200_000}}


@pytest.mark.parametrize("person", ["huma_chief", "huma_agri", "office", "finance", "mohe_clerk", "leader"])
def test_only_the_unit_s_clerk_composes(world, person):
    with pytest.raises(PermissionDenied):
        begin(world, by=getattr(world, person))


def test_one_version_at_a_time(world):
    begin(world)
    with pytest.raises(WrongState, match="办结之后才能调整"):
        begin(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualPlan.objects.create(unit=world.huma, year=2026, version=2, reason="重复", created_at=world.at(), updated_at=world.at())


def test_saving_makes_the_draft_hold_exactly_what_was_ticked(world, road, store):
    plan = fill(world, begin(world), {road: {"central": 900_000}, store: {"central": 1, "county": 2}})
    plan = fill(world, plan, {store: {"provincial": 1_000_000, "central": 0}}, note="说明")
    assert amounts(plan) == {"冷链仓储": {"provincial": 1_000_000}}
    assert (plan.revision, plan.note) == (2, "说明")


def test_two_people_at_once_the_later_is_told_and_nothing_is_lost(world, road, store):
    plan = begin(world)
    fill(world, plan, {road: {"central": 900_000}}, revision=0)
    with pytest.raises(plans.PlanChanged) as told, transaction.atomic():
        fill(world, plan, {store: {"provincial": 1_000_000}}, revision=0)
    assert sorted(told.value.differences) == [("冷链仓储", "不列入", "省级 100.00 万元"), ("村内道路", "中央 90.00 万元", "不列入")]
    assert amounts(plan) == {"村内道路": {"central": 900_000}}


@pytest.mark.parametrize(
    "values",
    [{"stage": Stage.PROPOSED}, {"stage": Stage.REMOVED}, {"stage": Stage.ADMITTED, "project_year": 2027}, {"stage": Stage.STARTED, "project_year": 2025}],
)
def test_what_is_no_candidate_is_refused(world, values):
    stranger = world.project(world.huma, "不合条件", **values)
    with pytest.raises(Refusal, match="不能列入这份计划"):
        fill(world, begin(world), {stranger: {"central": 1}})


def test_a_project_of_another_county_is_refused(world):
    theirs = world.project(world.mohe, "晒场", stage=Stage.ADMITTED)
    with pytest.raises(Refusal, match="不能列入这份计划"):
        fill(world, begin(world), {theirs: {"central": 1}})


def test_an_admitted_project_left_from_last_year_may_be_taken_in(world):
    late = world.project(world.huma, "滚动入库", stage=Stage.ADMITTED, project_year=2025)
    assert amounts(fill(world, begin(world), {late: {"central": 1}})) == {"滚动入库": {"central": 1}}


def test_negative_money_is_refused(world, road):
    with pytest.raises(Refusal, match="不能为负数"):
        fill(world, begin(world), {road: {"central": -1}})


# -- checks -------------------------------------------------------------------------------------------------------------


def problems(world, plan):
    return [(one.severity.value, one.code) for one in plans.check(plan, world.huma_clerk)]


def test_what_stands_in_the_way(world, road, store):
    plan = begin(world)
    assert problems(world, plan) == [("must", "plan_empty")]
    issue(world, "central", 1_000_000)
    plan = fill(world, plan, {road: {"central": 950_000}, store: {}})
    assert problems(world, plan) == [("must", "plan_above_investment"), ("must", "plan_no_money"), ("hint", "plan_left")]
    with pytest.raises(ProblemsFound) as told:
        plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    assert len(told.value.problems) == 2


def test_beyond_the_issued_money_a_plan_goes_only_with_a_word(world, road):
    issue(world, "central", 500_000)
    plan = fill(world, begin(world), {road: {"central": 900_000}})
    [problem] = plans.check(plan, world.huma_clerk)
    assert problem.message == "巩固衔接中央资金列入 90.00 万元，比已下达的多 40.00 万元"
    with pytest.raises(ProblemsFound):
        plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    plan = fill(world, plan, {road: {"central": 900_000}}, note="第二批中央资金文件在途")
    assert plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at()).state == PlanState.DECIDING


def test_each_level_is_compared_by_itself(world, road):
    issue(world, "provincial", 900_000)
    plan = fill(world, begin(world), {road: {"central": 900_000}})
    assert problems(world, plan) == [("explain", "plan_over"), ("hint", "plan_left")]


# -- decision -----------------------------------------------------------------------------------------------------------


def test_the_decision_puts_the_projects_into_the_plan_with_its_document(world, road):
    plan = decided(world, {road: {"central": 900_000}})
    road.refresh_from_db()
    assert (road.stage, road.revision) == (Stage.PLANNED, 1)
    move = road.transitions.get()
    assert (move.source, move.target, move.document, move.by) == ("admitted", "planned", DOCUMENT, world.huma_chief)
    assert (plan.state, plan.document_no, plan.decided_on, plan.decided_by) == (PlanState.DECIDED, DOCUMENT, DAY, world.huma_chief)
    assert len(plan.sha256) == 64


def test_what_was_decided_keeps_its_words(world, road):
    plan = decided(world, {road: {"central": 900_000}})
    sha = plan.sha256
    type(road).objects.filter(pk=road.pk).update(name="改了名字", site="改了地点")
    assert plan.items.get().facts["name"] == "村内道路"
    assert plan.items.get().facts["planned_investment_yuan"] == "900000.00"
    for act in (
        lambda: fill(world, plan, {}), lambda: plans.hand_in(plan=plan, by=world.huma_clerk), lambda: plans.recall(plan=plan, by=world.huma_clerk),
        lambda: plans.send_back(plan=plan, by=world.huma_chief, reason="再改"),
    ):  # fmt: skip
        with pytest.raises(WrongState), transaction.atomic():
            act()
    plan.refresh_from_db()
    assert (plan.sha256, amounts(plan)) == (sha, {"改了名字": {"central": 900_000}})


def test_who_composed_does_not_enter_the_decision(world, road):
    from linkage.models import Role, Seat

    plan = fill(world, begin(world), {road: {"central": 900_000}}, note="在途")
    plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    Seat.objects.create(user=world.huma_clerk, role=Role.COUNTY_CHIEF, region=world.huma, since=date(2025, 1, 1))
    access.forget_grants(world.huma_clerk)
    with pytest.raises(SamePerson):
        plans.decide(plan=plan, document=DOCUMENT, decided_on=DAY, by=world.huma_clerk, at=world.at())
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualPlan.objects.filter(pk=plan.pk).update(
            state="decided", decided_by=world.huma_clerk, decided_on=DAY, document_no=DOCUMENT, sha256="0" * 64
        )


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"document": " "}, Refusal, "文号"), ({"decided_on": date(2026, 11, 17)}, Refusal, "不能晚于今天"),
        ({"by": "huma_agri"}, PermissionDenied, "岗位"), ({"by": "office"}, PermissionDenied, "岗位"), ({"revision": 7}, StaleRevision, "已有改动"),
    ],
)  # fmt: skip
def test_a_decision_refused_changes_nothing(world, road, values, error, words):
    plan = fill(world, begin(world), {road: {"central": 900_000}}, note="在途")
    plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    given = {"document": DOCUMENT, "decided_on": DAY, "by": "huma_chief"} | values
    given["by"] = getattr(world, given["by"])
    with pytest.raises(error, match=words), transaction.atomic():
        plans.decide(plan=plan, at=world.at(), **given)
    road.refresh_from_db()
    plan.refresh_from_db()
    assert (road.stage, plan.state, plan.sha256, plan.items.get().facts) == (Stage.ADMITTED, PlanState.DECIDING, "", {})


def test_a_draft_cannot_be_decided(world, road):
    plan = fill(world, begin(world), {road: {"central": 900_000}}, note="在途")
    with pytest.raises(WrongState, match="编制中"), transaction.atomic():
        plans.decide(plan=plan, document=DOCUMENT, decided_on=DAY, by=world.huma_chief, at=world.at())


def test_a_decision_of_many_takes_a_fixed_number_of_queries(world):
    def queries(number, unit, clerk, chief):
        rows = {world.project(unit, f"道路{n}", stage=Stage.ADMITTED): {"central": 1} for n in range(number)}
        plan = begin(world, unit=unit, by=clerk)
        fill(world, plan, rows, by=clerk, note="在途")
        plan.refresh_from_db()
        plans.hand_in(plan=plan, by=clerk, at=world.at())
        with CaptureQueriesContext(connection) as made:
            plans.decide(plan=plan, document=DOCUMENT, decided_on=DAY, by=chief, at=world.at())
        return len(made)

    assert queries(20, world.huma, world.huma_clerk, world.huma_chief) == queries(1, world.mohe, world.mohe_clerk, world.mohe_chief)


# -- filing and adjusting -----------------------------------------------------------------------------------------------


def test_filed_by_the_prefecture(world, road):
    plan = decided(world, {road: {"central": 900_000}})
    assert not AnnualPlan.objects.visible_to(world.office).exists()
    plans.send_up(plan=plan, by=world.huma_clerk, at=world.at())
    assert AnnualPlan.objects.visible_to(world.office).exists()
    with pytest.raises(PermissionDenied):
        plans.file(plan=plan, by=world.huma_chief)
    plans.file(plan=plan, by=world.office, at=world.at(17))
    assert (plan.state, plan.filed_by, plan.filed_at) == (PlanState.FILED, world.office, world.at(17))
    titles = set(Notification.objects.values_list("title", flat=True))
    assert {"呼玛县2026年度实施计划待登记审定", "呼玛县2026年度实施计划报备案", "呼玛县2026年度实施计划已备案"} <= titles


def test_returned_it_stays_in_force_and_the_next_version_answers(world, road):
    plan = decided(world, {road: {"central": 900_000}})
    plans.send_up(plan=plan, by=world.huma_clerk, at=world.at())
    with pytest.raises(Refusal, match="理由"), transaction.atomic():
        plans.return_plan(plan=plan, by=world.office, reason="")
    plans.return_plan(plan=plan, by=world.office, reason="缺绩效目标", at=world.at())
    road.refresh_from_db()
    assert (plan.state, road.stage) == (PlanState.RETURNED, Stage.PLANNED)
    second = begin(world, reason="补充绩效目标")
    assert (second.version, second.based_on, amounts(second)) == (2, plan, amounts(plan))
    assert str(second) == "呼玛县2026年度实施计划（第 2 版）"


def test_an_adjustment_needs_its_reason(world, road):
    decided(world, {road: {"central": 900_000}})
    with pytest.raises(Refusal, match="写明理由"):
        begin(world, reason=" ")


def adjusted(world, rows, decided_on=DAY):
    plan = fill(world, begin(world, reason="年中调整"), rows, note="在途")
    plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    return plans.decide(plan=plan, document="呼农组发〔2026〕11号", decided_on=decided_on, by=world.huma_chief, at=world.at())


def test_an_adjustment_takes_in_takes_back_and_changes_money(world, road, store):
    third = world.project(world.huma, "晒场", stage=Stage.ADMITTED)
    first = decided(world, {road: {"central": 900_000}, store: {"central": 1_000_000}})
    adjusted(world, {store: {"central": 600_000, "county": 100_000}, third: {"central": 400_000}})
    for project, stage in ((road, Stage.ADMITTED), (store, Stage.PLANNED), (third, Stage.PLANNED)):
        project.refresh_from_db()
        assert project.stage == stage
    back, money = road.revisions.get(), store.revisions.get()
    assert (back.get_kind_display(), back.document, back.reason) == ("退回项目库", "呼农组发〔2026〕11号", "年中调整")
    assert (money.get_kind_display(), money.before, money.after) == (
        "金额变更", {"plan_central": "100.00 万元", "plan_county": "无"}, {"plan_central": "60.00 万元", "plan_county": "10.00 万元"},
    )  # fmt: skip
    assert money.revision == store.revision
    assert amounts(first) == {"村内道路": {"central": 900_000}, "冷链仓储": {"central": 1_000_000}}
    assert ProjectRevision.objects.count() == 2


def test_a_project_under_way_cannot_be_left_out(world, road, store):
    decided(world, {road: {"central": 900_000}, store: {"central": 1_000_000}})
    type(road).objects.filter(pk=road.pk).update(stage=Stage.STARTED, method=Method.WORKS)
    with pytest.raises(ProblemsFound) as told:
        adjusted(world, {store: {"central": 1_000_000}})
    assert [problem.message for problem in told.value.problems] == ["“村内道路”已开工，不能调出计划"]
    assert not Progress.objects.exists()


def test_an_adjustment_is_not_dated_before_what_it_adjusts(world, road):
    decided(world, {road: {"central": 900_000}})
    with pytest.raises(Refusal, match="不能早于上一版"):
        adjusted(world, {road: {"central": 800_000}}, decided_on=date(2026, 11, 15))


# -- who sees it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "draft", "sent"),
    [("huma_clerk", 1, 1), ("huma_chief", 1, 1), ("huma_agri", 1, 1), ("office", 0, 1), ("finance", 0, 1), ("agri", 0, 1), ("leader", 0, 1), ("auditor", 0, 1),
     ("mohe_clerk", 0, 0), ("admin", 0, 0)],
)  # fmt: skip
def test_a_draft_is_the_county_s_own_what_is_sent_up_is_read_above(world, road, person, draft, sent):
    user = getattr(world, person)
    plan = fill(world, begin(world), {road: {"central": 900_000}}, note="在途")
    assert AnnualPlan.objects.visible_to(user).count() == draft
    plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at())
    plans.decide(plan=plan, document=DOCUMENT, decided_on=DAY, by=world.huma_chief, at=world.at())
    plans.send_up(plan=plan, by=world.huma_clerk, at=world.at())
    assert AnnualPlan.objects.visible_to(user).count() == sent

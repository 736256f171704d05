"""Registering and changing projects: codes, approval after the plan, two people at once, stops (features 2.1–2.3)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from linkage.errors import ProblemsFound, Refusal, StaleRevision
from linkage.models import AuditEvent
from projects.actions.project import (
    ProjectChanged,
    change_construction,
    create_project,
    create_projects,
    update_project,
)
from projects.models import ConstructionState, Method, Project, Stage

pytestmark = pytest.mark.django_db


def values(world, **changes):
    return {
        "name": "呼玛镇冷链仓储", "task": world.tasks["consolidate"], "method": Method.WORKS, "project_year": 2026,
        "planned_investment_yuan": Decimal("1825000.00"),
    } | changes  # fmt: skip


def create(world, **changes):
    return create_project(unit=world.huma, by=world.huma_clerk, at=world.at(), **values(world, **changes))


# -- create -------------------------------------------------------------------------------------------------------------


def test_a_new_project_gets_the_next_code_of_its_unit_and_year(world):
    assert create(world).code == "HM-2026-0001"
    assert create(world, name="白银纳乡晒场").code == "HM-2026-0002"
    assert create(world, name="旧年项目", project_year=2025).code == "HM-2025-0001"
    other = create_project(unit=world.mohe, by=world.mohe_clerk, at=world.at(), **values(world))
    assert other.code == "MH-2026-0001"


def test_many_at_once_are_numbered_in_their_order_year_by_year(world):
    rows = [values(world, name="甲"), values(world, name="乙", project_year=2025), values(world, name="丙")]
    made = create_projects(unit=world.huma, rows=rows, by=world.huma_clerk, at=world.at())
    assert [p.code for p in made] == ["HM-2026-0001", "HM-2025-0001", "HM-2026-0002"]


def test_creation_leaves_a_stage_row_and_an_audit_row(world):
    project = create(world)
    assert project.stage == Stage.PROPOSED
    assert project.transitions.get().target == Stage.PROPOSED
    event = AuditEvent.objects.get(target_type="projects.project", target_id=str(project.pk))
    assert (event.verb, event.actor, event.after["planned_investment_yuan"]) == ("登记项目", world.huma_clerk, "182.50 万元")


def test_another_county_may_not_register(world):
    with pytest.raises(PermissionDenied):
        create_project(unit=world.huma, by=world.mohe_clerk, at=world.at(), **values(world))


@pytest.mark.parametrize("person", ["office", "huma_chief", "huma_agri", "leader", "auditor", "huma_implementer"])
def test_only_the_county_clerk_registers(world, person):
    with pytest.raises(PermissionDenied):
        create_project(unit=world.huma, by=getattr(world, person), at=world.at(), **values(world))


def test_an_identity_number_in_the_content_is_refused_and_nothing_is_saved(world):
    with pytest.raises(ProblemsFound) as refused:
        create(world, content="补助张某 232721198003041234")
    assert "身份证号" in refused.value.problems[0].message
    assert not Project.objects.exists()


def test_all_rows_problems_come_at_once(world):
    rows = [
        values(world, name="", content="电话 13904571234"),
        values(world, name="乙", planned_start_on=date(2026, 9, 1), planned_finish_on=date(2026, 5, 1)),
    ]
    with pytest.raises(ProblemsFound) as refused:
        create_projects(unit=world.huma, rows=rows, by=world.huma_clerk, at=world.at())
    assert [(p.row_label, p.place) for p in refused.value.problems] == [("第 1 个", "name"), ("第 1 个", "content"), ("乙", "planned_finish_on")]
    assert "计划完工不能早于计划开工" in refused.value.problems[2].message


def test_a_negative_investment_is_refused(world):
    with pytest.raises(ProblemsFound, match="1 处"):
        create(world, planned_investment_yuan=Decimal("-1.00"))


def test_an_existing_library_is_taken_over_with_its_document(world):
    with pytest.raises(ProblemsFound):
        create(world, stage=Stage.PLANNED)
    project = create(world, stage=Stage.PLANNED, document="呼农组发〔2026〕3号")
    assert project.transitions.get().document == "呼农组发〔2026〕3号"


def test_a_project_is_not_registered_as_started(world):
    with pytest.raises(ProblemsFound):
        create(world, stage=Stage.STARTED, document="呼农组发〔2026〕3号")


# -- update -------------------------------------------------------------------------------------------------------------


def update(world, project, revision=None, **changes):
    given = {name: changes.pop(name) for name in ("reason", "document") if name in changes}
    return update_project(
        project=project, changes=changes, revision=project.revision if revision is None else revision, by=world.huma_clerk, at=world.at(), **given
    )


def test_a_change_raises_the_revision_and_is_audited_with_before_and_after(world):
    project = create(world)
    changed = update(world, project, site="呼玛镇新街")
    assert (changed.site, changed.revision) == ("呼玛镇新街", 1)
    event = AuditEvent.objects.filter(verb="修改项目").get()
    assert (event.before, event.after) == ({"site": "空"}, {"site": "呼玛镇新街"})


def test_saving_without_a_change_writes_nothing(world):
    project = create(world)
    assert update(world, project, name=project.name).revision == 0
    assert not AuditEvent.objects.filter(verb="修改项目").exists()


def test_the_second_of_two_people_is_shown_the_difference(world):
    project = create(world)
    update(world, project, site="呼玛镇新街")
    with pytest.raises(ProjectChanged) as refused:
        update(world, project, revision=0, site="呼玛镇老街", content="冷库")
    assert refused.value.differences == [("建设地点", "呼玛镇新街", "呼玛镇老街"), ("建设内容", "空", "冷库")]
    assert Project.objects.get().site == "呼玛镇新街"


def test_after_the_plan_an_amount_needs_reason_and_document(world):
    project = create(world, stage=Stage.PLANNED, document="呼农组发〔2026〕3号")
    with pytest.raises(Refusal, match="计划投资"):
        update(world, project, planned_investment_yuan=Decimal(2_000_000), reason="追加")
    changed = update(world, project, planned_investment_yuan=Decimal(2_000_000), reason="追加", document="呼农组发〔2026〕9号")
    assert changed.planned_investment_yuan == Decimal(2_000_000)
    assert AuditEvent.objects.get(verb="修改项目").after == {
        "planned_investment_yuan": "200.00 万元", "reason": "追加", "document": "呼农组发〔2026〕9号",
    }  # fmt: skip


def test_after_the_plan_dates_change_without_a_document(world):
    project = create(world, stage=Stage.PLANNED, document="呼农组发〔2026〕3号")
    assert update(world, project, planned_start_on=date(2026, 5, 10)).planned_start_on == date(2026, 5, 10)


def test_a_change_into_backward_dates_is_refused(world):
    project = create(world, planned_start_on=date(2026, 5, 1), planned_finish_on=date(2026, 9, 1))
    with pytest.raises(ProblemsFound):
        update(world, project, planned_finish_on=date(2026, 4, 1))


def test_another_person_may_not_change(world):
    project = create(world)
    with pytest.raises(PermissionDenied):
        update_project(project=project, changes={"site": "别处"}, revision=0, by=world.mohe_clerk, at=world.at())


def test_the_method_cannot_leave_the_present_stage_behind(world):
    project = create(world, stage=Stage.PREPARING, document="呼农组发〔2026〕3号")
    with pytest.raises(ProblemsFound) as refused:
        update(world, project, method=Method.SUBSIDY, reason="改贴息", document="呼农组发〔2026〕9号")
    assert refused.value.problems[0].place == "method"


# -- 施工状态 -------------------------------------------------------------------------------------------------------------


def stop(world, project, **given):
    given = {"state": ConstructionState.WINTER, "restart_on": date(2027, 4, 20), "revision": project.revision} | given
    return change_construction(project=project, by=world.huma_clerk, at=world.at(), **given)


def test_a_winter_stop_names_its_expected_restart(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.STARTED)
    stopped = stop(world, project)
    assert (stopped.construction_state, stopped.restart_on) == ("winter", date(2027, 4, 20))
    running = stop(world, stopped, state=ConstructionState.NORMAL)
    assert (running.construction_state, running.restart_on) == ("normal", None)


@pytest.mark.parametrize("restart", [None, date(2026, 11, 16), date(2026, 10, 1)])
def test_a_stop_without_a_future_restart_is_refused(world, restart):
    project = world.project(world.huma, "冷链仓储", stage=Stage.STARTED)
    with pytest.raises(Refusal):
        stop(world, project, restart_on=restart)


def test_a_subsidy_and_a_finished_building_cannot_stop(world):
    for project in (
        world.project(world.huma, "贴息", method=Method.SUBSIDY, stage=Stage.STARTED),
        world.project(world.huma, "晒场", stage=Stage.FINISHED),
    ):
        with pytest.raises(Refusal, match="未完工"):
            stop(world, project)


def test_two_stops_at_once(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.STARTED)
    stop(world, project)
    with pytest.raises(StaleRevision):
        stop(world, project, revision=0, state=ConstructionState.FIRE)

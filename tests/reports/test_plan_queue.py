"""Annual plans in 我的待办: whose turn it is, and units that have none (features 2.4, 10.1)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linkage import access
from projects.actions import plan as planning
from projects.models import AnnualPlan, Project, Stage
from reports.figures.plan_queue import plans

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(world):
    return world.project(world.huma, "冷链仓储", stage=Stage.ADMITTED, planned_investment_yuan=Decimal("1000000"))


def words(user, at):
    return [(todo.kind, todo.what, todo.button) for todo in plans(user, at)]


def test_a_unit_with_projects_and_no_plan_is_told_and_so_is_the_office(world, project):
    at = world.at(17)
    assert words(world.huma_clerk, at) == [("notice", "呼玛县还没有2026年度实施计划", "去编制")]
    [todo] = plans(world.office, at)
    assert (todo.what, todo.why, todo.url) == ("1 个单位没有报来2026年度实施计划", "呼玛县", "/plans/?year=2026")
    assert words(world.huma_chief, at) == words(world.leader, at) == words(world.mohe_clerk, at) == []
    Project.objects.update(stage=Stage.REMOVED)
    assert words(world.huma_clerk, at) == words(world.office, at) == []


def test_the_plan_waits_for_the_one_whose_turn_it_is(world, project):
    at, clerk, chief, office = world.at(17), world.huma_clerk, world.huma_chief, world.office
    plan = planning.open_plan(unit=world.huma, year=2026, by=clerk, at=at)
    assert words(clerk, at) == [("notice", "呼玛县2026年度实施计划在编制中", "继续编制")]
    plan = planning.save_items(plan=plan, rows={project.pk: {"central": Decimal("1000")}}, note="在途", by=clerk, revision=0, at=at)
    planning.hand_in(plan=plan, by=clerk, at=at)
    assert words(chief, at) == [("waiting", "呼玛县2026年度实施计划待审定", "去登记审定")]
    assert words(clerk, at) == []
    planning.send_back(plan=plan, by=chief, reason="请核对金额", at=at)
    assert words(clerk, at) == [("returned", "呼玛县2026年度实施计划被退回编制", "去修改")]
    planning.hand_in(plan=plan, by=clerk, at=at)
    planning.decide(plan=plan, document="呼农组〔2026〕1号", decided_on=date(2026, 11, 16), by=chief, at=at)
    assert words(clerk, at) == [("waiting", "呼玛县2026年度实施计划已审定，还没有报地区备案", "去报备案")]
    assert words(office, at) == [("notice", "1 个单位没有报来2026年度实施计划", "去查看")]
    planning.send_up(plan=plan, by=clerk, at=at)
    assert words(office, at) == [("waiting", "呼玛县2026年度实施计划待备案", "去备案")]
    assert words(clerk, at) == []
    planning.return_plan(plan=plan, by=office, reason="与下达不符", at=at)
    assert words(clerk, at) == [("returned", "呼玛县2026年度实施计划被退回调整", "去调整")]
    planning.open_plan(unit=world.huma, year=2026, by=clerk, at=at, reason="按意见调整")
    assert words(clerk, at) == [("notice", "呼玛县2026年度实施计划（第 2 版）在编制中", "继续编制")]


def test_the_number_of_queries_does_not_grow(world, project):
    def asked():
        access.forget_grants(world.office)
        with CaptureQueriesContext(connection) as found:
            list(plans(world.office, world.at(17)))
        return len(found)

    few = asked()
    decided = {"document_no": "农组发〔2026〕1号", "decided_on": date(2026, 2, 1), "decided_by": world.huma_chief, "sha256": "0" * 64}
    AnnualPlan.objects.bulk_create([
        AnnualPlan(unit=world.huma, year=year, version=1, state="filing", created_at=world.at(1), updated_at=world.at(1), **decided)
        for year in range(2006, 2026)
    ])  # fmt: skip
    assert asked() == few

"""The pages for registering, changing and moving one project: 404 out of sight, 403 without the right, 409 when stale."""

import re
from datetime import date

import pytest
from django.test import Client

from projects.models import Project, Stage

pytestmark = pytest.mark.django_db


def typed(world, **values):
    return {
        "name": "冷链仓储", "method": "works", "task": world.tasks["consolidate"].pk, "project_year": "2026", "planned_investment_yuan": "182.5",
        "stage": "proposed", "content": "", "site": "", "planned_start_on": "", "planned_finish_on": "", "category": "", "implementer": "",
    } | values  # fmt: skip


def test_a_clerk_registers_in_wan_and_lands_on_the_project(world):
    response = world.client(world.huma_clerk).post("/projects/new/", typed(world))
    project = Project.objects.get()
    assert response.headers["Location"] == f"/projects/{project.pk}/"
    assert (project.unit, project.planned_investment_yuan, project.code) == (world.huma, 1_825_000, "HM-2026-0001")


def test_a_unit_of_another_county_in_the_form_is_not_believed(world):
    world.client(world.huma_clerk).post("/projects/new/", typed(world, unit="mohe"))
    assert Project.objects.get().unit == world.huma


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "请填写项目名称"),
        ({"planned_investment_yuan": "182.5万元"}, "带有单位"),
        ({"content": "户主 232721198003041234"}, "身份证号"),
        ({"planned_start_on": "2026-09-01", "planned_finish_on": "2026-05-01"}, "计划完工不能早于计划开工"),
        ({"planned_start_on": "0001-05-01"}, "计划开工的年份须在 2015 与 2100 之间，填的是 1 年"),
        ({"planned_finish_on": "9999-05-01"}, "计划完工的年份须在 2015 与 2100 之间，填的是 9999 年"),
        ({"stage": "planned"}, "依据文件"),
    ],
)
def test_errors_stand_at_the_field_and_what_was_typed_stays(world, values, words):
    response = world.client(world.huma_clerk).post("/projects/new/", typed(world, site="呼玛镇新街", **values))
    assert response.status_code == 422
    assert words in response.text
    assert "呼玛镇新街" in response.text
    assert not Project.objects.exists()


@pytest.mark.parametrize("person", ["office", "huma_chief", "huma_agri", "leader"])
def test_who_may_not_register(world, person):
    assert world.client(getattr(world, person)).get("/projects/new/").status_code == 403


@pytest.mark.parametrize("page", ["", "edit/", "stage/", "construction/"])
def test_out_of_sight_is_not_found(world, page):
    project = world.project(world.huma, "冷链仓储")
    assert world.client(world.mohe_clerk).get(f"/projects/{project.pk}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["edit/", "stage/", "construction/"])
def test_in_sight_without_the_right_is_forbidden(world, page):
    project = world.project(world.huma, "冷链仓储")
    for person in (world.office, world.huma_chief, world.auditor):
        client = world.client(person)
        assert client.get(f"/projects/{project.pk}/{page}").status_code == 403
        assert client.post(f"/projects/{project.pk}/{page}", {}).status_code == 403


def edit(world, project, **values):
    filled = typed(world, name=project.name, planned_investment_yuan="100", revision=str(project.revision)) | values
    del filled["stage"]
    return world.client(world.huma_clerk).post(f"/projects/{project.pk}/edit/", filled)


def test_the_form_comes_filled(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PROPOSED, planned_start_on=date(2026, 5, 1))
    page = world.client(world.huma_clerk).get(f"/projects/{project.pk}/edit/").text
    assert 'value="100.00"' in page
    assert 'value="2026-05-01"' in page


def test_an_edit_is_saved(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PROPOSED)
    assert edit(world, project, site="呼玛镇").status_code == 302
    project.refresh_from_db()
    assert (project.site, project.revision) == ("呼玛镇", 1)


def test_a_stale_edit_shows_both_values_and_saves_on_the_second_try(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PROPOSED)
    edit(world, project, site="呼玛镇新街")
    stale = edit(world, project, site="呼玛镇老街")
    assert stale.status_code == 409
    assert "呼玛镇新街" in stale.text
    assert "呼玛镇老街" in stale.text
    assert 'name="revision" value="1"' in stale.text
    assert edit(world, project, site="呼玛镇老街", revision="1").status_code == 302
    assert Project.objects.get().site == "呼玛镇老街"


def test_a_planned_project_asks_for_the_approval_of_an_amount(world):
    project = world.project(world.huma, "冷链仓储")
    refused = edit(world, project, planned_investment_yuan="120")
    assert refused.status_code == 409
    assert "批准文件的文号" in refused.text
    assert edit(world, project, planned_investment_yuan="120", reason="追加", document="呼农组发〔2026〕9号").status_code == 302


def stage(world, project, transition, **values):
    values = {"transition": transition, "revision": project.revision, "reason": "", "document": ""} | values
    return world.client(world.huma_clerk).post(f"/projects/{project.pk}/stage/", values)


def test_the_stage_page_offers_the_next_stage_and_the_ways_aside(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)
    page = world.client(world.huma_clerk).get(f"/projects/{project.pk}/stage/")
    assert [move["name"] for move in page.context["moves"]] == ["prepare", "take_back", "remove"]


def test_a_stage_proven_by_the_weekly_report_has_no_button_here(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PREPARING)
    page = world.client(world.huma_clerk).get(f"/projects/{project.pk}/stage/").text
    assert "周调度填报的开工日期" in page
    assert 'value="start"' not in page
    assert 'value="remove"' in page


def test_the_forms_of_the_stage_page_carry_the_token(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.huma_clerk, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/projects/{project.pk}/stage/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"><input type="hidden" name="transition" value="prepare"', page)[1]
    values = {"transition": "prepare", "revision": "0", "reason": "", "document": "呼农领发〔2025〕12号"}
    assert client.post(f"/projects/{project.pk}/stage/", values).status_code == 403
    assert client.post(f"/projects/{project.pk}/stage/", values | {"csrfmiddlewaretoken": token}).status_code == 302


def test_a_move_and_a_refused_move_with_the_reason_on_the_page(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)
    assert stage(world, project, "prepare", document="呼农领发〔2025〕12号").status_code == 302
    project.refresh_from_db()
    refused = stage(world, project, "start")
    assert refused.status_code == 409
    assert "周调度" in refused.text
    unsaid = stage(world, project, "remove", reason="群众意见不统一")
    assert unsaid.status_code == 409
    assert "群众意见不统一" in unsaid.text


def test_a_move_on_a_changed_project_is_refused(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)
    Project.objects.filter(pk=project.pk).update(revision=5)
    assert stage(world, project, "prepare", document="呼农领发〔2025〕12号").status_code == 409
    assert Project.objects.get().stage == Stage.PLANNED


def test_a_judgement_by_page_keeps_what_was_typed_and_stands_in_the_history(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PROPOSED)
    refused = stage(world, project, "screen", judged_by="县级专题会", judged_on="2026-03-02")
    assert refused.status_code == 409
    assert "会议纪要或记录的文号" in refused.text
    assert 'value="县级专题会"' in refused.text
    assert stage(world, project, "screen", judged_by="县级专题会", judged_on="2026-03-02", document="纪要4号").status_code == 302
    shown = world.client(world.huma_clerk).get(f"/projects/{project.pk}/history/").text
    assert "认定：县级专题会 2026-03-02" in shown
    head = world.client(world.huma_clerk).get(f"/projects/{project.pk}/").text
    assert "还缺 1 项依据" in head
    assert f'<a href="/projects/{project.pk}/stage/">去办理</a>' in head


def test_an_invented_move_is_not_made(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)
    assert stage(world, project, "teleport").status_code == 422


def test_a_winter_stop_by_page(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.STARTED)
    client, address = world.client(world.huma_clerk), f"/projects/{project.pk}/construction/"
    missing = client.post(address, {"state": "winter", "restart_on": "", "reason": "", "revision": "0"})
    assert missing.status_code == 409
    assert "预计复工日期" in missing.text
    assert client.post(address, {"state": "winter", "restart_on": "2099-04-20", "reason": "", "revision": "0"}).status_code == 302
    project.refresh_from_db()
    assert project.construction_state == "winter"

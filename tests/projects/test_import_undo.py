"""An import is taken back whole while nothing depends on it, or not at all (features 2.5)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied

from linkage.errors import Refusal, WrongState
from linkage.imports import engine, phases
from linkage.imports.base import kind_of
from linkage.models import AuditEvent, ImportTrace, JobState
from projects import states
from projects.actions import undo
from projects.actions.project import update_project
from projects.actions.stage import move_stage
from projects.models import AlikePair, Method, Project, ProjectTransition, Stage
from tests.projects.test_import_tables import answered, load, table, upload

pytestmark = pytest.mark.django_db


def facts() -> list[tuple]:
    return list(Project.objects.order_by("pk").values_list("name", "planned_investment_yuan", "site"))


def test_an_import_is_taken_back_whole(world):
    load(world, (1, "冷库建设", "呼玛镇", "", 80))
    before = facts()
    job = load(world, (1, "冷库建设", "兴华乡", "", 90), (2, "机井建设", "", "", 10))
    words = engine.undo(job, by=world.huma_clerk)
    assert words == "移除新登记的项目 1 个，恢复变更前的内容 1 个。"
    assert facts() == before
    assert not ProjectTransition.objects.filter(subject__name="机井建设").exists()
    assert AuditEvent.objects.filter(verb__startswith="撤销导入").count() == 3
    with pytest.raises(WrongState, match="已经撤销过"):
        engine.undo(job, by=world.huma_clerk)


def test_what_others_depend_on_is_named_and_nothing_is_taken_back(world):
    job = load(world, (1, "冷库建设", "", "", 80), (2, "机井建设", "", "", 10))
    cold = Project.objects.get(name="冷库建设")
    world.allocate(cold, "central", Decimal(1000))
    Project.objects.filter(name="机井建设").update(revision=1)
    with pytest.raises(Refusal) as refused:
        engine.undo(job, by=world.huma_clerk)
    assert f"“冷库建设”（{cold.code}）已有项目资金" in refused.value.message
    assert "“机井建设”" in refused.value.message
    assert Project.objects.count() == 2
    assert ImportTrace.objects.get().undone_at is None


def test_whatever_points_at_a_project_is_asked(world):
    """A foreign key without a way back, like that of a reviewer's remark, would else end in a fault. Pairs of like projects are derived and go along."""
    wanted = {
        (model, one.name)
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        if one.remote_field is not None and one.remote_field.model is Project and model is not AlikePair
    }
    assert {(one.related_model, one.field.name) for one in undo._pointing_at_projects()} == wanted
    assert len(wanted) > 8


def test_one_table_confirmed_twice_at_once_is_written_once(world, monkeypatch):
    first, second = (answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80))), world.huma_clerk) for _ in range(2))
    judge_again = phases.judge_again

    def overtaken(work, judging):
        found = judge_again(work, judging)
        if work.job.pk == second.pk:  # the other import is written between the last look and the writing
            engine.confirm(first, by=world.huma_clerk)
        return found

    monkeypatch.setattr(phases, "judge_again", overtaken)
    engine.confirm(second, by=world.huma_clerk)
    second.refresh_from_db()
    assert (second.state, "未写入任何数据" in second.message) == (JobState.FAILED, True)
    assert Project.objects.count() == 1
    assert ImportTrace.objects.get().job_id == first.pk


def test_rights_lost_before_the_writing_are_named(world, monkeypatch):
    job = answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80))), world.huma_clerk)
    kind = kind_of("projects")

    def denied(*args, **more):
        raise PermissionDenied("您的岗位不能登记这个地区的项目。")

    monkeypatch.setattr(phases, "kind_of", lambda code: replace(kind, apply_rows=denied))
    engine.confirm(job, by=world.huma_clerk)
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "您的岗位不能登记这个地区的项目。未写入任何数据。")


def test_a_change_made_since_is_not_overwritten(world):
    load(world, (1, "冷库建设", "呼玛镇", "", 80))
    job = load(world, (1, "冷库建设", "兴华乡", "", 90))
    Project.objects.update(revision=9, site="别处")
    with pytest.raises(Refusal, match="导入后又改过"):
        engine.undo(job, by=world.huma_clerk)
    assert Project.objects.get().site == "别处"


def test_a_method_is_not_given_back_to_a_stage_it_does_not_know(world):
    header = ["序号", "项目名称", "实施方式", "计划投资(万元)"]
    for method in ("培训", "工程类"):
        job = answered(upload(world.huma_clerk, table((1, "桦树村培训", method, 80), header=header)), world.huma_clerk)
        engine.confirm(job, by=world.huma_clerk)
    assert Project.objects.get().method == Method.WORKS
    Project.objects.update(stage=Stage.ACCEPTED)  # as a signed report does: without a revision
    with pytest.raises(Refusal, match="已到“验收”，不能改回原来的实施方式"):
        engine.undo(job, by=world.huma_clerk)
    Project.objects.update(stage=Stage.STARTED)
    engine.undo(job, by=world.huma_clerk)
    assert Project.objects.get().method == Method.TRAINING


def test_only_who_imported_takes_back(world):
    job = load(world, (1, "冷库建设", "", "", 80))
    with pytest.raises(PermissionDenied):
        engine.undo(job, by=world.mohe_clerk)


def test_who_has_the_page_of_a_project_open_that_is_taken_back_is_told(world):
    job = load(world, (1, "冷库建设", "", "", 80))
    project = Project.objects.get()
    engine.undo(job, by=world.huma_clerk)
    with pytest.raises(Refusal, match="已被移出项目库"):
        update_project(project=project, changes={"site": "别处"}, revision=0, by=world.huma_clerk)
    with pytest.raises(WrongState, match="已不在"):
        move_stage(project=project, transition=states.REMOVE, revision=0, by=world.huma_clerk, reason="不做了", document="呼农组发〔2026〕3号")

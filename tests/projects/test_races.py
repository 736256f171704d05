"""Two people at once at one project: one goes on, the other is told (PostgreSQL, real connections)."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import Job, JobState
from projects import states
from projects.actions.project import create_project, update_project
from projects.actions.stage import move_stage
from projects.models import Method, Project, Stage
from tests.races import together
from tests.spreadsheets import Page, as_xlsx

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_moves_at_once(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PLANNED)

    def act(transition, **given):
        mine = Project.objects.select_related("unit").get(pk=project.pk)
        return lambda: move_stage(project=mine, transition=transition, by=world.huma_clerk, at=world.at(), revision=0, **given)

    found = together(act(states.PREPARE, document="呼农领发〔2025〕12号"), act(states.REMOVE, reason="不做了", document="呼农组发〔2026〕3号"))
    assert found in (["done", "wrong_state"], ["done", "stale_revision"])
    assert project.transitions.count() == 1


def test_two_edits_at_once(world):
    project = world.project(world.huma, "冷链仓储", stage=Stage.PROPOSED)

    def act(site):
        return lambda: update_project(project=project, changes={"site": site}, revision=0, by=world.huma_clerk, at=world.at())

    assert together(act("新街"), act("老街")) == ["done", "stale_revision"]
    assert Project.objects.get().revision == 1


def test_eight_registrations_at_once_get_eight_codes(world):
    def act(number):
        return lambda: create_project(
            unit=world.huma, by=world.huma_clerk, at=world.at(), name=f"项目{number}", task=world.tasks["consolidate"], method=Method.WORKS,
            project_year=2026, planned_investment_yuan=Decimal(1),
        )  # fmt: skip

    assert together(*(act(number) for number in range(8))) == ["done"] * 8
    assert sorted(Project.objects.values_list("code", flat=True)) == [f"HM-2026-{number:04d}" for number in range(1, 9)]


def test_one_table_confirmed_twice_at_once_is_written_once(world):
    """Both imports were looked at before either was written; numbers are taken one after the other."""
    data = as_xlsx(Page([["2026年少数民族发展资金项目表"], ["序号", "项目名称", "计划投资(万元)"], *[[n, f"第{n}号道路硬化", 10] for n in range(1, 30)]]))
    jobs = [engine.submit(by=world.huma_clerk, kind=kind_of("projects"), file=SimpleUploadedFile("t.xlsx", data)) for _ in range(2)]
    assert [job.state for job in jobs] == [JobState.CHECKED] * 2, jobs[0].message
    together(*(lambda job=job: engine.confirm(job, by=world.huma_clerk) for job in jobs))
    assert Project.objects.count() == 29
    assert Job.objects.filter(state=JobState.DONE).count() == 1

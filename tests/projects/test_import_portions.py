"""A long sheet goes through in portions; how long a portion is decides nothing (docs/architecture/imports.md)."""

import io
import random
import time
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.excel import Unreadable, reading
from linkage.excel.files import Overrun
from linkage.excel.streaming import stream_apart
from linkage.imports import engine, judging, phases
from linkage.imports.base import kind_of
from linkage.models import AuditEvent, ImportRow, ImportTrace, JobState
from projects.models import Project, ProjectTransition
from tests.projects.test_import import load, row, sheet, submit

pytestmark = pytest.mark.django_db
NAMES = ("冷链仓储", "晒场", "机井", "村部", "道路硬化", "育秧大棚", "桥")


@pytest.fixture(params=[1, 2, 3, 1_000])
def portion(request, monkeypatch):
    monkeypatch.setattr(judging, "PORTION", request.param)
    monkeypatch.setattr(reading, "PORTION", request.param)
    return request.param


def some_rows(seed: int) -> list[dict]:
    """Rows of which some stand already, some change something, some repeat one another or are wrong."""
    dice = random.Random(seed)
    return [
        row(
            name=dice.choice(NAMES) + dice.choice(("", "（二期）")), project_year=dice.choice((2025, 2026)), planned_investment_yuan=dice.choice((10, 20)),
            **dice.choice(({}, {"site": "呼玛镇"}, {"code": f"HM-2026-000{dice.randint(1, 4)}"}, {"content": "联系人13845678901"})),
        )
        for _ in range(12)
    ]  # fmt: skip


def verdicts(job) -> list[tuple]:
    return list(job.rows.order_by("pk").values_list("number", "verdict", "label", "raw", "values", "differences", "problems"))


@pytest.mark.parametrize("seed", range(6))
def test_the_verdicts_are_those_of_the_whole_sheet(world, monkeypatch, seed):
    load(world, *(row(name=name, planned_investment_yuan=10) for name in NAMES[:4]))
    found = []
    for length in (1, 2, 5, 1_000):
        monkeypatch.setattr(judging, "PORTION", length)
        monkeypatch.setattr(reading, "PORTION", length)
        found.append(verdicts(submit(world, *some_rows(seed))))
    assert len({number for number, *_ in found[0]}) == 12
    assert all(one == found[-1] for one in found)


def test_new_and_changed_rows_are_written_whatever_the_portion(world, portion):
    load(world, *(row(name=name) for name in NAMES[:3]))
    job = load(world, *(row(name=name, site="呼玛镇") for name in reversed(NAMES)))
    assert (job.state, job.message) == (JobState.DONE, "已写入：新增 4 行，变更 3 行。")
    assert {project.name: (project.site, project.revision) for project in Project.objects.all()} == {
        name: ("呼玛镇", 1 if name in NAMES[:3] else 0) for name in NAMES
    }  # fmt: skip
    assert list(Project.objects.order_by("code").values_list("name", flat=True)) == [*NAMES[:3], *reversed(NAMES[3:])]
    assert (ProjectTransition.objects.count(), AuditEvent.objects.filter(verb="登记项目").count()) == (7, 7)
    assert AuditEvent.objects.filter(verb="修改项目").count() == 3
    trace = ImportTrace.objects.get(job=job)
    assert set(trace.created) == set(Project.objects.filter(name__in=NAMES[3:]).values_list("pk", flat=True))
    assert {int(pk): kept for pk, kept in trace.changed.items()} == {
        project.pk: {"revision": 1, "before": {"site": ""}} for project in Project.objects.filter(name__in=NAMES[:3])
    }  # fmt: skip
    engine.undo(job, by=world.huma_clerk)
    assert set(Project.objects.values_list("name", "site")) == {(name, "") for name in NAMES[:3]}


def test_what_moved_since_comes_back_in_its_place_whatever_the_portion(world, portion):
    load(world, row(name=NAMES[0]))
    job = submit(world, *(row(name=name, site="呼玛镇") for name in NAMES[:4]))
    places = list(job.rows.order_by("pk").values_list("pk", "number"))
    load(world, row(name=NAMES[2]))
    engine.confirm(job, by=world.huma_clerk)
    assert (job.state, "有 1 行的情况变了" in job.message) == (JobState.CHECKED, True)
    assert list(job.rows.order_by("pk").values_list("pk", "number")) == places
    assert [one.verdict for one in job.rows.order_by("number")] == ["changed", "new", "changed", "new"]
    assert job.result["counts"] == {"new": 2, "changed": 2, "unchanged": 0, "error": 0}
    assert Project.objects.filter(site="呼玛镇").count() == 0
    engine.confirm(job, by=world.huma_clerk)
    assert (job.state, Project.objects.filter(site="呼玛镇").count()) == (JobState.DONE, 4)


def test_when_a_late_portion_cannot_be_written_no_earlier_one_is(world, monkeypatch):
    monkeypatch.setattr(judging, "PORTION", 2)
    job = submit(world, *(row(name=name) for name in NAMES))
    kind, calls = kind_of("projects"), []

    def twin(rows, **more):
        calls.append(len(rows))
        if len(calls) == 3:
            world.project(world.huma, rows[0].data["values"]["name"], project_year=2026, code="HM-2026-9001")
        return kind.apply_rows(rows, **more)

    monkeypatch.setattr(phases, "kind_of", lambda code: replace(kind, apply_rows=twin))
    engine.confirm(job, by=world.huma_clerk)
    assert (job.state, calls) == (JobState.FAILED, [2, 2, 2])
    assert "刚由另一次登记写入" in job.message
    assert not Project.objects.exists()
    assert not AuditEvent.objects.filter(verb="登记项目").exists()


def test_a_check_that_breaks_off_leaves_no_rows_behind(world, monkeypatch):
    monkeypatch.setattr(judging, "PORTION", 2)
    monkeypatch.setattr(reading, "PORTION", 2)
    whole = reading.read_portions

    def torn(*args, **more):
        portions = whole(*args, **more)
        yield next(portions)
        yield next(portions)
        raise Overrun

    monkeypatch.setattr(reading, "read_portions", torn)
    job = submit(world, *(row(name=name) for name in NAMES))
    assert (job.state, ImportRow.objects.count()) == (JobState.FAILED, 0)


# -- the process that reads -----------------------------------------------------------------------------------------------


def test_the_process_apart_hands_over_what_is_read_here(world):
    kind, file = kind_of("projects"), sheet(world.huma_clerk, *some_rows(1))
    template = kind.template(world.huma_clerk)
    here = list(reading.read_portions(file, template, max_rows=100))
    file.seek(0)
    assert list(stream_apart(file, template=template, max_rows=100)) == here


def test_what_the_process_apart_refuses_is_told_and_what_fells_it_as_well(world):
    template = kind_of("projects").template(world.huma_clerk)
    with pytest.raises(Unreadable, match="超过一次导入的上限 3 行"):
        list(stream_apart(sheet(world.huma_clerk, *some_rows(1)), template=template, max_rows=3))
    with pytest.raises(Unreadable, match="不完整或已损坏"):
        list(stream_apart(io.BytesIO(b"PK\x03\x04nothing"), template=template, max_rows=3))
    with pytest.raises(Overrun):
        list(stream_apart(sheet(world.huma_clerk, row()), template=template, max_rows=3, seconds=0))


def test_a_reader_that_is_no_longer_asked_is_ended(world):
    portions = stream_apart(sheet(world.huma_clerk, *some_rows(1)), template=kind_of("projects").template(world.huma_clerk), max_rows=100)
    assert next(portions).rows == 12
    portions.close()


def test_rows_that_take_long_to_judge_are_not_laid_to_the_file(world):
    """The child may take two seconds of processor time here and four of waiting; the judging of its rows takes longer."""
    file = sheet(world.huma_clerk, *(row(name=f"机井{number}", content="深" * 1_900) for number in range(1_500)))
    template = kind_of("projects").template(world.huma_clerk)
    portions = stream_apart(file, template=template, max_rows=2_000, seconds=2)
    assert next(portions).rows == 1_500
    time.sleep(5)
    assert sum(len(portion) for portion in portions) == 1_500


def test_a_file_that_is_no_workbook_is_refused_before_a_process_is_started(world):
    with pytest.raises(Unreadable):
        engine.submit(by=world.huma_clerk, kind=kind_of("projects"), file=SimpleUploadedFile("a.xlsx", b"PK"))

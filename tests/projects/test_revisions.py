"""Each approved change of a planned project is a row of its own: what stood before and after, why, by which document (2.3)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linkage.errors import Refusal
from projects import states
from projects.actions.many import Change, update_projects
from projects.actions.project import update_project
from projects.actions.stage import move_stage
from projects.actions.undo import take_back
from projects.models import ProjectRevision, Stage

pytestmark = pytest.mark.django_db
DOCUMENT = "呼农组发〔2026〕9号"


@pytest.fixture
def project(world):
    return world.project(world.huma, "冷链仓储", site="呼玛镇", content="冷库一座")


def change(world, project, *, by=None, reason="建设条件变化", document=DOCUMENT, kind="", **values):
    project.refresh_from_db()
    return update_project(
        project=project, changes=values, revision=project.revision, by=by or world.huma_clerk, at=world.at(17), reason=reason, document=document, kind=kind
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"site": "呼玛镇新街"}, "地点变更"), ({"content": "冷库二座"}, "内容变更"), ({"planned_investment_yuan": Decimal(900_000)}, "金额变更"),
        ({"content": "冷库二座", "planned_investment_yuan": Decimal(1_200_000)}, "综合调整"), ({"name": "冷链仓储中心"}, "其他调整"),
    ],
)  # fmt: skip
def test_the_kind_follows_from_what_was_changed(world, project, values, kind):
    change(world, project, **values)
    assert project.revisions.get().get_kind_display() == kind


def test_it_holds_before_and_after_in_words_who_and_by_which_document(world, project):
    change(world, project, planned_investment_yuan=Decimal(1_250_000), site="呼玛镇新街", planned_start_on=date(2026, 5, 1))
    row = project.revisions.get()
    assert row.before == {"planned_investment_yuan": "100.00 万元", "site": "呼玛镇", "planned_start_on": "空"}
    assert row.after == {"planned_investment_yuan": "125.00 万元", "site": "呼玛镇新街", "planned_start_on": "2026-05-01"}
    assert (row.revision, row.reason, row.document, row.by) == (1, "建设条件变化", DOCUMENT, world.huma_clerk)
    project.refresh_from_db()
    assert row.revision == project.revision


def test_leftover_money_is_said_by_the_person_and_changes_the_amount(world, project):
    change(world, project, kind="leftover", planned_investment_yuan=Decimal(1_080_000))
    assert project.revisions.get().get_kind_display() == "结余再安排"
    with pytest.raises(Refusal, match="结余再安排须调整计划投资"):
        change(world, project, kind="leftover", site="别处")
    project.refresh_from_db()
    assert project.site == "呼玛镇"


def test_what_needs_no_approval_leaves_no_row(world, project):
    change(world, project, reason="", document="", planned_start_on=date(2026, 5, 1))
    early = world.project(world.huma, "蓝莓育苗", stage=Stage.ADMITTED)
    change(world, early, reason="", document="", planned_investment_yuan=Decimal(5))
    assert not ProjectRevision.objects.exists()


def test_without_document_nothing_is_written(world, project):
    with pytest.raises(Refusal, match="批准文件的文号"):
        change(world, project, document=" ", site="别处")
    assert not ProjectRevision.objects.exists()


@pytest.mark.parametrize(("move", "kind", "after"), [(states.REMOVE, "终止", "出库"), (states.TAKE_BACK, "退回项目库", "审定入库")])
def test_leaving_the_plan_is_an_approved_change(world, project, move, kind, after):
    move_stage(project=project, transition=move, by=world.huma_clerk, at=world.at(), reason="用地未落实", document=DOCUMENT)
    row = project.revisions.get()
    assert (row.get_kind_display(), row.before, row.after) == (kind, {"stage": "列入年度计划"}, {"stage": after})


def test_leaving_the_library_before_any_plan_is_no_change_of_a_plan(world):
    early = world.project(world.huma, "蓝莓育苗", stage=Stage.ADMITTED)
    move_stage(project=early, transition=states.REMOVE, by=world.huma_clerk, at=world.at(), reason="不再实施", document=DOCUMENT)
    assert not early.revisions.exists()


def test_many_at_once_write_their_rows_in_a_fixed_number_of_queries(world):
    def changes(number):
        rows = [world.project(world.huma, f"道路{number}-{n}") for n in range(number)]
        return [Change(row.pk, {"site": "别处"}, 0, DOCUMENT) for row in rows]

    few, many = changes(2), changes(20)
    with CaptureQueriesContext(connection) as one:
        update_projects(changes=few, by=world.huma_clerk, at=world.at(), reason="按导入的项目表调整")
    with CaptureQueriesContext(connection) as two:
        update_projects(changes=many, by=world.huma_clerk, at=world.at(), reason="按导入的项目表调整")
    assert ProjectRevision.objects.filter(document=DOCUMENT).count() == 22
    assert len(two) <= len(one)  # the first also reads the seats of the person


def test_one_bad_row_and_none_is_written(world, project):
    changes = [Change(project.pk, {"site": "别处"}, 0, DOCUMENT), Change(world.project(world.huma, "二号").pk, {"site": "别处"}, 0, "")]
    with pytest.raises(Refusal), transaction.atomic():
        update_projects(changes=changes, by=world.huma_clerk, at=world.at(), reason="按导入的项目表调整")
    assert not ProjectRevision.objects.exists()


def test_an_undone_import_leaves_its_rows_marked_as_taken_back(world, project):
    change(world, project, content="冷库二座")
    update_projects(changes=[Change(project.pk, {"site": "别处"}, 1, DOCUMENT)], by=world.huma_clerk, at=world.at(), reason="按导入的项目表调整")
    take_back(created=[], changed={project.pk: (2, {"site": "呼玛镇"})}, by=world.huma_clerk, at=world.at(18))
    assert [(row.kind, row.withdrawn_reason) for row in project.revisions.order_by("revision")] == [("content", ""), ("site", "撤销导入")]


def test_a_row_without_reason_is_refused_by_the_database(world, project):
    with pytest.raises(IntegrityError), transaction.atomic():
        ProjectRevision.objects.create(
            project=project, revision=9, kind="site", before={}, after={}, reason="", document=DOCUMENT, at=world.at(), by_name="某人"
        )


def test_the_history_tab_sets_before_and_after_side_by_side(world, project):
    change(world, project, content="冷库二座", site="呼玛镇新街")
    page = world.client(world.office).get(f"/projects/{project.pk}/history/")
    [(_, rows)] = page.context["revisions"]
    assert rows == [("建设内容", "冷库一座", "冷库二座"), ("建设地点", "呼玛镇", "呼玛镇新街")]
    assert [entry["what"] for entry in page.context["entries"]] == ["批准的调整：综合调整"]
    assert DOCUMENT in page.text


def test_the_form_of_a_planned_project_takes_the_kind(world, project):
    page = world.client(world.huma_clerk).get(f"/projects/{project.pk}/edit/").text
    assert "结余再安排" in page
    typed = {
        "name": "冷链仓储", "method": "works", "task": project.task_id, "project_year": 2026, "planned_investment_yuan": "120", "site": "呼玛镇",
        "content": "冷库一座", "reason": "招标结余追加", "document": DOCUMENT, "kind": "leftover", "revision": 0,
    }  # fmt: skip
    assert world.client(world.huma_clerk).post(f"/projects/{project.pk}/edit/", typed).status_code == 302
    assert project.revisions.get().kind == "leftover"


@pytest.mark.parametrize(("person", "seen"), [("office", 1), ("huma_clerk", 1), ("agri", 1), ("mohe_clerk", 0), ("ethnic", 0), ("admin", 0)])
def test_the_api_gives_the_rows_in_sight(world, project, person, seen):
    change(world, project, site="呼玛镇新街")
    answer = world.client(getattr(world, person)).get("/api/v1/project-revisions/").json()
    assert answer["count"] == seen
    if seen:
        [row] = answer["results"]
        assert row["differences"] == [{"field": "site", "label": "建设地点", "before": "呼玛镇", "after": "呼玛镇新街"}]

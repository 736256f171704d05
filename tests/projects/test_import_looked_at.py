"""Rows that may be written but ask to be looked at, and places written on several lines (features 2.5)."""

import pytest

from linkage.imports import engine
from linkage.models import JobState
from projects.models import Project
from tests.projects.test_import_tables import HEADER, answered, table, upload
from tests.spreadsheets import Page, as_xlsx

pytestmark = pytest.mark.django_db


def test_rows_that_ask_to_be_looked_at_are_shown_by_themselves(world):
    rows = [1, "桦树村道路硬化", "呼玛镇", "", 80], [2, "大乌苏村晒场", "呼玛镇", "", "约30"], ["合计", "", "", "", 110]
    job = answered(upload(world.huma_clerk, table(*rows)), world.huma_clerk)
    client = world.client(world.huma_clerk)
    page = client.get(f"/imports/{job.pk}/?verdict=doubt")
    assert [row.label for row in page.context["page"].object_list] == ["大乌苏村晒场"]
    assert {tab["label"]: tab["count"] for tab in page.context["tabs"]} == {"全部": 3, "新增": 2, "不是项目": 1, "请核对": 1}
    assert "有 1 行请核对" in client.get(f"/imports/{job.pk}/").content.decode()


def test_without_such_rows_there_is_neither_tab_nor_hint(world):
    job = answered(upload(world.huma_clerk, table([1, "桦树村道路硬化", "呼玛镇", "", 80])), world.huma_clerk)
    page = world.client(world.huma_clerk).get(f"/imports/{job.pk}/")
    assert [tab["label"] for tab in page.context["tabs"]] == ["全部", "新增"]
    assert "行请核对" not in page.content.decode()


def test_a_cell_that_must_be_repaired_is_not_said_twice(world):
    rows = [1, "桦树村道路硬化", "呼玛镇", "", 80], [2, "大乌苏村晒场", "呼玛镇", "", ""]
    job = answered(upload(world.huma_clerk, table(*rows)), world.huma_clerk)
    bad = job.rows.get(verdict="error")
    assert ([problem["cell"] for problem in bad.problems], bad.doubts) == (["E4"], [])


@pytest.mark.parametrize(
    ("township", "village", "site"),
    [
        ("白银纳\n鄂伦春族乡", "白银纳村", "白银纳鄂伦春族乡白银纳村"),
        ("鸥浦乡", "老卡村、\n怀柔村", "鸥浦乡老卡村、怀柔村"),
        ("鸥浦乡", "老卡村\n怀柔村", "鸥浦乡老卡村、怀柔村"),
    ],
)
def test_places_on_several_lines_become_one_place(world, township, village, site):
    header = ["序号", "项目名称", "乡镇", "村", "计划投资(万元)"]
    page = Page([["2026年少数民族发展资金"], header, [1, "道路硬化", township, village, 80]])
    job = answered(upload(world.huma_clerk, as_xlsx(page)), world.huma_clerk)
    engine.confirm(job, by=world.huma_clerk)
    job.refresh_from_db()
    assert (job.state, Project.objects.get().site) == (JobState.DONE, site), job.message


def test_a_place_in_a_column_of_its_own_loses_its_line_breaks(world):
    page = Page([["2026年少数民族发展资金"], HEADER, [1, "道路硬化", "白银纳鄂伦春\n族乡", "", 80]])
    job = answered(upload(world.huma_clerk, as_xlsx(page)), world.huma_clerk)
    assert job.rows.get(verdict="new").raw["site"] == "白银纳鄂伦春族乡"


def test_the_kept_file_is_checked_again_with_one_click(world):
    job = answered(upload(world.huma_clerk, table([1, "桦树村道路硬化", "呼玛镇", "", 80])), world.huma_clerk)
    engine.confirm(job, by=world.huma_clerk)
    engine.undo(job, by=world.huma_clerk)
    page = world.client(world.huma_clerk).get(f"/imports/{job.pk}/").content.decode()
    form = page[page.index(f"/imports/{job.pk}/again/") :].split("</form>")[0]
    assert "用这个文件再导一次" in form and "data-confirm" not in form


def test_a_row_without_a_name_is_not_called_by_its_county(world):
    job = answered(upload(world.huma_clerk, table([1, "桦树村道路硬化", "呼玛镇", "", 80], [2, "", "金山乡", "", 20])), world.huma_clerk)
    row = job.rows.get(verdict="error")
    assert (row.label, "没有项目名称" in row.problems[0]["message"]) == ("", True)

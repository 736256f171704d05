"""The template 项目库: new, changed, unchanged and wrong rows; the same sheet twice changes nothing (features 2.5, 10.5)."""

from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.excel import MIME, build_template
from linkage.excel.templates import FIRST_ROW
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import RegionAlias
from projects.models import Method, Project, Stage

pytestmark = pytest.mark.django_db


def sheet(user, *rows: dict) -> SimpleUploadedFile:
    """The template of this user, filled in by column key."""
    kind = kind_of("projects")
    columns = {field.key: number for number, field in enumerate(kind.fields(user), 1)}
    book = openpyxl.load_workbook(BytesIO(build_template(kind.template(user))))
    for offset, row in enumerate(rows):
        for key, value in row.items():
            book.worksheets[0].cell(FIRST_ROW + offset, columns[key]).value = value
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("项目库.xlsx", target.getvalue(), content_type=MIME)


def row(**values) -> dict:
    return {
        "name": "冷链仓储", "project_year": 2026, "method": "工程类", "task": "巩固拓展脱贫攻坚成果和乡村振兴", "planned_investment_yuan": 182.5,
    } | values  # fmt: skip


def submit(world, *rows, by=None):
    by = by or world.huma_clerk
    return engine.submit(by=by, kind=kind_of("projects"), file=sheet(by, *rows))


def load(world, *rows):
    job = submit(world, *rows)
    engine.confirm(job, by=world.huma_clerk)
    return job


def verdicts(job) -> list[str]:
    return [one.verdict for one in job.rows.order_by("number")]


def messages(job) -> list[str]:
    return [problem["message"] for one in job.rows.order_by("number") for problem in one.problems]


def test_new_projects_are_registered_with_codes(world):
    load(world, row(category="产业发展", implementer="呼玛县兴业农业开发公司"), row(name="贷款贴息", method="贴息、保费、雨露计划、公益岗"))
    first, second = Project.objects.order_by("code")
    assert (first.code, first.planned_investment_yuan, first.category, first.implementer) == (
        "HM-2026-0001", 1_825_000, world.category, world.huma_implementer_bureau,
    )  # fmt: skip
    assert (second.method, second.stage, second.unit) == (Method.SUBSIDY, Stage.PROPOSED, world.huma)


def test_the_same_sheet_twice_changes_nothing(world):
    load(world, row())
    assert verdicts(submit(world, row())) == ["unchanged"]


def test_a_change_is_shown_before_it_is_made(world):
    load(world, row())
    job = submit(world, row(planned_investment_yuan=200, site="呼玛镇"))
    assert {(d["label"], d["before"], d["after"]) for d in job.rows.get().differences} == {
        ("计划投资", "182.50 万元", "200.00 万元"), ("建设地点", "空", "呼玛镇"),
    }  # fmt: skip
    engine.confirm(job, by=world.huma_clerk)
    project = Project.objects.get()
    assert (project.planned_investment_yuan, project.site, project.revision) == (2_000_000, "呼玛镇", 1)


def test_an_empty_cell_keeps_what_is_known(world):
    load(world, row(site="呼玛镇"))
    load(world, row(content="冷库"))
    assert (Project.objects.get().site, Project.objects.get().content) == ("呼玛镇", "冷库")


def test_a_code_finds_the_project_under_a_new_name(world):
    load(world, row())
    load(world, row(name="呼玛镇冷链仓储", code="HM-2026-0001"))
    assert Project.objects.get().name == "呼玛镇冷链仓储"


def test_an_existing_library_comes_in_at_its_stage_with_the_document(world):
    assert "依据文件" in messages(submit(world, row(stage="列入年度计划")))[0]
    load(world, row(stage="列入年度计划", document="呼农组发〔2026〕3号"))
    assert Project.objects.get().stage == Stage.PLANNED


def test_a_planned_project_is_changed_with_a_document_only(world):
    load(world, row(stage="列入年度计划", document="呼农组发〔2026〕3号"))
    assert "批准文件的文号" in messages(submit(world, row(planned_investment_yuan=200)))[0]
    load(world, row(planned_investment_yuan=200, document="呼农组发〔2026〕9号"))
    assert Project.objects.get().planned_investment_yuan == 2_000_000


def test_every_problem_of_a_row_is_told_and_nothing_can_be_applied(world):
    job = submit(world, row(content="户主 232721198003041234", planned_start_on="2026-09-01", planned_finish_on="2026-05-01"), row(name="好的"))
    assert verdicts(job) == ["error", "new"]
    assert "身份证号" in messages(job)[1]
    assert "计划完工不能早于计划开工" in messages(job)[0]
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [({"code": "HM-2026-0099"}, "没有编号"), ({"implementer": "无名公司"}, "名录里没有"), ({"method": "别的"}, "不在可选项中")],
)
def test_names_that_lead_nowhere(world, values, words):
    assert words in messages(submit(world, row(**values)))[0]


def test_other_words_for_the_county_and_the_task_are_understood(world):
    """Tables from outside say 呼玛, and the short name of the task."""
    RegionAlias.objects.create(region=world.huma, name="呼玛")
    job = submit(world, row(unit="呼 玛", task=world.tasks["consolidate"].short_name))
    assert verdicts(job) == ["new"], messages(job)


def test_a_code_of_another_county_is_unknown_here(world):
    foreign = world.project(world.mohe, "晒场")
    assert "没有编号" in messages(submit(world, row(code=foreign.code)))[0]


def test_others_may_not_import(world):
    for person in (world.office, world.huma_chief, world.agri):
        with pytest.raises(PermissionDenied):
            submit(world, row(), by=person)


# -- one project, two rows --------------------------------------------------------------------------------------------------


def test_a_row_with_our_number_and_one_with_its_name_are_one_project(world):
    load(world, row(name="冷链仓储"))
    code = Project.objects.get().code
    job = submit(world, row(code=code, planned_investment_yuan=200), row(name="冷链仓储", planned_investment_yuan=300))
    assert verdicts(job) == ["changed", "error"]
    [message] = messages(job)
    assert message.startswith(f"与第 {FIRST_ROW} 行（按编号认出）说的是同一个项目")
    assert job.rows.get(verdict="error").problems[0]["cell"] == f"B{FIRST_ROW + 1}"


@pytest.mark.parametrize("name", ["冷链仓储", "冷链仓储中心"], ids=["former name", "new name"])
def test_a_number_with_a_new_name_and_a_row_with_either_name_are_one_project(world, name):
    load(world, row(name="冷链仓储"))
    code = Project.objects.get().code
    for rows in ([row(code=code, name="冷链仓储中心"), row(name=name)], [row(name=name), row(code=code, name="冷链仓储中心")]):
        job = submit(world, *rows)
        assert verdicts(job)[1] == "error"
        assert "说的是同一个项目" in messages(job)[0]


def test_two_numbers_may_have_one_name(world):
    load(world, row(name="甲"), row(name="乙"))
    first, second = Project.objects.order_by("code")
    job = submit(world, row(code=first.code, name="道路"), row(code=second.code, name="道路"))
    assert verdicts(job) == ["changed", "changed"]


def test_a_column_that_stands_twice_is_refused_with_both_places(world):
    book = openpyxl.load_workbook(sheet(world.huma_clerk, row()))
    page = book.worksheets[0]
    column = next(cell.column for cell in page[FIRST_ROW - 1] if "计划投资" in str(cell.value))
    last = page.max_column + 1
    page.cell(FIRST_ROW - 1, last).value, page.cell(FIRST_ROW, last).value = page.cell(FIRST_ROW - 1, column).value, 999
    target = BytesIO()
    book.save(target)
    job = engine.submit(by=world.huma_clerk, kind=kind_of("projects"), file=SimpleUploadedFile("项目库.xlsx", target.getvalue(), content_type=MIME))
    first, second = (page.cell(FIRST_ROW - 1, number).coordinate for number in (column, last))
    assert f"重复列：{first}、{second}“计划投资”，不知以哪一列为准" in job.message
    assert not Project.objects.exists()


def test_of_two_standing_projects_of_one_name_none_is_guessed(world):
    for number in (1, 2):
        world.project(world.huma, "冷链仓储", project_year=2026, code=f"HM-2026-000{number}", stage=Stage.PROPOSED)
    job = submit(world, row(planned_investment_yuan=99))
    assert verdicts(job) == ["error"]
    assert messages(job) == ["项目库里有 2 个同名项目（HM-2026-0001、HM-2026-0002），分不清是哪一个。请在“项目编号”一栏写明编号。"]
    load(world, row(planned_investment_yuan=99, code="HM-2026-0002"))
    assert Project.objects.get(code="HM-2026-0002").planned_investment_yuan == 990_000
    assert Project.objects.get(code="HM-2026-0001").planned_investment_yuan != 990_000

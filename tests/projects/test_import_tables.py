"""The library takes tables as counties keep them: upload → what is asked once → verdict per row → written in one go → taken back."""

import tomllib
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linkage.errors import WrongState
from linkage.excel import Unreadable
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import AuditEvent, FundTask, ImportProfile, Job, JobState, RegionAlias, Role, Seat
from projects.models import Method, Project, Stage
from tests.spreadsheets import TABLES, Page, as_csv, as_xls, as_xlsx, dressed, real
from tests.world import SINCE

pytestmark = pytest.mark.django_db
EXPECTED = tomllib.loads((TABLES / "expected.toml").read_text(encoding="utf-8"))
LISTS = [name for name, wanted in EXPECTED.items() if wanted["kind"] == "projects"]
OTHERS = [name for name in EXPECTED if name not in LISTS]
TASK = "巩固拓展脱贫攻坚成果和乡村振兴"
ANSWERS = {"project_year": "2025", "method": "工程类", "task": TASK, "stage": "申报"}
# Tables of several places: their own region column names counties that are not ours.
ABROAD = {
    "18-misc-single-projects.csv": ("福建城厢", "浙江景宁", "佳木斯郊区", "佳木斯东风", "沙坡头"),
    "24-yigongdaizhen.csv": ("四川井研县", "四川船山区"),
    "35-tianshan-fengjie-single.csv": ("新疆天山区", "重庆奉节县"),
}  # fmt: skip
# One row leaves its total blank: the money of its only source stands in, to be looked at.
WITHOUT_TOTAL = {"24-yigongdaizhen.csv": Decimal(3_750_000)}
LEVELS = {"11-yueyangxian-2024-p10-jihua.csv": 2}
FORMS = {
    "as published": ("t.csv", lambda name: (TABLES / name).read_bytes()),
    "gb18030": ("t.csv", lambda name: as_csv(real(name), "gb18030")),
    "dressed xlsx": ("t.xlsx", lambda name: as_xlsx(dressed(real(name), LEVELS.get(name, 1)))),
    "dressed et": ("t.et", lambda name: as_xls(dressed(real(name), LEVELS.get(name, 1)))),
}
HEADER = ["序号", "项目名称", "建设地点", "建设内容", "计划投资(万元)"]


def upload(user, data, name="项目表.xlsx") -> Job:
    return engine.submit(by=user, kind=kind_of("projects"), file=SimpleUploadedFile(name, data))


def table(*rows, header=HEADER, title="呼玛县2026年少数民族发展资金项目表") -> bytes:
    return as_xlsx(Page([[title], header, *[list(row) for row in rows]]))


def said(job, keep=False, columns=None, **answers):
    """A mapping that leaves every column as it was read unless `columns` says otherwise; as the page does, it says yes to guessed units."""
    one = next((one for one in job.result["tables"] if one["taken"]), job.result["tables"][0])
    table = [one["sheet"], one["row"]]
    shown = {column["key"]: [column["field"], column["unit"]] for column in one["columns"] if column["unit_from"] == "guess"}
    return {"table": table, "header_row": 0, "columns": shown | (columns or {}), "unit": "", "keep": keep, "answers": ANSWERS | answers}


def answered(job, user, **more) -> Job:
    if job.result.get("asks"):
        engine.map_columns(job, by=user, mapping=said(job, **more))
    return job


def load(world, *rows, **more) -> Job:
    job = answered(upload(world.huma_clerk, table(*rows)), world.huma_clerk, **more)
    engine.confirm(job, by=world.huma_clerk)
    return job


def shown(client, job, page="columns/", query="") -> dict[str, str]:
    """What a page of this import carries along: the reading of the file that stood on it."""
    context = client.get(f"/imports/{job.pk}/{page}{query}").context
    form = context.get("form")
    return {"seen": form["seen"].value(), "key": form["key"].value()} if form else {"seen": context["seen"]}


def verdicts(job) -> list[tuple[int, str]]:
    return [(row.number, row.verdict) for row in job.rows.order_by("sheet", "number")]


# -- real tables ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LISTS)
def test_real_tables_come_in_without_touching_a_column(world, name, form):
    file, build = FORMS[form]
    for word in ABROAD.get(name, ()):
        RegionAlias.objects.create(region=world.huma, name=word)
    wanted, clerk = EXPECTED[name], world.huma_clerk
    job = answered(upload(clerk, build(name), file), clerk)
    assert (job.state, job.result["counts"]["new"], job.result["counts"]["error"]) == (JobState.CHECKED, wanted["projects"], 0)
    engine.confirm(job, by=clerk)
    assert job.state == JobState.DONE
    amounts = [project.planned_investment_yuan for project in Project.objects.filter(unit=world.huma)]
    assert (len(amounts), sum(amounts)) == (wanted["projects"], Decimal(wanted["total"] or 0) + WITHOUT_TOTAL.get(name, 0))
    again = answered(upload(clerk, build(name), file), clerk)
    assert {verdict for _, verdict in verdicts(again)} <= {"unchanged", "skipped"}
    engine.undo(job, by=clerk)
    assert not Project.objects.exists()


@pytest.mark.parametrize("name", ABROAD)
def test_places_that_are_not_ours_are_refused_row_by_row(world, name):
    job = answered(upload(world.huma_clerk, (TABLES / name).read_bytes(), "t.csv"), world.huma_clerk)
    assert job.result["counts"]["error"] == EXPECTED[name]["projects"]
    first = job.rows.order_by("number").first().problems[0]
    assert first["message"].startswith("不认识“")
    assert first["cell"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_project_list_says_what_it_is(world, name):
    job = upload(world.huma_clerk, (TABLES / name).read_bytes(), "t.csv")
    assert (job.state, job.result["asks"], job.rows.count()) == (JobState.CHECKED, True, 0)
    assert "像是“" in job.message
    with pytest.raises(WrongState, match="还没有说明"):
        engine.confirm(job, by=world.huma_clerk)


# -- asked once -------------------------------------------------------------------------------------------------------------


def test_what_the_table_does_not_say_is_asked_once_for_the_file(world):
    job = upload(world.huma_clerk, as_xlsx(Page([["序号", "项目名称", "计划投资(万元)"], [1, "兴华乡村务中心", 30]])))
    assert [one["key"] for one in job.result["questions"] if one["required"]] == ["project_year", "method", "task"]
    assert job.message == "表里没有写项目年度、实施方式、资金任务，请为整个文件说一次。"
    answered(job, world.huma_clerk, project_year="2024", method="采购类")
    engine.confirm(job, by=world.huma_clerk)
    project = Project.objects.get()
    assert (project.project_year, project.method, project.task.name, project.stage) == (2024, Method.PURCHASE, TASK, Stage.PROPOSED)


def test_title_and_names_answer_by_themselves(world):
    job = upload(world.huma_clerk, table((1, "贷款贴息", "呼玛镇", "", 12.5), (2, "桦树村道路硬化", "", "3公里", 80)))
    assert not job.result["asks"]
    engine.confirm(job, by=world.huma_clerk)
    assert list(Project.objects.order_by("code").values_list("method", "task__code", "project_year", "planned_investment_yuan")) == [
        ("subsidy", "ethnic", 2026, 125_000), ("works", "ethnic", 2026, 800_000),
    ]  # fmt: skip


def test_whoever_registers_for_several_units_is_asked_which(world):
    own = world.huma_clerk.seats.get()
    Seat.objects.create(user=own.user, role=Role.COUNTY_CLERK, organisation=own.organisation, region=world.mohe, since=SINCE)
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80)))
    assert job.message == "表里没有写县（市、区），请为整个文件说一次。"
    answered(job, world.huma_clerk, unit="漠河市")
    engine.confirm(job, by=world.huma_clerk)
    assert Project.objects.get().unit == world.mohe


def test_one_name_at_several_places_is_several_projects(world):
    rows = [(1, "农业机械采购项目", "连山村", "", 10), (2, "农业机械采购项目", "新龙村", "", 12)]
    job = load(world, *rows)
    assert [row.label for row in job.rows.order_by("number")] == ["农业机械采购项目（连山村）", "农业机械采购项目（新龙村）"]
    assert {verdict for _, verdict in verdicts(upload(world.huma_clerk, table(*rows)))} == {"unchanged"}


def test_one_name_twice_at_one_place_must_be_repaired(world):
    job = upload(world.huma_clerk, table((1, "冷库建设", "呼玛镇", "", 10), (2, "冷库建设", "呼玛镇", "", 12)))
    assert verdicts(job) == [(3, "new"), (4, "error")]
    assert "与第 3 行是同一条" in job.rows.get(number=4).problems[0]["message"]


def test_a_mapping_is_remembered_for_the_next_file_with_that_header(world):
    odd = ["序号", "干什么", "甲", "乙", "总数(万元)"]
    first = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), header=odd))
    assert first.result["asks"]
    columns = {"干什么": ["name", ""], "总数": ["planned_investment_yuan", "万元"]}
    engine.map_columns(first, by=world.huma_clerk, mapping=said(first, keep=True, columns=columns))
    assert verdicts(first) == [(3, "new")]
    assert ImportProfile.objects.get().region == world.huma
    second = upload(world.huma_clerk, table((1, "大乌苏村道路硬化", "", "", 60), header=odd))
    assert (verdicts(second), second.result["asks"]) == ([(3, "new")], False)
    assert any("保存的对应方式" in note for note in second.result["notes"])
    elsewhere = upload(world.mohe_clerk, table((1, "大乌苏村道路硬化", "", "", 60), header=odd))
    assert elsewhere.result["asks"]


def test_the_year_said_for_one_file_is_not_taken_for_the_next(world):
    data = as_xlsx(Page([["序号", "项目名称", "计划投资(万元)"], [1, "桦树村道路硬化", 30]]))
    first = upload(world.huma_clerk, data)
    engine.map_columns(first, by=world.huma_clerk, mapping=said(first, keep=True, project_year="2024"))
    second = upload(world.huma_clerk, data)
    assert second.message == "表里没有写项目年度，请为整个文件说一次。"
    page = world.client(world.huma_clerk).get(f"/imports/{second.pk}/columns/").content.decode()
    assert f'<option value="{ANSWERS["task"]}" selected>' in page, "what was remembered stands in the field"


def test_a_unit_that_nobody_wrote_is_asked_about_also_for_a_column_named_by_hand(world):
    odd = ["序号", "项目名称", "钱数多少"]
    job = upload(world.huma_clerk, as_xlsx(Page([["2026年项目表"], odd, *[[n, f"第{n}村道路硬化", 801_000 + n] for n in range(1, 5)]])))
    client, address = world.client(world.huma_clerk), f"/imports/{job.pk}/columns/"

    def post(**given):
        form = client.get(address).context["form"]
        posted = {name: form[name].value() or "" for name in form.fields}
        client.post(address, posted | {f"answer_{key}": word for key, word in ANSWERS.items() if f"answer_{key}" in posted} | given)
        job.refresh_from_db()

    post(field_2="planned_investment_yuan")
    assert "“钱数多少”没有写明单位" in job.message
    assert not job.rows.exists()
    post(unit_2="元")
    assert {row.raw["planned_investment_yuan"]["$decimal"] for row in job.rows.all()} == {f"80100{n}.00" for n in range(1, 5)}


def test_what_was_remembered_of_the_columns_stays_when_only_the_year_is_answered(world):
    odd = ["序号", "干什么", "甲", "乙", "总数(万元)"]
    columns = {"干什么": ["name", ""], "甲": ["site", ""], "总数": ["planned_investment_yuan", "万元"]}
    for name, given in (("桦树村道路硬化", {"columns": columns}), ("大乌苏村道路硬化", None)):
        job = upload(world.huma_clerk, as_xlsx(Page([["项目表"], odd, [1, name, "呼玛镇", "", 80]])))
        if given:
            engine.map_columns(job, by=world.huma_clerk, mapping=said(job, keep=True, **given))
    address, client = f"/imports/{job.pk}/columns/", world.client(world.huma_clerk)
    form = client.get(address).context["form"]
    client.post(address, {name: form[name].value() or "" for name in form.fields} | {"answer_project_year": "2026", "keep": "on"})
    job.refresh_from_db()
    assert [(row.label, row.raw["site"], row.verdict) for row in job.rows.all()] == [("大乌苏村道路硬化", "呼玛镇", "new")], job.message
    assert ImportProfile.objects.get().columns == columns


def test_a_year_in_the_name_other_than_the_year_of_the_file_is_told(world):
    names = ("桦树村2021年道路硬化", "桦树村村部", "大乌苏村晒场")
    job = upload(world.huma_clerk, as_xlsx(Page([["序号", "项目名称", "计划投资(万元)"], *([n, name, 30] for n, name in enumerate(names, 1))])))
    engine.map_columns(job, by=world.huma_clerk, mapping=said(job, project_year="2025"))
    told = [[p["message"] for p in row.doubts if "年登记" in p["message"]] for row in job.rows.order_by("number")]
    assert told == [["名称里写着 2021 年，按 2021 年登记，不是整个表的 2025 年，请核对。"], [], []]


def test_a_remembered_answer_that_is_no_longer_offered_is_asked_for_again(world):
    data = table((1, "桦树村道路硬化", "", "", 80), title="呼玛县2026年项目表")
    first = upload(world.huma_clerk, data)
    engine.map_columns(first, by=world.huma_clerk, mapping=said(first, keep=True))
    assert verdicts(first) == [(3, "new")]
    FundTask.objects.filter(name=TASK).update(is_active=False)
    second = upload(world.huma_clerk, data)
    assert second.message == "表里没有写资金任务，请为整个文件说一次。"
    engine.confirm(first, by=world.huma_clerk)
    first.refresh_from_db()
    assert (first.state, verdicts(first)) == (JobState.CHECKED, [(3, "error")])
    assert "核对之后已停用" in first.rows.get().problems[0]["message"]
    assert not Project.objects.exists()


def test_sheets_with_one_header_are_read_together_others_are_asked_about(world):
    pages = [Page([["2026年少数民族发展资金"], HEADER, [1, f"{place}道路硬化", place, "", 10]], name=place) for place in ("呼玛镇", "兴华乡")]
    job = upload(world.huma_clerk, as_xlsx(*pages))
    assert [(row.place, row.label) for row in job.rows.order_by("number", "sheet")] == [("兴华乡 3", "兴华乡道路硬化"), ("呼玛镇 3", "呼玛镇道路硬化")]
    other = Page([["项目名称", "投资(万元)", "年度"], ["河堤加固工程", 5, 2026]], name="别的")
    mixed = upload(world.huma_clerk, as_xlsx(*pages, other))
    assert "表头不同的项目表" in mixed.message


# -- verdicts ---------------------------------------------------------------------------------------------------------------


def test_a_change_is_only_what_the_table_says(world):
    load(world, (1, "桦树村道路硬化", "呼玛镇", "3公里", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "4公里", 90), title="呼玛县2026年以工代赈项目表"))
    assert {(d["label"], d["before"], d["after"]) for d in job.rows.get().differences} == {
        ("建设内容", "3公里", "4公里"), ("计划投资", "80.00 万元", "90.00 万元"),
    }  # fmt: skip


def test_likely_duplicates_are_left_out_unless_the_person_says_so(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    rows = [(1, "2026年桦树村道路硬化", "", "", 80), (2, "桦树村道路硬化（二期）", "", "", 80), (3, "桦树村道路 硬化项目", "", "", 75)]
    job = upload(world.huma_clerk, table(*rows))
    assert verdicts(job) == [(3, "suspect"), (4, "new"), (5, "suspect")]
    problem = job.rows.get(number=3).problems[0]
    assert problem["cell"] == "B3"
    assert "很像，可能是同一个" in problem["message"]
    engine.decide(job, by=world.huma_clerk, wanted=True, row=job.rows.get(number=3).pk)
    engine.confirm(job, by=world.huma_clerk)
    assert job.state == JobState.DONE
    assert Project.objects.count() == 3
    with pytest.raises(WrongState):
        engine.decide(job, by=world.huma_clerk, wanted=True)


def test_a_row_is_not_decided_about_once_another_window_has_confirmed(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), (2, "机井建设", "", "", 5)))
    other = Job.objects.get(pk=job.pk)
    engine.confirm(job, by=world.huma_clerk)
    with pytest.raises(WrongState, match="不能再改"):
        engine.decide(other, by=world.huma_clerk, wanted=True, row=job.rows.get(verdict="suspect").pk)
    assert not job.rows.filter(wanted=True).exists()


def test_rows_in_error_name_cell_reason_and_repair_and_may_be_left_out(world):
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), (2, "冷库建设", "", "", "待定"), (3, "机井建设", "", "", "")))
    assert verdicts(job) == [(3, "new"), (4, "error"), (5, "error")]
    assert [p["cell"] for row in job.rows.filter(verdict="error").order_by("number") for p in row.problems] == ["E4", "E5"]
    with pytest.raises(WrongState, match="还有 2 行须改正"):
        engine.confirm(job, by=world.huma_clerk)
    engine.confirm(job, by=world.huma_clerk, leave_out=True)
    assert (job.message, Project.objects.count()) == ("已写入：新增 1 行，变更 0 行。有 2 行须改正，未导入。", 1)
    assert AuditEvent.objects.get(verb="导入项目库").after["left_out"] == 2


def test_totals_and_headings_are_shown_as_what_they_are(world):
    rows = [("一、产业类", "", "", "", ""), (1, "冷库建设", "", "", 80), (2, "大棚建设", "", "", 20), ("小计", "", "", "", 110), ("合计", "", "", "", 110)]
    job = upload(world.huma_clerk, table(*rows))
    assert verdicts(job) == [(3, "skipped"), (4, "new"), (5, "new"), (6, "skipped"), (7, "skipped")]
    assert [row.doubts[0]["message"] for row in job.rows.filter(verdict="skipped").order_by("number")] == [
        "分类标题，不是项目", "小计行，只用来核对", "合计行，只用来核对",
    ]  # fmt: skip
    assert [one["message"][:12] for one in job.result["totals"]] == ["E6“小计”的“计划投资", "E7“合计”的“计划投资"]


def test_a_county_brings_in_only_its_own(world):
    header = ["县(市、区)", "项目名称", "计划投资(万元)"]
    job = upload(world.huma_clerk, table(("漠河市", "冷库建设", 10), ("呼玛县", "机井建设", 5), header=header))
    assert verdicts(job) == [(3, "error"), (4, "new")]
    assert "不在您的填报范围" in job.rows.get(number=3).problems[0]["message"]
    with pytest.raises(PermissionDenied):
        upload(world.huma_chief, table((1, "冷库建设", "", "", 10)))


def test_personal_numbers_stop_their_row(world):
    job = upload(world.huma_clerk, table((1, "冷库建设", "", "联系人13845678901", 10)))
    assert "手机号" in job.rows.get().problems[0]["message"]


# -- pages --------------------------------------------------------------------------------------------------------------------


def test_from_upload_to_undo_on_the_pages(world):
    client = world.client(world.huma_clerk)
    data = as_xlsx(Page([["序号", "项目名称", "计划投资(万元)", "备注"], [1, "桦树村村部", 30, ""], ["合计", "", 30, ""]]))
    response = client.post("/imports/new/?kind=projects", {"file": SimpleUploadedFile("旧表.xlsx", data)}, follow=True)
    assert response.redirect_chain[-1][0].endswith("/columns/")
    page = response.content.decode()
    assert "为整个文件说一次" in page
    job = Job.objects.get()
    form = response.context["form"]
    posted = {name: field.initial if field.initial is not None else "" for name, field in form.fields.items()} | {f"answer_{k}": v for k, v in ANSWERS.items()}
    response = client.post(f"/imports/{job.pk}/columns/?table=0", posted, follow=True)
    assert "桦树村村部" in response.content.decode()
    response = client.post(f"/imports/{job.pk}/confirm/", {"seen": response.context["seen"]}, follow=True)
    assert "撤销这次导入" in response.content.decode()
    assert Project.objects.get().planned_investment_yuan == 300_000
    response = client.post(f"/imports/{job.pk}/undo/", follow=True)
    assert "移除新登记的项目 1 个" in response.content.decode()
    assert not Project.objects.exists()


def test_the_mapping_page_refuses_two_columns_for_one_field(world):
    client = world.client(world.huma_clerk)
    job = upload(world.huma_clerk, as_xlsx(Page([["项目名称", "别名", "计划投资(万元)"], ["桦树村村部", "甲", 30]])))
    posted = {f"answer_{key}": word for key, word in ANSWERS.items()}
    posted |= {"field_0": "name", "field_1": "name", "field_2": "planned_investment_yuan", "unit_2": "万元"} | shown(client, job)
    response = client.post(f"/imports/{job.pk}/columns/?table=0", posted)
    assert "一个栏目只能对应一列" in response.content.decode()


def test_a_header_that_was_missed_is_named_by_the_person(world):
    client = world.client(world.huma_clerk)
    rows = [["呼玛县2026年少数民族发展资金"], ["项目类别", "项目个数", "金额(万元)"], ["产业", 1, 30], ["甲", "乙", "丙"], ["桦树村村部建设", "桦树村", 30]]
    job = upload(world.huma_clerk, as_xlsx(Page(rows)))
    assert job.result["asks"]
    client.post(f"/imports/{job.pk}/columns/?table=0", {"header_row": "4"} | shown(client, job))
    job.refresh_from_db()
    assert job.result["asks"]
    assert [column["header"] for column in job.result["tables"][0]["columns"]] == ["甲", "乙", "丙"]
    posted = {"header_row": "4", "field_0": "name", "field_1": "site", "field_2": "planned_investment_yuan"}
    client.post(f"/imports/{job.pk}/columns/?table=0", posted | shown(client, job))
    job.refresh_from_db()
    if job.result["asks"]:
        answers = {f"answer_{key}": word for key, word in ANSWERS.items()}
        client.post(f"/imports/{job.pk}/columns/?table=0", posted | answers | {"unit_2": "万元"} | shown(client, job))
    assert [(row.label, row.verdict) for row in job.rows.all()] == [("桦树村村部建设", "new")]


def test_doubtful_rows_are_decided_on_the_page(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), (2, "桦树村道路硬化工程", "", "", 80)))
    client = world.client(world.huma_clerk)
    page = client.get(f"/imports/{job.pk}/?verdict=suspect").content.decode()
    assert page.count("照样登记") > 2
    client.post(f"/imports/{job.pk}/decide/", {"wanted": "1"} | shown(client, job, "", "?verdict=suspect"))
    assert job.rows.filter(wanted=True).count() == 2
    client.post(f"/imports/{job.pk}/decide/", {"wanted": "0", "row": job.rows.first().pk})
    assert job.rows.filter(wanted=True).count() == 1


def test_odd_numbers_in_the_address_and_the_form_decide_nothing(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80)))
    client, huge = world.client(world.huma_clerk), "9" * 5_000
    for row in (huge, "9" * 18, "x"):
        client.post(f"/imports/{job.pk}/decide/", {"wanted": "1", "row": row})
    assert not job.rows.filter(wanted=True).exists()
    for number in (huge, "²", "-1"):
        assert client.get(f"/imports/{job.pk}/columns/?table={number}").status_code == 200


@pytest.mark.parametrize("query", ["", "?verdict=new"])
def test_the_preview_asks_the_same_number_of_questions_for_1_and_20_rows(world, query):
    client, counts = world.client(world.huma_clerk), []
    for number in (1, 20):
        job = upload(world.huma_clerk, table(*[(n, f"第{n}号道路硬化", "", "", 80) for n in range(number)]))
        client.get(f"/imports/{job.pk}/{query}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/imports/{job.pk}/{query}")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_file_that_cannot_be_read_is_refused_before_anything_is_kept(world):
    with pytest.raises(Unreadable, match="不是 Excel 工作簿"):
        upload(world.huma_clerk, b"hello", "a.docx")
    assert not Job.objects.exists()


def test_what_is_too_long_is_neither_cut_nor_found_out_while_writing(world):
    header = ["序号", "项目名称", "批复文号", "建设地点", "建设内容", "计划投资(万元)"]
    rows = [(1, "冷库建设", "文" * 121, "呼玛镇", "", 80), (2, "机井建设", "", "镇" * 201, "深" * 2_001, 10), (3, "村部", "文" * 120, "镇" * 200, "", 5)]
    job = answered(upload(world.huma_clerk, table(*rows, header=header)), world.huma_clerk)
    assert [(p["cell"], p["message"]) for row in job.rows.order_by("number") for p in row.problems] == [
        ("C3", "共 121 字，最多 120 字，请精简。"), ("D4", "共 201 字，最多 200 字，请精简。"), ("E4", "共 2001 字，最多 2000 字，请精简。"),
    ]  # fmt: skip
    engine.confirm(job, by=world.huma_clerk, leave_out=True)
    assert (job.state, Project.objects.get().name, len(Project.objects.get().site)) == (JobState.DONE, "村部", 200)

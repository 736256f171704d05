"""Files with several sorts of header, headers that only a person finds, and pages that are older than the import (features 2.5)."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linkage.errors import StaleRevision
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import ImportProfile, Job, JobState
from projects.models import Project
from tests.projects.test_import_tables import ANSWERS, HEADER, answered, load, said, shown, table, upload, verdicts
from tests.spreadsheets import Page, as_xlsx

pytestmark = pytest.mark.django_db

ROADS = Page([["2026年少数民族发展资金"], HEADER, [1, "桦树村道路硬化", "呼玛镇", "", 80]], name="道路")
DYKES = Page([["2026年少数民族发展资金"], ["项目名称", "投资(万元)", "实施地点"], ["河堤加固工程", 5, "兴华乡"]], name="河堤")
ODD = Page([["2026年少数民族发展资金"], ["干什么", "花多少", "在哪"], ["机井建设", 12, "白银纳"], ["晒场建设", 8, "三卡乡"]], name="杂项")


def columns_page(client, job, query=""):
    return client.get(f"/imports/{job.pk}/columns/{query}")


def post_columns(client, job, query="", **given):
    """The form as it stands on the page, some of it changed."""
    form = columns_page(client, job, query).context["form"]
    posted = {name: form[name].value() or "" for name in form.fields} | given
    response = client.post(f"/imports/{job.pk}/columns/{query}", posted)
    job.refresh_from_db()
    return response


# -- several sorts of header --------------------------------------------------------------------------------------------------


def test_tables_with_different_headers_are_written_in_one_go(world):
    client = world.client(world.huma_clerk)
    job = upload(world.huma_clerk, as_xlsx(ROADS, DYKES))
    assert job.message == "文件里有 2 种表头不同的项目表，共 2 个，一次一起导入；哪种不要，请去掉它的勾。"
    post_columns(client, job)
    assert [(row.place, row.label, row.verdict) for row in job.rows.order_by("sheet")] == [
        ("河堤 3", "河堤加固工程", "new"), ("道路 3", "桦树村道路硬化", "new"),
    ]  # fmt: skip
    engine.confirm(job, by=world.huma_clerk)
    assert set(Project.objects.values_list("name", "planned_investment_yuan", "site")) == {
        ("桦树村道路硬化", Decimal(800_000), "呼玛镇"), ("河堤加固工程", Decimal(50_000), "兴华乡"),
    }  # fmt: skip
    engine.undo(job, by=world.huma_clerk)
    assert not Project.objects.exists()


def test_a_sort_that_is_not_wanted_is_left_out_and_stays_so(world):
    client = world.client(world.huma_clerk)
    job = upload(world.huma_clerk, as_xlsx(ROADS, DYKES))
    roads = next(one["key"] for one in job.result["tables"] if one["sheet"] == "道路")
    post_columns(client, job, take=[roads], keep="on")
    assert [row.label for row in job.rows.all()] == ["桦树村道路硬化"]
    assert any("河堤" in note and "这次没有选它" in note for note in job.result["notes"])
    again = upload(world.huma_clerk, as_xlsx(ROADS, DYKES))
    assert (again.result["asks"], [row.label for row in again.rows.all()]) == (False, ["桦树村道路硬化"])
    alone = upload(world.huma_clerk, as_xlsx(DYKES))
    assert [row.label for row in alone.rows.all()] == ["河堤加固工程"], "alone it is what the file is about"
    assert post_columns(client, job, take=[]).status_code == 200
    assert "请至少勾一种要导入的表" in client.post(f"/imports/{job.pk}/columns/", shown(client, job)).content.decode()


def test_each_sort_has_a_mapping_of_its_own(world):
    client = world.client(world.huma_clerk)
    job = upload(world.huma_clerk, as_xlsx(ROADS, ODD))
    odd = next(number for number, one in enumerate(job.result["tables"]) if one["sheet"] == "杂项")
    columns = {"field_0": "name", "field_1": "planned_investment_yuan", "unit_1": "元", "field_2": "site"}
    post_columns(client, job, f"?table={odd}", keep="on", **columns)
    assert "文件里有 2 种" in job.message
    post_columns(client, job, f"?table={odd}", keep="on", unit_1="元")
    staged = {row.label: (row.raw["planned_investment_yuan"]["$decimal"], row.raw["site"], row.verdict) for row in job.rows.all()}
    assert staged == {
        "桦树村道路硬化": ("800000.00", "呼玛镇", "new"), "机井建设": ("12.00", "白银纳", "new"), "晒场建设": ("8.00", "三卡乡", "new"),
    }  # fmt: skip
    assert ImportProfile.objects.filter(owner=world.huma_clerk).count() == 2
    again = upload(world.huma_clerk, as_xlsx(ROADS, ODD))
    assert (again.result["asks"], again.rows.count()) == (False, 3)


def test_a_finding_names_the_cell_of_its_own_table(world):
    """Two tables below each other: 计划投资 stands in E above and in B below; so it does when the confirmation judges again."""
    rows = [*ROADS.rows, [], ["河堤项目表"], ["项目名称", "投资(万元)", "实施地点"], ["河堤加固", 5, "兴华乡"], ["河堤加固", 6, "兴华乡"]]
    job = upload(world.huma_clerk, as_xlsx(Page(rows)))
    post_columns(world.client(world.huma_clerk), job, **{f"answer_{key}": word for key, word in ANSWERS.items()})
    assert verdicts(job) == [(3, "new"), (7, "new"), (8, "error")]
    assert job.rows.get(number=8).problems[0]["cell"] == "A8"
    load(world, (1, "桦树村道路硬化", "呼玛镇", "", 80))
    engine.confirm(job, by=world.huma_clerk, leave_out=True)
    job.refresh_from_db()
    assert (job.state, "情况变了" in job.message) == (JobState.CHECKED, True)


# -- a header that only a person finds ----------------------------------------------------------------------------------------

MISSED = [["呼玛县2026年少数民族发展资金"], ["项目类别", "项目个数", "金额(万元)"], ["产业", 1, 30], ["甲", "乙", "丙"]]


def test_a_header_that_was_moved_is_found_again_in_the_next_file_even_on_another_row(world):
    client = world.client(world.huma_clerk)
    first = upload(world.huma_clerk, as_xlsx(Page([*MISSED, ["桦树村村部建设", "桦树村", 30]])))
    post_columns(client, first, header_row="4")
    answers = {f"answer_{key}": word for key, word in ANSWERS.items()}
    columns = {"field_0": "name", "field_1": "site", "field_2": "planned_investment_yuan"}
    post_columns(client, first, keep="on", **columns)
    post_columns(client, first, keep="on", unit_2="万元", **answers)
    assert verdicts(first) == [(5, "new")], first.message
    later = [MISSED[0], ["填报单位：呼玛县"], *MISSED[1:], ["大乌苏村村部建设", "大乌苏村", 40], ["晒场建设", "桦树村", 9]]
    second = upload(world.huma_clerk, as_xlsx(Page(later)))
    assert (second.result["asks"], verdicts(second)) == (False, [(6, "new"), (7, "new")]), second.message
    assert any("保存的对应方式" in note for note in second.result["notes"])


def test_a_header_moved_on_one_sheet_is_moved_on_all_that_have_it(world):
    client = world.client(world.huma_clerk)
    pages = [Page([*MISSED, [f"{place}村部建设", place, 30]], name=place) for place in ("兴华乡", "呼玛镇", "白银纳")]
    job = upload(world.huma_clerk, as_xlsx(*pages))
    post_columns(client, job, header_row="4")
    assert {(one["sheet"], one["row"]) for one in job.result["tables"]} == {("兴华乡", 4), ("呼玛镇", 4), ("白银纳", 4)}
    post_columns(client, job, field_0="name", field_1="site", field_2="planned_investment_yuan")
    post_columns(client, job, unit_2="万元", **{f"answer_{key}": word for key, word in ANSWERS.items()})
    assert job.rows.filter(verdict="new").count() == 3, job.message


# -- pages older than the import ------------------------------------------------------------------------------------------------


def test_what_another_window_changed_is_not_confirmed_by_this_one(world):
    client = world.client(world.huma_clerk)
    job = answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80))), world.huma_clerk)
    first_tab = client.get(f"/imports/{job.pk}/").context["seen"]
    post_columns(client, job, unit_4="元")
    answer = client.post(f"/imports/{job.pk}/confirm/", {"seen": first_tab}, follow=True).content.decode()
    assert "在别的窗口里重新读取或改过" in answer
    assert not Project.objects.exists()
    assert "在别的窗口里" in client.post(f"/imports/{job.pk}/confirm/", follow=True).content.decode(), "a form without it has seen nothing"
    client.post(f"/imports/{job.pk}/confirm/", {"seen": shown(client, job, "")["seen"]})
    assert Project.objects.get().planned_investment_yuan == 80


def test_a_doubtful_row_decided_in_another_window_is_seen_before_it_is_written(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), (2, "机井建设", "", "", 5)))
    seen = engine.staging_mark(job)
    row = job.rows.get(verdict="suspect")
    engine.decide(job, by=world.huma_clerk, wanted=True, row=row.pk)
    with pytest.raises(StaleRevision):
        engine.confirm(job, by=world.huma_clerk, seen=seen)
    engine.map_columns(job, by=world.huma_clerk, mapping=said(job))
    with pytest.raises(StaleRevision, match="这一行已不在"):
        engine.decide(job, by=world.huma_clerk, wanted=True, row=row.pk)
    with pytest.raises(StaleRevision):
        engine.decide(job, by=world.huma_clerk, wanted=True, seen=seen)


def test_a_check_that_begins_between_look_and_confirmation_wins(world):
    job = answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80))), world.huma_clerk)
    held = Job.objects.get(pk=job.pk)
    engine.map_columns(job, by=world.huma_clerk, mapping=said(job))
    with pytest.raises(StaleRevision, match="刚刚重新核对过"):
        engine.confirm(held, by=world.huma_clerk)
    assert not Project.objects.exists()


def test_columns_answered_on_an_old_page_are_kept_for_the_same_header_and_refused_for_another(world):
    client = world.client(world.huma_clerk)
    job = upload(world.huma_clerk, as_xlsx(Page([*MISSED, ["桦树村村部建设", "桦树村", 30]])))
    old = shown(client, job)
    engine.map_columns(job, by=world.huma_clerk, mapping=said(job))
    kept = client.post(f"/imports/{job.pk}/columns/", old | {"answer_document": "呼政发〔2026〕3号", "field_0": "name"}).content.decode()
    assert "刚才填的都还在" in kept
    assert '<option value="name" selected>' in kept
    post_columns(client, job, header_row="4")
    refused = client.post(f"/imports/{job.pk}/columns/", old | {"field_0": "name"}, follow=True).content.decode()
    assert "刚才填的没有采用" in refused


# -- afterwards -----------------------------------------------------------------------------------------------------------------


def test_the_result_leads_to_what_this_import_wrote_and_to_nobody_elses(world):
    load(world, (1, "旧项目建设", "", "", 3))
    job = load(world, (1, "桦树村道路硬化", "", "", 80), (2, "机井建设", "", "", 5))
    client = world.client(world.huma_clerk)
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert f'href="/projects/?imported={job.pk}"' in page
    listed = client.get(f"/projects/?imported={job.pk}").content.decode()
    assert ("桦树村道路硬化" in listed, "机井建设" in listed, "旧项目建设" in listed) == (True, True, False)
    assert "这次导入的" in listed
    for stranger in (world.mohe_clerk, world.office, world.huma_chief):
        assert "机井建设" not in world.client(stranger).get(f"/projects/?imported={job.pk}").content.decode()
    assert client.get("/projects/?imported=99999999999999999999").status_code == 200
    engine.undo(job, by=world.huma_clerk)
    assert "没有符合条件" in client.get(f"/projects/?imported={job.pk}").content.decode()


def test_after_taking_back_the_page_says_so_and_leads_on_with_the_same_file(world):
    client = world.client(world.huma_clerk)
    job = load(world, (1, "桦树村道路硬化", "", "", 80))
    engine.undo(job, by=world.huma_clerk)
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert "查看这次写入的" not in page
    assert '<span class="word">新增</span>' not in page
    assert page.count("已撤销") >= 2
    assert '<span class="word">已撤销</span>' in client.get("/imports/").content.decode()
    response = client.post(f"/imports/{job.pk}/again/")
    fresh = Job.objects.exclude(pk=job.pk).get()
    assert response.url == f"/imports/{fresh.pk}/"
    assert (verdicts(fresh), fresh.source_file_id) == ([(3, "new")], job.source_file_id), "what was said of the file is said already"
    client.post(f"/imports/{fresh.pk}/again/")
    assert Job.objects.count() == 2, "an open import is not begun twice"


def test_an_unchanged_table_leads_to_the_library_and_to_an_end(world):
    load(world, (1, "桦树村道路硬化", "", "", 80))
    client = world.client(world.huma_clerk)
    job = answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80))), world.huma_clerk)
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert "看系统里的内容" in page
    assert "不用写入，结束" in page
    assert "确认写入" not in page
    assert '<span class="word">不用写入</span>' in client.get("/imports/").content.decode()


def test_when_only_doubtful_rows_are_left_the_page_says_what_to_do(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80)))
    page = world.client(world.huma_clerk).get(f"/imports/{job.pk}/").content.decode()
    assert "剩下的行都与已有项目很像" in page
    assert "不用写入" not in page.replace("都是同一个项目的，不用写入", "")


def test_one_word_for_the_money_on_both_pages(world):
    data = as_xlsx(Page([["2026年少数民族发展资金项目"], ["序号", "项目名称", "本次安排资金(万元)"], [1, "桦树村道路硬化", 30]]))
    job, client = upload(world.huma_clerk, data), world.client(world.huma_clerk)
    assert "计划投资（安排资金）</option>" in columns_page(client, job).content.decode()
    assert "计划投资 30.00 万元" in client.get(f"/imports/{answered(job, world.huma_clerk).pk}/").content.decode()


def test_a_column_of_money_that_only_serves_to_compare_says_so(world):
    data = as_xlsx(Page([["2026年少数民族发展资金项目"], ["项目名称", "计划投资(万元)", "安排资金(万元)"], ["桦树村道路硬化", 30, 20]]))
    page = columns_page(world.client(world.huma_clerk), upload(world.huma_clerk, data)).content.decode()
    assert "只用来核对，不导入：金额取“计划投资”那一列。" in page


@pytest.mark.parametrize("page", ["", "columns/"])
def test_the_pages_ask_as_much_of_the_database_for_20_tables_and_rows_as_for_1(world, page):
    client, counts = world.client(world.huma_clerk), []
    for number in (1, 20):
        pages = [Page([*ROADS.rows[:2], [1, f"第{n}号道路硬化", "", "", 80]], name=f"表{n}") for n in range(number)]
        job = upload(world.huma_clerk, as_xlsx(*pages))
        client.get(f"/imports/{job.pk}/{page}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/imports/{job.pk}/{page}").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_of_imports_asks_a_constant_number_of_questions(world, number, django_assert_max_num_queries):
    for n in range(number):
        load(world, (1, f"第{n}号道路硬化", "", "", 80))
    client = world.client(world.huma_clerk)
    client.get("/imports/")
    with django_assert_max_num_queries(9):
        assert client.get("/imports/").content.decode().count("data-row-link") == number


# -- what makes the pages short -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "year"), [
    ("呼玛县2025年项目表.xlsx", "2025"), ("项目表20250301.xlsx", "2026"), ("2024年下达2025年实施.xlsx", "2026"), ("项目表.xlsx", "2026"),
], ids=["one year", "a date", "two years", "none"])  # fmt: skip
def test_the_year_in_the_name_of_the_file_is_proposed_and_still_asked(world, name, year):
    job = upload(world.huma_clerk, as_xlsx(Page([["项目名称", "计划投资(万元)"], ["桦树村村部建设", 30]])), name)
    assert "项目年度" in job.message
    form = columns_page(world.client(world.huma_clerk), job).context["form"]
    assert form["answer_project_year"].value() == year


def test_what_all_rows_share_is_said_once(world):
    places = ("呼玛镇", "兴华乡", "白银纳")
    job = upload(world.huma_clerk, table(*[(n, f"第{n}号道路硬化", place, "", 80 + n) for n, place in enumerate(places)]))
    response = world.client(world.huma_clerk).get(f"/imports/{job.pk}/")
    assert dict(response.context["shared"]) == {
        "县（市、区）": "呼玛县", "项目年度": "2026", "实施方式": "工程类", "资金任务": "少数民族发展",
    }  # fmt: skip
    assert [dict(row.content) for row in response.context["page"]] == [
        {"计划投资": "80.00 万元", "建设地点": "呼玛镇"}, {"计划投资": "81.00 万元", "建设地点": "兴华乡"}, {"计划投资": "82.00 万元", "建设地点": "白银纳"},
    ]  # fmt: skip
    page = response.content.decode()
    assert "读到的各行计划投资合计 <b>243.00</b> 万元。表里没有合计行" in page
    assert [tab["label"] for tab in response.context["tabs"]] == ["全部", "新增"]


def test_a_file_without_projects_says_so_and_offers_another(world):
    job = upload(world.huma_clerk, as_xlsx(Page([["县(市)", "项目个数", "计划投资(万元)", "完工率(%)"], ["甲县", 3, 30, 50], ["乙县", 4, 40, 60]])))
    page = columns_page(world.client(world.huma_clerk), job).content.decode()
    assert "这不是项目表" in page
    assert page.index("换一个文件上传") < page.index("其实是项目表，我来指明各列") < page.index("各列是什么")


# -- words that lead on -----------------------------------------------------------------------------------------------------------


def test_words_about_money_and_numbers_say_what_helps(world):
    rows = [(1, "机井建设", "", "", "待定"), (2, "晒场建设", "", "联系人13845678901", 5), (3, "冷库建设", "甲村", "", 5), (4, "冷库建设", "甲村", "", 6)]
    job = upload(world.huma_clerk, table(*rows))
    money, personal, twin = ([p["message"] for p in row.problems] for row in job.rows.filter(verdict="error").order_by("number"))
    assert money == ["“待定”不是金额，请只写数字，如 18.25；还没有定的请填 0。"]
    assert "。。" not in personal[0]
    assert twin == ["与第 5 行是同一条，表中只能出现一次。请删去其中一行；确是两个的，请在名称里写明区别。"]
    assert verdicts(upload(world.huma_clerk, table((1, "机井建设", "", "", 0)))) == [(3, "new")]


def test_a_file_that_is_not_the_template_leads_to_the_template(world):
    kind, file = kind_of("allocations"), SimpleUploadedFile("项目表.xlsx", table((1, "机井建设", "", "", 5)))
    job = engine.submit(by=world.huma_clerk, kind=kind, file=file)
    page = world.client(world.huma_clerk).get(f"/imports/{job.pk}/").content.decode()
    assert job.state == JobState.FAILED
    assert page.index("重新上传") < page.index('href="/imports/template/allocations/"') < page.index("重试")

"""A clerk brings in the table the county really keeps: upload, columns, preview, confirmation, undoing, in a real browser.

The table is the public one of 依安 2025 (tests/data/tables), under title and unit line, its header merged as in the printed sheet,
one of its headings in words that nobody knows. Expected figures: expected.toml, added up by hand.
"""

from decimal import Decimal

import pytest
from django.db.models import Sum
from playwright.sync_api import expect

from linkage import periods
from linkage.models import Job
from projects.models import Project
from tests import world as worlds
from tests.spreadsheets import Page, as_xls, as_xlsx, dressed, real

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YIAN, QIANJIN, COUNTIES = "12-yian-2025-zhongcai.csv", "09-qianjin-jiamusi-2024-jihua.csv", "13-kezhou-2021-county-progress.csv"


def odd_words(rows):
    """The same table, 建设内容 headed by words that nobody knows."""
    return [["干些什么" if cell == "建设内容" else cell for cell in rows[0]], *rows[1:]]


@pytest.fixture
def w(transactional_db, monkeypatch):
    """呼玛县 with one standing project that two rows of other offices would call the same."""
    at = periods.moment(worlds.MONDAY.replace(day=20), 10)
    monkeypatch.setattr("linkage.periods.present.machine_now", lambda: at)
    w = worlds.build()
    w.project(w.huma, "依安县红色记忆文化展示提升工程", code="HM-2025-0900", planned_investment_yuan=Decimal(3_270_000), project_year=2025)
    return w


@pytest.fixture
def clerk(w, context, live_server):
    """Opens tabs of the clerk at 1366 × 768; complaints of the browser fail the test."""
    cookies = w.client(w.huma_clerk).cookies
    context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in cookies.items()])
    complaints = []

    def tab(address="/imports/new/?kind=projects"):
        page = context.new_page()
        page.set_viewport_size({"width": 1366, "height": 768})
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + address)
        return page

    yield tab
    assert complaints == []


def send(page, name, data):
    page.locator("[name=file]").set_input_files({"name": name, "mimeType": XLSX, "buffer": data})
    page.get_by_role("button", name="上传并核对").click()


def read(page):
    """按此读取, at the head of the page."""
    page.get_by_role("button", name="按此读取").first.click()


def confirmed(page, label):
    page.get_by_role("button", name=label).click()
    page.get_by_role("button", name="写入", exact=True).click()


def rows(page):
    return page.get_by_role("region", name="逐行核对").locator("tbody tr")


def fits(page):
    """Nothing hangs out of the window to the right."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_real_table_from_upload_to_undoing(w, clerk):
    page = clerk()
    send(page, "依安县2025年.xlsx", as_xlsx(dressed(odd_words(real(YIAN)))))

    expect(page.get_by_role("heading", level=1)).to_have_text("各列对应")
    expect(page.locator("main")).to_contain_text("表里没有写项目年度、资金任务，请为整个文件说一次。")
    expect(page.get_by_label("项目年度")).to_have_value("2025")  # from the file's name, to be looked at
    fits(page)
    page.get_by_label("资金任务").select_option("以工代赈")
    row = page.get_by_role("region", name="各列对应").locator("tbody tr", has_text="干些什么")
    expect(row).to_contain_text("扩建依安县英烈纪念馆约290平方米")
    row.get_by_role("combobox").select_option(label="建设内容")
    read(page)

    expect(page.locator("main")).to_contain_text("新增 7")
    expect(page.locator("main")).to_contain_text("读到的各行计划投资合计 4,015.00 万元")
    expect(rows(page).first).to_contain_text("建设内容 扩建依安县英烈纪念馆约290平方米、维修原展馆")
    fits(page)
    tabs = page.get_by_role("navigation", name="按结论筛选")
    tabs.get_by_role("link", name="不是项目").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("表注")
    tabs.get_by_role("link", name="新增").click()
    expect(rows(page)).to_have_count(7)
    tabs.get_by_role("link", name="疑似重复").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("与已有项目“依安县红色记忆文化展示提升工程”")
    expect(page.get_by_role("button", name="确认写入 7 行")).to_be_visible()
    rows(page).get_by_role("button", name="照样登记").click()
    expect(rows(page)).to_contain_text("改为不登记")
    confirmed(page, "确认写入 8 行")

    expect(page.locator("main")).to_contain_text("已写入：新增 8 行，变更 0 行。")
    assert Project.objects.filter(unit=w.huma, task__name="以工代赈").aggregate(all=Sum("planned_investment_yuan"))["all"] == 40_150_000
    page.get_by_role("link", name="查看这次写入的").click()
    expect(page.locator("main")).to_contain_text("共 8 个项目")
    expect(page.locator(".chips")).to_contain_text("这次导入的项目")
    page.go_back()

    page.get_by_role("button", name="撤销这次导入").click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator("main")).to_contain_text("移除新登记的项目 8 个")
    expect(page.locator("main")).not_to_contain_text("查看这次写入的")
    assert list(Project.objects.values_list("name", flat=True)) == ["依安县红色记忆文化展示提升工程"]
    page.get_by_role("button", name="用这个文件再导一次").click()
    expect(page.get_by_role("button", name="确认写入 7 行")).to_be_visible()


def test_next_week_the_same_sort_of_table_asks_nothing_but_the_year(clerk):
    page = clerk()
    send(page, "表.xlsx", as_xlsx(dressed(odd_words(real(YIAN)))))
    page.get_by_label("资金任务").select_option("以工代赈")
    page.get_by_role("region", name="各列对应").locator("tbody tr", has_text="干些什么").get_by_role("combobox").select_option(label="建设内容")
    read(page)
    expect(page.locator("main")).to_contain_text("还没有写入")
    again = clerk()
    send(again, "表.et", as_xls(dressed(odd_words(real(YIAN)))))
    expect(again.locator("main")).to_contain_text("表里没有写项目年度，请为整个文件说一次。")
    expect(again.get_by_label("资金任务")).to_have_value("以工代赈")
    read(again)
    expect(rows(again).first).to_contain_text("建设内容 扩建依安县英烈纪念馆")


def test_a_mapping_changed_in_a_second_tab_is_not_confirmed_in_the_first(clerk):
    first = clerk()
    send(first, "2026.xlsx", as_xlsx(dressed(real(YIAN))))
    first.get_by_label("资金任务").select_option("以工代赈")
    read(first)
    expect(first.get_by_role("button", name="确认写入 7 行")).to_be_visible()
    second = clerk(f"/imports/{Job.objects.get().pk}/columns/")
    second.get_by_label("C 列的金额单位").select_option("元")
    read(second)
    expect(second.locator("main")).to_contain_text("读到的各行计划投资合计 0.40 万元")
    confirmed(first, "确认写入 7 行")
    expect(first.locator(".messages")).to_contain_text("在别的窗口里重新读取或改过")
    expect(first.locator("main")).to_contain_text("读到的各行计划投资合计 0.40 万元")
    assert Project.objects.count() == 1
    confirmed(first, "确认写入 7 行")
    expect(first.locator("main")).to_contain_text("已写入：新增 7 行")


def test_three_sheets_with_three_headers_in_one_go(w, clerk):
    pages = [dressed(real(name)) for name in (YIAN, QIANJIN, COUNTIES)]
    for page, name in zip(pages, ("文化", "产业", "各县进度"), strict=True):
        page.name = name
    page = clerk()
    send(page, "三张表2025.xlsx", as_xlsx(*pages))
    expect(page.locator("main")).to_contain_text("文件里有 2 种表头不同的项目表")
    expect(page.get_by_role("checkbox", name="“文化”第 5 行起的表，8 行")).to_be_checked()
    page.get_by_role("checkbox", name="“文化”第 5 行起的表，8 行").uncheck()
    page.get_by_role("checkbox", name="“产业”第 5 行起的表，5 行").uncheck()
    page.get_by_label("资金任务").select_option("以工代赈")
    read(page)
    expect(page.locator(".error-summary")).to_contain_text("请至少勾一种要导入的表")
    page.get_by_role("checkbox", name="“文化”第 5").check()
    page.get_by_role("checkbox", name="“产业”第 5").check()
    read(page)
    expect(page.locator("main")).to_contain_text("工作表“各县进度”第 5 行起是“分地区进度汇总表”，没有导入。")
    confirmed(page, "确认写入 12 行")
    expect(page.locator("main")).to_contain_text("已写入：新增 12 行")
    assert Project.objects.filter(unit=w.huma).count() == 13


def test_what_is_no_table_of_projects_is_told_where_it_was_chosen(clerk):
    page = clerk()
    send(page, "改名的文档.xlsx", b"PK\x03\x04 not a workbook")
    expect(page.locator(".error-summary")).to_contain_text("“改名的文档.xlsx”")
    send(page, "各县进度.xlsx", as_xlsx(Page(real(COUNTIES))))
    expect(page.get_by_role("heading", level=1)).to_have_text("这不是项目表")
    expect(page.locator("main")).to_contain_text("像是“分地区进度汇总表”")
    page.get_by_text("其实是项目表，我来指明各列").click()
    expect(page.get_by_role("region", name="各列对应")).to_be_visible()
    page.get_by_role("link", name="换一个文件上传").click()
    expect(page.locator("[name=file]")).to_be_visible()

"""The grid when the line, the server, the log-in or the machine fails: nothing typed is lost, nothing appears under another name."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from issues.actions import ledger
from reports.actions import dealing, filling, sentences
from reports.actions.filling import Edit
from reports.models import ReportCell
from tests.browser.line import Line
from tests.browser.test_weekly_grid import cell, line, paid, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GRID = "/weekly/2026-W47/huma/"
EMPTY = "() => !Object.keys(localStorage).length"


def put(tab, row, place, text):
    cell(tab, row, place).click()
    tab.keyboard.type(text)
    tab.keyboard.press("Enter")


def state(tab):
    return expect(tab.locator("#save-state"))


def test_five_cells_typed_without_a_line_go_up_by_themselves(report, grid, context):
    tab = grid()
    context.set_offline(True)
    for row, place, text in ((0, "physical_ratio", "10"), (0, "central", "1"), (1, "physical_ratio", "20"), (1, "central", "2"), (2, "central", "3")):
        put(tab, row, place, text)
    state(tab).to_have_text("离线，已在本机保存 5 处", timeout=15_000)
    expect(tab.locator("#grid-banner")).to_contain_text("离线，已在本机保存 5 处；网络恢复后自动上传")
    context.set_offline(False)
    saved(tab)
    assert [paid(report, f"冷链库{n}", "central") for n in (1, 2, 3)] == [10_000, 20_000, 30_000]
    tab.wait_for_function(EMPTY)
    expect(tab.locator("#grid-banner")).to_be_hidden()


@pytest.fixture
def network(live_server):
    network = Line(live_server.url)
    yield network
    network.cut()


@pytest.fixture
def laptop(report, network, browser_type, browser_type_launch_args, tmp_path):
    """A browser with a profile on disk: closed and opened again it keeps what a real one keeps."""
    opened = []

    def open_lid(user=None):
        context = browser_type.launch_persistent_context(tmp_path / "profile", **browser_type_launch_args)
        opened.append(context)
        cookies = report.world.client(user or report.world.huma_clerk).cookies
        context.add_cookies([{"name": name, "value": cookie.value, "url": network.url} for name, cookie in cookies.items()])
        tab = context.new_page()
        tab.goto(f"{network.url}{GRID}")
        tab.locator("#grid td[data-c]").first.wait_for()
        return context, tab

    yield open_lid
    for context in opened[-1:]:
        context.close()


def test_a_laptop_closed_without_a_line_and_opened_days_later(report, laptop, network):
    context, tab = laptop()
    network.cut()
    put(tab, 1, "physical_ratio", "71")
    put(tab, 1, "central", "12.5")
    state(tab).to_have_text("离线，已在本机保存 2 处", timeout=15_000)
    context.close()
    assert paid(report, "冷链库2", "central") is None
    network.mend()

    context, tab = laptop()
    saved(tab)
    expect(tab.locator("#grid-banner")).to_contain_text("找回了上次没有保存完的 2 处，已经保存。")
    assert (line(report, "冷链库2").physical_ratio, paid(report, "冷链库2", "central")) == (Decimal("0.71"), 125_000)
    tab.wait_for_function(EMPTY)


def test_a_page_closed_in_the_middle_of_a_cell_loses_nothing(report, grid, context):
    tab = grid()
    cell(tab, 1, "central").click()
    tab.keyboard.type("12.5")
    context.set_offline(True)
    tab.goto("about:blank")
    context.set_offline(False)
    saved(grid())
    assert paid(report, "冷链库2", "central") == 125_000


@pytest.mark.parametrize("failure", ["refused", "500", "503"])
def test_a_server_that_fails_for_a_while_is_asked_again(report, grid, failure):
    tab = grid()
    asked = []

    def fail(route):
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
        elif failure == "refused":
            route.abort("connectionrefused")
        else:
            route.fulfill(status=int(failure), body="<h1>error</h1>", content_type="text/html")

    tab.route("**/cells/", fail)
    put(tab, 0, "physical_ratio", "44")
    state(tab).to_contain_text("服务器出错，已在本机保存 1 处" if failure == "500" else "离线，已在本机保存 1 处")
    saved(tab)
    assert (len(asked), line(report, "冷链库1").physical_ratio) == (2, Decimal("0.44"))
    tab.wait_for_function(EMPTY)


def test_a_server_that_never_answers_is_given_up_and_asked_again(report, grid):
    tab = grid()
    tab.clock.install()
    tab.route("**/cells/", lambda route: None)
    put(tab, 0, "physical_ratio", "44")
    tab.clock.fast_forward(1_000)
    state(tab).to_have_text("保存中…")
    tab.clock.fast_forward(21_000)
    state(tab).to_contain_text("离线，已在本机保存 1 处")
    tab.unroute("**/cells/")
    tab.clock.fast_forward(3_000)
    saved(tab)
    assert line(report, "冷链库1").physical_ratio == Decimal("0.44")


def test_an_answer_lost_on_the_way_back_is_no_conflict_with_oneself(report, grid):
    tab = grid()
    lost = []

    def swallow(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort("connectionreset")

    tab.route("**/cells/", swallow)
    put(tab, 0, "physical_ratio", "44")
    state(tab).to_contain_text("离线，已在本机保存 1 处")
    assert line(report, "冷链库1").physical_ratio == Decimal("0.44"), "the server had it"
    saved(tab)
    expect(tab.locator("#problems")).not_to_contain_text("没有保存")


def test_two_tabs_keep_one_draft_between_them(report, grid, context):
    first, second = grid(), grid()
    context.set_offline(True)
    put(first, 0, "physical_ratio", "31")
    put(second, 1, "physical_ratio", "32")
    for tab in (first, second):
        state(tab).to_contain_text("离线，已在本机保存 1 处")
    first.evaluate("() => { window.fetch = () => new Promise(() => {}) }")  # what a page sends as it closes is not held offline
    first.close()
    context.set_offline(False)
    saved(second)
    assert line(report, "冷链库1").physical_ratio is None
    again = grid()
    saved(again)
    assert [line(report, f"冷链库{n}").physical_ratio for n in (1, 2)] == [Decimal("0.31"), Decimal("0.32")]
    again.wait_for_function(EMPTY)


def test_a_conflict_not_decided_waits_over_a_closed_page(report, grid, context):
    tab = grid()
    context.set_offline(True)
    put(tab, 0, "physical_ratio", "62")
    state(tab).to_contain_text("离线")
    edit = Edit(line(report, "冷链库1").pk, "physical_ratio", "60")
    filling.save_cells(report=report, edits=[edit], by=report.world.huma_clerk)
    context.set_offline(False)
    expect(tab.locator("#problems")).to_contain_text("没有保存", timeout=15_000)
    state(tab).to_have_text("1 格没有保存（标红），其余已保存")
    tab.close()

    again = grid()
    expect(again.locator("#problems")).to_contain_text("没有保存", timeout=15_000)
    cell(again, 0, "physical_ratio").click()
    cell(again, 0, "physical_ratio").dblclick()
    expect(again.locator(".conflict")).to_contain_text("保留现有：60")
    again.locator("[data-mine]").click()
    saved(again)
    again.wait_for_function(EMPTY)
    assert line(report, "冷链库1").physical_ratio == Decimal("0.62")


@pytest.fixture
def issue(report):
    w = report.world
    issue = ledger.raise_issue(
        unit=w.huma, project=line(report, "冷链库1").project, title="用地未批", origin="inspection", due_on=date(2026, 12, 20), by=w.huma_clerk
    )
    report.issue_notes.create(issue=issue)
    return issue


def note(tab):
    return tab.locator("[data-issue-note]")


def test_a_sentence_on_an_issue_waits_like_a_cell(report, grid, context, issue):
    tab = grid()
    context.set_offline(True)
    note(tab).fill("材料已报")
    note(tab).blur()
    state(tab).to_have_text("离线，已在本机保存 1 处", timeout=15_000)
    tab.close()
    context.set_offline(False)
    again = grid()
    saved(again)
    expect(note(again)).to_have_value("材料已报")
    assert report.issue_notes.get().text == "材料已报"
    again.wait_for_function(EMPTY)


def test_two_people_write_about_one_issue_and_the_later_one_chooses(report, grid, context, issue):
    tab = grid()
    sentences.note_issue(report=report, issue_id=issue.pk, text="同事写的", by=report.world.huma_clerk)
    note(tab).fill("我写的")
    note(tab).blur()
    banner = tab.locator("#grid-banner")
    expect(banner).to_contain_text("现在是“同事写的”，您填的是“我写的”")
    expect(note(tab)).to_have_value("同事写的")
    assert report.issue_notes.get().text == "同事写的"
    banner.get_by_text("改为我填的").click()
    saved(tab)
    assert report.issue_notes.get().text == "我写的"


def test_a_page_closed_in_the_middle_of_a_sentence_loses_nothing(report, grid, context, issue):
    tab = grid()
    note(tab).click()
    tab.keyboard.type("已重新挂网招标")
    context.set_offline(True)
    tab.goto("about:blank")
    context.set_offline(False)
    again = grid()
    saved(again)
    expect(note(again)).to_have_value("已重新挂网招标")
    assert report.issue_notes.get().text == "已重新挂网招标"


def test_a_sentence_not_decided_waits_over_a_closed_page(report, grid, context, issue):
    tab = grid()
    sentences.note_issue(report=report, issue_id=issue.pk, text="同事写的", by=report.world.huma_clerk)
    note(tab).fill("我写的")
    note(tab).blur()
    expect(tab.locator("#grid-banner")).to_contain_text("您填的是“我写的”")
    tab.close()

    again = grid()
    banner = again.locator("#grid-banner")
    expect(banner).to_contain_text("现在是“同事写的”，您填的是“我写的”", timeout=15_000)
    assert report.issue_notes.get().text == "同事写的"
    banner.get_by_text("关闭").click()
    again.wait_for_function(EMPTY)
    assert report.issue_notes.get().text == "同事写的"


def test_an_explanation_waits_too(report, grid, context):
    ReportCell.objects.update(paid_to_date_yuan=100_000, previous_yuan=200_000)
    tab = grid()
    tab.locator("[data-more]").click()
    box = tab.locator("[data-explain]").first
    context.set_offline(True)
    box.fill("退款")
    box.blur()
    state(tab).to_have_text("离线，已在本机保存 1 处", timeout=15_000)
    tab.close()
    context.set_offline(False)
    again = grid()
    saved(again)
    report.refresh_from_db()
    assert list(report.explanations.values()) == ["退款"]


def test_two_people_explain_one_finding_and_the_later_one_chooses(report, grid):
    ReportCell.objects.filter(line__project__name="冷链库1").update(paid_to_date_yuan=100_000, previous_yuan=200_000)
    tab = grid()
    tab.locator("[data-more]").click()
    box = tab.locator("[data-explain]").first
    key = tab.evaluate("() => JSON.parse(document.querySelector('#sheet').textContent).problems.find((p) => p.severity === 'explain').key")
    sentences.explain(report=report, key=key, text="同事写的", by=report.world.huma_clerk)
    box.fill("我写的")
    box.blur()
    banner = tab.locator("#grid-banner")
    expect(banner).to_contain_text("现在是“同事写的”，您填的是“我写的”")
    banner.get_by_text("改为我填的").click()
    saved(tab)
    report.refresh_from_db()
    assert report.explanations[key] == "我写的"


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


def test_a_browser_that_keeps_nothing_says_so(report, grid, context):
    context.add_init_script(FULL)
    tab = grid()
    put(tab, 0, "physical_ratio", "12")
    saved(tab)
    context.set_offline(True)
    put(tab, 1, "physical_ratio", "13")
    state(tab).to_have_text("离线，1 处还没有保存", timeout=15_000)
    expect(tab.locator("#grid-banner")).to_contain_text("本机也存不下草稿（浏览器禁用了存储，或空间已满）：请不要关闭本页")
    context.set_offline(False)
    saved(tab)
    assert line(report, "冷链库2").physical_ratio == Decimal("0.13")


def test_a_wrong_clock_on_the_machine_changes_nothing(report, grid, context):
    tab = grid()
    tab.clock.set_system_time("2031-02-03T04:05:06")
    put(tab, 0, "started_on", "5.8")
    state(tab).to_have_text("已保存 12:00:00", timeout=15_000)
    row = line(report, "冷链库1")
    assert (str(row.started_on), str(row.updated_at.date())) == ("2026-05-08", "2026-11-20"), "the server's clock and the period's year"


def log_out(tab):
    menu = tab.locator(".account-menu")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.get_by_text("退出登录").click()


def test_whoever_leaves_a_shared_machine_is_told_what_has_not_arrived(report, grid, context):
    tab = grid()
    tab.route("**/cells/", lambda route: route.abort("connectionrefused"))
    put(tab, 0, "physical_ratio", "55")
    state(tab).to_contain_text("离线，已在本机保存 1 处")
    log_out(tab)
    expect(tab.locator("#grid-banner")).to_contain_text("还有 1 处没有上传。再点一次“退出登录”即退出")
    log_out(tab)
    tab.wait_for_url("**/login/**")
    tab.close()

    other = grid(report.world.huma_chief)
    assert "55" not in other.locator("#grid").inner_text()
    expect(other.locator("#grid-banner")).to_be_hidden()
    other.close()
    again = grid()
    saved(again)
    assert line(report, "冷链库1").physical_ratio == Decimal("0.55")


def test_logging_out_first_sends_what_was_just_typed(report, grid):
    tab = grid()
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.type("56")
    log_out(tab)
    tab.wait_for_url("**/login/**")
    assert line(report, "冷链库1").physical_ratio == Decimal("0.56")


def test_a_page_left_open_writes_nothing_under_the_next_person_s_log_in(report, grid, as_user, context):
    tab = grid()
    as_user(context, report.world.huma_agri)
    put(tab, 0, "physical_ratio", "57")
    tab.locator("dialog.relogin").wait_for()
    assert line(report, "冷链库1").physical_ratio is None
    assert "57" in tab.evaluate(f"() => localStorage['weekly:{report.world.huma_clerk.pk}:{report.pk}']")


def test_rows_dealt_away_meanwhile_are_shown_and_not_dropped(report, grid, context):
    w = report.world
    dealing.deal_out(report=report, task=w.tasks["consolidate"], organisation=w.huma_agri_bureau, by=w.huma_clerk)
    tab = grid(w.huma_agri)
    context.set_offline(True)
    put(tab, 0, "physical_ratio", "58")
    state(tab).to_contain_text("离线")
    tab.close()
    dealing.deal_out(report=report, task=w.tasks["consolidate"], organisation=w.huma_land_bureau, by=w.huma_clerk)
    context.set_offline(False)
    again = grid(w.huma_agri)
    expect(again.locator("#grid-banner")).to_contain_text("本机还有 1 处没有保存")
    expect(again.locator("#grid-banner")).to_contain_text("冷链库1 形象进度：58")
    again.locator("#grid-banner").get_by_text("丢弃").click()
    again.wait_for_function(EMPTY)

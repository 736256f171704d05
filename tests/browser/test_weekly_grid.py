"""The weekly grid under real keystrokes: typing, pasting, two tabs, an expired log-in, a lost line."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from reports.models import ReportCell
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def cell(tab, row, place):
    """The nth project's cell of a place; `central` and `provincial` name money columns."""
    tr = tab.locator("#grid tr[data-l]").nth(row)
    if place in ("central", "provincial"):
        return tr.locator("td.money").nth(("central", "provincial").index(place))
    return tr.locator(f"[data-p='{place}']")


def saved(tab):
    expect(tab.locator("#save-state")).to_contain_text("已保存", timeout=15_000)


def paid(report, name, level):
    return ReportCell.objects.get(line__project__name=name, allocation__county_allocation__batch__level=level).paid_to_date_yuan


def line(report, name):
    return report.lines.get(project__name=name)


def test_three_typed_cells_are_saved_and_walked_with_enter_and_tab(report, grid):
    tab = grid()
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.type("45.5")
    tab.keyboard.press("Tab")
    tab.keyboard.type("120")
    tab.keyboard.press("Tab")
    tab.keyboard.type("5.8")
    tab.keyboard.press("Enter")
    saved(tab)

    row = line(report, "冷链库1")
    assert (row.physical_ratio, row.completed_investment_yuan, str(row.started_on)) == (Decimal("0.4550"), 1_200_000, "2026-05-08")
    expect(tab.locator("#filled")).to_have_text("1/4 行已填")
    focused = "() => document.activeElement.closest('tr').dataset.l + document.activeElement.dataset.p"
    assert tab.evaluate(focused) == f"{line(report, '冷链库2').pk}started_on", "Enter goes down"


def test_this_periods_spending_fills_the_cumulative_and_the_other_way_round(report, grid):
    ReportCell.objects.update(paid_to_date_yuan=100_000, previous_yuan=100_000)
    tab = grid()
    cell(tab, 0, "central").click()
    tab.keyboard.type("+2.5")
    tab.keyboard.press("Enter")
    purchase = tab.locator("#grid tr[data-l]").nth(3).locator("td.delta")
    purchase.click()
    tab.keyboard.type("3")
    tab.keyboard.press("Enter")
    saved(tab)

    assert paid(report, "冷链库1", "central") == 125_000
    assert paid(report, "农机采购", "central") == 130_000
    expect(cell(tab, 3, "central")).to_contain_text("13.00")
    expect(tab.locator("#grid tfoot td.delta")).to_have_text("5.50")


def test_a_block_of_three_by_two_is_pasted_over_the_cells(report, grid):
    tab = grid()
    cell(tab, 0, "central").click()
    tab.evaluate(PASTE, "10\t1\n20.5\t2\n30\t３，")
    expect(tab.locator("#grid-banner")).to_contain_text("已粘贴 5 格，1 格有误")
    saved(tab)
    assert [paid(report, f"冷链库{n}", "central") for n in (1, 2, 3)] == [100_000, 205_000, 300_000]
    assert [paid(report, f"冷链库{n}", "provincial") for n in (1, 2, 3)] == [10_000, 20_000, None]
    expect(cell(tab, 2, "provincial")).to_have_attribute("aria-invalid", "true")


def test_a_paste_skips_what_cannot_be_typed(report, grid):
    tab = grid()
    cell(tab, 3, "central").click()
    tab.evaluate(PASTE, "12\t99\t\t\n7")
    expect(tab.locator("#grid-banner")).to_contain_text("已粘贴 1 格，跳过 1 格（不可填），1 格超出表格")
    saved(tab)
    assert paid(report, "农机采购", "central") == 120_000


def test_two_tabs_in_one_cell_show_both_values_and_let_the_later_one_choose(report, grid):
    first, second = grid(), grid()
    for tab, text in ((first, "60"), (second, "62")):
        cell(tab, 0, "physical_ratio").click()
        tab.keyboard.type(text)
        tab.keyboard.press("Enter")
        saved(tab)
    assert line(report, "冷链库1").physical_ratio == Decimal("0.6")

    expect(second.locator("#problems")).to_contain_text("没有保存")
    cell(second, 0, "physical_ratio").click()
    expect(second.locator(".conflict")).to_contain_text("保留现有：60")
    second.locator("[data-mine]").click()
    expect(second.locator("#problems .sev-must", has_text="没有保存")).to_have_count(0)
    saved(second)
    expect(cell(second, 0, "physical_ratio")).to_contain_text("62")
    second.wait_for_function("() => !localStorage.length")
    assert line(report, "冷链库1").physical_ratio == Decimal("0.62")


def test_an_expired_log_in_opens_in_place_and_the_queue_goes_on(report, grid, context):
    tab = grid()
    context.clear_cookies(name="linkage_session")
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.type("33")
    tab.keyboard.press("Enter")
    dialog = tab.locator("dialog.relogin")
    dialog.locator("[name=username]").fill("huma_clerk")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button[type=submit]").click()
    saved(tab)
    assert line(report, "冷链库1").physical_ratio == Decimal("0.33")


def test_a_lost_line_keeps_the_cells_on_this_machine_and_sends_them_later(report, grid, context):
    tab = grid()
    context.set_offline(True)
    cell(tab, 1, "physical_ratio").click()
    tab.keyboard.type("71")
    tab.keyboard.press("Enter")
    expect(tab.locator("#save-state")).to_contain_text("离线，已在本机保存 1 处")
    assert tab.evaluate("() => localStorage.length") == 1
    context.set_offline(False)
    saved(tab)
    assert line(report, "冷链库2").physical_ratio == Decimal("0.71")
    assert tab.evaluate("() => localStorage.length") == 0


def test_a_draft_belongs_to_one_person_and_comes_back_to_that_person_only(report, grid, context):
    tab = grid()
    context.set_offline(True)
    cell(tab, 1, "physical_ratio").click()
    tab.keyboard.type("72")
    tab.keyboard.press("Enter")
    expect(tab.locator("#save-state")).to_contain_text("离线")
    tab.close()
    context.set_offline(False)

    other = grid(report.world.huma_chief)
    expect(other.locator("#grid-banner")).to_be_hidden()
    assert "72" not in other.locator("#grid").inner_text()
    other.close()

    again = grid()
    saved(again)
    assert line(report, "冷链库2").physical_ratio == Decimal("0.72")


def test_money_of_a_new_level_brings_its_column(report, grid):
    tab = grid()
    assert tab.locator("#grid thead th.money").all_inner_texts() == ["中央", "省级"]
    project = line(report, "冷链库2").project
    report.world.allocate(project, "county", Decimal(80_000))
    tab.locator("[data-bulk=sync]").click()
    expect(tab.locator("#grid thead th.money")).to_have_text(["中央", "省级", "县级"])
    tab.locator("#grid tr[data-l]").nth(1).locator("td.money").nth(2).click()
    tab.keyboard.type("6.5")
    tab.keyboard.press("Enter")
    saved(tab)
    assert paid(report, "冷链库2", "county") == 65_000


def test_a_signer_reads_the_grid_and_cannot_type(report, grid):
    tab = grid(report.world.huma_chief)
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.type("5")
    expect(tab.locator(".cell-editor")).to_have_count(0)
    tab.locator("[data-fold]").first.click()
    expect(tab.locator(".behind")).to_contain_text("没有财政支付记录")
    expect(tab.locator(".behind textarea").first).to_be_disabled()


def test_the_rest_is_ticked_and_handed_in(report, grid):
    tab = grid()
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.type("abc")
    tab.keyboard.press("Enter")
    tab.locator("text=提交审签").click()
    expect(tab.locator("#grid-banner")).to_contain_text("还有 1 格没有保存")
    cell(tab, 0, "physical_ratio").click()
    tab.keyboard.press("Delete")
    rest = tab.locator("[data-bulk=rest]")
    rest.click()
    rest.click()
    expect(tab.locator("#filled")).to_have_text("4/4 行已填")
    tab.locator("text=提交审签").click()
    expect(tab.locator(".messages")).to_contain_text("已提交审签")

"""Amounts in the grid: what the script reads and what the server reads is the same, and a converted unit is shown to the person."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.test_weekly_grid import cell, line, paid, saved
from tests.linkage.test_money import NO_AMOUNT, WITH_UNIT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READ = """async (texts) => {
  const { readWan } = await import("/static/js/weekly/numbers.js");
  return texts.map((text) => { try { const { cents, note } = readWan(text); return [cents, note]; } catch (error) { return null; } });
}"""


def test_the_script_reads_amounts_as_the_server_does(grid):
    amounts = [row for row in WITH_UNIT if row[1] is not None]
    read = grid().evaluate(READ, [typed for typed, *_ in amounts])
    assert read == [[int(Decimal(yuan) * 100), note] for _, yuan, note in amounts]
    assert grid().evaluate(READ, NO_AMOUNT) == [None] * len(NO_AMOUNT)


def test_an_amount_in_another_unit_is_converted_and_asked_about(report, grid):
    tab = grid()
    cell(tab, 0, "central").click()
    tab.keyboard.type("125000元")
    tab.keyboard.press("Enter")
    saved(tab)
    assert paid(report, "冷链库1", "central") == 125_000
    strip = tab.locator("#problems")
    expect(strip).to_contain_text("“125000元”已折算为 12.50 万元，请核对。")
    strip.get_by_text("已核对").click()
    expect(strip).not_to_contain_text("已折算")

    cell(tab, 1, "central").click()
    tab.keyboard.type("12.5万")
    tab.keyboard.press("Enter")
    saved(tab)
    assert paid(report, "冷链库2", "central") == 125_000
    expect(strip).not_to_contain_text("已折算")


def test_in_an_unfolded_row_the_box_shows_what_was_made_of_it(report, grid):
    tab = grid()
    tab.locator("#grid tbody tr[data-l] [data-fold]").first.click()
    box = tab.locator('[data-place="claimed_unpaid_yuan"]')
    box.fill("30000元")
    box.blur()
    saved(tab)
    expect(box).to_have_value("3.00")
    expect(tab.locator("#problems")).to_contain_text("“30000元”已折算为 3.00 万元，请核对。")
    assert line(report, "冷链库1").claimed_unpaid_yuan == 30_000


def test_totals_of_every_part_stay_in_sight(report, grid):
    from funds.models import Batch

    Batch.objects.filter(pk__in=Batch.objects.filter(level="provincial").values("pk")[:1]).update(fund_year=2025)
    tab = grid()
    tab.set_viewport_size({"width": 1366, "height": 480})
    rows = tab.locator("#grid tfoot tr")
    expect(rows).to_have_count(2)
    frame = tab.locator(".week-frame").bounding_box()
    boxes = [rows.nth(number).locator("th").bounding_box() for number in range(2)]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 1, "one above the other"
    assert boxes[1]["y"] + boxes[1]["height"] <= frame["y"] + frame["height"] + 1, "both within the frame"

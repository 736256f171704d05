"""Excel as the office prints it, and the API: the same rows, the same sight, amounts as numbers and as strings."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from funds.actions.voucher import record_voucher
from funds.models import TargetNode
from funds.reference import load
from linkage import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def money(world):
    world.cold = world.project(world.huma, "=1+1 冷链", amounts={"central": 123_400})
    world.inn = world.project(world.mohe, "漠河民宿", amounts={"central": 987_600})
    for project, amount, who in ((world.cold, 23_400, world.huma_finance), (world.inn, 77_700, world.mohe_finance)):
        record_voucher(
            allocation=project.allocations.get(), kind="pay", amount_yuan=Decimal(amount), paid_on=date(2026, 6, 1), voucher_no="15",
            by=who, at=world.at(),
        )  # fmt: skip
    return world


def sheet(world, user, address):
    response = world.client(user).get(address)
    assert response.status_code == 200
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(content)).active.iter_rows()]


def words(rows):
    return "\n".join(str(value) for row in rows for value in row if value is not None)


def test_the_ledger_sheet_has_numbers_totals_and_no_formula(money):
    rows = sheet(money, money.office, "/funds/export/?year=2026")
    assert rows[0][0] == "衔接资金台账"
    assert "单位：万元" in words(rows) and "截至 2026年11月16日" in words(rows)
    total = next(row for row in rows if row[1] == "合计")
    assert total[8] == 111.1 and total[10] == 10.11
    assert "=1+1 冷链" in words(rows)
    assert all(cell is None or not str(cell).startswith("=SUM") for row in rows for cell in row)


@pytest.mark.parametrize("address", ["/funds/export/", "/funds/vouchers/export/", "/funds/batches/export/", "/funds/pace/export/"])
def test_a_county_exports_nothing_of_others(money, address):
    text = words(sheet(money, money.huma_clerk, address + "?year=2026&as_of=2026-11-12"))
    for foreign in ("漠河", "98.76", "111.1", "7.77", "10.11", "10000"):
        assert foreign not in text
    assert "12.34" in text or "2.34" in text


def test_the_pace_sheet_says_basis_day_and_rule(money):
    rows = sheet(money, money.office, "/funds/pace/export/?year=2026&as_of=2026-11-12&basis=treasury")
    text = words(rows)
    assert "按财政口径判定" in text and "截至 2026年11月12日" in text and "月份÷12" in text
    huma = next(row for row in rows if row[0] == "呼玛县")
    assert huma[1] == 12.34 and huma[5] == 2.34 and huma[10] == -72.7 and huma[11] == "严重滞后"
    empty = next(row for row in rows if row[0] == "加格达奇区")
    assert empty[6] is None and empty[11] == "无任务"


def test_an_implementer_may_not_export(money):
    assert money.client(money.huma_implementer).get("/funds/export/").status_code == 403


def api(world, user, address, status=200):
    response = world.client(user).get(f"/api/v1/{address}")
    assert response.status_code == status, response.content.decode()
    return response.json()


def test_the_pace_endpoint(money):
    answer = api(money, money.office, "pace/?year=2026&as_of=2026-11-12&basis=treasury")
    assert (answer["year"], answer["as_of"], answer["basis"], answer["method"]) == (2026, "2026-11-12", "treasury", "月份÷12")
    total = answer["total"]
    assert (total["issued_yuan"], total["treasury_paid_yuan"], total["treasury_ratio"]) == ("1111000.00", "101100.00", "0.0910")
    assert (total["county_paid_yuan"], total["county_ratio"], total["deviation_points"], total["pace"]) == (None, None, "-82.6", "severe")
    own = api(money, money.huma_clerk, "pace/?year=2026")
    assert {line["unit"] for line in own["units"]} == {"huma"}
    assert own["total"]["issued_yuan"] == "123400.00"


def test_the_pace_endpoint_names_what_it_cannot_read(money):
    wrong = api(money, money.office, "pace/?year=26&as_of=gestern&basis=both", 400)
    assert set(wrong["fields"]) == {"year", "as_of", "basis"}
    api(money, money.admin, "pace/", 403)


def test_rows_are_those_in_sight(money):
    for noun in ("allocations", "vouchers", "batches", "spending"):
        mine = api(money, money.huma_clerk, f"{noun}/")
        everything = api(money, money.office, f"{noun}/")
        assert mine["count"] <= everything["count"]
        assert "漠河" not in str(mine) and "mohe" not in str(mine)
    assert api(money, money.office, "vouchers/")["count"] == 2
    foreign = money.inn.allocations.get().pk
    api(money, money.huma_clerk, f"allocations/{foreign}/", 404)


def test_a_county_reads_its_share_of_a_document_and_not_the_document(money):
    (mine,) = api(money, money.huma_clerk, "batches/")["results"]
    assert (mine["amount_yuan"], mine["allocated_yuan"], mine["share_yuan"]) == (None, None, "123400.00")
    (whole,) = api(money, money.office, "batches/")["results"]
    assert (whole["amount_yuan"], whole["share_yuan"]) == ("100000000.00", "1111000.00")


def test_allocations_carry_both_bases(money):
    (row,) = api(money, money.huma_clerk, "allocations/?unit=huma&level=central")["results"]
    assert (row["amount_yuan"], row["treasury_yuan"], row["county_yuan"]) == ("123400.00", "23400.00", None)


def test_reference_nodes_are_unconfirmed_loaded_once_and_never_come_back(world):
    assert load(at=world.at()) == {"支出节点": 6}
    assert load(at=world.at()) == {}
    TargetNode.objects.filter(due_on=date(2026, 6, 30)).delete()
    assert load(at=world.at()) == {}
    assert not TargetNode.objects.filter(is_verified=True).exists()


def test_the_ground_loads_them_too(db):
    assert reference.load()["支出节点"] == 6
    assert reference.load() == {}

"""The rates beside 支出进度 (features 4.3): each with its numerator and denominator, last year's same day, and the ceiling."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from funds.actions.target import save_target
from funds.actions.voucher import record_voucher
from funds.figures.measures import measures, same_day_last_year
from funds.figures.pacing import Sight, pace
from funds.figures.verdict import Pace
from funds.models import Allocation, Batch, CountyAllocation
from linkage.money import percent_text
from projects.models import Contract, ContractShare, PaymentTerm, Progress, Project

pytestmark = pytest.mark.django_db
AS_OF, D = date(2026, 11, 15), Decimal


@pytest.fixture
def money(world):
    """呼玛县: 冷链 100 万 (begun, contract 80 of 90 万 with 3 % retention, stated 50 万 done), 晒场 50 万 (stopped until next April)."""
    w = world
    w.cold = w.project(w.huma, "冷链", amounts={"central": 1_000_000}, stage="started", started_on=date(2026, 5, 1))
    w.yard = w.project(
        w.huma, "晒场", amounts={"central": 500_000}, stage="started", started_on=date(2026, 9, 1), construction_state="winter", restart_on=date(2027, 4, 16),
    )  # fmt: skip
    contract = Contract.objects.create(
        code="HM-1", name="冷链施工", unit=w.huma, state="signed", contractor="甲公司", control_price_yuan=D(900_000), bid_price_yuan=D(800_000),
        price_yuan=D(800_000), shared_yuan=D(800_000), terms_ratio=D("0.03"), awarded_on=date(2026, 4, 1), signed_on=date(2026, 4, 10), created_at=w.at(),
        updated_at=w.at(),
    )  # fmt: skip
    ContractShare.objects.create(contract=contract, project=w.cold, share_yuan=D(800_000))
    PaymentTerm.objects.create(contract=contract, number=1, kind="retention", ratio=D("0.03"), condition="质保期满")
    Progress.objects.create(
        project=w.cold, as_of=date(2026, 11, 12), known_at=w.at(13), statement_key="w", started_on=date(2026, 5, 1), completed_investment_yuan=D(500_000),
    )  # fmt: skip
    for kind, amount, day in (("pay", 300_000, date(2026, 6, 1)), ("issue", 450_000, date(2026, 5, 20))):
        record_voucher(allocation=w.cold.allocations.get(), kind=kind, amount_yuan=D(amount), paid_on=day, voucher_no=kind, by=w.finance, at=w.at())
    return w


def found(world, user=None, **asked):
    user = user or world.office
    sight = Sight.of(user)
    return measures(pace(year=2026, as_of=AS_OF, sight=sight, **asked), user=user, sight=sight, projects=Project.objects.visible_to(user))


def of(world, unit, **more):
    return next(row for row in found(world, **more).units if row.line.unit == unit)


def test_each_rate_keeps_numerator_and_denominator(money):
    row = of(money, money.huma)
    assert (row.line.granted_yuan, percent_text(row.line.granted_ratio)) == (D(450_000), "30.0%")
    assert (row.rates.started.numerator, row.rates.started.denominator) == (2, 2)
    assert (row.rates.finished.numerator, row.rates.accepted.denominator) == (0, 0)
    assert (row.rates.invested_yuan, row.rates.to_invest_yuan, percent_text(row.rates.invested_ratio)) == (D(500_000), D(2_000_000), "25.0%")
    assert of(money, money.mohe).line.granted_ratio is None  # nothing recorded is no rate of 0 %


def test_the_ceiling_leaves_out_retention_savings_and_stopped_works(money):
    """150 万 − 2.4 (3 % of 80) − 10 (90 − 80) − 50 (晒场 until April) = 87.6 万: 58.4 %."""
    row = of(money, money.huma)
    parts = (row.ceiling.retention_yuan, row.ceiling.surplus_yuan, row.ceiling.stopped_yuan)
    assert parts == (D(24_000), D(100_000), D(500_000))
    assert (row.ceiling.reachable_yuan, percent_text(row.ceiling_ratio)) == (D(876_000), "58.4%")
    Project.objects.filter(pk=money.yard.pk).update(restart_on=date(2026, 12, 1))
    assert of(money, money.huma).ceiling.stopped_yuan == 0


def test_the_same_day_of_last_year_by_the_same_basis(money):
    batch = Batch.objects.create(
        level="central", task=money.tasks["consolidate"], fund_year=2025, region=money.prefecture, document_no="黑财〔2024〕1号", amount_yuan=D(200_000),
        allocated_yuan=D(200_000), issued_on=date(2024, 12, 1),
    )  # fmt: skip
    share = CountyAllocation.objects.create(batch=batch, unit=money.huma, amount_yuan=D(200_000), allocated_yuan=D(200_000), issued_on=date(2025, 1, 5))
    old = money.project(money.huma, "旧项目", project_year=2025)
    allocation = Allocation.objects.create(county_allocation=share, project=old, amount_yuan=D(200_000), decided_on=date(2025, 2, 1))
    for number, day in (("8", date(2025, 11, 15)), ("9", date(2025, 11, 16))):
        record_voucher(allocation=allocation, kind="pay", amount_yuan=D(50_000), paid_on=day, voucher_no=number, by=money.finance, at=money.at())
    row = of(money, money.huma)
    assert (percent_text(row.line.ratio), percent_text(row.last_year_ratio)) == ("20.0%", "25.0%")
    assert row.rates.counted == 2  # last year's project is not in this year's denominator
    assert same_day_last_year(date(2024, 2, 29)) == date(2023, 2, 28)


def test_a_node_that_leaves_out_new_money_judges_without_it(money):
    late = CountyAllocation.objects.create(
        batch=money.batch("central", money.tasks["consolidate"]), unit=money.huma, document_no="第二批", amount_yuan=D(1_500_000), issued_on=date(2026, 11, 2),
    )  # fmt: skip
    values = {
        "fund_year": 2026, "measure": "spending", "due_on": date(2026, 10, 31), "target_ratio": D("0.20"), "document_no": "黑财〔2026〕8号",
        "is_verified": True,
    }  # fmt: skip
    node = save_target(values=values, by=money.office_head, at=money.at())
    line = pace(year=2026, as_of=AS_OF).line(unit=money.huma)
    assert (percent_text(line.ratio), line.deviation, line.pace) == ("10.0%", D("-10.0"), Pace.SEVERE)
    save_target(node=node, values={"denominator": "settled"}, revision=node.revision, by=money.office_head, at=money.at())
    line = pace(year=2026, as_of=AS_OF).line(unit=money.huma)
    assert (line.deviation, line.pace) == (D("0.0"), Pace.OK)  # 30 of 150 without the new money
    assert "不含新到" in line.target.words and late.pk


def test_nodes_of_other_measures_stand_beside_their_rate(money):
    for measure, due in (("finished", date(2026, 10, 31)), ("finished", date(2026, 12, 31)), ("accepted", date(2026, 12, 20))):
        save_target(
            values={"fund_year": 2026, "measure": measure, "due_on": due, "target_ratio": D("0.9"), "document_no": "黑农〔2026〕1号", "is_verified": True},
            by=money.office_head, at=money.at(),
        )  # fmt: skip
    nodes = of(money, money.huma).nodes
    assert {name: node.due_on for name, node in nodes.items() if node} == {"finished": date(2026, 10, 31), "accepted": date(2026, 12, 20)}
    html = money.client(money.office).get("/funds/pace/?year=2026").content.decode()
    assert "目标 90%（10月31日）" in html


def test_the_page_by_task_and_the_sheets(money):
    client = money.client(money.office)
    html = client.get("/funds/pace/?year=2026&task=ethnic").content.decode()
    assert "少数民族发展：" in html and "150.00" not in html
    html = client.get("/funds/pace/?year=2026&task=nothing").content.decode()
    assert "58.4%" in html and "今年最高能到" in html
    book = load_workbook(BytesIO(client.get("/funds/pace/export/?year=2026").content))
    assert book.sheetnames == ["支出进度", "各项进度", "比较"]
    row = next(row for row in book["各项进度"].iter_rows(values_only=True) if row[0] == "呼玛县")
    assert row[1:6] == (45, 0.3, 2, 2, 1) and row[-4:] == (2.4, 10, 50, 0.584)


def test_the_number_of_queries_stays(money):
    client = money.client(money.office)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/funds/pace/?year=2026")
        return len(captured)

    few = queries()
    for number in range(20):
        money.project(money.mohe, f"项目{number}", amounts={"central": 10_000})
    assert queries() == few < 75

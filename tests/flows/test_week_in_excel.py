"""A county that never types into the page: it takes the workbook, fills it in, brings it back, hands in and signs.

By hand: 冷链仓储 had 10 万元 of 100 paid; this week 2.5 more. 农机采购 and 民族村寨 have not changed.
"""

from decimal import Decimal

import pytest

from funds.models import ReportedSpending
from reports.actions import opening, signing
from reports.models import ReportState, WeeklyReport
from tests.reports.book import Workbook, bring, seen, take, written
from tests.reports.conftest import desk  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db
STORE, MACHINES, VILLAGE = "冷链仓储", "农机采购", "民族村寨"


def test_two_weeks_in_excel(desk):  # noqa: F811
    clerk = desk.client("huma_clerk")
    book = take(desk)
    book.type(STORE, paid="10万元", physical_ratio=40, started_on="2026.5.8", problem="钢材未到", measures="月底前到货", coordination_level="省里")
    book.type(MACHINES, no_change="是")
    book.type(VILLAGE, no_change="是")
    preview = bring(desk, book)["Location"]
    assert [e.message for e in clerk.get(preview).context["errors"]] == ["列表中没有“省里”。请从下拉中选择。"]
    marked = Workbook(clerk.get(f"{preview}marked.xlsx").content)
    marked.type(STORE, coordination_level=None)
    assert "写入 7 格" in written(desk, marked)

    desk.report.refresh_from_db()
    clerk.post(desk.url("hand-in"), {"revision": desk.report.revision})
    desk.report.refresh_from_db()
    assert desk.report.state == ReportState.SIGNING
    signing.sign(report=desk.report, by=desk.world.huma_chief)
    assert ReportedSpending.objects.live().get(paid_to_date_yuan__gt=0).paid_to_date_yuan == 100_000

    with_next = desk.world.at(23, 9)
    opening.open_due_periods(at=with_next)
    desk.report = WeeklyReport.objects.select_related("period", "unit").get(period__key="2026-W48", unit=desk.world.huma)
    desk.url = lambda *parts, unit="huma": "/".join(["", "weekly", "2026-W48", unit, *map(str, parts), ""])
    next_week = take(desk)
    assert next_week.cell(STORE, "before:central").value == 10
    assert "这是“呼玛县 2026年第47期" in bring(desk, book).content.decode(), "last week's workbook belongs to last week"
    next_week.type(STORE, paid=12.5)
    assert [(c["before"], c["after"]) for c in seen(desk, next_week).context["changes"]] == [("10.00 万元", "12.50 万元")]
    written(desk, next_week)
    assert desk.report.lines.get(project__name=STORE).cells.order_by("-paid_to_date_yuan").first().paid_to_date_yuan == Decimal(125_000)

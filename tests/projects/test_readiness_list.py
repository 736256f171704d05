"""成熟度: procedures as a part of it, and the list of projects by it (features 2.7)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from projects.actions.checklist import sync_checklists
from projects.checks import unfilled
from projects.figures.readiness import of_projects
from projects.models import Method, Stage
from tests import world as worlds
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_procedures import step


@pytest.fixture
def listed(world):
    catalogue(world)
    world.store = world.project(world.huma, "冷链仓储", site="呼玛镇", amounts={"central": 1_000_000})
    world.tools = world.project(world.huma, "农机", method=Method.PURCHASE)
    world.idea = world.project(world.huma, "设想", stage=Stage.SCREENED)
    world.begun = world.project(world.huma, "已开工的桥", stage=Stage.STARTED)
    sync_checklists([world.store, world.tools], at=world.at(2))
    return world


def part(w, project):
    found = of_projects([project], w.huma_clerk, worlds.MONDAY, unfilled=unfilled([project]))[project.pk]
    return next(one for one in found.parts if one.code == "procedures")


def test_procedures_before_the_first_payment_are_a_part(listed):
    """The store has nine on its list, eight of which block the first payment (竣工验收 does not)."""
    assert part(listed, listed.store).words == "已办结 0/8 项，还缺 用地预审与选址意见书、立项（可研批复）、概算与财政评审等 8 项"
    row = procedure(listed.store, "land-preview")
    step(listed, row, "spare", 9, reason="不新增建设用地（土地管理法实施条例第二十四条）")
    assert part(listed, listed.store).ratio == Decimal(1) / 8
    assert (part(listed, listed.tools).ratio, part(listed, listed.tools).words) == (0, "已办结 0/1 项，还缺 政府采购")
    assert (part(listed, listed.idea).ratio, part(listed, listed.idea).words) == (0, "还没有手续清单")


def test_the_list_holds_what_has_not_begun_ripest_first(listed):
    text = listed.client(listed.huma_clerk).get("/projects/readiness/").content.decode()
    rows = text.split("<tbody>")[1]
    assert "已开工的桥" not in rows
    assert rows.index("冷链仓储") < rows.index("设想")
    turned = listed.client(listed.huma_clerk).get("/projects/readiness/?sort=low").content.decode().split("<tbody>")[1]
    assert turned.index("设想") < turned.index("冷链仓储")
    assert "还没有手续清单" in rows
    assert "没有符合条件的项目" in listed.client(listed.huma_clerk).get("/projects/readiness/?band=high").content.decode()
    assert "冷链仓储" not in listed.client(listed.mohe_clerk).get("/projects/readiness/").content.decode()


def test_the_sheet_holds_the_same_rows(listed):
    book = load_workbook(BytesIO(listed.client(listed.office).get("/projects/readiness/export/?sort=low").content)).active
    column = [row[1] for row in book.iter_rows(values_only=True)]
    assert book["A1"].value == "未开工项目成熟度一览表"
    assert column.index("设想") < column.index("冷链仓储")
    assert "已开工的桥" not in column


def test_the_list_asks_as_often_for_three_as_for_twenty(listed):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert listed.client(listed.office).get("/projects/readiness/").status_code == 200
        return len(found)

    few = queries()
    more = [listed.project(listed.huma, f"场地{n}", planned_start_on=date(2026, 12, 1)) for n in range(20)]
    sync_checklists(more, at=listed.at(2))
    assert queries() == few

"""/projects/: who sees which rows, filters, order, sentence, a constant number of queries, Excel of what is shown."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from funds.models import Batch, Voucher
from projects.models import ConstructionState, Method, Progress, Stage

pytestmark = pytest.mark.django_db


def names(response) -> list[str]:
    return [project.name for project, _ in response.context["rows"]]


def get(world, person, **query):
    response = world.client(getattr(world, person)).get("/projects/", query)
    assert response.status_code == 200
    return response


@pytest.fixture
def library(world):
    world.project(world.mohe, "北极村晒场", started_on=date(2026, 5, 1), stage=Stage.STARTED)
    world.project(
        world.huma, "冷链仓储", amounts={"central": 800_000}, implementer=world.huma_implementer_bureau, category=world.category, site="呼玛镇"
    )
    world.project(world.huma, "鄂族乡村旅游", task=world.tasks["ethnic"], method=Method.PURCHASE, planned_investment_yuan=Decimal(300_000))
    return world


def test_a_county_sees_its_own_rows_only(library):
    page = get(library, "huma_clerk")
    assert names(page) == ["冷链仓储", "鄂族乡村旅游"]
    assert "北极村" not in page.text
    assert "计划投资 130.00 万元" in page.text


def test_the_office_sees_all_in_the_printed_order_of_units(library):
    assert names(get(library, "office")) == ["北极村晒场", "冷链仓储", "鄂族乡村旅游"]


def test_a_lead_department_sees_its_task(library):
    assert names(get(library, "ethnic")) == ["鄂族乡村旅游"]
    assert names(get(library, "huma_agri")) == ["冷链仓储"]


def test_an_implementer_sees_own_projects(library):
    assert names(get(library, "huma_implementer")) == ["冷链仓储"]


def test_a_cooperating_department_sees_where_it_acts(library):
    assert names(get(library, "huma_land")) == []
    project = library.project(library.huma, "待批用地的烘干塔")
    Progress.objects.create(
        project=project, as_of=date(2026, 11, 12), known_at=library.at(13), statement_key="weekly/2026-W46/huma/v1", holder=library.huma_land_bureau
    )
    assert names(get(library, "huma_land")) == ["待批用地的烘干塔"]
    assert names(get(library, "land")) == []


@pytest.mark.parametrize("person", ["admin", "secadmin", "secaudit"])
def test_administrators_see_no_business_data(library, person):
    assert library.client(getattr(library, person)).get("/projects/").status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"unit": "mohe"}, ["北极村晒场"]),
        ({"task": "ethnic"}, ["鄂族乡村旅游"]),
        ({"method": "works"}, ["北极村晒场", "冷链仓储"]),
        ({"stage": "started"}, ["北极村晒场"]),
        ({"reached": "not_started"}, ["冷链仓储", "鄂族乡村旅游"]),
        ({"reached": "under_way"}, ["北极村晒场"]),
        ({"category": "industry"}, ["冷链仓储"]),
        ({"year": "2026"}, ["北极村晒场", "冷链仓储", "鄂族乡村旅游"]),
        ({"q": "呼玛镇"}, ["冷链仓储"]),
        ({"q": "兴业 冷链"}, ["冷链仓储"]),
        ({"q": "MH-2026"}, ["北极村晒场"]),
        ({"unpaid": "on"}, ["冷链仓储"]),
        ({"sort": "investment"}, ["鄂族乡村旅游", "北极村晒场", "冷链仓储"]),
        ({"sort": "-name"}, ["鄂族乡村旅游", "北极村晒场", "冷链仓储"]),
        ({"sort": "task"}, ["北极村晒场", "冷链仓储", "鄂族乡村旅游"]),
        ({"sort": "-task"}, ["鄂族乡村旅游", "北极村晒场", "冷链仓储"]),
        ({"sort": "-method"}, ["鄂族乡村旅游", "北极村晒场", "冷链仓储"]),
        ({"sort": "-stage"}, ["北极村晒场", "冷链仓储", "鄂族乡村旅游"]),
        ({"sort": "-unit"}, ["鄂族乡村旅游", "冷链仓储", "北极村晒场"]),
        ({"sort": "allocated"}, ["冷链仓储", "北极村晒场", "鄂族乡村旅游"]),
        ({"sort": "-allocated"}, ["冷链仓储", "北极村晒场", "鄂族乡村旅游"]),
        ({"sort": "nonsense"}, ["北极村晒场", "冷链仓储", "鄂族乡村旅游"]),
    ],
)
def test_filters_and_order(library, query, expected):
    assert names(get(library, "office", **query)) == expected


def test_stopped_projects(library):
    library.project(library.huma, "停工的桥", construction_state=ConstructionState.WINTER, restart_on=date(2027, 4, 20))
    assert names(get(library, "office", construction="winter")) == ["停工的桥"]


def test_a_county_cannot_filter_for_another_county(library):
    assert names(get(library, "huma_clerk", unit="mohe")) == ["冷链仓储", "鄂族乡村旅游"]


def test_a_payment_takes_a_project_off_the_unpaid_list(library):
    allocation = library.project(library.huma, "已付项目", amounts={"central": 100_000}).allocations.get()
    Voucher.objects.create(
        unit=library.huma, project=allocation.project, allocation=allocation, amount_yuan=Decimal(60_000), paid_on=date(2026, 6, 1),
        known_at=library.at(1), key="凭1",
    )  # fmt: skip
    page = get(library, "office")
    money = {project.name: amounts for project, amounts in page.context["rows"]}
    assert (money["已付项目"].allocated_yuan, money["已付项目"].paid_yuan) == (Decimal(100_000), Decimal(60_000))
    assert money["鄂族乡村旅游"] is None
    assert names(get(library, "office", unpaid="on")) == ["冷链仓储"]


@pytest.mark.parametrize("column", ["allocated", "paid"])
def test_every_column_of_money_orders_the_list_what_is_unknown_last(library, column):
    for name, paid in (("付得少", 10_000), ("付得多", 90_000)):
        allocation = library.project(library.huma, name, amounts={"central": paid * 2}).allocations.get()
        Voucher.objects.create(
            unit=library.huma, project=allocation.project, allocation=allocation, amount_yuan=Decimal(paid), paid_on=date(2026, 6, 1),
            known_at=library.at(1), key=name,
        )  # fmt: skip
    shown = {project.name: amounts for project, amounts in get(library, "office", sort=column).context["rows"]}
    known = [getattr(amounts, f"{column}_yuan") for amounts in shown.values() if amounts]
    assert len(known) == 3
    assert known == sorted(known)
    assert list(shown)[-2:] == ["北极村晒场", "鄂族乡村旅游"]
    falling = names(get(library, "office", sort=f"-{column}"))
    assert falling == [*reversed(list(shown)[:3]), "北极村晒场", "鄂族乡村旅游"]


def test_money_out_of_sight_does_not_order_the_list(library):
    """A lead department sees the money of its own task only: another task's money must not show through the order."""
    project = library.project(library.huma, "别的任务的钱", task=library.tasks["ethnic"], amounts={"central": 5_000})
    assert names(get(library, "ethnic", sort="-allocated")) == ["别的任务的钱", "鄂族乡村旅游"]
    Batch.objects.filter(county_allocations__allocations__project=project).update(task=library.tasks["consolidate"])
    assert names(get(library, "ethnic", sort="-allocated")) == ["鄂族乡村旅游", "别的任务的钱"]


def test_the_number_of_queries_does_not_grow_with_the_rows(world, django_assert_num_queries):
    client = world.client(world.office)
    world.project(world.huma, "第一个", amounts={"central": 1000})
    client.get("/projects/")
    with CaptureQueriesContext(connection) as one:
        client.get("/projects/")
    assert len(one) <= 16
    for number in range(19):
        world.project(world.huma, f"又一个{number}", amounts={"central": 1000}, implementer=world.huma_implementer_bureau)
    with django_assert_num_queries(len(one)):
        assert len(client.get("/projects/").context["rows"]) == 20


def test_pages_of_fifty_keep_the_filters(world):
    for number in range(51):
        world.project(world.huma, f"项目{number}")
    page = get(world, "office", method="works")
    assert len(page.context["rows"]) == 50
    assert "method=works&amp;page=2" in page.text
    assert len(get(world, "office", method="works", page="2").context["rows"]) == 1


def test_an_empty_library_says_what_to_do(world):
    assert "登记项目" in get(world, "huma_clerk").text
    assert "没有您可以查看的项目" in get(world, "agri").text
    assert "请放宽筛选条件" in get(world, "office", q="没有").text


def test_only_the_county_clerk_is_offered_to_register(library):
    assert "/projects/new/" in get(library, "huma_clerk").text
    assert "/projects/new/" not in get(library, "office").text


def test_the_sheet_holds_exactly_what_is_shown(library):
    response = library.client(library.office).get("/projects/export/", {"method": "works", "sort": "-name"})
    assert response.status_code == 200
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content) if response.streaming else response.content)).active
    cells = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert [row[1] for row in cells if row and row[0] in (1, 2)] == ["北极村晒场", "冷链仓储"]
    assert any("单位：万元" in str(cell) for row in cells for cell in row)
    flat = [cell for row in cells for cell in row]
    assert 100 in flat
    assert "鄂族乡村旅游" not in flat


def test_the_sheet_of_a_county_holds_its_rows_only(library):
    response = library.client(library.huma_clerk).get("/projects/export/")
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content) if response.streaming else response.content)).active
    assert "北极村晒场" not in [cell for row in sheet.iter_rows(values_only=True) for cell in row]


def test_who_may_not_export(library):
    assert library.client(library.huma_implementer).get("/projects/export/").status_code == 403

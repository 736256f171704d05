"""/plans/: the list, one version, composing in the browser, every step, print and Excel; the reader's sight; constant queries (2.4)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.actions import plan as plans
from projects.models import AnnualPlan, PlanState, Stage

pytestmark = pytest.mark.django_db
DOCUMENT = "呼农组发〔2026〕3号"


@pytest.fixture
def road(world):
    return world.project(world.huma, "村内道路", stage=Stage.ADMITTED, planned_investment_yuan=Decimal(900_000), site="白银纳乡")


@pytest.fixture
def village(world):
    return world.project(world.huma, "民族村寨", stage=Stage.ADMITTED, task=world.tasks["ethnic"], planned_investment_yuan=Decimal(400_000))


@pytest.fixture
def plan(world, road, village):
    made = plans.open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at())
    rows = {road.pk: {"central": Decimal(900_000)}, village.pk: {"provincial": Decimal("123456.78")}}
    return plans.save_items(plan=made, rows=rows, note="资金文件在途", by=world.huma_clerk, revision=0, at=world.at())


def to(plan, world, state):
    """On its way up as far as this state."""
    steps = {
        PlanState.DECIDING: lambda: plans.hand_in(plan=plan, by=world.huma_clerk, at=world.at()),
        PlanState.DECIDED: lambda: plans.decide(plan=plan, document=DOCUMENT, decided_on=date(2026, 11, 16), by=world.huma_chief, at=world.at()),
        PlanState.FILING: lambda: plans.send_up(plan=plan, by=world.huma_clerk, at=world.at()),
        PlanState.FILED: lambda: plans.file(plan=plan, by=world.office, at=world.at()),
    }
    for name, step in steps.items():
        step()
        if name == state:
            return plan
    raise AssertionError(state)


def composed(world, plan, *picked, revision=None, by=None, **typed):
    data = {"revision": plan.revision if revision is None else revision, "pick": [project.pk for project in picked], "note": typed.pop("note", "")}
    data |= {f"m-{name.removeprefix('m')}": text for name, text in typed.items()}
    return world.client(by or world.huma_clerk).post(f"/plans/{plan.pk}/compose/", data)


def amounts(project, **levels):
    return {f"{project.pk}-{level}": text for level, text in levels.items()}


def test_a_clerk_begins_a_plan_and_lands_on_the_composing_page(world, road):
    response = world.client(world.huma_clerk).post("/plans/new/", {"unit": "huma", "year": 2026, "reason": ""})
    plan = AnnualPlan.objects.get()
    assert response.headers["Location"] == f"/plans/{plan.pk}/compose/"
    page = world.client(world.huma_clerk).get(f"/plans/{plan.pk}/compose/")
    assert [row["project"].name for row in page.context["rows"]] == ["村内道路"]


@pytest.mark.parametrize(("data", "status"), [({"unit": "mohe", "year": 2026}, 422), ({"unit": "huma", "year": "x"}, 422), ({}, 422)])
def test_a_plan_for_a_unit_or_year_that_is_none_is_refused(world, data, status):
    assert world.client(world.huma_clerk).post("/plans/new/", data).status_code == status
    assert not AnnualPlan.objects.exists()


def test_money_already_arranged_comes_filled_in(world, road):
    world.allocate(road, "central", Decimal(650_000))
    plan = plans.open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at())
    [row] = world.client(world.huma_clerk).get(f"/plans/{plan.pk}/compose/").context["rows"]
    assert (row["picked"], row["cells"][0]["text"], row["cells"][0]["arranged"]) == (True, "65.00", 650_000)


def test_composing_saves_ticks_and_amounts_in_wan(world, plan, road, village):
    response = composed(world, plan, road, **amounts(road, central="12.5", county="0.000001"), **amounts(village, central="5"), note="说明")
    assert response.headers["Location"] == f"/plans/{plan.pk}/"
    assert {item.project.name: item.amounts for item in plan.items.all()} == {"村内道路": {"central": Decimal(125_000), "county": Decimal("0.01")}}


@pytest.mark.parametrize(("text", "words"), [("12万", "单位"), ("-3", "不能为负数"), ("1.1234567", "6 位小数"), ("abc", "")])
def test_a_bad_amount_is_said_at_its_place_and_everything_typed_stays(world, plan, road, village, text, words):
    page = composed(world, plan, road, village, **amounts(road, central=text), **amounts(village, county="7.7"), note="新的说明")
    assert page.status_code == 422
    assert words in page.text
    assert f'value="{text}"' in page.text and 'value="7.7"' in page.text and "新的说明" in page.text
    plan.refresh_from_db()
    assert (plan.revision, plan.note) == (1, "资金文件在途")


def test_personal_numbers_in_the_note_are_refused(world, plan, road):
    page = composed(world, plan, road, **amounts(road, central="1"), note="户主 232721198003041234")
    assert page.status_code == 422
    assert "身份证号" in page.text


def test_of_two_people_the_later_sees_both_and_saves_again(world, plan, road, village):
    composed(world, plan, road, **amounts(road, central="80"), revision=1)
    page = composed(world, plan, village, **amounts(village, county="7.7"), revision=1)
    assert page.status_code == 409
    assert sorted(page.context["differences"]) == [("村内道路", "中央 80.00 万元", "不列入"), ("民族村寨", "不列入", "县级 7.70 万元")]
    assert 'value="7.7"' in page.text
    plan.refresh_from_db()
    assert {item.project.name for item in plan.items.all()} == {"村内道路"}
    assert composed(world, plan, village, **amounts(village, county="7.7"), revision=page.context["typed"].revision).status_code == 302
    assert {item.project.name for item in plan.items.all()} == {"民族村寨"}


def test_odd_ticks_and_revisions_break_nothing(world, plan, road):
    client = world.client(world.huma_clerk)
    for data in ({"pick": ["x", "99999999999999999999"], "revision": "-1"}, {"pick": "7777777", "revision": 1}, {"m-x-central": "1", "revision": "9" * 30}):
        assert client.post(f"/plans/{plan.pk}/compose/", data).status_code == 409
    plan.refresh_from_db()
    assert (plan.revision, plan.items.count()) == (1, 2)


def test_the_whole_way_in_the_browser(world, plan, road):
    def step(person, name, **data):
        plan.refresh_from_db()
        return world.client(getattr(world, person)).post(f"/plans/{plan.pk}/{name}/", {"revision": plan.revision} | data).status_code

    assert step("huma_clerk", "hand_in") == 302
    assert step("huma_chief", "decide", document="", decided_on="2026-11-16") == 422
    assert step("huma_chief", "decide", document=DOCUMENT, decided_on="2026-11-20") == 409
    assert step("huma_chief", "decide", document=DOCUMENT, decided_on="2026-11-16") == 302
    assert step("huma_clerk", "send_up") == 302
    assert step("office", "return_plan") == 409
    assert step("office", "file") == 302
    plan.refresh_from_db()
    road.refresh_from_db()
    assert (plan.state, road.stage) == (PlanState.FILED, Stage.PLANNED)


def test_the_page_says_what_stands_in_the_way(world, plan, road, village):
    composed(world, plan, road, village, **amounts(road, central="95"), **amounts(village, provincial="12"))
    plan.refresh_from_db()
    page = world.client(world.huma_clerk).post(f"/plans/{plan.pk}/hand_in/", {"revision": plan.revision})
    assert page.status_code == 409
    assert "超过计划投资" in page.text and "比已下达的多" in page.text


def test_composing_a_plan_that_is_no_draft_leads_back(world, plan, road):
    to(plan, world, PlanState.DECIDING)
    assert world.client(world.huma_clerk).get(f"/plans/{plan.pk}/compose/").headers["Location"] == f"/plans/{plan.pk}/"
    plan.refresh_from_db()
    assert composed(world, plan, road, **amounts(road, central="1")).status_code == 409


@pytest.mark.parametrize(("person", "status"), [("huma_chief", 403), ("huma_agri", 403), ("mohe_clerk", 404), ("office", 404)])
def test_who_does_not_compose(world, plan, person, status):
    client = world.client(getattr(world, person))
    assert client.get(f"/plans/{plan.pk}/compose/").status_code == status
    assert client.post(f"/plans/{plan.pk}/compose/", {"revision": 1}).status_code == status


def test_a_department_reads_its_task_only_and_sums_over_it(world, plan):
    to(plan, world, PlanState.FILING)
    road, village = "村内道路", "民族村寨"
    readers = (("agri", 900_000, [road]), ("ethnic", Decimal("123456.78"), [village]), ("office", Decimal("1023456.78"), [road, village]))
    for person, total, names in readers:
        page = world.client(getattr(world, person)).get(f"/plans/{plan.pk}/")
        assert page.context["total"].planned_yuan == total
        assert [line["facts"]["name"] for _, lines in page.context["groups"] for line in lines] == names
        [(_, sums)] = world.client(getattr(world, person)).get("/plans/").context["rows"]
        assert sums.total_yuan == total


def test_an_adjustment_shows_what_is_other_than_before(world, plan, road, village):
    to(plan, world, PlanState.FILED)
    second = plans.open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at(), reason="年中调整")
    plans.save_items(plan=second, rows={road.pk: {"central": Decimal(800_000)}}, note="", by=world.huma_clerk, revision=0, at=world.at())
    page = world.client(world.huma_chief).get(f"/plans/{second.pk}/")
    [(_, [line])] = page.context["groups"]
    assert (line["change"], line["before"]) == ("资金调整", "中央 90.00 万元")
    assert [one.project for one in page.context["left_out"]] == [village]
    assert "年中调整" in page.text


def test_the_sheet_is_what_the_office_prints(world, plan):
    to(plan, world, PlanState.FILED)
    answer = world.client(world.office).get(f"/plans/{plan.pk}/export/")
    rows = [[cell for cell in row if cell is not None] for row in openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True)]
    assert rows[0] == ["呼玛县2026年度财政衔接推进乡村振兴补助资金项目实施计划"]
    text = [str(cell) for row in rows for cell in row]
    assert "单位：万元" in "".join(text)
    assert "巩固拓展脱贫攻坚成果和乡村振兴（1 个）" in text
    assert any(DOCUMENT in cell and "2026-11-16" in cell for cell in text)
    total = next(row for row in rows if row and row[0] == "合计")
    assert [round(cell, 6) for cell in total if isinstance(cell, float | int)] == [130, 90, 12.345678, 0, 0, 102.345678]


def test_on_paper_an_undecided_plan_says_so(world, plan):
    client = world.client(world.huma_clerk)
    assert "未经审定" in client.get(f"/plans/{plan.pk}/print/").text
    to(plan, world, PlanState.DECIDED)
    page = client.get(f"/plans/{plan.pk}/print/").text
    assert DOCUMENT in page and plan.sha256 in page and "未经审定" not in page


@pytest.mark.parametrize("path", ["", "compose/", "print/", "export/"])
def test_the_number_of_queries_does_not_grow(world, plan, road, village, path):
    client, address = world.client(world.huma_clerk), f"/plans/{plan.pk}/{path}"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    rows = {world.project(world.huma, f"道路{n}", stage=Stage.ADMITTED).pk: {"central": Decimal(n + 1)} for n in range(18)}
    plans.save_items(plan=plan, rows=rows | {road.pk: {"county": Decimal(1)}, village.pk: {"county": Decimal(1)}}, note="", by=world.huma_clerk, revision=1)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(few) == len(many)


def test_the_list_has_a_constant_number_of_queries(world, plan):
    to(plan, world, PlanState.FILED)
    client = world.client(world.office)
    client.get("/plans/")
    with CaptureQueriesContext(connection) as few:
        assert len(client.get("/plans/").context["rows"]) == 1
    for year in range(2016, 2026):
        AnnualPlan.objects.create(
            unit=world.mohe, year=year, version=1, state="filing", document_no="x", decided_on=date(2026, 1, 1), decided_by=world.mohe_chief,
            composed_by=world.mohe_clerk, handed_in_by=world.mohe_clerk, sha256="0" * 64, created_at=world.at(), updated_at=world.at(),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/plans/").context["rows"]) == 11
    assert len(few) == len(many)


def test_the_list_shows_the_newest_version_in_sight(world, plan):
    to(plan, world, PlanState.FILED)
    plans.open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at(), reason="年中调整")
    assert [(row.version, row.state) for row, _ in world.client(world.huma_clerk).get("/plans/").context["rows"]] == [(2, "draft")]
    assert [(row.version, row.state) for row, _ in world.client(world.office).get("/plans/").context["rows"]] == [(1, "filed")]


def test_the_api_gives_the_projects_in_sight(world, plan):
    to(plan, world, PlanState.FILING)
    [row] = world.client(world.ethnic).get("/api/v1/plans/?year=2026&unit=huma").json()["results"]
    assert [(item["project_code"], item["money"]) for item in row["items"]] == [
        ("HM-2026-0002", [{"level": "provincial", "amount_yuan": "123456.78"}]),
    ]  # fmt: skip
    assert len(world.client(world.office).get(f"/api/v1/plans/{plan.pk}/").json()["items"]) == 2

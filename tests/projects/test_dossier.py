"""/projects/<pk>/: one project across the apps; every tab in the reader's sight, queries constant (features 10.4)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funds.models import ReportedSpending, Voucher
from issues.actions.ledger import raise_issue
from linkage.actions.contacts import Naming, Person, name_contacts
from linkage.models import DictionaryEntry, DictionaryKind, Matter, Responsibility
from projects import states
from projects.actions.progress import post_progress
from projects.actions.project import update_project
from projects.actions.stage import move_stage
from projects.models import Method, Stage

pytestmark = pytest.mark.django_db
TABS = ("", "funds", "progress", "issues", "history")


def address(project, tab=""):
    return f"/projects/{project.pk}/" + (f"{tab}/" if tab else "")


def get(world, person, project, tab=""):
    response = world.client(getattr(world, person)).get(address(project, tab))
    assert response.status_code == 200
    return response


@pytest.fixture
def project(world):
    return world.project(
        world.huma, "冷链仓储", amounts={"central": 800_000, "provincial": 200_000}, implementer=world.huma_implementer_bureau, site="呼玛镇"
    )


def pay(world, project, amount, level="central", number=1):
    allocation = project.allocations.get(county_allocation__batch__level=level)
    return Voucher.objects.create(
        unit=project.unit, project=project, allocation=allocation, amount_yuan=Decimal(amount), paid_on=date(2026, 6, 1), known_at=world.at(1),
        key=f"凭{number}", voucher_no=f"凭{number}",
    )  # fmt: skip


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("person", ["office", "huma_clerk", "huma_chief", "huma_agri", "agri", "finance", "auditor", "huma_implementer", "leader"])
def test_who_sees_it_sees_every_tab(world, project, person, tab):
    assert "冷链仓储" in get(world, person, project, tab).text


@pytest.mark.parametrize("person", ["mohe_clerk", "mohe_finance", "ethnic", "land", "admin", "secaudit"])
def test_out_of_sight_is_not_found(world, project, person):
    assert world.client(getattr(world, person)).get(f"/projects/{project.pk}/").status_code == 404


def test_an_unknown_tab_is_not_found(world, project):
    assert world.client(world.office).get(f"/projects/{project.pk}/nonsense/").status_code == 404


def test_the_tabs_stand_in_one_order_each_with_its_address(world, project):
    tabs = get(world, "office", project, "funds").context["tabs"]
    assert [(tab["label"], tab["url"]) for tab in tabs if tab["label"] in ("概况", "资金", "进度", "问题", "历史")] == [
        (label, address(project, name)) for label, name in (("概况", ""), ("资金", "funds"), ("进度", "progress"), ("问题", "issues"), ("历史", "history"))
    ]  # fmt: skip
    assert [tab["label"] for tab in tabs if tab["active"]] == ["资金"]


def test_the_head_says_who_answers_for_it(world, project):
    facts = {"holder": world.huma_land_bureau}
    post_progress(as_of=date(2026, 11, 12), statement="weekly/2026-W46/huma", version=1, rows={project.pk: facts}, by=world.huma_chief, at=world.at())
    assert get(world, "office", project).context["responsible"] == [
        ("实施单位", "呼玛县兴业农业开发公司"), ("任务牵头部门", "呼玛县农业农村局"), ("当前承办单位", "呼玛县自然资源局"), ("填报人", "呼玛县县级填报员erk"),
        ("“一对一”对接", ""),
    ]  # fmt: skip


def test_the_head_names_the_one_to_one_person_of_what_it_stands_at(world, project):
    land = Matter.objects.create(code="land", name="用地预审", function="land")
    for code, name in (("construction", "建设实施"), ("payment", "资金拨付")):
        Matter.objects.create(code=code, name=name, function="finance")
    for matter, body in ((land, world.huma_land_bureau), (Matter.objects.get(code="payment"), world.huma_finance_bureau)):
        Responsibility.objects.create(region=world.huma, matter=matter, organisation=body, since=date(2025, 1, 1))
        naming = Naming(world.huma, matter, {"a": Person(f"{matter}的人", "股长", "内线8012")})
        name_contacts(by=world.huma_clerk, namings=[naming], since=date(2026, 11, 1), at=world.at())
    shown = lambda: get(world, "huma_implementer", project).context["responsible"][-1]  # noqa: E731
    assert shown() == ("“一对一”（建设实施）", "")
    step = DictionaryEntry.objects.create(kind=DictionaryKind.STEP, code="procedure-land", name="用地预审")
    for number, (stands_at, expected) in enumerate((
        (step, ("“一对一”（用地预审）", "用地预审的人（股长），呼玛县自然资源局，内线8012")),
        (world.step_treasury, ("“一对一”（资金拨付）", "资金拨付的人（股长），呼玛县财政局，内线8012")),
    ), 1):  # fmt: skip
        post_progress(
            as_of=date(2026, 11, number), statement=f"weekly/{number}/huma", version=1, rows={project.pk: {"step": stands_at}}, by=world.huma_chief,
            at=world.at(),
        )  # fmt: skip
        assert shown() == expected


def test_a_task_without_a_lead_in_the_county_is_led_by_the_prefecture_or_nobody(world):
    farm = world.project(world.mohe, "林场道路", task=world.tasks["forest"])
    assert dict(get(world, "office", farm).context["responsible"])["任务牵头部门"] == "地区林草局"
    works = world.project(world.mohe, "以工代赈", task=world.tasks["relief"])
    assert dict(get(world, "office", works).context["responsible"])["任务牵头部门"] == ""


def test_the_rail_names_done_now_next_and_the_missing_evidence(world, project):
    page = get(world, "huma_clerk", project)
    assert [(step["label"], step["state"]) for step in page.context["stages"]][3:7] == [
        ("审定入库", "done"), ("列入年度计划", "now"), ("前期", "next"), ("开工", "next"),
    ]  # fmt: skip
    project = move_stage(project=project, transition=states.PREPARE, by=world.huma_clerk, at=world.at(), document="呼农领发〔2025〕12号")
    assert get(world, "huma_clerk", project).context["next_step"]["missing"] == ["周调度填报的开工日期"]


def test_a_grant_speaks_its_own_words(world):
    grant = world.project(world.huma, "庭院经济奖补", method=Method.GRANT)
    assert [step["label"] for step in get(world, "huma_clerk", grant).context["stages"]][-3:] == ["申报公示", "发放", "验收"]


def test_a_removed_project_says_so(world):
    removed = world.project(world.huma, "不做的", stage=Stage.REMOVED)
    assert get(world, "huma_clerk", removed).context["stages"] == [{"label": "出库", "state": "now", "note": ""}]


def test_money_by_batch_on_both_bases_never_summed(world, project):
    pay(world, project, 300_000)
    central = project.allocations.get(county_allocation__batch__level="central")
    ReportedSpending.objects.create(
        allocation=central, as_of=date(2026, 11, 12), paid_to_date_yuan=Decimal(350_000), known_at=world.at(13), statement_key="weekly/2026-W46/huma/v1"
    )
    page = get(world, "huma_clerk", project, "funds")
    rows = {row.county_allocation.batch.level: row for row in page.context["allocations"]}
    assert (rows["central"].treasury_yuan, rows["central"].county_yuan, rows["central"].left_yuan) == (300_000, 350_000, 500_000)
    assert (rows["provincial"].treasury_yuan, rows["provincial"].county_yuan) == (0, None)
    sums = page.context["sums"]
    assert (sums.arranged_yuan, sums.treasury_yuan, sums.county_yuan) == (1_000_000, 300_000, 350_000)
    assert page.context["paid_yuan"] == 300_000
    assert page.context["basis"] == "财政口径"


def test_a_county_does_not_read_the_prefectures_batch_total(world, project):
    """The batch holds 10,000 万元 for all counties; the project's page shows its own share only."""
    assert "10,000.00" not in get(world, "huma_clerk", project, "funds").text


def test_progress_in_the_columns_of_the_method_newest_first(world, project):
    for day, ratio in ((5, "0.2000"), (12, "0.4500")):
        facts = {"physical_ratio": Decimal(ratio), "started_on": date(2026, 5, 1), "holder": world.huma_land_bureau}
        post_progress(as_of=date(2026, 11, day), statement=f"weekly/{day}/huma", version=1, rows={project.pk: facts}, by=world.huma_chief, at=world.at())
    page = get(world, "office", project, "progress")
    assert page.context["columns"] == ["形象进度", "完成投资", "开工日期", "完工日期", "验收日期"]
    assert [texts[0] for _, texts in page.context["statements"]] == ["45.0%", "20.0%"]
    assert "呼玛县自然资源局" in page.text
    assert ("形象进度", "45.0%") in get(world, "office", project).context["stated"]


def test_history_holds_stages_and_changes_with_before_and_after(world, project):
    update_project(
        project=project, changes={"site": "呼玛镇新街"}, revision=0, by=world.huma_clerk, at=world.at(17), reason="选址调整", document="呼农组发〔2026〕9号"
    )
    project.refresh_from_db()
    move_stage(project=project, transition=states.PREPARE, by=world.huma_clerk, at=world.at(18), document="呼农领发〔2025〕12号")
    entries = get(world, "office", project, "history").context["entries"]
    assert [entry["what"] for entry in entries] == ["列入年度计划 → 前期", "批准的调整：地点变更"]
    assert entries[1]["text"] == "建设地点：呼玛镇 → 呼玛镇新街\n理由：选址调整\n依据：呼农组发〔2026〕9号"


def test_history_leads_from_a_stage_to_the_statement_that_proved_it(world, project):
    facts = {"started_on": date(2026, 5, 1)}
    post_progress(
        as_of=date(2026, 11, 12), statement="weekly/2026-W46/huma", version=2, rows={project.pk: facts}, by=world.huma_chief, at=world.at()
    )
    [entry] = get(world, "huma_clerk", project, "history").context["entries"]
    assert (entry["what"], entry["links"]) == ("列入年度计划 → 开工", [("周调度 2026-W46 第 2 版", "/weekly/2026-W46/huma/")])


def test_issues_of_the_project(world, project):
    raise_issue(unit=world.huma, project=project, title="用地手续未办结", by=world.huma_chief, at=world.at())
    page = get(world, "huma_clerk", project, "issues")
    assert "用地手续未办结" in page.text
    assert page.context["counted"] == [("未销号问题 1 个", address(project, "issues"))]


def test_buttons_follow_rights(world, project):
    clerk, leader = get(world, "huma_clerk", project).text, get(world, "leader", project).text
    for address in (f"/projects/{project.pk}/stage/", f"/projects/{project.pk}/edit/", f"/issues/new/?project={project.pk}"):
        assert address in clerk
        assert address not in leader


@pytest.mark.parametrize("tab", TABS)
def test_the_number_of_queries_does_not_grow(world, project, tab):
    client = world.client(world.huma_clerk)

    def fill(number):
        pay(world, project, 1000, number=number)
        raise_issue(unit=world.huma, project=project, title=f"问题{number}", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
        facts = {"physical_ratio": Decimal("0.2000"), "holder": world.huma_land_bureau, "step": world.step_claim}
        post_progress(
            as_of=date(2026, 10, number), statement=f"weekly/{number}/huma", version=1, rows={project.pk: facts}, by=world.huma_chief, at=world.at()
        )

    fill(1)
    client.get(address(project, tab))
    with CaptureQueriesContext(connection) as one:
        client.get(address(project, tab))
    for number in range(2, 12):
        fill(number)
    with CaptureQueriesContext(connection) as many:
        client.get(address(project, tab))
    assert len(one) == len(many) <= 23

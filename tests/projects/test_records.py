"""Assets after acceptance (features 2.10), publications with the 10-day rule and performance targets (features 2.8)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import RuleVersion
from projects.actions import asset as assets
from projects.actions import contract as contracts
from projects.actions import publicity
from projects.checks import LABELS, missing_fields
from projects.figures.amounts import basis_words
from projects.figures.publicity import beside_project, missing, short_ones, shown, targets_of
from projects.figures.readiness import readiness
from projects.models import Asset, AssetIncome, Method, PerformanceTarget, PublicNotice, Stage
from tests import world as worlds

pytestmark = pytest.mark.django_db


def accepted(world, name="双层温室大棚", **given):
    return world.project(world.huma, name, **({"stage": Stage.ACCEPTED} | given))


def recorded(world, project=None, **given):
    known = {"name": "温室大棚", "kind": "operating", "value_yuan": Decimal(1_129_200), "owner_kind": "village", "owner": "白银纳村", "by": world.huma_clerk}
    return assets.record_asset(project=project or accepted(world), **(known | given))


# -- assets -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "stage", "words"),
    [
        (Method.WORKS, Stage.FINISHED, "验收以后才登记资产"), (Method.WORKS, Stage.PLANNED, "验收以后"), (Method.WORKS, Stage.REMOVED, "验收以后"),
        (Method.EQUITY, Stage.STARTED, "资金到位以后"), (Method.SUBSIDY, Stage.FINISHED, "不形成资产"), (Method.TRAINING, Stage.FINISHED, "不形成资产"),
        (Method.FEE, Stage.PLANNED, "不形成资产"),
    ],
)  # fmt: skip
def test_no_asset_before_acceptance(world, method, stage, words):
    with pytest.raises(WrongState, match=words):
        recorded(world, accepted(world, method=method, stage=stage))
    assert not Asset.objects.exists()


@pytest.mark.parametrize(
    ("method", "stage"), [(Method.WORKS, Stage.ACCEPTED), (Method.PURCHASE, Stage.HANDED_OVER), (Method.EQUITY, Stage.FINISHED), (Method.GRANT, Stage.ACCEPTED)]
)
def test_the_rail_of_the_method_decides(world, method, stage):
    assert recorded(world, accepted(world, method=method, stage=stage)).pk


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value_yuan": Decimal(-1)}, "原值不能为负数"), ({"registered_on": date(2026, 10, 1)}, "须同时填日期和文件"),
        ({"hand_over_document": "移交书"}, "移交须同时填日期和文件"), ({"idle_since": date(2026, 6, 1)}, "标明闲置须同时填"),
        ({"owner_kind": "household"}, "只有到户类资产可以归农户"), ({"handed_over_on": date(2026, 12, 1), "hand_over_document": "书"}, "不能晚于今天"),
        ({"caretaker": "管护员 13904570001"}, "手机号码"), ({"name": ""}, "不能为空|不能留空|字段"),
    ],
)  # fmt: skip
def test_an_asset_that_cannot_be(world, given, words):
    with pytest.raises(Refusal, match=words):
        recorded(world, **given)
    assert not Asset.objects.exists()


def test_idle_and_used_again(world):
    asset = recorded(world)
    assets.update_asset(asset=asset, revision=0, by=world.huma_clerk, idle_since=date(2026, 6, 1), idle_reason="没有承租人")
    assert list(Asset.objects.idle()) == [asset]
    with pytest.raises(StaleRevision):
        assets.update_asset(asset=asset, revision=0, by=world.huma_clerk, idle_since=None, idle_reason="")
    assets.update_asset(asset=asset, revision=1, by=world.huma_clerk, idle_since=None, idle_reason="")
    assert not Asset.objects.idle().exists()


def test_income_is_distributed_within_itself_and_put_right_by_the_same_year(world):
    asset = recorded(world)
    known = {"asset": asset, "year": 2025, "to_households_yuan": Decimal(20_000), "upkeep_yuan": Decimal(5_000), "by": world.huma_clerk}
    with pytest.raises(Refusal, match="分配和管护支出之和不能超过收益"):
        assets.record_income(income_yuan=Decimal(50_000), to_village_yuan=Decimal(30_000), revision=0, **known)
    assert Asset.objects.get().revision == 0, "nothing is half written"
    assets.record_income(income_yuan=Decimal(60_000), to_village_yuan=Decimal(30_000), revision=0, **known)
    assert AssetIncome.objects.get().left_yuan == Decimal(5_000)
    assets.record_income(income_yuan=Decimal(62_000), to_village_yuan=Decimal(30_000), revision=1, **known)
    assert AssetIncome.objects.get().income_yuan == Decimal(62_000)
    with pytest.raises(Refusal, match="不能晚于今年"):
        assets.record_income(income_yuan=Decimal(1), to_village_yuan=Decimal(0), revision=2, **(known | {"year": 2027}))
    with pytest.raises(IntegrityError), transaction.atomic():
        AssetIncome.objects.update(to_village_yuan=Decimal(40_000))


def test_who_may_not_record(world):
    project = accepted(world)
    asset = recorded(world, project)
    for person in (world.huma_chief, world.huma_agri, world.office, world.mohe_clerk):
        with pytest.raises(PermissionDenied):
            recorded(world, project, by=person)
        with pytest.raises(PermissionDenied):
            assets.update_asset(asset=asset, revision=0, by=person, name="改")
        with pytest.raises(PermissionDenied):
            publicity.record_notice(project=project, by=person, kind="project", place="village", from_on=date(2026, 3, 1))


def test_assets_in_the_browser(world):
    project, client = accepted(world), world.client(world.huma_clerk)
    early = world.project(world.huma, "未完工的桥")
    answer = client.get(f"/assets/new/?project={early.pk}")
    assert answer.status_code == 302 and answer.url == f"/projects/{early.pk}/"
    body = {"name": "温室大棚", "kind": "operating", "value_yuan": "112.92", "owner_kind": "village", "registered_on": "2026-10-01"}
    half = client.post(f"/assets/new/?project={project.pk}", body)
    assert half.status_code == 422 and "确权登记须同时填" in half.text and "112.92" in half.text
    assert client.post(f"/assets/new/?project={project.pk}", body | {"registration": "呼资确〔2026〕3号"}).status_code == 302
    asset = Asset.objects.get()
    answer = client.post(f"/assets/{asset.pk}/income/", {"revision": 0, "year": 2025, "income_yuan": "6", "to_village_yuan": "3"})
    assert answer.status_code == 302
    stale = client.post(f"/assets/{asset.pk}/edit/", body | {"registration": "呼资确〔2026〕3号", "name": "大棚", "revision": 0})
    assert stale.status_code == 409 and "大棚" in stale.text
    page = client.get("/assets/")
    assert "原值 112.92 万元" in page.text and "未移交 1 项" in page.text
    assert client.get("/assets/?condition=no_paper").context["page"].paginator.count == 0
    assert client.get("/assets/?condition=no_income").context["page"].paginator.count == 0
    assert client.get("/assets/?condition=not_handed_over").context["page"].paginator.count == 1


def test_the_sheet_of_assets(world):
    asset = recorded(world)
    assets.record_income(
        asset=asset, year=2025, income_yuan=Decimal(60_000), to_village_yuan=Decimal(30_000), to_households_yuan=Decimal(0), upkeep_yuan=Decimal(0),
        revision=0, by=world.huma_clerk,
    )  # fmt: skip
    sheet = load_workbook(BytesIO(world.client(world.huma_chief).get("/assets/export/").content)).active
    cells = [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
    assert "温室大棚" in cells and "2025年收益 6.00，村集体 3.00，到户 0.00" in cells and 112.92 in cells


# -- publications -----------------------------------------------------------------------------------------------------------


def notice(world, project, **given):
    known = {"kind": "project", "place": "village", "from_on": date(2026, 3, 1), "to_on": date(2026, 3, 10), "by": world.huma_clerk}
    return publicity.record_notice(project=project, **(known | given))


@pytest.mark.parametrize(
    ("to_on", "today", "days", "state"),
    [
        (date(2026, 3, 10), date(2026, 11, 16), 10, "done"), (date(2026, 3, 9), date(2026, 11, 16), 9, "short"), (None, date(2026, 3, 4), 4, "running"),
        (date(2026, 3, 9), date(2026, 3, 5), 5, "running"), (date(2026, 3, 1), date(2026, 11, 16), 1, "short"),
    ],
)  # fmt: skip
def test_ten_days_with_both_ends(world, to_on, today, days, state):
    """《关于完善扶贫资金项目公告公示制度的指导意见》第四条: 不少于 10 天. 1 to 10 March are ten days."""
    seen = shown(notice(world, world.project(world.huma, "桥"), to_on=to_on), today)
    assert (seen.days, seen.state, seen.needed) == (days, state, 10)


def test_the_rule_of_the_day_it_began_counts(world):
    RuleVersion.objects.create(code="notice_min_days", value=7, effective_from=date(2026, 6, 1), document="〔2026〕3号", created_at=world.at())
    project = world.project(world.huma, "桥")
    early, late = notice(world, project, to_on=date(2026, 3, 8)), notice(world, project, from_on=date(2026, 7, 1), to_on=date(2026, 7, 8))
    running = notice(world, project, from_on=date(2026, 11, 14), to_on=date(2026, 11, 18))
    full = notice(world, project, from_on=date(2026, 4, 1), to_on=date(2026, 4, 10))
    assert [shown(one, worlds.MONDAY).is_short for one in (early, late, running, full)] == [True, False, False, False]
    assert list(PublicNotice.objects.filter(short_ones(worlds.MONDAY))) == [early], "the database says the same"
    client = world.client(world.huma_chief)
    assert {days: list(client.get(f"/publicity/?days={days}").context["page"]) for days in ("short", "running")} == {"short": [early], "running": [running]}


def test_too_short_is_kept_and_said(world):
    project = world.project(world.huma, "桥")
    notice(world, project, to_on=date(2026, 3, 5))
    page = world.client(world.huma_chief).get("/publicity/")
    assert "天数不足" in page.text and "应不少于 10 天" in page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to_on": date(2026, 2, 1)}, "公示止不能早于公示起"), ({"from_on": date(2026, 12, 1), "to_on": None}, "不能晚于今天"),
        ({"url": "javascript:alert(1)"}, "URL|网址"), ({"where": "联系人 13904570001"}, "手机号码"),
    ],
)  # fmt: skip
def test_a_publication_that_cannot_be(world, given, words):
    with pytest.raises(Refusal, match=words):
        notice(world, world.project(world.huma, "桥"), **given)
    assert not PublicNotice.objects.exists()


def test_what_a_stage_asks_for(world):
    project = world.project(world.huma, "桥", stage=Stage.ACCEPTED)
    assert beside_project(project, worlds.MONDAY)["missing"] == ["实施前公示", "完工公告"]
    notice(world, project)
    assert missing(project, project.notices.all()) == ["完工公告"]
    assert missing(world.project(world.huma, "路"), []) == []
    assert missing(world.project(world.huma, "项目管理费", method=Method.FEE, stage=Stage.ACCEPTED), []) == []


def test_publications_in_the_browser(world):
    project, client = world.project(world.huma, "桥"), world.client(world.huma_clerk)
    body = {"kind": "project", "place": "village", "from_on": "2026-03-01", "to_on": "2026-02-01", "url": "javascript:alert(1)"}
    bad = client.post(f"/publicity/new/?project={project.pk}", body)
    assert bad.status_code == 422 and "公示止不能早于公示起" in bad.text and "http 或 https" in bad.text
    assert client.post(f"/publicity/new/?project={project.pk}", body | {"to_on": "2026-03-12", "url": "https://www.huma.gov.cn/a"}).status_code == 302
    one = PublicNotice.objects.get()
    stale = client.post(f"/publicity/{one.pk}/edit/", body | {"to_on": "2026-03-20", "url": "", "revision": 0})
    assert stale.status_code == 302
    again = client.post(f"/publicity/{one.pk}/edit/", body | {"to_on": "2026-03-21", "url": "", "revision": 0})
    assert again.status_code == 409 and "2026-03-21" in again.text
    sheet = load_workbook(BytesIO(client.get("/publicity/export/").content)).active
    assert any(row[8] == 20 for row in sheet.iter_rows(values_only=True)), "1 to 20 March"


# -- performance targets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "target", "actual", "ratio", "reached"),
    [
        ("ge", "30", "33", "1.1", True), ("ge", "30", "27", "0.9", False), ("ge", "98", None, None, None), ("ge", "0", "5", None, True),
        ("le", "12", "10", "1.2", True), ("le", "12", "0", "1", True), ("le", "0", "3", "0", False),
        ("le", "12", "15", "0.8", False), ("le", "12", "12", "1", True), ("eq", "4", "4", "1", True),
        ("eq", "4", "3", "0.75", False), ("eq", "4", "9", "0", False),
    ],
)  # fmt: skip
def test_how_far_a_target_is_reached(operator, target, actual, ratio, reached):
    row = PerformanceTarget(operator=operator, target=Decimal(target), actual=actual and Decimal(actual))
    assert (row.completion_ratio, row.is_reached) == (ratio and Decimal(ratio), reached)


def test_targets_of_a_project(world):
    project = world.project(world.huma, "桥")
    known = {"project": project, "by": world.huma_clerk, "operator": "ge"}
    publicity.record_target(level="satisfaction", name="受益群众满意度", target=Decimal("95"), unit_name="%", actual=Decimal("98.5"), **known)
    publicity.record_target(level="output", name="硬化道路", target=Decimal("1.8"), unit_name="公里", actual=Decimal("0.9"), **known)
    publicity.record_target(level="benefit", name="受益户数", target=Decimal("40"), unit_name="户", **known)
    found = targets_of(project)
    assert [row.name for row in found.rows] == ["硬化道路", "受益户数", "受益群众满意度"]
    assert (found.known, found.reached, found.mean_ratio) == (2, 1, Decimal("0.75")), "(0.5 + 1) ÷ 2"
    with pytest.raises(Refusal, match="已有同名的指标"):
        publicity.record_target(level="output", name="硬化道路", target=Decimal(2), **known)
    with pytest.raises(IntegrityError), transaction.atomic():
        PerformanceTarget.objects.filter(name="受益户数").update(actual=Decimal(3))


def test_targets_in_the_browser(world):
    project, client = world.project(world.huma, "桥"), world.client(world.huma_clerk)
    body = {"level": "output", "name": "硬化道路", "operator": "ge", "target": "一千", "unit_name": "公里"}
    bad = client.post(f"/projects/{project.pk}/performance/", body)
    assert bad.status_code == 422 and "请填写数字" in bad.text
    assert client.post(f"/projects/{project.pk}/performance/", body | {"target": "1.8"}).status_code == 302
    row = PerformanceTarget.objects.get()
    assert client.post(f"/performance/{row.pk}/edit/", body | {"target": "1.8", "actual": "1.62", "revision": 0}).status_code == 302
    page = client.get(f"/projects/{project.pk}/performance/")
    assert "90.0%" in page.text and "未达到" in page.text
    row.refresh_from_db()
    assert row.actual_on == date(2026, 11, 16)
    assert world.client(world.huma_chief).post(f"/projects/{project.pk}/performance/", body).status_code == 403


@pytest.mark.parametrize("path", ["/assets/", "/publicity/", "/api/v1/assets/", "/api/v1/publicity/", "/api/v1/performance-targets/"])
def test_queries_do_not_grow(world, path):
    def one(number):
        project = accepted(world, f"大棚{number}")
        recorded(world, project)
        notice(world, project)
        publicity.record_target(project=project, by=world.huma_clerk, level="output", name="棚", operator="ge", target=Decimal(1))

    client = world.client(world.office)
    one(0)
    with CaptureQueriesContext(connection) as few:
        assert client.get(path).status_code == 200
    for number in range(1, 20):
        one(number)
    with CaptureQueriesContext(connection) as many:
        assert client.get(path).status_code == 200
    assert len(many) <= len(few)


# -- 成熟度 -----------------------------------------------------------------------------------------------------------------


def ready(world, project, user=None):
    unfilled = [LABELS[name] for name in missing_fields(project)]
    return readiness(project, user or world.huma_clerk, worlds.MONDAY, unfilled=unfilled)


def test_every_part_of_readiness_is_said(world):
    """Works: 8 equal parts; in the plan, no procedure to go through → 1.
    Record lacks 4 of its fields → 0; stage 1; money 60 of 100 万元 → 0.6; no site, no implementer; contract ⅓; not begun → 1."""
    project = world.project(world.huma, "桥", amounts={"central": 600_000})
    contracts.create_contract(
        unit=world.huma, name="桥", kind="works", method="inquiry", projects=[project], announced_on=date(2026, 3, 1), by=world.huma_clerk
    )
    found = ready(world, project)
    assert {part.code: part.ratio for part in found.parts} == {
        "record": 0, "stage": 1, "money": Decimal("0.6"), "site": 0, "implementer": 0, "procedures": 1, "contract": Decimal(1) / 3, "publicity": 1,
    }  # fmt: skip
    assert found.ratio == (Decimal("3.6") + Decimal(1) / 3) / 8
    assert [part.code for part in found.missing] == ["record", "money", "site", "implementer", "contract"]


@pytest.mark.parametrize(
    ("method", "codes"),
    [
        (Method.PURCHASE, ["record", "stage", "money", "implementer", "procedures", "contract", "publicity"]),
        (Method.GRANT, ["record", "stage", "money", "publicity"]),
        (Method.TRAINING, ["record", "stage", "money", "implementer", "publicity"]), (Method.FEE, []),
    ],
)  # fmt: skip
def test_a_method_is_asked_for_its_own_parts(world, method, codes):
    found = ready(world, world.project(world.huma, "甲", method=method))
    assert [part.code for part in found.parts] == codes
    assert (found.ratio is None) is (not codes)


def test_a_library_project_has_gone_part_of_the_way(world):
    project = world.project(world.huma, "设想", stage=Stage.APPRAISED)
    assert next(part for part in ready(world, project).parts if part.code == "stage").ratio == Decimal("0.5"), "申报 0, 筛选 ¼, 论证 ½"


@pytest.mark.parametrize("tab", ["contracts", "publicity", "assets", "readiness"])
def test_the_tabs_of_the_project_page(world, tab):
    project = accepted(world, implementer=world.huma_implementer_bureau)
    recorded(world, project)
    notice(world, project, to_on=date(2026, 3, 5))
    publicity.record_target(project=project, by=world.huma_clerk, level="output", name="大棚栋数", operator="ge", target=Decimal(4))
    words = {"contracts": "登记合同", "publicity": "天数不足", "assets": "温室大棚", "readiness": "还缺"}[tab]
    page = world.client(world.huma_clerk).get(f"/projects/{project.pk}/{tab}/")
    assert words in page.text
    assert page.context["basis"] == basis_words(worlds.MONDAY), "the money bar of the head keeps its own basis"
    seen = world.client(world.huma_implementer).get(f"/projects/{project.pk}/{tab}/")
    assert seen.status_code == 200 and "登记资产" not in seen.text and "登记公示" not in seen.text
    assert world.client(world.mohe_clerk).get(f"/projects/{project.pk}/{tab}/").status_code == 404

"""Contracts from the first round to 竣工决算 (features 2.9): rounds that fail, shares that add up, changes, settlement, who may."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import AuditEvent
from projects.actions import contract as contracts
from projects.actions import contract_moves as moves
from projects.actions.contract import Term
from projects.figures.contracts import Limits, beside_project, broken_totals, doubts, totals
from projects.models import Contract, ContractShare, Stage

pytestmark = pytest.mark.django_db

WAN = 10_000


def started(world, *projects, control=100, **given):
    """A purchase of 呼玛's projects, announced on 9 March 2026, 控制价 in 万元."""
    projects = projects or (world.project(world.huma, "冷链仓储"),)
    known = {
        "unit": world.huma, "name": "冷链仓储施工", "kind": "works", "method": "open_tender", "projects": list(projects), "announced_on": date(2026, 3, 9),
        "control_price_yuan": Decimal(control * WAN), "by": world.huma_clerk,
    }  # fmt: skip
    return contracts.create_contract(**(known | given))


def awarded(world, contract=None, price=96, **given):
    contract = contract or started(world)
    known = {"bid_price_yuan": Decimal(price * WAN), "contractor": "兴安建筑工程有限公司", "awarded_on": date(2026, 4, 2), "by": world.huma_clerk}
    return moves.award(contract=contract, **(known | given))


def signed(world, contract=None, **given):
    known = {"signed_on": date(2026, 4, 20), "number": "呼合〔2026〕7号", "start_on": date(2026, 5, 10), "finish_on": date(2026, 9, 30)}
    return moves.sign(contract=contract or awarded(world), by=world.huma_clerk, **(known | given))


def settled(world, contract=None, amount="93.5"):
    contract = moves.perform(contract=contract or signed(world), by=world.huma_clerk)
    return moves.settle(
        contract=contract, settled_yuan=Decimal(amount) * WAN, settled_on=date(2026, 10, 30), document="呼财审〔2026〕31号", by=world.huma_clerk
    )


def test_from_the_first_round_to_the_final_account(world):
    contract = started(world)
    assert (contract.code, contract.state) == ("HM-HT-2026-0001", "tendering")
    moves.fail(contract=contract, reason="投标人不足三家", result_on=date(2026, 3, 30), by=world.huma_clerk)
    moves.retender(contract=contract, announced_on=date(2026, 4, 1), method="open_tender", by=world.huma_clerk)
    awarded(world, contract, awarded_on=date(2026, 4, 25))
    signed(world, contract, signed_on=date(2026, 5, 6))
    settled(world, contract)
    moves.finalise(contract=contract, final_yuan=Decimal("935000"), final_on=date(2026, 11, 12), document="呼财〔2026〕40号", by=world.huma_clerk)
    contract.refresh_from_db()
    assert contract.state == "final"
    assert [(one.number, one.result, one.reason) for one in contract.rounds.all()] == [(1, "failed", "投标人不足三家"), (2, "awarded", "")]
    assert contract.tender_saving_yuan == Decimal(40_000), "100 − 96 万元"
    assert contract.settlement_saving_yuan == Decimal(25_000), "96 − 93.5 万元"
    assert [row.name for row in contract.transitions.all()] == ["create", "fail", "retender", "award", "sign", "perform", "settle", "finalise"]


def test_a_bundle_is_shared_out_to_the_cent(world):
    first, second = world.project(world.huma, "东山村晒场"), world.project(world.huma, "西山村晒场")
    contract = started(world, first, second)
    with pytest.raises(Refusal, match=r"还差 6.00 万元没有分到项目"):
        awarded(world, contract, shares={first.pk: Decimal(50 * WAN), second.pk: Decimal(40 * WAN)})
    with pytest.raises(Refusal, match=r"多分了 4.00 万元"):
        awarded(world, contract, shares={first.pk: Decimal(60 * WAN), second.pk: Decimal(40 * WAN)})
    with pytest.raises(Refusal, match="每个项目填写份额"):
        awarded(world, contract, shares={first.pk: Decimal(96 * WAN)})
    contract = awarded(world, contract, shares={first.pk: Decimal(56 * WAN), second.pk: Decimal(40 * WAN)})
    assert contracts.shares_of(contract) == {first.pk: Decimal(560_000), second.pk: Decimal(400_000)}
    assert contract.shared_yuan == contract.price_yuan == Decimal(960_000)
    beside = beside_project(second)
    assert (beside["share_yuan"], beside["rows"][0].projects) == (Decimal(400_000), 2)


def test_the_database_holds_the_sum_of_shares(world):
    contract = awarded(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(shared_yuan=Decimal(950_000))
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(price_yuan=Decimal(950_000), shared_yuan=Decimal(950_000))
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractShare.objects.update(share_yuan=Decimal(-1))


def test_totals_that_differ_from_their_rows_are_named(world):
    contract = signed(world, terms=[Term("advance", Decimal("0.3"), "签约后")])
    assert broken_totals() == []
    ContractShare.objects.update(share_yuan=Decimal(959_999))
    contract.terms.update(ratio=Decimal("0.4"))
    assert [(problem.row_label, problem.place) for problem in broken_totals()] == [("HM-HT-2026-0001", "shared_yuan"), ("HM-HT-2026-0001", "terms_ratio")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"announced_on": date(2026, 11, 17)}, "公告日期不能晚于今天"),
        ({"projects": []}, "至少选一个项目"),
        ({"control_price_yuan": Decimal(0)}, "控制价和中标价须大于零"),
        ({"agency": "代理联系人 13904570001"}, "手机号码"),
    ],
)
def test_a_bad_beginning_is_refused_whole(world, given, words):
    with pytest.raises(Refusal, match=words):
        started(world, **({"projects": [world.project(world.huma, "桥")]} | given))
    assert not Contract.objects.exists()


def test_only_own_projects_in_the_plan(world):
    with pytest.raises(Refusal, match="不是呼玛县的项目"):
        started(world, world.project(world.mohe, "北极村晒场"))
    with pytest.raises(Refusal, match="还没有列入年度计划"):
        started(world, world.project(world.huma, "设想", stage=Stage.ADMITTED))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"contractor": " "}, "中标（成交）单位的全称"),
        ({"price": 0}, "中标价须大于零"),
        ({"awarded_on": date(2026, 3, 1)}, "结果日期不能早于公告日期"),
        ({"awarded_on": date(2026, 12, 1)}, "不能晚于今天"),
        ({"contractor": "张某某 232722197001011234"}, "身份证号"),
    ],
)
def test_an_award_that_cannot_be(world, given, words):
    contract = started(world)
    with pytest.raises(Refusal, match=words):
        awarded(world, contract, **given)
    contract.refresh_from_db()
    assert (contract.state, contract.rounds.get().result, contract.revision) == ("tendering", "open", 0)


def test_an_award_may_turn_out_void(world):
    contract = awarded(world)
    moves.void(contract=contract, reason="中标人放弃中标", result_on=date(2026, 4, 10), by=world.huma_clerk)
    contract.refresh_from_db()
    assert (contract.state, contract.bid_price_yuan, contract.contractor, contract.shared_yuan) == ("voided", None, "", Decimal(0))
    assert contract.shares.get().share_yuan == 0
    with pytest.raises(Refusal, match="公告日期不能早于上一次的结果日期"):
        moves.retender(contract=contract, announced_on=date(2026, 4, 9), method="inquiry", by=world.huma_clerk)


@pytest.mark.parametrize(("act", "given"), [(moves.fail, {"reason": ""}), (moves.void, {"reason": "  "})])
def test_a_round_does_not_fail_without_a_reason(world, act, given):
    with pytest.raises(Refusal, match="请写明理由"):
        act(contract=started(world), result_on=date(2026, 3, 30), by=world.huma_clerk, **given)


def test_moves_keep_to_the_table(world):
    contract = started(world)
    with pytest.raises(WrongState, match="现在是“招标中”，不能签订合同"):
        moves.sign(contract=contract, signed_on=date(2026, 4, 20), by=world.huma_clerk)
    with pytest.raises(WrongState):
        moves.perform(contract=awarded(world, contract), by=world.huma_clerk)
    with pytest.raises(Refusal, match="签约日期不能早于中标日期"):
        signed(world, contract, signed_on=date(2026, 4, 1))
    with pytest.raises(Refusal, match="依据文件的文号"):
        moves.settle(
            contract=moves.perform(contract=signed(world, contract), by=world.huma_clerk), settled_yuan=Decimal(1), settled_on=date(2026, 10, 1), document="",
            by=world.huma_clerk,
        )  # fmt: skip


def test_the_second_of_two_people_is_told(world):
    contract = started(world)
    seen = contract.revision
    contracts.update_contract(contract=contract, changes={"agency": "林海招标代理有限公司"}, revision=seen, by=world.huma_clerk)
    with pytest.raises(StaleRevision):
        contracts.update_contract(contract=contract, changes={"agency": "别家"}, revision=seen, by=world.huma_clerk)
    with pytest.raises(StaleRevision):
        awarded(world, contract, revision=seen)
    contract.refresh_from_db()
    assert (contract.agency, contract.state) == ("林海招标代理有限公司", "tendering")


def test_who_may_not(world):
    contract = started(world)
    for person in (world.huma_chief, world.huma_agri, world.office, world.mohe_clerk, world.auditor):
        with pytest.raises(PermissionDenied):
            moves.fail(contract=contract, reason="无人投标", result_on=date(2026, 3, 30), by=person)
        with pytest.raises(PermissionDenied):
            contracts.update_contract(contract=contract, changes={"name": "改"}, revision=0, by=person)
    with pytest.raises(PermissionDenied):
        started(world, by=world.mohe_clerk)


def test_terms_of_payment_stay_within_the_price(world):
    contract = signed(world, terms=[Term("advance", Decimal("0.3"), "签约后 15 日内"), Term("retention", Decimal("0.03"), "缺陷责任期满")])
    assert contract.terms_ratio == Decimal("0.33")
    with pytest.raises(Refusal, match=r"合计 110.0%，不能超过 100%"):
        contracts.set_terms(
            contract=contract, terms=[Term("progress", Decimal("0.8"), "过半"), Term("final", Decimal("0.3"), "审定后")],
            revision=contract.revision, by=world.huma_clerk
        )
    with pytest.raises(Refusal, match="质保金的付款条件"):
        contracts.set_terms(contract=contract, terms=[Term("retention", Decimal("0.03"), "")], revision=contract.revision, by=world.huma_clerk)
    assert contracts.term_words(contract) == ["预付款 30.0%：签约后 15 日内", "质保金 3.0%：缺陷责任期满"]


def test_a_change_moves_price_and_share(world):
    contract = signed(world)
    change = contracts.record_change(
        contract=contract, amount_yuan=Decimal(-20_000), reason="减少一间", document="呼农〔2026〕12号", decided_on=date(2026, 7, 1),
        finish_on=date(2026, 10, 15), revision=contract.revision, by=world.huma_clerk,
    )  # fmt: skip
    contract.refresh_from_db()
    assert (contract.price_yuan, contract.changed_yuan, contract.bid_price_yuan) == (Decimal(940_000), Decimal(-20_000), Decimal(960_000))
    assert contract.shares.get().share_yuan == Decimal(940_000)
    assert (change.finish_before_on, contract.finish_on) == (date(2026, 9, 30), date(2026, 10, 15))
    with pytest.raises(Refusal, match="须大于零"):
        contracts.record_change(
            contract=contract, amount_yuan=Decimal(-940_000), reason="全减", document="号", decided_on=date(2026, 7, 2), revision=contract.revision,
            by=world.huma_clerk
        )
    with pytest.raises(Refusal, match="理由和批准文号"):
        contracts.record_change(
            contract=contract, amount_yuan=Decimal(1), reason="加", document="", decided_on=date(2026, 7, 2), revision=contract.revision, by=world.huma_clerk
        )
    with pytest.raises(Refusal, match="再登记一次变更"):
        contracts.update_contract(contract=contract, changes={"finish_on": date(2026, 12, 1)}, revision=contract.revision, by=world.huma_clerk)


def test_nothing_changes_after_settlement(world):
    contract = settled(world)
    for act in (
        lambda: contracts.set_shares(contract=contract, shares=contracts.shares_of(contract), revision=contract.revision, by=world.huma_clerk),
        lambda: contracts.update_contract(contract=contract, changes={"name": "改名"}, revision=contract.revision, by=world.huma_clerk),
        lambda: contracts.set_terms(contract=contract, terms=[], revision=contract.revision, by=world.huma_clerk),
        lambda: contracts.record_change(
            contract=contract, amount_yuan=Decimal(1), reason="加", document="号", decided_on=date(2026, 7, 2), revision=contract.revision, by=world.huma_clerk
        ),
    ):
        with pytest.raises(WrongState, match="已结算"):
            act()


def test_a_change_is_held_against_what_stands_beside_it(world, django_assert_num_queries):
    """The end is compared with the standing begin; of a text no constraint speaks, and none is asked."""
    contract = signed(world)
    with pytest.raises(Refusal, match="完工日期不能早于开工日期"):
        contracts.update_contract(contract=contract, changes={"finish_on": date(2026, 5, 9)}, revision=contract.revision, by=world.huma_clerk)
    with django_assert_num_queries(0):
        contracts.fits(contract, agency="林海招标代理有限公司")
    with django_assert_num_queries(3):  # one constraint, between a savepoint and its release
        contracts.fits(contract, finish_on=date(2026, 5, 10))
    with pytest.raises(Refusal):
        contracts.fits(contract, kind="没有这一类")


def test_a_mistyped_price_is_put_right_with_a_reason(world):
    contract = awarded(world)
    project = contract.shares.get().project
    with pytest.raises(Refusal, match="须写明理由"):
        contracts.set_shares(
            contract=contract, shares={project.pk: Decimal(950_000)}, bid_price_yuan=Decimal(950_000), revision=contract.revision, by=world.huma_clerk
        )
    contracts.set_shares(
        contract=contract, shares={project.pk: Decimal(950_000)}, bid_price_yuan=Decimal(950_000), reason="录错", revision=contract.revision,
        by=world.huma_clerk,
    )  # fmt: skip
    contract.refresh_from_db()
    assert contract.price_yuan == contract.shares.get().share_yuan == Decimal(950_000)
    event = AuditEvent.objects.get(verb="分摊合同价")
    assert (event.before["bid_price_yuan"], event.after["bid_price_yuan"]) == ("96.00 万元", "95.00 万元")


def test_a_signed_contract_is_registered_in_one_act_or_not_at_all(world):
    project = world.project(world.huma, "粮食烘干塔")
    known = {
        "unit": world.huma, "name": "烘干塔设备", "kind": "goods", "method": "inquiry", "projects": [project], "announced_on": date(2026, 3, 9),
        "bid_price_yuan": Decimal(880_000), "contractor": "龙江设备制造有限公司", "awarded_on": date(2026, 3, 20), "by": world.huma_clerk,
    }  # fmt: skip
    with pytest.raises(Refusal):
        moves.register_signed(**known, signed_on=date(2026, 3, 1))
    assert not Contract.objects.exists()
    contract = moves.register_signed(**known, signed_on=date(2026, 3, 28))
    assert (contract.state, contract.rounds.get().result, contract.code) == ("signed", "awarded", "HM-HT-2026-0001")


@pytest.mark.parametrize(
    ("kind", "method", "price", "expected"),
    [
        ("works", "inquiry", 400, True), ("works", "inquiry", 399, False), ("works", "open_tender", 900, False), ("goods", "single", 200, True),
        ("goods", "single", 199, False), ("services", "direct", 100, True), ("services", "direct", 99, False),
    ],
)  # fmt: skip
def test_the_amount_from_which_a_tender_is_a_must(world, kind, method, price, expected):
    """发改委16号令: 施工 400, 货物 200, 服务 100 万元."""
    contract = awarded(world, started(world, kind=kind, method=method, control=price), price=price)
    found = {problem.code for problem in doubts(contract, Limits.on(date(2026, 11, 16)), date(2026, 4, 3))}
    assert ("tender_limit" in found) is expected


def test_what_should_be_looked_at_again(world):
    contract = signed(world, awarded(world, price=101), signed_on=date(2026, 5, 3), terms=[Term("retention", Decimal("0.05"), "质保期满")])
    contract = settled(world, contract, amount="101.5")
    codes = [problem.code for problem in doubts(contract, Limits.on(date(2026, 11, 16)), date(2026, 11, 16))]
    assert codes == ["above_control", "above_price", "retention", "late_signing"], "2 April to 3 May are 31 days"


def test_savings_are_sums_over_contracts_with_both_amounts(world):
    settled(world)
    awarded(world, started(world, world.project(world.huma, "桥"), control_price_yuan=None), price=50)
    started(world, world.project(world.huma, "路"), control=30)
    found = totals(Contract.objects.visible_to(world.huma_clerk))
    assert (found.count, found.under_tender, found.settled, found.savings_of) == (3, 2, 1, 1)
    assert (found.price_yuan, found.saving_yuan, found.settlement_saving_yuan) == (Decimal(1_460_000), Decimal(40_000), Decimal(25_000))


# -- sight and pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(world):
    """A contract of 呼玛 for a project of 巩固衔接 and one of 少数民族发展."""
    world.store = world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)
    world.village = world.project(world.huma, "民族村道路", task=world.tasks["ethnic"])
    shares = {world.store.pk: Decimal(60 * WAN), world.village.pk: Decimal(36 * WAN)}
    world.contract = awarded(world, started(world, world.store, world.village), shares=shares)
    return world


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("huma_clerk", True), ("huma_chief", True), ("huma_agri", True), ("huma_ethnic", True), ("ethnic", True), ("huma_land", False), ("land", False),
        ("huma_implementer", True), ("office", True), ("auditor", True), ("finance", True), ("mohe_clerk", False), ("forestry", False),
    ],
)  # fmt: skip
def test_whoever_sees_a_project_sees_its_contract(bundle, person, sees):
    answer = bundle.client(getattr(bundle, person)).get(f"/contracts/{bundle.contract.pk}/")
    assert answer.status_code == (200 if sees else 404)


def test_another_task_s_share_is_not_shown(bundle):
    page = bundle.client(bundle.huma_agri).get(f"/contracts/{bundle.contract.pk}/")
    assert "冷链仓储" in page.text and "60.00" in page.text
    assert "民族村道路" not in page.text and "36.00" not in page.text
    assert "另有 1 个项目不在您的查看范围内" in page.text
    api = bundle.client(bundle.huma_agri).get(f"/api/v1/contracts/{bundle.contract.pk}/").json()
    assert [share["share_yuan"] for share in api["shares"]] == ["600000.00"]


def test_the_number_of_queries_does_not_grow(world):
    client = world.client(world.office)
    started(world)
    with CaptureQueriesContext(connection) as one:
        assert client.get("/contracts/").status_code == 200
    for number in range(19):
        signed(world, awarded(world, started(world, world.project(world.huma, f"晒场{number}"))), terms=[Term("advance", Decimal("0.3"), "签约后")])
    with CaptureQueriesContext(connection) as many:
        page = client.get("/contracts/")
    assert len(page.context["rows"]) == 20
    assert len(many) <= len(one)


def test_the_clerk_s_whole_way_in_the_browser(world):
    first, second = world.project(world.huma, "东山村晒场"), world.project(world.huma, "西山村晒场")
    client = world.client(world.huma_clerk)
    assert "东山村晒场" in client.get("/contracts/new/").text
    nothing = client.get("/contracts/new/?unit=huma&asked=1")
    assert nothing.status_code == 422 and "还没有选项目" in nothing.text
    address = f"/contracts/new/?project={first.pk}&project={second.pk}"
    body = {"name": "晒场打捆施工", "kind": "works", "method": "open_tender", "control_price_yuan": "100", "announced_on": "2026-03-09", "stage": "tendering"}
    answer = client.post(address, body)
    contract = Contract.objects.get()
    assert answer.status_code == 302 and answer.url == f"/contracts/{contract.pk}/"
    award = {
        "revision": 0, "contractor": "绿源建设集团有限公司", "bid_price_yuan": "96", "awarded_on": "2026-04-02", f"share_{first.pk}": "56",
        f"share_{second.pk}": "41",
    }  # fmt: skip
    refused = client.post(f"/contracts/{contract.pk}/award/", award)
    assert refused.status_code == 409 and "多分了 1.00 万元" in refused.text and "绿源建设集团有限公司" in refused.text
    assert client.post(f"/contracts/{contract.pk}/award/", award | {f"share_{second.pk}": "40"}).status_code == 302
    sign = {"revision": 1, "signed_on": "2026-04-20", "kind_0": "advance", "ratio_0": "30", "condition_0": "签约后", "ratio_1": "3"}
    half = client.post(f"/contracts/{contract.pk}/sign/", sign)
    assert half.status_code == 422 and "请选款项性质" in half.text
    assert client.post(f"/contracts/{contract.pk}/sign/", sign | {"kind_1": "retention", "condition_1": "缺陷责任期满"}).status_code == 302
    contract.refresh_from_db()
    assert (contract.state, contract.terms_ratio) == ("signed", Decimal("0.33"))
    assert "打捆合同" in client.get(f"/contracts/{contract.pk}/").text


def test_what_was_typed_stays_when_somebody_was_faster(world):
    contract = started(world)
    client = world.client(world.huma_clerk)
    contracts.update_contract(contract=contract, changes={"agency": "甲"}, revision=0, by=world.huma_clerk)
    body = {"revision": 0, "contractor": "绿源建设集团有限公司", "bid_price_yuan": "96", "awarded_on": "2026-04-02"}
    page = client.post(f"/contracts/{contract.pk}/award/", body)
    assert page.status_code == 409 and "绿源建设集团有限公司" in page.text
    assert page.context["form"].data["revision"] == "1"
    assert client.post(f"/contracts/{contract.pk}/award/", body | {"revision": 1}).status_code == 302


def test_the_excel_is_the_list(world):
    settled(world)
    awarded(world, started(world, world.project(world.huma, "东山村晒场"), world.project(world.huma, "西山村晒场")), shares={
        project.pk: Decimal(48 * WAN) for project in world.huma.projects.filter(name__endswith="晒场")
    })  # fmt: skip
    answer = world.client(world.huma_chief).get("/contracts/export/?state=settled")
    cells = [str(value) for row in load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True) for value in row if value is not None]
    assert "HM-HT-2026-0001" in cells and "HM-HT-2026-0002" not in cells
    whole = load_workbook(BytesIO(world.client(world.huma_chief).get("/contracts/export/").content)).active
    rows = [row for row in whole.iter_rows(values_only=True) if row[1] == "HM-HT-2026-0002"]
    assert [row[5] for row in rows] == ["东山村晒场", "西山村晒场"]


def test_a_foreign_project_in_the_address_is_not_there(world):
    theirs = world.project(world.mohe, "北极村晒场")
    client = world.client(world.huma_clerk)
    assert client.get(f"/contracts/new/?project={theirs.pk}").status_code == 404
    assert client.get("/contracts/new/?project=99999999").status_code == 404
    assert client.get("/contracts/new/?project=x").status_code == 404
    assert client.post("/contracts/new/", {"project": theirs.pk, "name": "改"}).status_code == 404
    assert client.post("/contracts/new/", {"name": "没有选项目"}).status_code == 422

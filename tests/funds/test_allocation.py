"""Giving money on: limits hold to the last 分, cuts from above leave a flag, everything is in the trail."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import amend, record_batch, reduce_by_higher_body
from funds.actions.bulk import arrange_many
from funds.actions.voucher import record_voucher
from funds.models import Allocation, Batch, CountyAllocation
from linkage.errors import ProblemsFound, Refusal, StaleRevision
from linkage.models import AuditEvent
from projects.actions.many import Change, update_projects
from projects.models import AnnualPlan, Project, ProjectRevision, Stage

pytestmark = pytest.mark.django_db
ISSUED, GIVEN, DECIDED = date(2026, 1, 5), date(2026, 1, 20), date(2026, 2, 10)


@pytest.fixture
def batch(world):
    """中央 document of 100 万元 for the prefecture."""
    return record_batch(
        level="central", task=world.tasks["consolidate"], fund_year=2026, document_no="黑财指（农）〔2026〕1号", region=world.prefecture,
        amount_yuan=Decimal("1000000"), issued_on=ISSUED, by=world.office, at=world.at(),
    )  # fmt: skip


@pytest.fixture
def share(world, batch):
    """60 万元 of it for 呼玛县."""
    return allocate_to_county(
        batch=batch, unit=world.huma, amount_yuan=Decimal("600000"), issued_on=GIVEN, by=world.office, at=world.at()
    )


@pytest.fixture
def project(world):
    return world.project(world.huma, "呼玛镇冷链仓储")


def arrange(world, share, project, amount, **more):
    values = {"decided_on": DECIDED, "by": world.huma_clerk, "at": world.at()} | more
    return arrange_to_project(county_allocation=share, project=project, amount_yuan=Decimal(amount), **values)


def test_a_batch_can_be_given_away_to_the_last_fen_and_not_one_more(world, batch, share):
    with pytest.raises(Refusal, match="只剩 40.00 万元，本次需要 40.000001 万元"):
        allocate_to_county(
            batch=batch, unit=world.mohe, amount_yuan=Decimal("400000.01"), issued_on=GIVEN, by=world.office, at=world.at()
        )
    allocate_to_county(batch=batch, unit=world.mohe, amount_yuan=Decimal("400000"), issued_on=GIVEN, by=world.office, at=world.at())
    batch.refresh_from_db()
    assert batch.allocated_yuan == Decimal("1000000.00")
    assert not batch.is_overallocated


def test_a_share_can_be_arranged_to_the_last_fen_and_not_one_more(world, share, project):
    with pytest.raises(Refusal, match="只剩 60.00 万元") as refused:
        arrange(world, share, project, "600000.01")
    assert refused.value.code == "over_limit"
    assert not project.allocations.exists()
    arrange(world, share, project, "600000")
    share.refresh_from_db()
    assert share.allocated_yuan == Decimal("600000.00")


def test_a_refused_second_share_of_the_same_document_gives_its_money_back(world, batch, share):
    with pytest.raises(Refusal, match="请用“调整”"):
        allocate_to_county(batch=batch, unit=world.huma, amount_yuan=Decimal(1), issued_on=GIVEN, by=world.office, at=world.at())
    assert Batch.objects.get(pk=batch.pk).allocated_yuan == Decimal("600000.00")


def test_the_same_document_is_recorded_once(world, batch):
    with pytest.raises(Refusal, match="已经登记过"):
        record_batch(
            level="central", task=batch.task, fund_year=2026, document_no=batch.document_no, region=world.prefecture,
            amount_yuan=Decimal(5), issued_on=ISSUED, by=world.office, at=world.at(),
        )  # fmt: skip


def test_a_countys_own_document_reaches_the_county_in_one_step(world):
    own = record_batch(
        level="county", task=world.tasks["consolidate"], fund_year=2026, document_no="呼财指〔2026〕3号", region=world.huma,
        amount_yuan=Decimal("50000"), issued_on=ISSUED, by=world.huma_finance, at=world.at(),
    )  # fmt: skip
    share = own.county_allocations.get()
    assert (share.unit, share.amount_yuan) == (world.huma, Decimal("50000.00"))
    assert own.allocated_yuan == Decimal("50000.00")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"document_no": " "}, "请填写文号"),
        ({"amount_yuan": Decimal(-1)}, "不能为负数"),
        ({"issued_on": date(2026, 11, 17)}, "不能晚于今天"),
        ({"received_on": date(2026, 1, 4)}, "收到日期不能早于发文日期"),
        ({"level": "county"}, "县级资金登记到县"),
    ],
)
def test_a_document_that_cannot_be_true_is_refused(world, change, words):
    values = {
        "level": "central", "task": world.tasks["consolidate"], "fund_year": 2026, "document_no": "某号", "region": world.prefecture,
        "amount_yuan": Decimal(1), "issued_on": ISSUED, "by": world.office, "at": world.at(),
    }  # fmt: skip
    with pytest.raises(Refusal, match=words):
        record_batch(**values | change)
    assert not Batch.objects.exists()


def test_who_may_do_what(world, batch, share, project):
    with pytest.raises(PermissionDenied):
        record_batch(
            level="central", task=world.tasks["consolidate"], fund_year=2026, document_no="x", region=world.prefecture,
            amount_yuan=Decimal(1), issued_on=ISSUED, by=world.huma_finance, at=world.at(),
        )  # fmt: skip
    for outsider in (world.huma_clerk, world.huma_finance, world.agri, world.auditor):
        with pytest.raises(PermissionDenied):
            allocate_to_county(batch=batch, unit=world.huma, amount_yuan=Decimal(1), issued_on=GIVEN, by=outsider, at=world.at())
    for outsider in (world.mohe_clerk, world.office, world.huma_chief, world.huma_implementer):
        with pytest.raises(PermissionDenied):
            arrange(world, share, project, 1, by=outsider)


def test_money_goes_only_to_fitting_projects(world, share, project):
    other_unit = world.project(world.mohe, "漠河项目")
    other_task = world.project(world.huma, "民族项目", task=world.tasks["ethnic"])
    proposed = world.project(world.huma, "申报项目", stage=Stage.PROPOSED)
    for candidate, words in ((other_unit, "不属于呼玛县"), (other_task, "项目任务是“少数民族”"), (proposed, "审定入库后")):
        with pytest.raises(Refusal, match=words):
            arrange(world, share, candidate, 1)
    with pytest.raises(Refusal, match="不能早于下达到县"):
        arrange(world, share, project, 1, decided_on=date(2026, 1, 19))
    with pytest.raises(Refusal, match="不能晚于今天"):
        arrange(world, share, project, 1, decided_on=date(2026, 11, 17))
    assert CountyAllocation.objects.get(pk=share.pk).allocated_yuan == 0


def test_a_cut_from_above_leaves_a_flag_and_blocks_new_money_until_it_fits_again(world, batch, share):
    reduce_by_higher_body(batch=batch, amount_yuan=Decimal("500000"), document_no="黑财指〔2026〕9号", by=world.office, at=world.at())
    assert batch.is_overallocated
    with pytest.raises(Refusal, match="只剩 0.00 万元"):
        allocate_to_county(batch=batch, unit=world.mohe, amount_yuan=Decimal("0.01"), issued_on=GIVEN, by=world.office, at=world.at())
    adjust_share(county_allocation=share, amount_yuan=Decimal("500000"), document_no="大行署〔2026〕2号", by=world.office, at=world.at())
    batch.refresh_from_db()
    assert not batch.is_overallocated


def test_after_a_cut_the_share_may_fall_below_what_is_arranged_and_carries_the_flag(world, batch, share, project):
    allocation = arrange(world, share, project, "600000")
    share.refresh_from_db()
    with pytest.raises(Refusal, match="已安排到项目 60.00 万元"):
        adjust_share(county_allocation=share, amount_yuan=Decimal("500000"), document_no="x", by=world.office, at=world.at())
    share.refresh_from_db()
    batch.refresh_from_db()
    reduce_by_higher_body(batch=batch, amount_yuan=Decimal(0), document_no="黑财指〔2026〕9号", by=world.office, at=world.at())
    adjust_share(county_allocation=share, amount_yuan=Decimal("0"), document_no="x", by=world.office, at=world.at())
    assert share.is_overallocated
    allocation.refresh_from_db()
    adjust(allocation=allocation, amount_yuan=Decimal(0), reason="上级收回", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    share.refresh_from_db()
    assert not share.is_overallocated
    assert share.allocated_yuan == 0


def test_typing_errors_of_a_document_are_amended_but_never_below_what_is_given_on(world, batch, share):
    with pytest.raises(Refusal, match="已分配到县 60.00 万元，下达金额不能改为 59.999999 万元"):
        amend(batch=batch, changes={"amount_yuan": Decimal("599999.99")}, by=world.office, at=world.at())
    amend(batch=batch, changes={"amount_yuan": Decimal("600000"), "title": "第一批"}, by=world.office, at=world.at())
    batch.refresh_from_db()
    assert (batch.amount_yuan, batch.title, batch.is_overallocated) == (Decimal("600000.00"), "第一批", False)


def test_an_amendment_of_an_amount_changed_meanwhile_is_refused(world, batch):
    seen = Batch.objects.get(pk=batch.pk)
    amend(batch=batch, changes={"amount_yuan": Decimal("900000")}, by=world.office2, at=world.at())
    with pytest.raises(StaleRevision):
        amend(batch=seen, changes={"amount_yuan": Decimal("800000")}, by=world.office, at=world.at())


def test_moving_money_between_projects_keeps_the_running_total(world, share, project):
    other = world.project(world.huma, "白银纳乡晒场")
    first, second = arrange(world, share, project, "400000"), arrange(world, share, other, "200000")
    with pytest.raises(Refusal, match="只剩 0.00 万元"):
        adjust(allocation=second, amount_yuan=Decimal("200000.01"), reason="调剂", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    adjust(allocation=first, amount_yuan=Decimal("350000"), reason="招标结余", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    second.refresh_from_db()
    adjust(allocation=second, amount_yuan=Decimal("250000"), reason="调剂", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    share.refresh_from_db()
    assert share.allocated_yuan == Decimal("600000.00")
    assert AuditEvent.objects.filter(verb__in=["收回统筹", "追加安排"]).count() == 2


def test_a_project_is_not_cut_below_what_it_has_been_paid(world, share, project):
    allocation = arrange(world, share, project, "400000")
    record_voucher(
        allocation=allocation, kind="pay", amount_yuan=Decimal("123456.78"), paid_on=date(2026, 6, 1), voucher_no="1",
        by=world.huma_finance, at=world.at(),
    )  # fmt: skip
    with pytest.raises(Refusal, match="已支付 12.345678 万元"):
        adjust(allocation=allocation, amount_yuan=Decimal("123456.77"), reason="调剂", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    share.refresh_from_db()
    assert share.allocated_yuan == Decimal("400000.00")
    adjust(allocation=allocation, amount_yuan=Decimal("123456.78"), reason="调剂", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())


def test_every_act_leaves_its_trail(world, batch, share, project):
    arrange(world, share, project, "1")
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", "actor__username"))
    assert verbs == [("登记资金批次", "office"), ("分配资金到县", "office"), ("安排资金到项目", "huma_clerk")]
    assert AuditEvent.objects.get(verb="分配资金到县").after["amount_yuan"] == "600000.00"


@pytest.mark.parametrize("what", ["batch", "share", "allocation"])
def test_who_corrects_an_amount_that_was_changed_unseen_is_told(world, batch, share, project, what):
    """Two people open the same page; the second one saves a figure that takes nothing of the first one's into account."""
    allocation = arrange_to_project(
        county_allocation=share, project=project, amount_yuan=Decimal("300000"), decided_on=DECIDED, by=world.huma_clerk, at=world.at()
    )
    row, person, address = {
        "batch": (batch, world.office, f"/funds/batches/{batch.pk}/edit/"), "share": (share, world.office, f"/funds/shares/{share.pk}/adjust/"),
        "allocation": (allocation, world.huma_clerk, f"/funds/allocations/{allocation.pk}/adjust/"),
    }[what]  # fmt: skip
    client = world.client(person)
    typed = {
        "document_no": "大行署〔2026〕9号", "reason": "调剂", "fund_year": "2026", "issued_on": "2026-01-05", "seen_yuan": str(row.amount_yuan),
        "amount_yuan": "62",
    }  # fmt: skip
    assert f'name="seen_yuan" value="{row.amount_yuan}"' in client.get(address).content.decode()
    type(row).objects.filter(pk=row.pk).update(amount_yuan=Decimal("610000"))
    answer = client.post(address, typed)
    assert answer.status_code == 422
    assert "61.00 万元" in answer.content.decode()
    row.refresh_from_db()
    assert row.amount_yuan == Decimal("610000")


def test_the_project_as_it_stands_decides_not_the_one_that_was_read(world, share, project):
    """Taken out of the library after the page was opened: no money, and nothing taken from the share."""
    project.stage = Stage.REMOVED
    project.save(update_fields=["stage"])
    project.stage = Stage.PLANNED
    with pytest.raises(Refusal, match="审定入库后才能安排资金"):
        arrange(world, share, project, 10)
    with pytest.raises(Refusal, match="审定入库后才能安排资金"):
        row = Allocation(county_allocation=share, project=project, amount_yuan=Decimal(10), decided_on=DECIDED)
        arrange_many(allocations=[row], by=world.huma_clerk, at=world.at())
    share.refresh_from_db()
    assert share.allocated_yuan == 0


def test_a_project_taken_back_meanwhile_gets_no_money(world, share, project):
    """The import that made it was undone after the page was opened."""
    rows = [Allocation(county_allocation=share, project=project, amount_yuan=Decimal(10), decided_on=DECIDED)]
    Project.objects.get(pk=project.pk).delete()
    with pytest.raises(Refusal, match="已被移出项目库"):
        arrange(world, share, project, 10)
    with pytest.raises(Refusal, match="已被移出项目库"):
        arrange_many(allocations=rows, by=world.huma_clerk, at=world.at())
    with pytest.raises(Refusal, match="已被移出项目库"):
        update_projects(changes=[Change(project.pk, {"site": "新街"}, 0)], by=world.huma_clerk, at=world.at())
    share.refresh_from_db()
    assert share.allocated_yuan == 0


@pytest.mark.parametrize(("is_leftover", "kind"), [(True, "leftover"), (False, "amount")])
def test_other_money_for_a_planned_project_is_an_approved_change(world, is_leftover, kind):
    """结余再安排 leaves a revision of the project, with the document (features 2.3)."""
    project = world.project(world.huma, "冷链仓储", amounts={"central": 300_000})
    world.project(world.huma, "村内道路", amounts={"central": 100_000})
    allocation, before = Allocation.objects.get(project=project), project.revision
    CountyAllocation.objects.filter(pk=allocation.county_allocation_id).update(amount_yuan=Decimal("450000"))
    with pytest.raises(Refusal, match="批准文件的文号"):
        adjust(allocation=allocation, amount_yuan=Decimal("350000"), reason="招标结余", by=world.huma_clerk, at=world.at())
    allocation.refresh_from_db()
    assert allocation.amount_yuan == Decimal("300000")
    adjust(
        allocation=allocation, amount_yuan=Decimal("350000"), reason="招标结余", document_no="呼农组〔2026〕9号", is_leftover=is_leftover,
        by=world.huma_clerk, at=world.at(),
    )  # fmt: skip
    revision = ProjectRevision.objects.get(project=project)
    assert (revision.kind, revision.before, revision.after) == (kind, {"arranged_central": "30.00 万元"}, {"arranged_central": "35.00 万元"})
    assert (revision.reason, revision.document, revision.revision) == ("招标结余", "呼农组〔2026〕9号", before + 1)


# -- new money and the annual plan ------------------------------------------------------------------------------------------


def decided_plan(world, project, **levels):
    """A decided plan of 2026 that holds the project with so much 元 of each level."""
    plan = AnnualPlan.objects.create(
        unit=world.huma, year=2026, version=1, state="decided", document_no="呼农领发〔2025〕12号", decided_on=date(2025, 12, 3), sha256="0" * 64,
        composed_by=world.huma_clerk, handed_in_by=world.huma_clerk, decided_by=world.huma_chief, created_at=world.at(), updated_at=world.at(),
    )  # fmt: skip
    item = plan.items.create(project=project, task=project.task)
    for level, amount in levels.items():
        item.money.create(level=level, amount_yuan=Decimal(amount))


def test_money_within_the_plan_carries_it_out_and_beyond_it_is_an_approved_change(world, share, project):
    decided_plan(world, project, central="300000")
    with pytest.raises(ProblemsFound) as refused:
        arrange(world, share, project, "300000.01")
    assert "年度计划列 30.00 万元" in refused.value.problems[0].message
    share.refresh_from_db()
    assert (share.allocated_yuan, Allocation.objects.count()) == (0, 0), "nothing is half-written"
    arrange(world, share, project, "300000")
    assert not ProjectRevision.objects.exists()
    more = allocate_to_county(
        batch=share.batch, unit=world.huma, amount_yuan=Decimal("200000"), issued_on=GIVEN, document_no="大财农〔2026〕8号", by=world.office, at=world.at()
    )
    for given in ({}, {"reason": "新增配套"}, {"document_no": "呼农领发〔2026〕5号"}):
        with pytest.raises(ProblemsFound):
            arrange(world, more, project, "50000", **given)
    arrange(world, more, project, "50000", reason="新增配套", document_no="呼农领发〔2026〕5号")
    row = ProjectRevision.objects.get()
    assert (row.kind, row.before, row.after) == ("amount", {"arranged_central": "30.00 万元"}, {"arranged_central": "35.00 万元"})
    assert (row.reason, row.document) == ("新增配套", "呼农领发〔2026〕5号")
    project.refresh_from_db()
    assert project.revision == row.revision == 1


def test_a_level_that_the_plan_does_not_know_is_a_change(world, share, project):
    decided_plan(world, project, provincial="300000")
    with pytest.raises(ProblemsFound, match="超过年度计划"):
        arrange(world, share, project, "1")


def test_without_a_plan_in_the_system_the_planned_investment_is_the_measure(world, share, project):
    Project.objects.filter(pk=project.pk).update(planned_investment_yuan=Decimal("100000"))
    with pytest.raises(ProblemsFound) as refused:
        arrange(world, share, project, "100000.01", reason="追加")
    assert "计划投资 10.00 万元" in refused.value.problems[0].message
    arrange(world, share, project, "100000")


def test_a_sheet_holds_to_the_same_rule_and_names_every_project(world, share, project):
    decided_plan(world, project, central="1000")
    other = world.project(world.huma, "村道硬化", planned_investment_yuan=Decimal(1000))

    def rows(document):
        values = {"county_allocation": share, "decided_on": DECIDED, "document_no": document}
        return [Allocation(project=one, amount_yuan=Decimal(2000), **values) for one in (project, other)]

    with pytest.raises(ProblemsFound) as refused:
        arrange_many(allocations=rows(""), by=world.huma_clerk, at=world.at())
    assert [problem.row for problem in refused.value.problems] == [project.pk, other.pk]
    share.refresh_from_db()
    arrange_many(allocations=rows("呼农领发〔2026〕5号"), by=world.huma_clerk, at=world.at())
    assert set(ProjectRevision.objects.values_list("project", "reason")) == {(one.pk, "按项目资金表追加安排") for one in (project, other)}

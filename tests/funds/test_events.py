"""What happens to money after it was given: dated, numbered, limited, and told from day to day."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import amend, record_batch, reduce_by_higher_body
from funds.actions.moving import reissue, transfer_to_county, transfer_to_project
from funds.actions.voucher import record_voucher
from funds.checks import check_figures
from funds.figures.pacing import pace
from funds.figures.timeline import batch_timeline, worked_off
from funds.models import Allocation, Batch, CountyAllocation, FundChange, FundEvent
from linkage.errors import Refusal, StaleRevision

pytestmark = pytest.mark.django_db
TEN = Decimal(100_000)  # 10 万元


@pytest.fixture
def batch(world):
    """中央 100 万元 for the prefecture."""
    return record_batch(
        level="central", task=world.tasks["consolidate"], fund_year=2026, document_no="黑财指（农）〔2026〕1号", region=world.prefecture,
        amount_yuan=10 * TEN, issued_on=date(2026, 1, 5), by=world.office, at=world.at(),
    )  # fmt: skip


@pytest.fixture
def huma(world, batch):
    """60 万元 of it for 呼玛县."""
    return allocate_to_county(
        batch=batch, unit=world.huma, amount_yuan=6 * TEN, issued_on=date(2026, 1, 20), document_no="大财农1号", by=world.office, at=world.at()
    )


@pytest.fixture
def cold(world, huma):
    """30 万元 of that for the cold store."""
    return arrange_to_project(
        county_allocation=huma, project=world.project(world.huma, "冷链"), amount_yuan=3 * TEN, decided_on=date(2026, 2, 10),
        by=world.huma_clerk, at=world.at(),
    )  # fmt: skip


def issued(on, unit=None):
    table = pace(year=2026, as_of=on)
    return table.line(unit=unit).amounts.issued_yuan


def test_a_transfer_between_counties_is_one_dated_event_with_two_sides(world, huma):
    event = transfer_to_county(
        county_allocation=huma, unit=world.mohe, amount_yuan=2 * TEN, document_no="大财农〔2026〕70号", effective_on=date(2026, 8, 20),
        by=world.finance, at=world.at(),
    )  # fmt: skip
    assert (event.kind, event.number, event.amount_yuan) == ("transfer", "DXAL-ZJ-2026-0001", 2 * TEN)
    assert [(c.whom, c.amount_yuan, c.after_yuan) for c in event.changes.order_by("pk")] == [("呼玛县", -2 * TEN, 4 * TEN), ("漠河市", 2 * TEN, 2 * TEN)]
    assert (issued(date(2026, 8, 19), world.huma), issued(date(2026, 8, 20), world.huma)) == (6 * TEN, 4 * TEN)
    assert (issued(date(2026, 8, 19), world.mohe), issued(date(2026, 8, 20), world.mohe)) == (0, 2 * TEN)
    assert issued(date(2026, 8, 19)) == issued(date(2026, 11, 16)) == 6 * TEN
    assert check_figures() == []


def test_only_what_the_county_has_not_arranged_can_move(world, huma, cold):
    with pytest.raises(Refusal, match="呼玛县还有 30.00 万元没有安排到项目，不能调出 30.000001 万元"):
        transfer_to_county(
            county_allocation=huma, unit=world.mohe, amount_yuan=3 * TEN + Decimal("0.01"), document_no="70号", by=world.office, at=world.at()
        )
    transfer_to_county(county_allocation=huma, unit=world.mohe, amount_yuan=3 * TEN, document_no="70号", by=world.office, at=world.at())


@pytest.mark.parametrize(
    ("values", "code"),
    [({"document_no": " "}, "document_needed"), ({"amount_yuan": Decimal(0)}, "not_positive"), ({"effective_on": date(2026, 11, 17)}, "future_date"),
     ({"effective_on": date(2026, 1, 19)}, "date_order"), ({"seen_yuan": Decimal(1)}, "stale_revision")],
    ids=["document", "nothing", "future", "before", "stale"],
)  # fmt: skip
def test_a_transfer_that_cannot_be(world, huma, values, code):
    given = {"unit": world.mohe, "amount_yuan": TEN, "document_no": "70号"} | values
    with pytest.raises(Refusal) as refused:
        transfer_to_county(county_allocation=huma, **given, by=world.office, at=world.at())
    assert refused.value.code == code
    assert not FundEvent.objects.exists()
    assert CountyAllocation.objects.get().amount_yuan == 6 * TEN


def test_who_may_move_money(world, huma, cold):
    for person in (world.huma_clerk, world.huma_finance, world.agri, world.leader):
        with pytest.raises(PermissionDenied):
            transfer_to_county(county_allocation=huma, unit=world.mohe, amount_yuan=TEN, document_no="70号", by=person, at=world.at())
    other = world.project(world.huma, "晒场")
    for person in (world.mohe_clerk, world.office, world.huma_finance):
        with pytest.raises(PermissionDenied):
            transfer_to_project(allocation=cold, project=other, amount_yuan=TEN, reason="剂", document_no="1号", by=person, at=world.at())


def test_a_transfer_between_projects_stops_at_what_is_paid(world, huma, cold):
    record_voucher(
        allocation=cold, kind="pay", amount_yuan=TEN, paid_on=date(2026, 6, 1), voucher_no="1", by=world.huma_finance, at=world.at()
    )
    yard = world.project(world.huma, "晒场")
    given = {"allocation": cold, "project": yard, "reason": "招标结余", "document_no": "1号", "by": world.huma_clerk, "at": world.at()}
    with pytest.raises(Refusal, match="已支付 10.00 万元"):
        transfer_to_project(**given, amount_yuan=2 * TEN + Decimal("0.01"))
    event = transfer_to_project(**given, amount_yuan=2 * TEN)
    assert event.number == "HM-ZJ-2026-0001"
    assert {a.project.name: a.amount_yuan for a in Allocation.objects.all()} == {"冷链": TEN, "晒场": 2 * TEN}
    huma.refresh_from_db()
    assert huma.allocated_yuan == 3 * TEN
    assert check_figures() == []


def test_money_taken_back_is_given_out_again_and_no_more(world, batch, huma):
    adjust_share(county_allocation=huma, amount_yuan=4 * TEN, document_no="61号", effective_on=date(2026, 7, 1), by=world.finance, at=world.at())
    taken = FundEvent.objects.get(kind="reclaim")
    given = {"draws_on": taken, "unit": world.mohe, "document_no": "68号", "by": world.finance, "at": world.at()}
    with pytest.raises(Refusal, match="还可再分配 20.00 万元"):
        reissue(**given, amount_yuan=2 * TEN + Decimal("0.01"))
    with pytest.raises(Refusal, match="不能早于收回的日期"):
        reissue(**given, amount_yuan=TEN, effective_on=date(2026, 6, 30))
    event = reissue(**given, amount_yuan=TEN)
    assert (event.kind, event.draws_on) == ("reissue", taken)
    with pytest.raises(Refusal, match="还可再分配 10.00 万元"):
        reissue(**given, amount_yuan=TEN + Decimal("0.01"))
    with pytest.raises(Refusal, match="可以再分配"):
        reissue(**given | {"draws_on": event}, amount_yuan=TEN)
    batch.refresh_from_db()
    assert batch.allocated_yuan == 5 * TEN
    assert check_figures() == []


def test_a_cut_from_above_is_worked_off_in_sight(world, batch, huma, cold):
    allocate_to_county(batch=batch, unit=world.mohe, amount_yuan=4 * TEN, issued_on=date(2026, 1, 20), by=world.office, at=world.at())
    reduce_by_higher_body(batch=batch, amount_yuan=7 * TEN, document_no="黑财指96号", effective_on=date(2026, 9, 16), by=world.office, at=world.at())
    adjust_share(county_allocation=huma, amount_yuan=4 * TEN, document_no="82号", effective_on=date(2026, 9, 23), by=world.office, at=world.at())
    batch.refresh_from_db()
    changes = list(FundChange.objects.filter(batch=batch).select_related("event").order_by("pk"))
    work = worked_off(batch, changes)
    assert (work.began_yuan, work.done_yuan, work.left_yuan) == (3 * TEN, 2 * TEN, TEN)
    shares = list(batch.county_allocations.select_related("unit").order_by("unit__display_order"))
    entries = batch_timeline(batch, shares, changes, is_whole=True)
    assert [(e.words, e.own_yuan, e.given_yuan, e.rest_yuan) for e in entries] == [
        ("上级下达", 10 * TEN, 0, 10 * TEN), ("分配到县", 0, 4 * TEN, 6 * TEN), ("分配到县", 0, 6 * TEN, 0),
        ("上级核减", -3 * TEN, 0, -3 * TEN), ("收回统筹", 0, -2 * TEN, -TEN),
    ]  # fmt: skip
    assert (issued(date(2026, 9, 22), world.huma), issued(date(2026, 9, 23), world.huma)) == (6 * TEN, 4 * TEN)


def test_a_document_that_arrives_late_may_not_make_an_earlier_day_negative(world, batch, huma):
    adjust_share(county_allocation=huma, amount_yuan=TEN, document_no="1号", effective_on=date(2026, 3, 1), by=world.office, at=world.at())
    adjust_share(county_allocation=huma, amount_yuan=5 * TEN, document_no="2号", effective_on=date(2026, 5, 1), by=world.office, at=world.at())
    with pytest.raises(Refusal, match="会成为负数（-20.00 万元）"):
        adjust_share(county_allocation=huma, amount_yuan=2 * TEN, document_no="3号", effective_on=date(2026, 4, 1), by=world.office, at=world.at())
    huma.refresh_from_db()
    adjust_share(county_allocation=huma, amount_yuan=2 * TEN, document_no="3号", effective_on=date(2026, 5, 2), by=world.office, at=world.at())
    assert [issued(date(2026, month, 15), world.huma) for month in (2, 3, 5)] == [6 * TEN, TEN, 2 * TEN]


def test_a_typing_error_was_never_true_a_reduction_was(world, batch):
    amend(batch=batch, changes={"amount_yuan": 9 * TEN}, by=world.office, at=world.at())
    assert FundEvent.objects.values_list("kind", "effective_on").get() == ("correction", date(2026, 1, 5))
    with pytest.raises(Refusal, match="金额没有变化"):
        adjust_share(
            county_allocation=allocate_to_county(batch=batch, unit=world.huma, amount_yuan=TEN, issued_on=date(2026, 1, 20), by=world.office, at=world.at()),
            amount_yuan=TEN, document_no="1号", by=world.office, at=world.at(),
        )  # fmt: skip


def test_what_an_earlier_day_is_told_depends_on_what_was_known_then(world, batch, huma):
    adjust_share(
        county_allocation=huma, amount_yuan=4 * TEN, document_no="61号", effective_on=date(2026, 7, 1), by=world.finance, at=world.at(day=10, month=8)
    )
    known = {"year": 2026, "as_of": date(2026, 7, 31)}
    assert pace(**known).line(unit=world.huma).amounts.issued_yuan == 4 * TEN
    assert pace(**known, known_by=world.at(day=1, month=8)).line(unit=world.huma).amounts.issued_yuan == 6 * TEN


def test_pages_show_each_person_his_own_side(world, batch, huma, cold):
    event = transfer_to_county(county_allocation=huma, unit=world.mohe, amount_yuan=2 * TEN, document_no="70号", by=world.finance, at=world.at())
    adjust(allocation=cold, amount_yuan=2 * TEN, reason="核减", document_no="1号", by=world.huma_clerk, at=world.at())
    sides = (
        (world.office, "呼玛县 －20.00", "漠河市 ＋20.00"), (world.huma_clerk, "呼玛县 －20.00", None), (world.mohe_clerk, "漠河市 ＋20.00", None)
    )  # fmt: skip
    for person, ours, theirs in sides:
        page = world.client(person).get("/funds/events/").content.decode()
        assert ours in page
        if theirs:
            assert theirs in page
        else:
            assert page.count("20.00 万元") == 1
        detail = world.client(person).get(f"/funds/events/{event.pk}/")
        assert detail.status_code == 200
    assert world.client(world.jiagedaqi_clerk).get(f"/funds/events/{event.pk}/").status_code == 404
    ledger = world.client(world.huma_clerk).get(f"/funds/projects/{cold.project_id}/").content.decode()
    assert "收回统筹" in ledger
    assert "-10.00" in ledger


def test_acts_through_the_pages(world, huma, cold):
    office, clerk = world.client(world.office), world.client(world.huma_clerk)
    sent = {"unit": world.mohe.pk, "amount_yuan": "20", "effective_on": "2026-08-20", "document_no": "70号", "seen_yuan": "600000.00"}
    assert office.post(f"/funds/shares/{huma.pk}/transfer/", sent | {"amount_yuan": "31"}).status_code == 422
    assert office.post(f"/funds/shares/{huma.pk}/transfer/", sent).status_code == 302
    yard = world.project(world.huma, "晒场")
    sent = {"project": yard.pk, "amount_yuan": "5", "effective_on": "2026-08-21", "reason": "招标结余", "document_no": "1号", "seen_yuan": "300000.00"}
    assert clerk.post(f"/funds/allocations/{cold.pk}/transfer/", sent).status_code == 302
    office.post(f"/funds/shares/{huma.pk}/adjust/", {"amount_yuan": "35", "effective_on": "2026-09-01", "document_no": "61号"})
    taken = FundEvent.objects.get(kind="reclaim")
    assert f'href="/funds/events/{taken.pk}/reissue/"' in office.get(f"/funds/events/{taken.pk}/").content.decode()
    sent = {"unit": world.mohe.pk, "amount_yuan": "5", "effective_on": "2026-09-02", "document_no": "68号"}
    assert office.post(f"/funds/events/{taken.pk}/reissue/", sent).status_code == 302
    assert list(FundEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["transfer", "transfer", "reclaim", "reissue"]
    page = office.get(f"/funds/batches/{huma.batch_id}/").content.decode()
    assert "收回再分配" in page
    assert check_figures() == []


def test_the_seen_amount_decides_at_a_race(world, huma):
    seen = CountyAllocation.objects.get(pk=huma.pk)
    adjust_share(county_allocation=huma, amount_yuan=5 * TEN, document_no="1号", by=world.office, at=world.at())
    with pytest.raises(StaleRevision):
        transfer_to_county(county_allocation=seen, unit=world.mohe, amount_yuan=TEN, document_no="70号", by=world.office, at=world.at())
    assert Batch.objects.get().allocated_yuan == 5 * TEN

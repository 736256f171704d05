"""Two people at once: what one of them took is refused to the other (PostgreSQL, real connections)."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import record_batch, reduce_by_higher_body
from funds.actions.opening import record_opening
from funds.actions.target import save_target
from funds.actions.voucher import record_voucher
from funds.checks import check_figures
from funds.models import Allocation, Batch, CountyAllocation, OpeningBalance, TargetNode, Voucher
from linkage import periods
from linkage.errors import Refusal

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*acts):
    """Run the acts in threads that start at the same moment; gives the names of what they raised, sorted."""
    gate, outcomes = threading.Barrier(len(acts)), []

    def run(act):
        try:
            gate.wait(10)
            act()
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)


@pytest.fixture
def batch(world):
    return record_batch(
        level="central", task=world.tasks["consolidate"], fund_year=2026, document_no="甲", region=world.prefecture,
        amount_yuan=Decimal(100), issued_on=date(2026, 1, 1), by=world.office, at=world.at(),
    )  # fmt: skip


def share_of(world, batch, amount=100):
    return allocate_to_county(
        batch=batch, unit=world.huma, amount_yuan=Decimal(amount), issued_on=date(2026, 1, 2), by=world.office, at=world.at()
    )


def clean():
    with periods.clock(periods.moment(date(2026, 11, 16), 9)):
        return check_figures() == []


def test_two_shares_of_sixty_from_a_hundred(world, batch):
    def act(unit, user):
        return lambda: allocate_to_county(
            batch=Batch.objects.get(pk=batch.pk), unit=unit, amount_yuan=Decimal(60), issued_on=date(2026, 1, 2), by=user, at=world.at()
        )

    assert together(act(world.huma, world.office), act(world.mohe, world.office2)) == ["done", "over_limit"]
    assert Batch.objects.get().allocated_yuan == 60
    assert clean()


def test_two_projects_from_one_share(world, batch):
    share = share_of(world, batch)
    projects = [world.project(world.huma, name) for name in ("一", "二")]

    def act(project, user):
        return lambda: arrange_to_project(
            county_allocation=CountyAllocation.objects.get(pk=share.pk), project=project, amount_yuan=Decimal(60), decided_on=date(2026, 2, 1),
            by=user, at=world.at(),
        )  # fmt: skip

    assert together(*(act(project, world.huma_clerk) for project in projects)) == ["done", "over_limit"]
    assert CountyAllocation.objects.get().allocated_yuan == 60
    assert clean()


def test_two_adjustments_of_one_project(world, batch):
    share = share_of(world, batch)
    allocation = arrange_to_project(
        county_allocation=share, project=world.project(world.huma, "一"), amount_yuan=Decimal(50), decided_on=date(2026, 2, 1),
        by=world.huma_clerk, at=world.at(),
    )  # fmt: skip

    def act(amount):
        seen = Allocation.objects.get(pk=allocation.pk)
        return lambda: adjust(allocation=seen, amount_yuan=Decimal(amount), reason="调剂", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())

    assert together(act(70), act(30)) == ["done", "stale_revision"]
    assert clean()


def test_an_allocation_against_a_cut_from_above(world, batch):
    seen = Batch.objects.get(pk=batch.pk)
    outcome = together(
        lambda: share_of(world, Batch.objects.get(pk=batch.pk), 80),
        lambda: reduce_by_higher_body(batch=seen, amount_yuan=Decimal(50), document_no="乙", by=world.office2, at=world.at()),
    )
    batch.refresh_from_db()
    assert outcome in (["done", "done"], ["done", "over_limit"])
    assert batch.is_overallocated == (batch.allocated_yuan == 80)
    assert clean()


def test_a_share_lowered_while_the_county_arranges_it(world, batch):
    share = share_of(world, batch)
    project = world.project(world.huma, "一")
    outcome = together(
        lambda: adjust_share(
            county_allocation=CountyAllocation.objects.get(pk=share.pk), amount_yuan=Decimal(50), document_no="乙", by=world.office, at=world.at()
        ),
        lambda: arrange_to_project(
            county_allocation=CountyAllocation.objects.get(pk=share.pk), project=project, amount_yuan=Decimal(80), decided_on=date(2026, 2, 1),
            by=world.huma_clerk, at=world.at(),
        ),
    )  # fmt: skip
    assert outcome in (["below_allocated", "done"], ["done", "over_limit"])
    assert clean()


def test_the_same_voucher_and_the_same_opening_balance_twice(world):
    allocation = world.project(world.huma, "一", amounts={"central": 100}).allocations.get()

    def voucher():
        record_voucher(
            allocation=allocation, kind="pay", amount_yuan=Decimal(5), paid_on=date(2026, 6, 1), voucher_no="9", by=world.huma_finance,
            at=world.at(),
        )  # fmt: skip

    def opening():
        record_opening(allocation=allocation, as_of=date(2026, 3, 1), paid_to_date_yuan=Decimal(5), by=world.huma_clerk, at=world.at())

    assert together(voucher, voucher) == ["already_recorded", "done"]
    assert together(opening, opening) == ["already_recorded", "done"]
    assert (Voucher.objects.count(), OpeningBalance.objects.count()) == (1, 1)


def test_the_same_node_entered_twice_and_changed_by_two(world):
    values = {
        "fund_year": 2026, "measure": "spending", "level": "", "task": None, "region": None, "due_on": date(2026, 9, 30),
        "target_ratio": Decimal("0.75"), "document_no": "", "is_verified": False,
    }  # fmt: skip

    def enter():
        save_target(values=values, by=world.office_head, at=world.at())

    assert together(enter, enter) == ["already_recorded", "done"]
    node = TargetNode.objects.get()

    def change(ratio):
        return lambda: save_target(node=node, values={"target_ratio": Decimal(ratio)}, revision=node.revision, by=world.office_head, at=world.at())

    assert together(change("0.6"), change("0.5")) == ["done", "stale_revision"]

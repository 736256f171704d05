"""check_figures: silent after any lawful sequence of acts, loud about every planted difference."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import record_batch, reduce_by_higher_body
from funds.actions.opening import record_opening
from funds.actions.spending import post_spending
from funds.actions.voucher import record_voucher
from funds.checks import check_figures
from funds.figures.pacing import pace
from funds.figures.series import series
from funds.figures.verdict import Basis
from funds.models import Allocation, Batch, CountyAllocation, ReportedSpending, Voucher
from linkage.errors import Refusal

pytestmark = pytest.mark.django_db
AMOUNT = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)
DAY = st.dates(date(2026, 1, 1), date(2026, 11, 16))
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "arrange", "share", "adjust", "cut", "voucher", "refund", "opening", "state"]),
        st.integers(0, 5), AMOUNT, DAY,
    ),
    min_size=1, max_size=25,
)  # fmt: skip


def pick(model, number):
    rows = list(model.objects.order_by("pk"))
    return rows[number % len(rows)] if rows else None


class Player:
    """Plays any act with any argument through the actions; lawful ones happen, the others are refused."""

    def __init__(self, world):
        self.world, self.at, self.number = world, world.at(), 0
        self.projects = [world.project(unit, f"{unit}{n}") for unit in (world.huma, world.mohe) for n in range(2)]
        for number in range(2):
            record_batch(
                level="central", task=world.tasks["consolidate"], fund_year=2026, document_no=str(number), region=world.prefecture,
                amount_yuan=Decimal(300), issued_on=date(2026, 1, 1), by=world.office, at=self.at,
            )  # fmt: skip

    def play(self, name, number, amount, day):
        self.number += 1
        try:
            getattr(self, name)(number, amount, day)
        except Refusal:
            pass

    def allocate(self, number, amount, day):
        allocate_to_county(
            batch=pick(Batch, number), unit=(self.world.huma, self.world.mohe)[number % 2], amount_yuan=amount, issued_on=day,
            document_no=str(self.number), by=self.world.office, at=self.at,
        )  # fmt: skip

    def arrange(self, number, amount, day):
        if share := pick(CountyAllocation, number):
            arrange_to_project(
                county_allocation=share, project=self.projects[number % 4], amount_yuan=amount, decided_on=day,
                by=self.world.huma_clerk if share.unit == self.world.huma else self.world.mohe_clerk, at=self.at,
            )  # fmt: skip

    def share(self, number, amount, day):
        if share := pick(CountyAllocation, number):
            adjust_share(county_allocation=share, amount_yuan=amount, document_no="调", by=self.world.office, at=self.at)

    def adjust(self, number, amount, day):
        if row := pick(Allocation, number):
            clerk = self.world.huma_clerk if row.project.unit == self.world.huma else self.world.mohe_clerk
            adjust(allocation=row, amount_yuan=amount, reason="调", document_no="呼财农〔2026〕1号", by=clerk, at=self.at)

    def cut(self, number, amount, day):
        reduce_by_higher_body(batch=pick(Batch, number), amount_yuan=amount, document_no="减", by=self.world.office, at=self.at)

    def voucher(self, number, amount, day, kind="pay"):
        if row := pick(Allocation, number):
            record_voucher(
                allocation=row, kind=kind, amount_yuan=amount, paid_on=day, voucher_no=str(self.number), by=self.world.finance, at=self.at
            )

    def refund(self, number, amount, day):
        self.voucher(number, amount, day, ("refund", "correction", "issue")[number % 3])

    def opening(self, number, amount, day):
        if row := pick(Allocation, number):
            record_opening(allocation=row, as_of=day, paid_to_date_yuan=amount, by=self.world.finance, at=self.at)

    def state(self, number, amount, day):
        if row := pick(Allocation, number):
            if not ReportedSpending.objects.live().filter(allocation=row, as_of=day).exists():
                post_spending(
                    as_of=day, statement=f"s{self.number}", version=1, amounts={row.pk: amount}, by=self.world.huma_chief, at=self.at
                )


def trend_ends_where_the_pace_stands():
    """Every point of the trend is the pace of its day, on both bases; unstated is None in both."""
    cutoffs = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 7, 15), date(2026, 11, 16)]
    for basis in Basis:
        points = series(year=2026, cutoffs=cutoffs, basis=basis)
        for point in points:
            total = pace(year=2026, as_of=point.as_of, basis=basis).total
            assert (point.paid_yuan, point.issued_yuan) == (total.paid_yuan, total.amounts.issued_yuan), (basis, point)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=ACTS)
def test_any_lawful_sequence_keeps_every_identity(world, acts):
    from django.db import transaction

    with transaction.atomic():
        player = Player(world)
        for act in acts:
            player.play(*act)
        assert check_figures() == []
        trend_ends_where_the_pace_stands()
        for model in (Batch, CountyAllocation):
            assert all(row.is_overallocated or row.allocated_yuan <= row.amount_yuan for row in model.objects.all())
        transaction.set_rollback(True)


@pytest.fixture
def allocation(world):
    row = world.project(world.huma, "冷链", amounts={"central": 100}).allocations.get()
    assert check_figures() == []
    return row


def codes():
    return [problem.code for problem in check_figures()]


def test_a_running_total_one_fen_off_is_found_at_both_storeys(allocation):
    CountyAllocation.objects.update(allocated_yuan=Decimal("99.99"))
    assert codes() == ["share_total"]
    Batch.objects.update(allocated_yuan=Decimal("100.01"))
    found = check_figures()
    assert [p.code for p in found] == ["batch_total", "share_total"]
    assert "相差 0.01 元" in found[0].message


def test_a_flag_without_reason_is_found(allocation):
    CountyAllocation.objects.update(is_overallocated=True)
    assert codes() == ["overallocated_flag"]


def test_a_voucher_in_the_wrong_place_is_found(world, allocation):
    record_voucher(
        allocation=allocation, kind="pay", amount_yuan=Decimal(1), paid_on=date(2026, 6, 1), voucher_no="1", by=world.finance, at=world.at()
    )
    Voucher.objects.update(unit=world.mohe)
    assert "voucher_place" in codes()


def test_the_command_says_so_and_fails(allocation, capsys):
    call_command("check_figures")
    assert "全部成立" in capsys.readouterr().out
    CountyAllocation.objects.update(allocated_yuan=Decimal("99.99"))
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("check_figures")
    assert "逐笔相加 100.00 元" in capsys.readouterr().out

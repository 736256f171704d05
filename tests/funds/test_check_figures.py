"""check_figures: silent after any lawful sequence of acts, loud about every planted difference."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, OperationalError, ProgrammingError, transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import amend, record_batch, reduce_by_higher_body
from funds.actions.moving import reissue, transfer_to_county, transfer_to_project
from funds.actions.opening import record_opening
from funds.actions.spending import post_spending
from funds.actions.splitting import Part, split, undo_split
from funds.actions.voucher import record_voucher, take_back
from funds.checks import check_figures
from funds.figures.pacing import pace
from funds.figures.series import series
from funds.figures.verdict import Basis
from funds.models import Allocation, Batch, CountyAllocation, FundChange, FundEvent, ReportedSpending, Voucher
from linkage.errors import Refusal

pytestmark = pytest.mark.django_db
AMOUNT = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)
DAY = st.dates(date(2026, 1, 1), date(2026, 11, 16))
PICK = st.integers(0, 5)


def pick(model, number, **conditions):
    rows = list(model.objects.filter(**conditions).order_by("pk"))
    return rows[number % len(rows)] if rows else None


def lawful(act):
    """Whatever is unlawful is refused and changes nothing."""

    def tried(self, **drawn):
        self.number += 1
        try:
            act(self, **drawn)
        except Refusal:
            pass

    tried.__name__ = act.__name__
    return tried


class Books(RuleBasedStateMachine):
    """Any act with any argument in any order, through the actions; after each every identity holds."""

    world = None  # set by the test

    def __init__(self):
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        w = self.world
        self.at, self.number = w.at(), 0
        self.projects = [w.project(unit, f"{unit}{n}") for unit in (w.huma, w.mohe) for n in range(2)]
        for number in range(2):
            record_batch(
                level="central", task=w.tasks["consolidate"], fund_year=2026, document_no=str(number), region=w.prefecture,
                amount_yuan=Decimal(300), issued_on=date(2026, 1, 1), by=w.office, at=self.at,
            )  # fmt: skip

    def teardown(self):
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def clerk(self, row):
        return self.world.huma_clerk if row.unit == self.world.huma else self.world.mohe_clerk

    def own(self, share):
        return [project for project in self.projects if project.unit == share.unit]

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def allocate(self, number, amount, day):
        allocate_to_county(
            batch=pick(Batch, number), unit=(self.world.huma, self.world.mohe)[number % 2], amount_yuan=amount, issued_on=day,
            document_no=str(self.number), by=self.world.office, at=self.at,
        )  # fmt: skip

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def arrange(self, number, amount, day):
        if share := pick(CountyAllocation, number):
            arrange_to_project(
                county_allocation=share, project=self.own(share)[number % 2], amount_yuan=amount, decided_on=day, by=self.clerk(share), at=self.at
            )

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def share(self, number, amount, day):
        if share := pick(CountyAllocation, number):
            adjust_share(county_allocation=share, amount_yuan=amount, document_no="调", effective_on=day, by=self.world.office, at=self.at)

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def adjust(self, number, amount, day):
        if row := pick(Allocation, number):
            papers = {"reason": "调", "document_no": "呼财农〔2026〕1号", "effective_on": day}
            adjust(allocation=row, amount_yuan=amount, **papers, by=self.clerk(row.county_allocation), at=self.at)

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def cut(self, number, amount, day):
        reduce_by_higher_body(
            batch=pick(Batch, number), amount_yuan=amount, document_no="减", effective_on=day, by=self.world.office, at=self.at
        )

    @rule(number=PICK, amount=AMOUNT)
    @lawful
    def correct(self, number, amount):
        amend(batch=pick(Batch, number), changes={"amount_yuan": amount}, by=self.world.office, at=self.at)

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def transfer(self, number, amount, day):
        if share := pick(CountyAllocation, number):
            unit = self.world.mohe if share.unit == self.world.huma else self.world.huma
            transfer_to_county(
                county_allocation=share, unit=unit, amount_yuan=amount, document_no=f"剂{self.number}", effective_on=day, by=self.world.office, at=self.at
            )

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def transfer_project(self, number, amount, day):
        if row := pick(Allocation, number):
            other = self.own(row.county_allocation)[(number + 1) % 2]
            transfer_to_project(
                allocation=row, project=other, amount_yuan=amount, reason="剂", document_no="呼财农〔2026〕1号", effective_on=day,
                by=self.clerk(row.county_allocation), at=self.at,
            )  # fmt: skip

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def reissue(self, number, amount, day):
        if event := pick(FundEvent, number, kind="reclaim"):
            reissue(
                draws_on=event, unit=(self.world.huma, self.world.mohe)[number % 2], amount_yuan=amount, document_no="再", effective_on=day,
                by=self.world.office, at=self.at,
            )  # fmt: skip

    @rule(number=PICK, amount=AMOUNT, day=DAY, kind=st.sampled_from(["pay", "refund", "correction", "issue"]), is_matched=st.booleans())
    @lawful
    def voucher(self, number, amount, day, kind, is_matched):
        row = pick(Allocation, number)
        place = {"allocation": row} if row and is_matched else {"unit": self.world.huma}
        record_voucher(**place, kind=kind, amount_yuan=amount, paid_on=day, voucher_no=str(self.number), by=self.world.finance, at=self.at)

    @rule(number=PICK, amount=AMOUNT)
    @lawful
    def give_back(self, number, amount):
        if paid := pick(Voucher, number, kind="pay", split_from=None):
            record_voucher(
                project=paid.project, allocation=paid.allocation, unit=paid.unit, kind="refund", amount_yuan=amount, paid_on=date(2026, 11, 16),
                voucher_no=str(self.number), refers_to=paid, by=self.world.finance, at=self.at,
            )  # fmt: skip

    @rule(number=PICK, cut=AMOUNT)
    @lawful
    def split(self, number, cut):
        voucher = pick(Voucher, number, split_from=None)
        if voucher and (row := pick(Allocation, number, county_allocation__unit=voucher.unit)):
            parts = [Part(row, cut), Part(None, voucher.amount_yuan - cut)]
            split(voucher=voucher, parts=parts, reason="重分", by=self.world.finance, at=self.at)

    @rule(number=PICK, take=st.booleans())
    @lawful
    def undo(self, number, take):
        if voucher := pick(Voucher, number):
            (take_back if take else undo_split)(voucher=voucher, reason="录错", by=self.world.finance, at=self.at)

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    @lawful
    def opening(self, number, amount, day):
        if row := pick(Allocation, number):
            record_opening(allocation=row, as_of=day, paid_to_date_yuan=amount, by=self.world.finance, at=self.at)

    @rule(number=PICK, amount=AMOUNT, day=DAY)
    def state(self, number, amount, day):
        self.number += 1
        if (row := pick(Allocation, number)) and not ReportedSpending.objects.live().filter(allocation=row, as_of=day).exists():
            post_spending(as_of=day, statement=f"s{self.number}", version=1, amounts={row.pk: amount}, by=self.world.huma_chief, at=self.at)

    @invariant()
    def every_identity_holds(self):
        assert check_figures() == []
        for model in (Batch, CountyAllocation):
            assert not model.objects.filter(is_overallocated=False, allocated_yuan__gt=F("amount_yuan")).exists()


def trend_ends_where_the_pace_stands():
    """Every point of the trend is the pace of its day, on both bases; unstated is None in both."""
    cutoffs = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 7, 15), date(2026, 11, 16)]
    for basis in Basis:
        points = series(year=2026, cutoffs=cutoffs, basis=basis)
        for point in points:
            total = pace(year=2026, as_of=point.as_of, basis=basis).total
            assert (point.paid_yuan, point.issued_yuan) == (total.paid_yuan, total.amounts.issued_yuan), (basis, point)


def test_any_sequence_of_acts_keeps_every_identity(world, monkeypatch):
    monkeypatch.setattr(Books, "world", world)
    run_state_machine_as_test(
        Books, settings=settings(max_examples=5, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    )


def test_the_trend_ends_where_the_pace_stands(world, monkeypatch):
    """After changes dated back, too: the amounts of a day are those of that day on both ways."""
    monkeypatch.setattr(Books, "world", world)
    books = Books()
    try:
        for number in range(4):
            books.allocate(number=number, amount=Decimal("100.00"), day=date(2026, 1, 10 + number))
            books.arrange(number=number, amount=Decimal(60), day=date(2026, 2, 1))
        books.share(number=0, amount=Decimal(80), day=date(2026, 3, 31))
        books.transfer(number=1, amount=Decimal(30), day=date(2026, 4, 1))
        books.transfer_project(number=0, amount=Decimal(10), day=date(2026, 7, 15))
        books.voucher(number=0, amount=Decimal(12), day=date(2026, 4, 1), kind="pay", is_matched=True)
        books.state(number=0, amount=Decimal(11), day=date(2026, 4, 1))
        assert FundEvent.objects.count() == 3
        trend_ends_where_the_pace_stands()
    finally:
        books.teardown()


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


def test_a_gap_between_dated_changes_is_found_with_its_row(world, allocation, triggers_lifted):
    share = allocation.county_allocation
    Batch.objects.update(amount_yuan=Decimal(1000))
    adjust_share(county_allocation=share, amount_yuan=Decimal(150), document_no="调", by=world.office, at=world.at())
    adjust_share(county_allocation=share, amount_yuan=Decimal(140), document_no="调", by=world.office, at=world.at())
    assert check_figures() == []
    with triggers_lifted():
        FundChange.objects.filter(after_yuan=Decimal(150)).update(after_yuan=Decimal("150.01"))
        found = check_figures()
        assert [p.code for p in found] == ["change_gap"]
        assert "变动前金额 150.00 元，上一次变动后是 150.01 元" in found[0].message
        FundEvent.objects.filter(kind="increase").update(amount_yuan=Decimal(51))
        assert codes() == ["change_gap", "event_total"]
    CountyAllocation.objects.update(amount_yuan=Decimal("140.01"))
    assert "change_total" in codes()


def test_changes_are_facts_that_the_database_keeps(world, allocation):
    adjust(allocation=allocation, amount_yuan=Decimal(90), reason="招标结余", document_no="呼财农〔2026〕1号", by=world.huma_clerk, at=world.at())
    for rows in (FundEvent.objects.all(), FundChange.objects.all()):
        for act in (lambda rows=rows: rows.update(amount_yuan=Decimal(1)), lambda rows=rows: rows.all()._raw_delete(rows.db)):
            with pytest.raises((IntegrityError, InternalError, OperationalError, ProgrammingError), match="append-only"), transaction.atomic():
                act()


def test_a_part_one_fen_off_is_found(world, allocation):
    voucher = record_voucher(
        unit=world.huma, kind="pay", amount_yuan=Decimal(5), paid_on=date(2026, 6, 1), voucher_no="1", by=world.finance, at=world.at()
    )
    parts = split(voucher=voucher, parts=[Part(allocation, Decimal(3)), Part(None, Decimal(2))], by=world.finance, at=world.at())
    assert check_figures() == []
    Voucher.objects.filter(pk=parts[0].pk).update(amount_yuan=Decimal("3.01"))
    found = check_figures()
    assert [p.code for p in found] == ["split_total", "voucher_paths"]
    assert f"支付凭证 {voucher.pk}" in found[0].row_label

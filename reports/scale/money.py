"""Fund documents, shares, arrangements and vouchers of the scale data. Running totals are sums of what is written below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from funds.models import Allocation, Batch, CountyAllocation, Level, PaymentNature, Voucher, VoucherChannel, VoucherKind
from linkage.models import Region
from linkage.periods import moment, shift
from projects.models import Project

from .course import SHARES, Course

LEVELS = (Level.CENTRAL, Level.PROVINCIAL)
Courses = dict[int, Course]  # project id → its course
RESERVE = Decimal("1.05")  # a county receives a little more than it has arranged so far


def fund(projects: Sequence[Project], courses: Courses, region: Region, first: date) -> list[Allocation]:
    """One document per year, task and level, shares per county, one or two allocations per project; all decided before `first`."""
    arranged: dict[tuple, Decimal] = defaultdict(Decimal)
    for project in projects:
        for level, amount in zip(LEVELS, courses[project.pk].amounts, strict=False):
            arranged[project.project_year, project.task_id, level, project.unit_id] += amount
    given = {key: amount * RESERVE for key, amount in arranged.items()}
    totals: dict[tuple, Decimal] = defaultdict(Decimal)
    for (year, task, level, _), amount in given.items():
        totals[year, task, level] += amount
    batches = {
        key: Batch(
            level=key[2], task_id=key[1], fund_year=key[0], document_no=f"规模〔{key[0]}〕{number}号", region=region,
            amount_yuan=total, allocated_yuan=total, issued_on=shift(first, days=-60), received_on=shift(first, days=-50),
        )
        for number, (key, total) in enumerate(sorted(totals.items()), 1)
    }  # fmt: skip
    Batch.objects.bulk_create(batches.values())
    shares = {
        key: CountyAllocation(
            batch=batches[key[:3]], unit_id=key[3], amount_yuan=amount, allocated_yuan=arranged[key], issued_on=shift(first, days=-40),
        )
        for key, amount in given.items()
    }  # fmt: skip
    CountyAllocation.objects.bulk_create(shares.values(), batch_size=1000)
    return Allocation.objects.bulk_create(
        [
            Allocation(
                county_allocation=shares[project.project_year, project.task_id, level, project.unit_id], project=project, amount_yuan=amount,
                decided_on=shift(first, days=-20),
            )
            for project in projects for level, amount in zip(LEVELS, courses[project.pk].amounts, strict=False)
        ],
        batch_size=2000,
    )  # fmt: skip


def pay(allocations: Sequence[Allocation], courses: Courses, until: date) -> int:
    """The vouchers of every payment up to a day; gives how many."""
    return len(Voucher.objects.bulk_create(_vouchers(allocations, courses, until), batch_size=2000))


def _vouchers(allocations: Sequence[Allocation], courses: Courses, until: date) -> Iterator[Voucher]:
    for allocation in allocations:
        course = courses[allocation.project_id]
        for number, (share, on) in enumerate(zip(SHARES, course.paydays, strict=True), 1):
            if on <= until:
                yield Voucher(
                    unit_id=allocation.project.unit_id, project=allocation.project, allocation=allocation, kind=VoucherKind.PAY,
                    nature=PaymentNature.ADVANCE if number == 1 else PaymentNature.PROGRESS, amount_yuan=allocation.amount_yuan * share,
                    paid_on=on, known_at=moment(on, 18), voucher_no=f"PZ{allocation.pk:07d}{number}", channel=VoucherChannel.TREASURY,
                    key=f"PZ{allocation.pk:07d}{number}", payee_masked="兴安建筑工程有限公司", purpose=allocation.project.name,
                )  # fmt: skip

"""开工率, 完工率, 验收率 by hand (features 4.3)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.figures.rates import rates
from projects.models import Method, Project, Stage

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 16)


def of(world, **values):
    return world.project(world.huma, f"项目{Project.objects.count()}", **values)


def test_nothing_to_divide_by_is_no_number(world):
    found = rates(Project.objects.all(), as_of=DAY)
    assert (found.projects, found.started.ratio, found.accepted.words) == (0, None, "—")


def test_rates_with_numerator_and_denominator(world):
    of(world, stage=Stage.PLANNED)
    of(world, stage=Stage.STARTED, started_on=date(2026, 5, 1))
    of(world, stage=Stage.FINISHED, started_on=date(2026, 5, 1), finished_on=date(2026, 9, 1))
    of(world, stage=Stage.ACCEPTED, started_on=date(2026, 5, 1), finished_on=date(2026, 8, 1), accepted_on=date(2026, 9, 1))
    found = rates(Project.objects.all(), as_of=DAY)
    assert (found.counted, found.planned_investment_yuan) == (4, Decimal(4_000_000))
    assert (found.started.numerator, found.started.denominator, found.started.words, found.not_started) == (3, 4, "75.0%", 1)
    assert (found.finished.numerator, found.finished.denominator, found.finished.words) == (2, 4, "50.0%")
    assert (found.accepted.numerator, found.accepted.denominator, found.accepted.words) == (1, 2, "50.0%")


def test_management_fee_library_and_removed_projects_are_not_counted(world):
    of(world, stage=Stage.STARTED, started_on=date(2026, 5, 1))
    of(world, method=Method.FEE)
    of(world, stage=Stage.ADMITTED)
    of(world, stage=Stage.REMOVED)
    found = rates(Project.objects.all(), as_of=DAY)
    assert (found.projects, found.counted, found.started.words) == (4, 1, "100.0%")


def test_acceptance_is_asked_only_where_the_method_knows_it(world):
    of(world, method=Method.SUBSIDY, stage=Stage.FINISHED)
    of(world, stage=Stage.ACCEPTED, finished_on=date(2026, 8, 1), accepted_on=date(2026, 9, 1))
    found = rates(Project.objects.all(), as_of=DAY)
    assert (found.finished.numerator, found.accepted.numerator, found.accepted.denominator) == (2, 1, 1)


def test_what_happened_after_the_day_does_not_count(world):
    of(world, stage=Stage.FINISHED, started_on=date(2026, 5, 1), finished_on=date(2026, 11, 17))
    assert rates(Project.objects.all(), as_of=DAY).finished.numerator == 0
    assert rates(Project.objects.all(), as_of=date(2026, 11, 17)).finished.numerator == 1

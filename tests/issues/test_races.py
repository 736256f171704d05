"""Two people at once at one issue: one goes on, the other is told (PostgreSQL, real connections)."""

from functools import partial

import pytest

from issues.actions import ledger
from issues.models import Issue
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def closing(world):
    issue = ledger.raise_issue(unit=world.huma, title="用地", by=world.huma_chief, at=world.at())
    issue = ledger.accept(issue=issue, by=world.huma_clerk, measures="补报", responsible="李明", at=world.at())
    return ledger.request_closure(issue=issue, by=world.huma_clerk, result="已办", at=world.at())


def fresh(issue):
    return Issue.objects.select_related("unit__parent", "rectified_by", "raised_by").get(pk=issue.pk)


def test_two_closers(world, closing):
    acts = [partial(ledger.close, issue=fresh(closing), by=by, at=world.at()) for by in (world.huma_chief, world.office)]
    assert together(*acts) == ["done", "wrong_state"]
    assert closing.transitions.filter(name="close").count() == 1


def test_one_closes_while_another_returns(world, closing):
    first, second = fresh(closing), fresh(closing)
    found = together(
        lambda: ledger.close(issue=first, by=world.huma_chief, at=world.at()),
        lambda: ledger.return_(issue=second, by=world.office, reason="未附批复", at=world.at()),
    )
    assert found == ["done", "wrong_state"]


def test_two_acceptances(world):
    issue = ledger.raise_issue(unit=world.huma, title="用地", by=world.huma_chief, at=world.at(), lead=world.huma_land_bureau)
    acts = [
        partial(ledger.accept, issue=fresh(issue), by=by, measures="补报", responsible="李明", at=world.at())
        for by in (world.huma_clerk, world.huma_land)
    ]
    assert together(*acts) == ["done", "wrong_state"]

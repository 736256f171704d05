"""Two people at once at one 提请协调: one goes on, the other is told (PostgreSQL, real connections)."""

import pytest

from projects.actions import help_request as acts
from projects.actions.help_hints import hint_escalations
from projects.models import HelpRequest
from tests.projects.helping import help_world
from tests.projects.test_help_requests import ask
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def w(world):
    help_world(world)
    world.store = world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)
    return world


def of(row):
    return HelpRequest.objects.select_related("unit__parent", "project", "holder__region", "matter").get(pk=row.pk)


def test_two_persons_sign_for_one_request(w):
    row = ask(w, by=w.huma_clerk, text="村民不同意")  # before the prefecture's office, where two may sign
    first, second = of(row), of(row)
    found = together(
        lambda: acts.sign(request=first, by=w.office, at=w.at(16, 10)), lambda: acts.sign(request=second, by=w.office2, at=w.at(16, 10))
    )  # fmt: skip
    assert found == ["done", "wrong_state"]
    assert row.transitions.filter(name="sign").count() == 1
    assert of(row).signed_by == row.transitions.get(name="sign").by


def test_a_hop_and_another_hop_at_once_are_one(w):
    """The state stays 待签收 either way: the revision keeps them apart."""
    row = ask(w)
    first, second = of(row), of(row)
    found = together(
        lambda: acts.forward(request=first, to=w.ndrc_bureau, reason="可研在先", by=w.huma_land, at=w.at(16, 10)),
        lambda: acts.forward(request=second, to=w.water_bureau, reason="水保在先", by=w.huma_land, at=w.at(16, 10)),
    )
    assert found == ["done", "stale_revision"]
    assert (of(row).transfers, row.transitions.filter(name="forward").count()) == (1, 1)


def test_numbers_of_requests_at_once_differ(w):
    assert together(lambda: ask(w), lambda: ask(w)) == ["done", "done"]
    assert sorted(HelpRequest.objects.values_list("code", flat=True)) == ["HM-XT-2026-0001", "HM-XT-2026-0002"]


def test_two_ticks_hint_once(w):
    ask(w)
    told = []
    together(*[lambda: told.append(hint_escalations(at=w.at(18, 9)))] * 2)
    assert sorted(told) == [0, 1]

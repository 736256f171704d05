"""Two people at once at one procedure: one goes on, the other is told (PostgreSQL, real connections)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions.checklist import sync_checklists
from projects.actions.procedure import confirm_records, record_step
from projects.models import Procedure
from projects.states import procedures as states
from tests.projects.procedures import catalogue, procedure
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def row(world):
    catalogue(world)
    store = world.project(world.huma, "冷链仓储", planned_investment_yuan=Decimal("1200000"))
    sync_checklists([store], at=world.at(2))
    return procedure(store, "land-preview")


def test_body_and_county_record_the_same_step_at_once(world, row):
    def act(by):
        mine = Procedure.objects.select_related("project__unit", "kind", "handler").get(pk=row.pk)
        return lambda: record_step(procedure=mine, transition=states.APPLY, on=date(2026, 11, 9), by=by, at=world.at(), revision=0)

    found = together(act(world.huma_clerk), act(world.huma_land))
    assert found in (["done", "wrong_state"], ["done", "stale_revision"])
    assert row.transitions.count() == 1


def test_a_confirmation_and_a_further_record_at_once(world, row):
    """Whoever comes second is told; nothing that the body has not seen is confirmed."""
    for name, day in (("apply", 2), ("accept", 3)):
        record_step(procedure=row, transition=states.TRANSITIONS[name], on=date(2026, 11, day), by=world.huma_clerk, at=world.at())

    def mine():
        return Procedure.objects.select_related("project__unit", "kind", "handler").get(pk=row.pk)

    seen = row.revision
    first, second = mine(), mine()
    found = together(
        lambda: confirm_records(procedure=first, by=world.huma_land, revision=seen, at=world.at()),
        lambda: record_step(procedure=second, transition=states.GRANT, on=date(2026, 11, 9), document="1号", by=world.huma_clerk, at=world.at(), revision=seen),
    )
    assert found == ["done", "stale_revision"]
    row.refresh_from_db()
    assert (row.state == "granted") == row.transitions.filter(confirmation="waiting").exists()


def test_the_list_made_twice_at_once_is_made_once(world, row):
    yard = world.project(world.huma, "晒场")
    assert together(*[lambda: sync_checklists([yard], at=world.at())] * 2) == ["done", "done"]
    codes = list(yard.procedures.values_list("kind__code", flat=True))
    assert len(codes) == len(set(codes)) == 7

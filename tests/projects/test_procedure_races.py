"""Two people at once at one procedure: one goes on, the other is told (PostgreSQL, real connections)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions.catalogue import save_kind
from projects.actions.catalogue_reach import apply_to_lists
from projects.actions.checklist import answer_traits, sync_checklists
from projects.actions.handover import hand_over, hand_over_all
from projects.actions.procedure import confirm_records, record_step
from projects.figures.catalogue_reach import reach
from projects.models import Procedure, ProcedureKind
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


def mine(row) -> Procedure:
    return Procedure.objects.select_related("project__unit", "kind", "handler").get(pk=row.pk)


def applied(world, row):
    record_step(procedure=row, transition=states.APPLY, on=date(2026, 11, 2), by=world.huma_clerk, at=world.at())
    return row


def test_handing_over_and_a_step_at_once(world, row):
    """The body accepts while the county hands the matter to another: one of both, never the step of a body that holds it no more."""
    applied(world, row)
    first, second = mine(row), mine(row)
    found = together(
        lambda: record_step(procedure=first, transition=states.ACCEPT, on=date(2026, 11, 9), by=world.huma_land, at=world.at(), revision=1),
        lambda: hand_over(procedure=second, to=world.land_bureau, on=date(2026, 11, 9), reason="错投", by=world.huma_clerk, revision=1, at=world.at()),
    )
    assert found in (["done", "stale_revision"], ["done", "wrong_state"])
    row.refresh_from_db()
    assert (row.revision, row.transitions.count()) == (2, 2)
    assert (row.state == "accepted") != (row.handler == world.land_bureau)


def test_two_hand_over_the_same_several_at_once(world, row):
    """Both take them in one order: one has them all, nothing is half handed over, nobody waits for the other for ever."""
    permit = applied(world, procedure(row.project, "permit"))
    applied(world, row)
    seen = {permit.pk: 1, row.pk: 1}
    acts = [
        lambda to=to: hand_over_all(seen=seen, to=to, on=date(2026, 11, 9), reason="机构撤并", by=world.office, at=world.at())
        for to in (world.ndrc_bureau, world.water_bureau)
    ]
    assert together(*acts) == ["done", "stale_revision"]
    assert len(set(Procedure.objects.filter(pk__in=seen).values_list("handler_id", flat=True))) == 1


def test_a_step_and_leaving_the_list_at_once(world, row):
    """The county answers that no land is taken while the body's matter is applied for: no history is deleted."""
    first = mine(row)
    found = together(
        lambda: record_step(procedure=first, transition=states.APPLY, on=date(2026, 11, 9), by=world.huma_clerk, at=world.at(), revision=0),
        lambda: answer_traits(project=row.project, answers={"land": False}, by=world.huma_clerk, at=world.at()),
    )
    left = Procedure.objects.filter(pk=row.pk).first()
    if left is None:
        assert found == ["done", "wrong_state"]
    else:
        assert (found, left.state, left.is_applicable, left.transitions.count()) == (["done", "done"], "applied", False, 1)


def test_the_list_made_and_the_catalogue_applied_at_once(world, row):
    """The same new matter comes to the list from two sides: once."""
    values = {"name": "消防设计审查", "matter": row.kind.matter, "nature": "approval", "methods": ["works"]}
    kind = save_kind(kind=None, code="fire", values=values, prerequisites=[], by=world.office_head)
    mark = reach(kind).mark
    found = together(
        lambda: apply_to_lists(kind=ProcedureKind.objects.get(pk=kind.pk), mark=mark, by=world.office_head, at=world.at()),
        lambda: sync_checklists([row.project], at=world.at()),
    )
    assert found in (["done", "done"], ["done", "stale_revision"])
    assert Procedure.objects.filter(kind=kind, project=row.project).count() == 1


def test_the_catalogue_applied_and_an_application_at_once(world, row):
    """What is applied for at the moment it leaves the list is kept with its record, or the list was changed first and says so."""
    kind = ProcedureKind.objects.get(code="land-preview")
    kind = save_kind(kind=kind, values={"methods": ["training"]}, prerequisites=[], by=world.office_head, revision=kind.revision)
    mark, first = reach(kind).mark, mine(row)
    found = together(
        lambda: apply_to_lists(kind=ProcedureKind.objects.get(pk=kind.pk), mark=mark, by=world.office_head, at=world.at()),
        lambda: record_step(procedure=first, transition=states.APPLY, on=date(2026, 11, 9), by=world.huma_clerk, at=world.at(), revision=0),
    )
    assert found in (["done", "stale_revision"], ["done", "wrong_state"])
    left = Procedure.objects.filter(pk=row.pk).first()
    assert left is None or (left.state, left.is_applicable) == ("applied", True)

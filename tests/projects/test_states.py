"""The rail of stages by 实施方式 and what a signed statement proves (features 2.1, 2.2)."""

from datetime import date
from types import SimpleNamespace

import pytest

from projects import states
from projects.models import Method, Stage

NO_FACTS = {
    "started_on": None, "finished_on": None, "accepted_on": None, "contract_signed_on": None, "installed_on": None, "publicised_on": None,
    "households_declared": None, "households_paid": None, "batches_done": None,
}  # fmt: skip
DAY = date(2026, 6, 1)


def facts(**given):
    return SimpleNamespace(**(NO_FACTS | given))


def test_every_method_has_a_rail_and_proofs_within_it():
    assert set(states.RAILS) == set(Method.values) == set(states.PROOFS)
    for method, proofs in states.PROOFS.items():
        assert set(proofs) <= set(states.rail(method))


def test_the_table_knows_every_stage():
    assert {*states.ORDER, states.REMOVED} == set(Stage.values)
    assert list(states.ORDER) == [stage for stage in Stage.values if stage != Stage.REMOVED]


def test_works_go_through_all_stages_in_order():
    stages, stage = [Stage.PROPOSED.value], Stage.PROPOSED.value
    while move := states.next_move(Method.WORKS, stage):
        assert stage in move.sources
        stage = move.target
        stages.append(stage)
    assert stages == [
        "proposed", "screened", "appraised", "admitted", "planned", "preparing", "started", "finished", "accepted", "handed_over",
    ]  # fmt: skip


@pytest.mark.parametrize("method", Method.values)
def test_each_rail_can_be_walked_to_its_end(method):
    stage = states.PROPOSED
    while move := states.next_move(method, stage):
        assert stage in move.sources
        stage = move.target
    assert stage == states.rail(method)[-1]


def test_subsidies_know_neither_preparation_nor_acceptance():
    assert "preparing" not in states.rail(Method.SUBSIDY)
    assert "accepted" not in states.rail(Method.SUBSIDY)


def test_management_fee_ends_with_the_plan():
    assert states.next_move(Method.FEE, Stage.PLANNED) is None


def test_a_removed_project_has_no_next_stage():
    assert states.next_move(Method.WORKS, Stage.REMOVED) is None


@pytest.mark.parametrize(
    ("method", "given", "stage"),
    [
        (Method.WORKS, {"started_on": DAY}, "started"),
        (Method.WORKS, {"started_on": DAY, "finished_on": DAY}, "finished"),
        (Method.PURCHASE, {"contract_signed_on": DAY}, "started"),
        (Method.PURCHASE, {"contract_signed_on": DAY, "installed_on": DAY, "accepted_on": DAY}, "accepted"),
        (Method.GRANT, {"households_declared": 40, "households_paid": 39}, "started"),
        (Method.GRANT, {"households_declared": 40, "households_paid": 40}, "finished"),
        (Method.SUBSIDY, {"batches_done": 1}, "started"),
        (Method.EQUITY, {"contract_signed_on": DAY}, "started"),
    ],
)
def test_facts_carry_a_planned_project_forward(method, given, stage):
    assert states.proven_stage(method, "planned", facts(**given)) == stage


def test_payment_without_declared_households_proves_nothing():
    assert states.proven_stage(Method.GRANT, "planned", facts(households_paid=12)) == "planned"


def test_a_project_not_yet_planned_is_not_carried_along():
    assert states.proven_stage(Method.WORKS, "admitted", facts(started_on=DAY)) == "admitted"


def test_a_handed_over_or_removed_project_stays():
    assert states.proven_stage(Method.WORKS, "handed_over", facts(started_on=DAY)) == "handed_over"
    assert states.proven_stage(Method.WORKS, "removed", facts(started_on=DAY)) == "removed"


def test_a_correction_takes_the_proof_of_its_stage_away():
    assert states.proven_stage(Method.WORKS, "finished", facts(started_on=DAY)) == "started"
    assert states.proven_stage(Method.WORKS, "started", facts()) == "preparing"
    assert states.proven_stage(Method.TRAINING, "started", facts()) == "planned"


def test_a_stage_reached_by_a_document_is_not_taken_away():
    """办结 of a subsidy is confirmed with a document; the statement knows batches only."""
    assert states.proven_stage(Method.SUBSIDY, "finished", facts(batches_done=3)) == "finished"


def test_management_fee_is_never_started_by_a_statement():
    assert states.proven_stage(Method.FEE, "planned", facts(started_on=DAY)) == "planned"

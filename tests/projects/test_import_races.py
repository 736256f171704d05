"""Two people, or one in two windows, at once at imports: one goes on, the other is told (PostgreSQL, real connections)."""

from decimal import Decimal

import pytest

from linkage.imports import engine
from linkage.models import AuditEvent, ImportTrace, Job, JobState
from projects.actions.project import update_project
from projects.models import Project
from tests.projects.test_import import row, submit
from tests.projects.test_import_tables import answered, load, table, upload
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TOLD = {"wrong_state", "stale_revision"}


def mine(job):
    """The job as another window has read it."""
    return Job.objects.select_related("source_file").get(pk=job.pk)


def confirming(job, world, **more):
    own = mine(job)
    return lambda: engine.confirm(own, by=world.huma_clerk, **more)


def one_of_two(outcomes):
    return outcomes.count("done") == 1 and set(outcomes) - {"done"} <= TOLD


def test_one_preview_confirmed_twice_at_once_is_written_once(world):
    job = submit(world, row(), row(name="机井建设"))
    assert one_of_two(together(confirming(job, world), confirming(job, world)))
    assert (mine(job).state, Project.objects.count(), ImportTrace.objects.count()) == (JobState.DONE, 2, 1)
    assert AuditEvent.objects.filter(verb="登记项目").count() == 2


def test_one_table_in_two_imports_confirmed_at_once_is_written_once(world):
    jobs = [submit(world, row(), row(name="机井建设")) for _ in range(2)]
    together(*(confirming(job, world) for job in jobs))
    states = sorted(mine(job).state for job in jobs)
    assert states in ([JobState.DONE, JobState.FAILED], [JobState.CHECKED, JobState.DONE]), "failed while writing, or back to the person"
    assert (Project.objects.count(), ImportTrace.objects.count()) == (2, 1)


def test_what_is_confirmed_is_what_was_seen_even_while_a_row_is_decided_about(world):
    load(world, (1, "桦树村道路硬化项目", "", "", 80))
    job = answered(upload(world.huma_clerk, table((1, "桦树村道路硬化", "", "", 80), (2, "机井建设", "", "", 5))), world.huma_clerk)
    suspect, own = job.rows.get(verdict="suspect").pk, mine(job)
    deciding = lambda: engine.decide(own, by=world.huma_clerk, wanted=True, row=suspect)  # noqa: E731
    assert one_of_two(together(confirming(job, world, seen=engine.staging_mark(job)), deciding))
    written = mine(job).state == JobState.DONE
    assert set(Project.objects.values_list("name", flat=True)) == {"桦树村道路硬化项目", *(["机井建设"] if written else [])}
    assert job.rows.get(pk=suspect).wanted is not written


def test_taking_back_while_somebody_changes_the_project_by_hand(world):
    job = load(world, (1, "冷库建设", "", "", 80))
    project = Project.objects.get()
    changing = lambda: update_project(  # noqa: E731
        project=project, changes={"planned_investment_yuan": Decimal(900_000)}, revision=0, by=world.huma_clerk
    )
    own = mine(job)
    outcomes = together(changing, lambda: engine.undo(own, by=world.huma_clerk))
    assert outcomes.count("done") == 1
    changed = Project.objects.filter(planned_investment_yuan=900_000).exists()
    assert Project.objects.exists() == changed, "taken back whole, or changed and standing"
    assert (ImportTrace.objects.get().undone_at is None) == changed

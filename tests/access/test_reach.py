"""`access.may(user, permission, object)` for seats that read little: the object itself must lead to them.

A department without a task of its own reaches what it holds or leads, an implementer what it carries out: that an object
lies in the region of the seat is not enough, whoever fetched it and how.
"""

from datetime import date
from decimal import Decimal

import pytest

from issues.actions.ledger import raise_issue
from issues.models import Issue
from linkage.access import grants_of, may
from linkage.models import Function, OrganisationFunction
from projects.actions.progress import post_progress
from projects.models import Project
from tests.world import SINCE

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(world):
    return world.project(world.huma, "冷链仓储")


def issue_of(world, project=None, **values):
    return Issue.objects.create(
        code=f"HM-WT-2026-{Issue.objects.count() + 1:04d}", title="用地", unit=world.huma, project=project, origin="weekly",
        task=project.task if project else None, raised_on=date(2026, 11, 2), due_on=date(2026, 11, 30), created_at=world.at(2), **values,
    )  # fmt: skip


def hold(world, project, holder):
    """The unit's signed statement names this body as 承办单位."""
    post_progress(
        rows={project.pk: {"holder_id": holder.pk, "physical_ratio": Decimal("0.2000")}}, as_of=date(2026, 11, 12),
        statement="weekly/2026-W46/huma", version=1, by=world.huma_chief, at=world.at(13),
    )  # fmt: skip


@pytest.mark.parametrize("person", ["land", "huma_land"])
def test_a_cooperating_department_reaches_a_project_only_once_it_holds_it(world, project, person):
    user = getattr(world, person)
    assert not may(user, "issue.raise", project)
    assert not may(user, "issue.note", issue_of(world, project))
    hold(world, project, world.huma_land_bureau if person == "huma_land" else world.land_bureau)
    assert may(user, "issue.raise", project)
    assert may(user, "issue.note", issue_of(world, project))


def test_a_cooperating_department_reaches_an_issue_it_leads(world, project):
    issue = issue_of(world, project, lead=world.land_bureau)
    assert may(world.land, "issue.rectify", issue)
    assert not may(world.water, "issue.rectify", issue)


def test_an_issue_without_a_project_is_not_everybody_s(world):
    issue = issue_of(world)
    assert not may(world.land, "issue.rectify", issue)
    assert not may(world.huma_land, "issue.rectify", issue)
    assert not may(world.huma_implementer, "issue.rectify", issue)
    assert may(world.huma_clerk, "issue.rectify", issue)


def test_an_implementer_reaches_its_own_projects(world, project):
    issue = issue_of(world, project)
    assert not may(world.huma_implementer, "issue.rectify", issue)
    Project.objects.filter(pk=project.pk).update(implementer=world.huma_implementer_bureau)
    assert may(world.huma_implementer, "issue.rectify", Issue.objects.get(pk=issue.pk))


def test_a_lead_department_also_reaches_what_it_holds_beyond_its_tasks(world):
    village = world.project(world.huma, "民族村寨", task=world.tasks["ethnic"])
    assert not may(world.huma_agri, "issue.raise", village)
    hold(world, village, world.huma_agri_bureau)
    assert may(world.huma_agri, "issue.raise", village)


def test_what_the_neighbour_holds_is_still_the_neighbour_s(world):
    foreign = world.project(world.mohe, "晒场")
    Project.objects.filter(pk=foreign.pk).update(implementer=world.huma_implementer_bureau)
    foreign.refresh_from_db()
    assert not may(world.huma_implementer, "issue.rectify", foreign)
    hold(world, foreign, world.huma_land_bureau)
    assert not may(world.huma_land, "issue.raise", foreign)


def test_a_function_that_sees_everything_reaches_everything(world, project):
    OrganisationFunction.objects.create(organisation=world.huma_land_bureau, function=Function.FINANCE, since=SINCE)
    assert may(world.huma_land, "issue.raise", project)


def test_nobody_raises_an_issue_on_a_project_the_body_has_nothing_to_do_with(world, project):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        raise_issue(unit=world.huma, title="未批先建", project=project, by=world.land)
    assert not Issue.objects.exists()


def test_reaching_costs_no_query_for_those_who_see_all_or_lead(world, project, django_assert_num_queries):
    assert grants_of(world.huma_clerk) and grants_of(world.huma_agri)
    with django_assert_num_queries(0):
        assert may(world.huma_clerk, "issue.raise", project)
        assert may(world.huma_agri, "issue.raise", project)

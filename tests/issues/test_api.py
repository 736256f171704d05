"""`/api/v1/issues/`: rows in sight; raising and moving through the same actions as the pages."""

import pytest

from issues.models import Issue

pytestmark = pytest.mark.django_db


def call(world, person, address, **body):
    return world.client(getattr(world, person)).post(f"/api/v1/issues/{address}", body, content_type="application/json")


def raised(world, person="huma_chief", **body):
    response = call(world, person, "", **({"unit": "huma", "title": "用地手续未办结", "origin": "weekly"} | body))
    assert response.status_code == 201, response.json()
    return response.json()


def test_the_whole_way(world):
    issue = raised(world)
    assert (issue["code"], issue["state"], issue["due_on"]) == ("HM-WT-2026-0001", "assigned", "2026-12-14")
    at = f"{issue['id']}/"
    issue = call(world, "huma_clerk", f"{at}accept/", revision=issue["revision"], measures="补报", responsible="李明").json()
    issue = call(world, "huma_clerk", f"{at}notes/", text="材料已报").json()
    issue = call(world, "huma_clerk", f"{at}request-closure/", revision=issue["revision"], result="已批复").json()
    issue = call(world, "huma_chief", f"{at}return/", revision=issue["revision"], reason="未附批复").json()
    issue = call(world, "huma_clerk", f"{at}request-closure/", revision=issue["revision"], result="已附").json()
    issue = call(world, "huma_chief", f"{at}close/", revision=issue["revision"]).json()
    assert issue["state"] == "closed"


def test_out_of_sight_is_not_found(world):
    issue = raised(world)
    assert world.client(world.mohe_clerk).get(f"/api/v1/issues/{issue['id']}/").status_code == 404
    assert call(world, "mohe_clerk", f"{issue['id']}/accept/", revision=0, measures="补", responsible="李").status_code == 404


def test_in_sight_without_the_right_is_forbidden(world):
    issue = raised(world)
    assert call(world, "office", f"{issue['id']}/accept/", revision=0, measures="补", responsible="李").status_code == 403
    assert call(world, "leader", "", unit="huma", title="甲").status_code == 403
    assert call(world, "mohe_clerk", "", unit="huma", title="甲").status_code == 403


def test_wrong_state_and_stale_revision_are_conflicts(world):
    issue = raised(world)
    wrong = call(world, "huma_chief", f"{issue['id']}/close/", revision=0)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")
    stale = call(world, "huma_clerk", f"{issue['id']}/accept/", revision=7, measures="补", responsible="李明")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")


def test_a_foreign_project_cannot_be_named(world):
    project = world.project(world.mohe, "晒场")
    response = call(world, "huma_clerk", "", unit="huma", title="甲", project=project.pk)
    assert response.status_code == 400
    assert "project" in response.json()["fields"]
    assert not Issue.objects.exists()


def test_personal_numbers_are_refused(world):
    response = call(world, "huma_clerk", "", unit="huma", title="户主 232721198003041234")
    assert (response.status_code, response.json()["code"]) == (409, "personal_data")

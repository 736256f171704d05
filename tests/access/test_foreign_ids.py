"""Numbers of the neighbour's rows guessed inside fields and bodies: refused, nothing written, nothing told.

The same field with a number that does not exist is answered with the same status and the same words, so a guess teaches
nothing.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from funds.models import Allocation, Voucher
from issues.models import Issue
from linkage.models import Job, SavedView
from reports.imports.weekly import workbook
from reports.models import Remark, RowDealing
from tests.access.scene import FOREIGN
from tests.access.walking import taken_back
from tests.reports.book import Workbook

pytestmark = pytest.mark.django_db

NONE = 99_999_999
OWN_WEEK = "/weekly/2026-W47/huma/"


def post(browsers, role, path, body, as_json=False):
    kind = {"content_type": "application/json"} if as_json else {}
    return browsers.of(role).post(path, json.dumps(body) if as_json else body, **kind)


def plain(response, *numbers) -> str:
    """The answer's words without the number asked for and without what differs between any two pages."""
    text = response.content.decode()
    if "json" in response["Content-Type"]:
        text = json.dumps({k: v for k, v in response.json().items() if k not in ("csrf_token", "at", "revision")}, ensure_ascii=False)
    for number in numbers:
        text = text.replace(str(number), "#")
    return text


def both(scene, browsers, role, path, body, as_json=False):
    """The answers to the neighbour's number and to one that does not exist; `body` is (number → body, the number)."""
    made, number = body
    with taken_back():
        guess = post(browsers, role, path, made(number), as_json)
    with taken_back():
        nothing = post(browsers, role, path, made(NONE), as_json)
    return guess, nothing


def test_a_neighbour_s_row_in_the_weekly_grid(scene, browsers):
    def body(number):
        return {"edits": [{"line": number, "place": "problem", "text": "改", "base": "any"}]}

    guess, nothing = both(scene, browsers, "huma_clerk", f"{OWN_WEEK}cells/", (body, scene.their_line.pk), True)
    assert guess.json()["outcomes"][0]["verdict"] == "error"
    assert plain(guess, scene.their_line.pk, NONE) == plain(nothing, scene.their_line.pk, NONE)
    assert FOREIGN not in guess.content.decode()


def test_a_neighbour_s_money_in_the_weekly_grid(scene, browsers):
    theirs = scene.allocations["yard", "central"].pk

    def body(number):
        return {"edits": [{"line": scene.line.pk, "place": f"cell:{number}", "text": "1", "base": "any"}]}

    guess, nothing = both(scene, browsers, "huma_clerk", f"{OWN_WEEK}cells/", (body, theirs), True)
    [outcome], [other] = guess.json()["outcomes"], nothing.json()["outcomes"]
    assert (outcome["verdict"], outcome["value"], outcome["message"]) == ("error", None, other["message"])


@pytest.mark.parametrize("place", ["holder", "coordination_with"])
def test_a_neighbour_s_body_as_the_one_that_handles_a_row(scene, browsers, place):
    def body(number):
        return {"edits": [{"line": scene.line.pk, "place": place, "text": str(number), "base": "any"}]}

    guess, nothing = both(scene, browsers, "huma_clerk", f"{OWN_WEEK}cells/", (body, scene.world.mohe_land_bureau.pk), True)
    assert guess.json()["outcomes"][0]["verdict"] == nothing.json()["outcomes"][0]["verdict"] == "error"
    assert guess.json()["outcomes"][0]["message"] == nothing.json()["outcomes"][0]["message"]


def test_a_neighbour_s_issue_in_the_weekly_notes(scene, browsers):
    def body(number):
        return {"issue": number, "text": "改"}

    guess, nothing = both(scene, browsers, "huma_clerk", f"{OWN_WEEK}note/", (body, scene.their_issue.pk), True)
    assert guess.status_code == nothing.status_code == 409
    assert guess.json()["detail"] == nothing.json()["detail"]
    scene.their_note.refresh_from_db()
    assert FOREIGN in scene.their_note.text


def test_an_issue_of_another_task_is_not_a_department_s_to_report_on(scene, browsers):
    response = post(browsers, "huma_ethnic", f"{OWN_WEEK}note/", {"issue": scene.issue.pk, "text": "改"}, True)
    assert response.status_code == 409


def test_a_neighbour_s_row_behind_the_grid_and_a_neighbour_s_remark(scene, browsers):
    clerk = browsers.of("huma_clerk")
    assert clerk.get(f"{OWN_WEEK}lines/{scene.their_line.pk}/").status_code == 404
    assert browsers.of("mohe_clerk").post(f"/weekly/2026-W47/mohe/remarks/{scene.remark.pk}/", {"answer": "改"}).status_code == 404
    assert Remark.objects.get(pk=scene.remark.pk).resolved_at is None


def test_a_neighbour_s_row_forged_into_one_s_own_workbook(scene, browsers):
    """The keys lie in hidden cells of the file: they are asked about like any other number from outside."""
    def brought(number):
        book = Workbook(workbook(scene.draft, by=scene.world.huma_clerk, at=scene.at(20, 12)))
        row, base = book.row(scene.store.name), book.book["_原值"]
        at = next(cell.row for cell in base["A"] if cell.value == f"line:{scene.line.pk}")
        book.sheet.cell(row, 1).value = base.cell(at, 1).value = f"line:{number}"
        book.type(scene.store.name, problem="改")
        with taken_back():
            client = browsers.of("huma_clerk")
            answer = client.post(f"{OWN_WEEK}upload/", {"file": SimpleUploadedFile("填报表.xlsx", book.bytes())})
            page = client.get(answer["Location"])
            assert FOREIGN not in page.content.decode()
            return [error.message for error in page.context["errors"]]

    assert brought(scene.their_line.pk) == brought(NONE) != []


def test_a_workbook_somebody_else_has_uploaded(scene, browsers):
    clerk, theirs = browsers.of("huma_clerk"), scene.foreign.book.pk
    for unit in ("huma", "mohe"):
        for part in ("", "marked.xlsx"):
            assert clerk.get(f"/weekly/2026-W47/{unit}/upload/{theirs}/{part}").status_code == 404
        assert clerk.post(f"/weekly/2026-W47/{unit}/upload/{theirs}/").status_code == 404
        assert clerk.post(f"/weekly/2026-W47/{unit}/upload/{theirs}/drop/").status_code == 404


def test_rows_are_dealt_to_the_county_s_own_bodies_only(scene, browsers):
    task = scene.world.tasks["ethnic"].pk
    with taken_back():
        post(browsers, "huma_clerk", f"{OWN_WEEK}deal/", {"task": task, "organisation": scene.world.mohe_land_bureau.pk})
        assert not RowDealing.objects.filter(unit=scene.world.huma, task=task).exists()
    assert browsers.of("huma_clerk").post(f"{OWN_WEEK}remind/{scene.world.mohe_land_bureau.pk}/").status_code == 404


def test_a_remark_at_a_project_of_another_county(scene, browsers):
    body = {"revision": scene.submitted.revision, "reason": "请核对", f"remark:{scene.yard.pk}:problem": "核对"}
    with taken_back():
        scene.submitted.refresh_from_db()
        response = post(browsers, "office", "/weekly/2026-W44/huma/return/", body | {"revision": scene.submitted.revision})
        assert response.status_code == 400
        assert not Remark.objects.filter(project=scene.yard).exists()


def test_a_voucher_on_the_neighbour_s_money(scene, browsers):
    before = Voucher.objects.count()

    def body(number):
        return {"allocation": number, "kind": "pay", "amount_yuan": "1", "paid_on": "2026-11-18", "voucher_no": "G-1", "line": 1}

    guess, nothing = both(scene, browsers, "huma_finance", "/funds/vouchers/new/", (body, scene.allocations["yard", "central"].pk))
    assert guess.status_code == nothing.status_code == 422
    assert FOREIGN not in guess.content.decode()
    assert Voucher.objects.count() == before
    address = f"/funds/vouchers/new/?allocation={scene.allocations['yard', 'central'].pk}&unit=mohe"
    assert FOREIGN not in browsers.of("huma_finance").get(address).content.decode()


def test_money_for_the_neighbour_s_project(scene, browsers):
    def body(number):
        return {"project": number, "amount_yuan": "1", "decided_on": "2026-11-20"}

    path = f"/funds/shares/{scene.shares['store', 'central'].pk}/arrange/"
    guess, nothing = both(scene, browsers, "huma_clerk", path, (body, scene.yard.pk))
    assert guess.status_code == nothing.status_code == 422
    assert FOREIGN not in guess.content.decode()
    assert not Allocation.objects.filter(project=scene.yard, county_allocation=scene.shares["store", "central"]).exists()


def test_an_issue_for_the_neighbour_or_its_project(scene, browsers):
    before = Issue.objects.count()
    clerk = browsers.of("huma_clerk")
    assert clerk.get(f"/issues/new/?project={scene.yard.pk}").status_code == clerk.get(f"/issues/new/?project={NONE}").status_code == 404
    form = {"unit": scene.world.mohe.pk, "title": "甲", "origin": "other", "severity": "minor", "raised_on": "2026-11-20"}
    assert post(browsers, "huma_clerk", "/issues/new/", form).status_code == 422

    def body(number):
        return {"unit": "huma", "title": "甲", "project": number}

    guess, nothing = both(scene, browsers, "huma_clerk", "/api/v1/issues/", (body, scene.yard.pk), True)
    assert guess.status_code == nothing.status_code == 400
    assert plain(guess, scene.yard.pk, NONE) == plain(nothing, scene.yard.pk, NONE)
    assert post(browsers, "huma_clerk", "/api/v1/issues/", {"unit": "mohe", "title": "甲"}, True).status_code == 403
    assert Issue.objects.count() == before


def test_a_project_registered_for_the_neighbour_becomes_nobody_s_but_one_s_own(scene, browsers):
    body = {
        "unit": "mohe", "name": "越界", "method": "works", "task": scene.world.tasks["consolidate"].pk, "project_year": 2026,
        "planned_investment_yuan": "1", "stage": "proposed",
    }  # fmt: skip
    with taken_back():
        post(browsers, "huma_clerk", "/projects/new/", body)
        assert not type(scene.yard).objects.filter(unit=scene.world.mohe, name="越界").exists()
    with taken_back():
        edited = body | {"implementer": scene.world.mohe_land_bureau.pk, "revision": 0}
        assert post(browsers, "huma_clerk", f"/projects/{scene.idea.pk}/edit/", edited).status_code == 422


def test_jobs_files_views_and_notices_of_somebody_else(scene, browsers):
    clerk, foreign = browsers.of("huma_clerk"), scene.foreign
    for path in (
        f"/jobs/{foreign.checked.pk}/cancel/", f"/jobs/{foreign.failed.pk}/retry/", f"/imports/{foreign.checked.pk}/confirm/",
        f"/saved-views/{foreign.view.pk}/delete/", f"/api/v1/notifications/{foreign.notice.pk}/read/",
    ):  # fmt: skip
        assert clerk.post(path).status_code == 404, path
    for path in (f"/jobs/{foreign.done.pk}/", f"/jobs/{foreign.done.pk}/result/", f"/imports/{foreign.checked.pk}/", f"/inbox/{foreign.notice.pk}/open/"):
        assert clerk.get(path).status_code == 404, path
    assert Job.objects.get(pk=foreign.checked.pk).state == foreign.checked.state
    assert SavedView.objects.filter(pk=foreign.view.pk).exists()

"""转交承办单位, bodies that are gone, confirming several, and what each refusal says on the page and by API (features 1.2, 3.2)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.figures.gaps import all_gaps
from linkage.models import AuditEvent, Notification, Responsibility
from projects.actions.checklist import sync_checklists
from projects.actions.handover import hand_over, hand_over_all
from projects.actions.procedure import confirm_records, may_answer, take_back_step
from projects.figures.procedures import times
from projects.models import Procedure
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_procedures import step


@pytest.fixture
def listed(world):
    world.catalogue = catalogue(world)
    world.store = world.project(world.huma, "冷链仓储", content="冷库一座", planned_investment_yuan=Decimal("1200000"))
    world.yard = world.project(world.huma, "晒场", planned_investment_yuan=Decimal("600000"))
    sync_checklists([world.store, world.yard], at=world.at(2))
    return world


@pytest.fixture
def accepted(listed):
    """Applied for on Monday 2 November 2026, accepted on the 4th, by the county's bureau of land: promise 15, law 20 days."""
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 4)
    return row


def over(w, row, to=None, day=10, by=None, **given):
    given = {"reason": "省道沿线用地由地区局办理", "revision": row.revision} | given
    return hand_over(procedure=row, to=to or w.land_bureau, on=date(2026, 11, day), by=by or w.huma_clerk, **given)


# -- one procedure ------------------------------------------------------------------------------------------------------------


def test_each_body_is_charged_its_own_days_and_the_term_runs_on(listed, accepted):
    """2→4 Nov 2 days, 4→10 four more at the county's bureau; 10→16 four at the prefecture's. Together 10, in the term 8."""
    over(listed, accepted)
    assert (accepted.handler, accepted.state, accepted.promised_due_on) == (listed.land_bureau, "accepted", date(2026, 11, 25))
    with pytest.raises(PermissionDenied):
        step(listed, accepted, "grant", 16, document="1号", by=listed.huma_land)
    step(listed, accepted, "grant", 16, document="地自然资预审〔2026〕7号", by=listed.land)
    assert (accepted.department_days, accepted.earlier_department_days, accepted.term_days, accepted.earlier_term_days) == (10, 6, 8, 4)
    (row,) = times(Procedure.objects.all(), since=date(2026, 1, 1), until=date(2026, 11, 30))
    assert (row.handler, row.department_median, row.done, row.taken_over) == (str(listed.land_bureau), Decimal(4), 1, 1)


def test_a_term_that_was_over_when_it_came_is_not_the_new_bodys(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 8, month=10, by=listed.huma_clerk)
    step(listed, row, "accept", 9, month=10)
    over(listed, row, day=10)  # the promise of 15 days was over on 30 October
    step(listed, row, "grant", 11, document="1号", by=listed.land)
    (found,) = times(Procedure.objects.all(), since=date(2026, 1, 1), until=date(2026, 11, 30))
    assert (found.department_median, found.overdue) == (Decimal(1), 0)


def test_days_at_a_body_outside_are_apart_after_handing_over(listed, accepted):
    over(listed, accepted, to=listed.forest_group)
    step(listed, accepted, "grant", 16, document="林〔2026〕1号", by=listed.huma_clerk)
    assert (accepted.department_days, accepted.outside_days, accepted.earlier_department_days, accepted.earlier_outside_days) == (6, 4, 6, 0)


def test_both_bodies_and_the_county_are_told_and_it_is_in_the_record(listed, accepted):
    over(listed, accepted, by=listed.office)
    for person in (listed.huma_land, listed.land, listed.huma_clerk):
        assert Notification.objects.filter(user=person, body__contains="省道沿线用地由地区局办理").count() == 1
    assert AuditEvent.objects.filter(verb="转交承办单位").get().after["承办单位"] == str(listed.land_bureau)
    text = listed.client(listed.huma_clerk).get(accepted.get_absolute_url()).content.decode()
    assert f"由{listed.huma_land_bureau}转交{listed.land_bureau}" in text
    assert f"先后经手：{listed.huma_land_bureau} 6 日，{listed.land_bureau}" in text


def test_a_step_taken_back_after_handing_over_leaves_the_matter_where_it_is(listed, accepted):
    over(listed, accepted)
    take_back_step(procedure=accepted, reason="受理日录错", by=listed.land, revision=accepted.revision)
    assert (accepted.state, accepted.handler, accepted.accepted_on) == ("applied", listed.land_bureau, None)
    step(listed, accepted, "accept", 11, by=listed.land)
    assert (accepted.earlier_department_days, accepted.earlier_term_days, accepted.term_days) == (6, 0, 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": 30}, "在今天之后"), ({"day": 3}, "早于.+上一步“已受理”的日期 2026-11-04"), ({"reason": " "}, "写明转交的理由"),
        ({"to": "huma_land_bureau"}, "已由.+承办"), ({"to": "mohe_land_bureau"}, "不是.+或上级的单位"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_and_nothing_changes(listed, accepted, given, words):
    given = {name: getattr(listed, value) if name == "to" else value for name, value in given.items()}
    with pytest.raises(Refusal, match=words):
        over(listed, accepted, **given)
    accepted.refresh_from_db()
    assert (accepted.handler, accepted.revision, accepted.transitions.count()) == (listed.huma_land_bureau, 2, 2)


def test_only_what_is_under_way_changes_hands(listed):
    with pytest.raises(WrongState, match="不在办理中"):
        over(listed, procedure(listed.store, "planning"))


def test_who_may_hand_over(listed, accepted):
    for person in (listed.leader, listed.mohe_clerk, listed.huma_agri, listed.land, listed.huma_chief):
        with pytest.raises(PermissionDenied):
            over(listed, accepted, by=person)
    over(listed, accepted, by=listed.huma_land)  # it came to the wrong desk: the body itself says so
    assert accepted.handler == listed.land_bureau


# -- a body that is gone ---------------------------------------------------------------------------------------------------------


def gone(w, body):
    body.is_active = False
    body.save()


def test_nothing_moves_at_a_body_that_is_gone_and_the_words_say_what_to_do(listed, accepted):
    gone(listed, listed.huma_land_bureau)
    row = procedure(listed.store, "land-preview")
    with pytest.raises(WrongState, match="已停用（撤并），不能准予。请先在这项手续的页面转交给接手的单位"):
        step(listed, row, "grant", 10, document="1号", by=listed.huma_clerk)
    with pytest.raises(WrongState, match="请先在名录中为该事项确定现在的承办单位"):
        step(listed, procedure(listed.store, "planning"), "apply", 10, by=listed.huma_clerk)
    step(listed, row, "withdraw", 10, reason="项目调整", by=listed.huma_clerk)  # the applicant can always give up
    client, body = listed.client(listed.huma_clerk), {"transition": "apply", "on": "2026-11-10", "revision": str(row.revision)}
    refused = client.post(f"/procedures/{row.pk}/step/", body)
    assert (refused.status_code, "已停用（撤并）" in refused.content.decode()) == (409, True)
    assert client.post(f"/api/v1/procedures/{row.pk}/steps/", body, content_type="application/json").json()["code"] == "body_gone"


def test_what_a_gone_body_holds_is_a_gap_with_one_act_to_close_it(listed, accepted):
    other = procedure(listed.yard, "land-preview")
    step(listed, other, "apply", 5, by=listed.huma_clerk)
    assert not [gap for gap in all_gaps(on=date(2026, 11, 16)) if gap.code == "stranded"]
    gone(listed, listed.huma_land_bureau)
    Responsibility.objects.filter(region=listed.huma, matter__code="land").update(organisation=listed.land_bureau)
    (gap,) = [gap for gap in all_gaps(on=date(2026, 11, 16)) if gap.code == "stranded"]
    assert gap.region == listed.huma
    assert gap.title.endswith("2 项")
    client = listed.client(listed.huma_clerk)
    assert "停用单位名下还有办理中的手续" in client.get("/procedures/").content.decode()
    page = client.get("/procedures/handover/").content.decode()
    assert f'<option value="{listed.land_bureau.pk}" selected>' in page  # who answers for the matter now
    ticks = [f"{row.pk}:{row.revision}" for row in (accepted, other)]
    body, name = {"body": listed.huma_land_bureau.pk, "pick": ticks}, f"b{listed.huma_land_bureau.pk}"
    form = {f"{name}-to": listed.land_bureau.pk, f"{name}-on": "2026-11-04", f"{name}-reason": "机构撤并"}
    refused = client.post("/procedures/handover/", body | form)
    assert refused.status_code == 409
    assert "2026-11-04 早于" in refused.content.decode()
    assert not Procedure.objects.filter(handler=listed.land_bureau).exists()  # the first fitted, none went over
    assert client.post("/procedures/handover/", body | form | {f"{name}-on": "2026-11-16"}).status_code == 302
    assert set(Procedure.objects.filter(handler=listed.land_bureau).values_list("project__name", flat=True)) == {"冷链仓储", "晒场"}
    assert not [gap for gap in all_gaps(on=date(2026, 11, 16)) if gap.code == "stranded"]
    assert Notification.objects.filter(user=listed.land, title="转来2 项手续").count() == 1


def test_what_was_recorded_for_a_body_that_is_gone_is_confirmed_by_who_stands_there_now(listed, accepted):
    """代录 of a procedure that is done: the body that handles the matter now, the 审签人 or the office; never who recorded it."""
    step(listed, accepted, "grant", 10, document="呼自然资〔2026〕9号", by=listed.huma_clerk)
    w, body = listed, listed.huma_land_bureau
    body.is_active = False
    body.save()
    accepted = procedure(w.store, "land-preview")
    assert (accepted.confirmation, accepted.is_unanswered, accepted.is_stranded) == ("waiting", True, False)
    [gap] = [gap for gap in all_gaps(on=date(2026, 11, 16)) if gap.code == "unanswered"]
    assert (gap.region, gap.title) == (w.huma, "停用单位名下还有代录无人确认：呼玛县自然资源局 1 项")
    assert "代录还没有确认" in w.client(w.huma_chief).get(accepted.get_absolute_url()).content.decode()
    assert accepted.kind.name in w.client(w.huma_chief).get("/procedures/?state=unconfirmed").content.decode()
    for other in (w.huma_clerk, w.mohe_chief, w.leader, w.housing, w.land):
        with pytest.raises(PermissionDenied):
            confirm_records(procedure=accepted, by=other, revision=accepted.revision)
    Responsibility.objects.filter(region=w.huma, matter=accepted.kind.matter).update(organisation=w.land_bureau)
    assert [may_answer(person, accepted) for person in (w.land, w.office, w.huma_chief, w.huma_clerk)] == [True, True, True, False]
    response = w.client(w.huma_chief).post("/procedures/confirm/", {"pick": f"{accepted.pk}:{accepted.revision}"})
    assert response.status_code == 200
    accepted.refresh_from_db()
    assert (accepted.confirmation, accepted.handler, accepted.department_days) == ("confirmed", body, 6)
    assert "已停用" in AuditEvent.objects.get(verb="确认代录").after["承办单位"]
    with pytest.raises(PermissionDenied):  # settled: nothing more is said in its name
        confirm_records(procedure=accepted, by=w.huma_chief, revision=accepted.revision)


def test_while_under_way_it_is_handed_over_first_and_the_new_body_confirms(listed, accepted):
    row = procedure(listed.yard, "land-preview")
    for name, day in (("apply", 2), ("accept", 4)):
        step(listed, row, name, day, by=listed.huma_clerk)
    listed.huma_land_bureau.is_active = False
    listed.huma_land_bureau.save()
    row = procedure(listed.yard, "land-preview")
    with pytest.raises(PermissionDenied):
        confirm_records(procedure=row, by=listed.huma_chief, revision=row.revision)
    over(listed, row, by=listed.office)
    confirm_records(procedure=row, by=listed.land, revision=row.revision)
    assert row.confirmation == "confirmed"


def test_a_county_hands_over_its_own_alone(listed, accepted):
    gone(listed, listed.huma_land_bureau)
    assert "冷链仓储" not in listed.client(listed.mohe_clerk).get("/procedures/handover/").content.decode()
    with pytest.raises(StaleRevision):
        hand_over_all(seen={accepted.pk: accepted.revision}, to=listed.land_bureau, on=date(2026, 11, 16), reason="撤并", by=listed.mohe_clerk)


def test_the_page_of_stranded_procedures_asks_as_often_for_two_as_for_twenty(listed):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert listed.client(listed.office).get("/procedures/handover/").status_code == 200
        return len(found)

    more = [listed.project(listed.huma, f"场地{n}") for n in range(20)]
    sync_checklists(more, at=listed.at(2))
    for project in (listed.store, listed.yard):
        step(listed, procedure(project, "land-preview"), "apply", 2, by=listed.huma_clerk)
    gone(listed, listed.huma_land_bureau)
    few = queries()
    Procedure.objects.filter(project__in=more, kind__code="land-preview").update(state="applied", applied_on=date(2026, 11, 2))
    assert queries() == few


# -- confirming several at once -----------------------------------------------------------------------------------------------------


def test_ticked_records_are_confirmed_each_for_itself(listed):
    rows = [procedure(project, "land-preview") for project in (listed.store, listed.yard)]
    for row in rows:
        step(listed, row, "apply", 2, by=listed.huma_clerk)
        step(listed, row, "accept", 3, by=listed.huma_clerk)
    seen = [f"{row.pk}:{row.revision}" for row in rows]
    step(listed, rows[1], "refuse", 9, reason="不符合规划", by=listed.huma_clerk)  # more was recorded after the body had looked
    assert 'name="pick"' in listed.client(listed.huma_land).get("/procedures/").content.decode()
    assert 'name="pick"' not in listed.client(listed.huma_clerk).get("/procedures/").content.decode()
    text = listed.client(listed.huma_land).post("/procedures/confirm/", {"pick": [*seen, "x:1", "999999:0"]}).content.decode()
    assert "已确认 <b>1</b> 项" in text
    assert "<b>2</b> 项没有确认" in text
    assert "现在是“不予许可”" in text
    assert "不在您可见的范围内" in text
    assert [Procedure.objects.get(pk=row.pk).confirmation for row in rows] == ["confirmed", "waiting"]
    assert listed.client(listed.huma_land).post("/procedures/confirm/", {}).status_code == 302


# -- bad input, page and API alike ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"transition": "apply"}, "wrong_state", "现在是“已受理”，不能申请"),
        ({"transition": "grant", "on": "2026-11-03", "document": "1号"}, "day_before_previous", "早于上一步“已受理”的日期 2026-11-04"),
        ({"transition": "grant", "document": " "}, "document_needed", "准予须填写文号"),
        ({"transition": "grant", "document": "1号", "revision": "1"}, "stale_revision", "您打开页面之后“用地预审与选址意见书”已有改动，现在是“已受理”"),
    ],
)  # fmt: skip
def test_a_wrong_move_is_told_in_the_same_words_on_the_page_and_by_api(listed, accepted, given, code, words):
    body = {"on": "2026-11-10", "revision": "2", "reason": "已现场核实"} | given
    page = listed.client(listed.huma_land).post(f"/procedures/{accepted.pk}/step/", body)
    assert page.status_code == 409
    text = page.content.decode()
    assert words in text
    assert "已现场核实" in text  # what was typed is still there
    answer = listed.client(listed.huma_land).post(f"/api/v1/procedures/{accepted.pk}/steps/", body, content_type="application/json")
    assert answer.status_code in (409, 422)
    assert answer.json()["code"] == code
    assert words in answer.json()["detail"]
    accepted.refresh_from_db()
    assert (accepted.state, accepted.revision, accepted.transitions.count()) == ("accepted", 2, 2)


def test_the_second_of_two_browsers_is_told_who_was_first(listed, accepted):
    first, second = listed.client(listed.huma_land), listed.client(listed.huma_clerk)
    body = {"on": "2026-11-10", "revision": "2"}
    assert first.post(f"/procedures/{accepted.pk}/step/", body | {"transition": "grant", "document": "呼自然资〔2026〕7号"}).status_code == 302
    late = second.post(f"/procedures/{accepted.pk}/step/", body | {"transition": "ask_correction", "reason": "缺图"})
    assert (late.status_code, "现在是“准予”" in late.content.decode(), "缺图" in late.content.decode()) == (409, True, True)
    late = second.post(f"/procedures/{accepted.pk}/handover/", given := body | {"to": listed.land_bureau.pk, "reason": "划转"})
    assert (late.status_code, "不在办理中，不能转交" in late.content.decode()) == (409, True)
    answer = second.post(f"/api/v1/procedures/{accepted.pk}/hand-over/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")

"""提请协调: who is asked, the moves, the clock in working hours, and that nobody passes a problem around (1.5; 二(一), 三(二))."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage import periods, rules
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import (
    Contact,
    Function,
    Notification,
    Organisation,
    OrganisationFunction,
    Role,
    RuleVersion,
    Seat,
    User,
)
from projects.actions import help_request as acts
from projects.actions.help_hints import hint_escalations
from projects.figures.help_requests import is_overdue, split_of, times
from projects.figures.help_route import matter_told_by, route_for, ways_up
from projects.models import HelpRequest, HelpTransition, Procedure, ProcedureKind, Tier
from tests.projects.helping import help_world
from tests.world import SINCE


@pytest.fixture
def w(world):
    help_world(world)
    world.store = world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)
    return world


def ask(w, text="用地手续一直办不下来", by=None, at=None, **given):
    made = acts.raise_request(project=w.store, text=text, by=by or w.huma_implementer, at=at or w.at(16, 9), **given)
    return HelpRequest.objects.get(pk=made.pk)


def told(user, at=None):
    rows = Notification.objects.filter(user=user)
    return [row.title for row in (rows.filter(created_at=at) if at else rows).order_by("pk")]


# -- who is asked -------------------------------------------------------------------------------------------------------------


def test_the_body_for_the_matter_is_asked_and_its_terms_are_written_down(w):
    found = ask(w, matter=w.matters["land"])
    assert (found.code, found.state, found.tier, found.holder) == ("HM-XT-2026-0001", "asked", "body", w.huma_land_bureau)
    assert (found.sign_hours, found.answer_hours) == (4, 24)
    assert (found.sign_due_at, found.answer_due_at) == (w.at(16, 15), w.at(19, 15, 30))  # 2.5 + 1.5 hours; 6 + 6.5 + 6.5 + 5
    assert told(w.huma_land) == ["提请协调 HM-XT-2026-0001 待签收"]
    assert told(w.huma_implementer) == []


def test_asked_after_hours_the_clock_begins_next_morning(w):
    assert ask(w, at=w.at(20, 18)).sign_due_at == w.at(23, 14, 30)  # Friday evening → Monday 8:30, 3 hours and 1


def test_a_changed_rule_holds_for_what_is_asked_from_then_on(w):
    RuleVersion.objects.create(code="help_sign_hours", value=8, effective_from=date(2026, 11, 17), created_at=w.at(16))
    assert [ask(w).sign_hours, ask(w, at=w.at(17, 9)).sign_hours] == [4, 8]


def test_words_tell_the_matter(w):
    told_by = {
        "用地预审卡住了": "land", "施工许可办不下来": "permit", "可研批复": "proposal", "资金拨付慢": "payment", "占用林地要办手续": "forest-land",
        "村民不同意": None,
    }  # fmt: skip
    for text, code in told_by.items():
        assert matter_told_by(text, w.matters.values()) == w.matters.get(code), text


def test_without_a_matter_the_county_office_is_asked_and_sends_it_on_without_counting(w):
    found = ask(w, "村民不同意选点")
    assert (found.tier, found.holder_words) == ("county", "呼玛县专班办公室")
    acts.forward(request=found, to=w.huma_agri_bureau, reason="由农业农村局与村里协商", by=w.huma_clerk, at=w.at(16, 10))
    assert (found.tier, found.holder, found.transfers) == ("body", w.huma_agri_bureau, 0)


def test_a_county_that_asks_is_not_asked_itself(w):
    assert ask(w, "村民不同意选点", by=w.huma_clerk).holder == w.office_bureau
    ask(w)  # now the land bureau sees the project
    assert ask(w, "选址", by=w.huma_land, matter=w.matters["land"]).tier == Tier.COUNTY  # its own matter: one step up


def test_where_the_county_has_no_such_body_the_prefectures_is_asked(w):
    route = route_for(unit=w.huma, matter=w.matters["road"], on=date(2026, 11, 16))
    assert (route.body, route.why) == (w.transport_bureau, "呼玛县无此机构（由地区交通局出具）")


def test_the_named_contact_is_kept_on_the_request(w):
    Contact.objects.create(
        region=w.huma, matter=w.matters["land"], organisation=w.huma_land_bureau, post="a", user=w.huma_land, person_name="周敏", duty="股长", since=SINCE
    )
    found = ask(w, matter=w.matters["land"])
    assert (found.contact, found.contact_name) == (w.huma_land, "周敏（股长）")


def test_a_procedure_gives_project_and_matter(w):
    kind = ProcedureKind.objects.create(code="land-preview", name="用地预审", matter=w.matters["land"], nature="approval", methods=["works"])
    row = Procedure.objects.create(project=w.store, kind=kind, handler=w.huma_land_bureau, created_at=w.at(2))
    made = acts.raise_request(procedure=row, text="已超期", by=w.huma_implementer, at=w.at())
    assert (made.project, made.matter.code, made.origin, made.holder) == (w.store, "land", "procedure", w.huma_land_bureau)


# -- who may raise -----------------------------------------------------------------------------------------------------------


def test_who_may_ask_for_the_cold_store(w):
    for name in ("mohe_clerk", "leader", "auditor", "ethnic", "land", "admin", "huma_forestry"):
        with pytest.raises(PermissionDenied):
            ask(w, by=getattr(w, name))
    assert not HelpRequest.objects.exists()
    for name in ("huma_implementer", "huma_clerk", "huma_chief", "huma_agri", "office", "agri", "finance"):
        assert ask(w, by=getattr(w, name)).raised_by == getattr(w, name)


def test_an_implementer_asks_for_its_own_projects_only(w):
    yard = w.project(w.huma, "晒场")
    for place in ({"project": yard}, {"unit": w.huma}):
        with pytest.raises(PermissionDenied):
            acts.raise_request(text="资金拨付慢", by=w.huma_implementer, **place)


def test_what_is_not_taken(w):
    for given_, code in (
        ({"text": "  "}, "text_needed"), ({"text": "字" * 2001}, "text_too_long"), ({"text": "请联系13912345678"}, "personal_data"),
        ({"origin_url": "https://elsewhere.example/"}, "origin_elsewhere"), ({"origin_url": "//elsewhere"}, "origin_elsewhere"),
        ({"origin_url": "/\\elsewhere"}, "origin_elsewhere"), ({"origin_url": "/\t/elsewhere"}, "origin_elsewhere"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            ask(w, **given_)
        assert refused.value.code == code
    assert not HelpRequest.objects.exists()


def test_a_telephone_call_is_marked_and_the_implementer_answers_for_it(w):
    found = ask(w, by=w.huma_clerk, caller="兴业公司李经理")
    assert (found.is_by_phone, found.origin, found.asker_words) == (True, "phone", f"兴业公司李经理（{w.huma_clerk}代登记）")
    acts.reply(request=found, reason="已批", by=w.huma_land, at=w.at(16, 10))
    assert "已办复" in told(w.huma_implementer)[-1]
    acts.confirm(request=found, by=w.huma_implementer, at=w.at(16, 11))
    assert found.state == "resolved"


def test_a_body_that_acts_on_the_project_registers_a_call_but_does_not_ask(w):
    first = ask(w, matter=w.matters["permit"])  # the housing bureau now acts on it
    assert first.holder == w.housing_bureau
    assert ask(w, by=w.housing, caller="李经理").is_by_phone
    with pytest.raises(PermissionDenied):
        ask(w, by=w.housing)
    with pytest.raises(PermissionDenied):
        ask(w, by=w.water, caller="李经理")  # out of its sight


# -- moves -------------------------------------------------------------------------------------------------------------------


def test_signed_answered_confirmed(w):
    found = ask(w)
    acts.sign(request=found, by=w.huma_land, at=w.at(16, 11))
    assert (found.state, found.signed_by, found.signed_at) == ("signed", w.huma_land, w.at(16, 11))
    acts.reply(request=found, reason="缺勘测定界图，已补，今日出件", by=w.huma_land, at=w.at(17, 10))
    assert (found.state, found.answered_by, found.answered_at) == ("answered", w.huma_land, w.at(17, 10))
    acts.confirm(request=found, by=w.huma_implementer, at=w.at(17, 11))
    assert (found.state, found.closed_at) == ("resolved", w.at(17, 11))
    moves = [(row.name, row.minutes, row.is_late) for row in found.transitions.all()]
    assert moves == [("raise", 0, False), ("sign", 120, False), ("answer", 330, False), ("confirm", 60, False)]  # 30 + 210 + 90


def test_an_answer_without_signing_signs(w):
    found = acts.reply(request=ask(w), reason="已办结", by=w.huma_land, at=w.at(16, 10))
    assert (found.signed_by, found.signed_at) == (w.huma_land, w.at(16, 10))


def test_not_satisfied_it_goes_back_for_another_round(w):
    found = acts.reply(request=ask(w), reason="请耐心等待", by=w.huma_land, at=w.at(16, 10))
    acts.reject(request=found, reason="没有答复哪天能出件", by=w.huma_implementer, at=w.at(16, 11))
    assert (found.state, found.rounds, found.signed_by) == ("signed", 2, w.huma_land)
    assert found.answer_due_at == w.at(20, 9)  # 24 working hours from 11:00: 4, 6.5, 6.5, 6.5 and half an hour on the 20th
    acts.reply(request=found, reason="11月20日出件", by=w.huma_land, at=w.at(17, 9))
    assert found.state == "answered"


def test_only_who_is_asked_answers_and_only_who_asked_judges(w):
    found = ask(w)
    for act, more in ((acts.sign, {}), (acts.reply, {"reason": "x"}), (acts.forward, {"reason": "x", "to": w.ndrc_bureau})):
        for person in (w.huma_implementer, w.huma_agri, w.huma_clerk, w.mohe_land, w.leader, *((w.office,) if act != acts.forward else ())):
            with pytest.raises(PermissionDenied):
                act(request=found, by=person, at=w.at(16, 10), **more)
    assert (found.state, found.revision) == ("asked", 0)
    acts.reply(request=found, reason="已办", by=w.huma_land, at=w.at(16, 10))
    for act in (acts.confirm, acts.reject, acts.withdraw, acts.escalate):
        for person in (w.huma_land, w.huma_clerk, w.office, w.leader):
            with pytest.raises(PermissionDenied):
                act(request=found, by=person, reason="x", at=w.at(16, 11))


def test_a_colleague_of_the_same_body_confirms(w):
    other = User.objects.create(username="other", name="同事")
    Seat.objects.create(user=other, role=Role.IMPLEMENTER, region=w.huma, organisation=w.huma_implementer_bureau, since=SINCE)
    found = acts.reply(request=ask(w), reason="已办", by=w.huma_land, at=w.at(16, 10))
    assert acts.confirm(request=found, by=other, at=w.at(16, 11)).state == "resolved"
    by_county = acts.reply(request=ask(w, by=w.huma_clerk), reason="已办", by=w.huma_land, at=w.at(16, 10))
    assert acts.confirm(request=by_county, by=w.huma_chief, at=w.at(16, 11)).state == "resolved"


def test_closed_ones_move_no_more(w):
    found = acts.withdraw(request=ask(w), reason="已自行解决", by=w.huma_implementer, at=w.at(16, 10))
    assert (found.state, found.closed_at) == ("withdrawn", w.at(16, 10))
    with pytest.raises(WrongState, match="已撤回.*最近一步“撤回”"):
        acts.sign(request=found, by=w.huma_land, at=w.at(16, 11))


def test_moves_that_need_words_say_so(w):
    found = ask(w)
    for name, more in (("reply", {}), ("forward", {"to": w.ndrc_bureau})):
        with pytest.raises(Refusal) as refused:
            getattr(acts, name)(request=found, by=w.huma_land, reason=" ", at=w.at(16, 10), **more)
        assert refused.value.code == "reason_needed"


def test_what_has_changed_since_is_told(w):
    found = ask(w)
    stale = HelpRequest.objects.get(pk=found.pk)
    acts.sign(request=found, by=w.huma_land, at=w.at(16, 10))
    with pytest.raises(WrongState, match="办理中.*最近一步“签收”由"):
        acts.sign(request=stale, by=w.huma_land, at=w.at(16, 10))
    again = HelpRequest.objects.get(pk=found.pk)
    with pytest.raises(StaleRevision, match="您打开页面之后情况有变"):
        acts.reply(request=again, reason="已办", by=w.huma_land, revision=0, at=w.at(16, 10))


# -- 转办: nobody passes problems around ------------------------------------------------------------------------------------------


def test_a_hop_names_the_right_body_and_the_clock_begins_anew(w):
    found = acts.forward(request=ask(w), to=w.ndrc_bureau, reason="可研批复在先", by=w.huma_land, at=w.at(17, 9))
    assert (found.state, found.holder, found.transfers, found.signed_by) == ("asked", w.ndrc_bureau, 1, None)
    assert found.sign_due_at == w.at(17, 15)
    row = found.transitions.last()
    assert (row.from_body, row.to_body, row.reason, row.minutes) == (w.huma_land_bureau, w.ndrc_bureau, "可研批复在先", 390)
    assert row.is_late  # four hours were over at 15:00 the day before
    assert "待签收" in told(w.ndrc)[-1]
    assert told(w.huma_implementer)[-1] == "HM-XT-2026-0001 转由地区发展改革委办理"


def test_not_to_these(w):
    found = ask(w)
    for name in ("huma_land_bureau", "huma_implementer_bureau", "mohe_land_bureau", "office_bureau"):
        with pytest.raises(Refusal) as refused:
            acts.forward(request=found, to=getattr(w, name), reason="x", by=w.huma_land, at=w.at(16, 10))
        assert refused.value.code == ("same_body" if name == "huma_land_bureau" else "body_unfit")


def test_the_third_hop_is_the_offices(w):
    found = ask(w)
    acts.forward(request=found, to=w.ndrc_bureau, reason="可研在先", by=w.huma_land, at=w.at(16, 10))
    acts.forward(request=found, to=w.huma_land_bureau, reason="用地在先", by=w.ndrc, at=w.at(16, 11))
    assert (found.transfers, found.is_back_and_forth) == (2, True)
    assert told(w.office)[-1] == "HM-XT-2026-0001 在单位之间来回转办，已转 2 次"
    with pytest.raises(Refusal, match="已转办 2 次.*请报地区专班办公室指定") as refused:
        acts.forward(request=found, to=w.ndrc_bureau, reason="仍是可研在先", by=w.huma_land, at=w.at(16, 14))
    assert refused.value.code == "transfers_spent"
    acts.forward(request=found, to=None, reason="两家意见不一", by=w.huma_land, at=w.at(16, 14))
    assert (found.tier, found.holder, found.transfers) == ("prefecture", w.office_bureau, 3)
    acts.forward(request=found, to=w.ndrc_bureau, reason="先批可研", by=w.office, at=w.at(16, 15))
    assert (found.tier, found.holder, found.transfers) == ("body", w.ndrc_bureau, 3)
    assert found.transitions.last().is_decided
    with pytest.raises(Refusal):  # what the office decided is not passed on again
        acts.forward(request=found, to=w.huma_land_bureau, reason="x", by=w.ndrc, at=w.at(16, 16))


def test_the_office_decides_at_any_time(w):
    found = acts.sign(request=ask(w), by=w.huma_land, at=w.at(16, 10))
    acts.forward(request=found, to=w.land_bureau, reason="由地区局直接办", by=w.office, at=w.at(16, 11))
    assert (found.holder, found.transfers, found.transitions.last().is_decided) == (w.land_bureau, 0, True)
    with pytest.raises(Refusal, match="请选择由哪个单位承办"):
        acts.forward(request=found, to=None, reason="x", by=w.office, at=w.at(16, 12))


# -- 升级 ------------------------------------------------------------------------------------------------------------------------


def test_step_by_step_up_to_the_prefecture(w):
    found = ask(w)
    with pytest.raises(Refusal, match="还没有超时，请写明"):
        acts.escalate(request=found, by=w.huma_implementer, at=w.at(16, 14))
    acts.escalate(request=found, by=w.huma_implementer, at=w.at(16, 16))  # 15:00 is over
    assert (found.tier, found.state, found.escalations) == ("county", "asked", 1)
    assert [way.words for way in ways_up(found, date(2026, 11, 16))] == ["地区专班办公室", "地区农业农村局"]
    acts.escalate(request=found, by=w.huma_implementer, to=w.agri_bureau, reason="县里协调不动", at=w.at(16, 16, 30))
    assert (found.tier, found.holder) == ("body", w.agri_bureau)
    acts.escalate(request=found, by=w.huma_implementer, reason="仍未解决", at=w.at(16, 16, 40))
    assert (found.tier, found.holder, found.escalations) == ("prefecture", w.office_bureau, 3)
    with pytest.raises(Refusal, match="没有更高一级"):
        acts.escalate(request=found, by=w.huma_implementer, reason="x", at=w.at(16, 16, 50))


def test_not_up_to_anybody_else(w):
    with pytest.raises(Refusal, match="可以升级到：呼玛县专班办公室"):
        acts.escalate(request=ask(w), by=w.huma_implementer, to=w.ndrc_bureau, reason="x", at=w.at(16, 10))


def test_an_unsatisfying_answer_may_be_escalated_with_a_reason(w):
    found = acts.reply(request=ask(w), reason="等", by=w.huma_land, at=w.at(16, 10))
    acts.escalate(request=found, by=w.huma_implementer, reason="没有解决", at=w.at(16, 11))
    assert (found.tier, found.state) == ("county", "asked")


def test_after_twice_the_term_it_is_said_once(w):
    found = ask(w)
    assert found.hint_at == w.at(17, 10, 30)  # eight working hours: six on the 16th, two on the 17th
    assert hint_escalations(at=w.at(17, 10)) == 0
    assert hint_escalations(at=w.at(17, 10, 30)) == 1
    assert hint_escalations(at=w.at(17, 11)) == 0
    title = "HM-XT-2026-0001 超过时限一倍仍未签收，可以升级"
    assert told(w.huma_implementer)[-1] == told(w.huma_chief)[-1] == title
    found.refresh_from_db()
    acts.sign(request=found, by=w.huma_land, at=w.at(17, 14))
    assert (found.hinted_at, found.hint_at) == (None, w.at(25, 11, 30))  # 24 working hours after 19 November 15:30


# -- 代录 -------------------------------------------------------------------------------------------------------------------------


def test_for_a_body_without_log_ins_the_county_records(w):
    roads = Organisation.objects.create(name="呼玛县交通局", region=w.huma)
    OrganisationFunction.objects.create(organisation=roads, function=Function.TRANSPORT, since=SINCE)
    found = acts.forward(request=ask(w), to=roads, reason="道路在先", by=w.huma_land, at=w.at(16, 10))
    assert "待签收" in told(w.huma_clerk)[-1]
    assert HelpRequest.objects.to_answer(w.huma_clerk, date(2026, 11, 16)).get() == found
    with pytest.raises(PermissionDenied):
        acts.reply(request=found, reason="已办", by=w.mohe_clerk, at=w.at(16, 11))
    acts.reply(request=found, reason="来电答复：下周一出具确认函", by=w.huma_clerk, at=w.at(16, 11))
    assert found.transitions.last().is_recorded
    assert not HelpTransition.objects.filter(name="forward", is_recorded=True).exists()


# -- sight ------------------------------------------------------------------------------------------------------------------------


def test_who_was_ever_asked_keeps_it_in_sight_with_its_project(w):
    from projects.models import Project

    found = acts.forward(request=ask(w), to=w.ndrc_bureau, reason="可研在先", by=w.huma_land, at=w.at(16, 10))
    for person in (w.huma_land, w.ndrc, w.huma_implementer, w.huma_clerk, w.office, w.leader, w.agri):
        assert list(HelpRequest.objects.visible_to(person)) == [found]
        assert w.store in Project.objects.visible_to(person)
    for person in (w.mohe_clerk, w.ethnic, w.water, w.mohe_land, w.admin):
        assert not HelpRequest.objects.visible_to(person).exists()


def test_what_waits_for_whom(w):
    found, day = ask(w), date(2026, 11, 16)
    waiting = lambda person: list(HelpRequest.objects.visible_to(person).waiting_for(person, day))  # noqa: E731
    assert (waiting(w.huma_land), waiting(w.huma_implementer), waiting(w.huma_clerk)) == ([found], [], [])
    acts.reply(request=found, reason="已办", by=w.huma_land, at=w.at(16, 10))
    assert (waiting(w.huma_land), waiting(w.huma_implementer)) == ([], [found])


# -- time -------------------------------------------------------------------------------------------------------------------------


def test_time_is_split_by_who_had_it(w):
    found = ask(w)
    acts.forward(request=found, to=w.ndrc_bureau, reason="可研在先", by=w.huma_land, at=w.at(16, 10))
    acts.reply(request=found, reason="已批", by=w.ndrc, at=w.at(16, 14))
    work = rules.work_hours(on=date(2026, 11, 16))
    shares = split_of(found, list(found.transitions.select_related("from_body")), w.at(16, 15), work)
    assert [(share.words, share.minutes) for share in shares] == [("呼玛县自然资源局", 60), ("地区发展改革委", 120), ("提请人核实", 60)]
    assert is_overdue(found, w.at(30)) is False


MOVES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4000)), max_size=9)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course=MOVES)
def test_the_parts_add_up_to_the_whole_whatever_happens(w, course):
    from django.db import transaction

    with transaction.atomic():
        found, at = ask(w), w.at(16, 9)
        for pick, minutes in course:
            at = periods.shift(at, minutes=minutes)
            _try(w, found, pick, at)
        end = found.closed_at or periods.shift(at, minutes=77)
        work = rules.work_hours(on=date(2026, 11, 16))
        shares = split_of(found, list(found.transitions.select_related("from_body")), end, work)
        assert sum(share.minutes for share in shares) == work.minutes_between(found.raised_at, end)
        transaction.set_rollback(True)


def _try(w, found, pick, at):
    """One of the moves by whoever has it; what is refused leaves no trace."""
    people = {w.huma_land_bureau: w.huma_land, w.ndrc_bureau: w.ndrc, w.agri_bureau: w.agri}
    body = {"body": people.get(found.holder), "county": w.huma_clerk, "prefecture": w.office}[found.tier]
    other = w.ndrc_bureau if found.holder != w.ndrc_bureau else w.huma_land_bureau
    me = SimpleNamespace(request=found, at=at)
    choices = [
        lambda: acts.sign(**vars(me), by=body), lambda: acts.reply(**vars(me), by=body, reason="办"),
        lambda: acts.forward(**vars(me), by=body, to=other, reason="转"),
        lambda: acts.confirm(**vars(me), by=w.huma_implementer), lambda: acts.reject(**vars(me), by=w.huma_implementer, reason="否"),
        lambda: acts.escalate(**vars(me), by=w.huma_implementer, reason="急"), lambda: acts.withdraw(**vars(me), by=w.huma_implementer, reason="撤"),
    ]  # fmt: skip
    try:
        choices[pick]()
    except Refusal:
        found.refresh_from_db()


def test_how_bodies_answer(w):
    first, second, third = ask(w), ask(w), ask(w)
    acts.sign(request=first, by=w.huma_land, at=w.at(16, 10))  # 60 minutes
    acts.reply(request=first, reason="已办", by=w.huma_land, at=w.at(16, 14))  # 180
    acts.reply(request=second, reason="已办", by=w.huma_land, at=w.at(17, 9))  # 390, and late: 签收 was due 15:00
    acts.reject(request=second, reason="没说哪天", by=w.huma_implementer, at=w.at(17, 10))
    acts.forward(request=third, to=w.ndrc_bureau, reason="可研", by=w.huma_land, at=w.at(16, 10))
    found = {row.words: row for row in times(HelpRequest.objects.all(), since=date(2026, 1, 1), until=date(2026, 12, 31), at=w.at(17, 11))}
    land, ndrc = found["呼玛县自然资源局"], found["地区发展改革委"]
    assert (land.received, land.late, land.passed_on, land.rejected) == (3, 1, 1, 1)
    assert (str(land.sign_hours), str(land.answer_hours)) == ("3.8", "4.8")  # (60 + 390) / 2, (180 + 390) / 2 minutes
    assert (ndrc.received, ndrc.late, ndrc.sign_hours, ndrc.small) == (1, 1, None, True)  # not signed since 10:00 on the 16th
    only = times(HelpRequest.objects.all(), since=date(2026, 1, 1), until=date(2026, 12, 31), at=w.at(17, 11), only=[(Tier.BODY, w.ndrc_bureau.pk)])
    assert [row.words for row in only] == ["地区发展改革委"]


@pytest.mark.django_db
def test_who_moved_to_another_county_reads_nothing_of_the_first(w):
    """The clerk asked, then sits elsewhere: the request stays with the desk, its words and files do not go along with the person."""
    row = ask(w, by=w.huma_clerk)
    clerk = User.objects.get(pk=w.huma_clerk.pk)
    clerk.seats.update(region=w.mohe)
    assert list(HelpRequest.objects.visible_to(clerk)) == []
    assert w.client(clerk).get(row.get_absolute_url()).status_code == 404
    with pytest.raises(PermissionDenied):
        acts.withdraw(request=row, reason="不办了", by=clerk, at=w.at(16, 10))
    assert list(HelpRequest.objects.visible_to(w.huma_chief)) == [row]
    clerk.seats.update(region=w.huma, organisation=w.huma_land_bureau, role=Role.COUNTY_DEPT)
    clerk = User.objects.get(pk=clerk.pk)
    assert list(HelpRequest.objects.asked_by(clerk)) == []  # not the bureau's question

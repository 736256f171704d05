"""Open 提请协调 have an owner when somebody leaves (features 1.6)."""

from datetime import date

import pytest

from linkage import handover
from linkage.actions import people
from linkage.actions.handover import hand_over
from linkage.errors import Refusal
from linkage.models import AuditEvent, Contact, Role, Seat, User
from projects.actions import help_request as acts
from projects.figures.open_items import help_requests
from projects.models import HelpRequest
from tests.projects.helping import help_world
from tests.world import SINCE

TODAY = date(2026, 11, 16)


@pytest.fixture
def w(world):
    """One request at the land bureau's desk, for which its 股长 is named A岗."""
    help_world(world)
    world.store = world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)
    Contact.objects.create(
        region=world.huma, matter=world.matters["land"], organisation=world.huma_land_bureau, post="a", user=world.huma_land,
        person_name=world.huma_land.name, duty="股长", since=SINCE,
    )  # fmt: skip
    world.asked = ask(world)
    return world


def ask(w, text="用地手续一直办不下来", by=None, at=None, **given):
    made = acts.raise_request(project=w.store, text=text, by=by or w.huma_implementer, at=at or w.at(16, 9), **given)
    return HelpRequest.objects.get(pk=made.pk)


def held(user):
    return [(item.title, item.state, item.due_on) for item in help_requests(user.seats.get(), TODAY)]


LAND = "HM-XT-2026-0001 冷链仓储：用地手续一直办不下来"


def test_to_answer_at_the_body_then_to_confirm_at_who_asked(w, django_assert_num_queries):
    assert held(w.huma_land) == [(LAND, "待签收", TODAY)]
    assert held(w.huma_implementer) == held(w.huma_clerk) == held(w.huma_agri) == held(w.office) == []
    acts.reply(request=w.asked, reason="已受理", by=w.huma_land, at=w.at(16, 10))
    assert held(w.huma_land) == []
    assert held(w.huma_implementer) == [(LAND, "已办复待确认", None)]
    acts.escalate(request=w.asked, reason="没有解决", by=w.huma_implementer, at=w.at(16, 11))
    assert held(w.huma_implementer) == [] and [row[1] for row in held(w.huma_clerk)] == ["待签收"]
    acts.escalate(request=w.asked, reason="没有解决", by=w.huma_implementer, at=w.at(16, 14))
    assert held(w.huma_clerk) == held(w.office_head) == held(w.mohe_clerk) == []
    for number in range(3):
        ask(w, f"村民不同意选点{number}", by=w.huma_clerk)
    with django_assert_num_queries(3):  # the seat, its region, the requests
        assert len(held(w.office)) == 4


def test_a_telephoned_one_is_confirmed_by_whom_it_helps(w):
    found = ask(w, by=w.huma_clerk, caller="施工单位王经理")
    acts.reply(request=found, reason="已受理", by=w.huma_land, at=w.at(16, 10))
    assert [row[1] for row in held(w.huma_implementer)] == ["已办复待确认"] == [row[1] for row in held(w.huma_clerk)]


def test_the_seat_ends_only_after_the_successor_has_it_with_name_and_all(w):
    acts.sign(request=w.asked, by=w.huma_land, at=w.at(16, 10))
    seat = w.huma_land.seats.get()
    with pytest.raises(Refusal, match="提请协调 1 项"):
        people.end_seat(by=w.secadmin, seat=seat, until=TODAY, reason="调离")
    new = User.objects.create(username="huma_land2", name="赵六", duty="科员")
    Seat.objects.create(user=new, role=Role.COUNTY_DEPT, region=w.huma, organisation=w.huma_land_bureau, since=TODAY)
    choices = {group.kind.code: {item.key: new for item in group.items} for group in handover.outstanding(seat, TODAY)}
    assert set(choices) == {"contacts", "help"}
    hand_over(by=w.huma_land, seat=seat, choices=choices, reason="调离", witness="周主任", at=w.at(16, 11))
    found = HelpRequest.objects.get()
    assert (found.signed_by, found.contact, found.contact_name, found.revision) == (new, new, "赵六（科员）", w.asked.revision + 1)
    assert found.transitions.get(name="sign").by == w.huma_land, "who signed on that day stays"
    event = AuditEvent.objects.get(verb="交接提请协调")
    assert (event.before, event.after) == ({"承办人": w.huma_land.name}, {"承办人": "赵六"})
    assert people.end_seat(by=w.secadmin, seat=seat, until=TODAY, reason="调离").until == TODAY
